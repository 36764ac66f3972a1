"""The twin's energy statements: whole months, of its own load, and enough of them for a year-on-year."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from functools import lru_cache

import pytest

from domain.ids import EnterpriseId
from ingest.twin.district import District
from ingest.twin.statements import Statements

UNTIL = date(2026, 7, 22)


@lru_cache
def told() -> tuple[District, Statements]:
    district = District.generate(4, 30)
    return district, Statements(district, UNTIL)


def test_every_enterprise_reports_every_whole_month_and_none_that_runs() -> None:
    district, statements = told()
    electricity = [e for e in statements.energy() if e.carrier == "electricity"]
    assert Counter(e.enterprise for e in electricity) == {e.id: 18 for e in district.enterprises}
    assert {e.month for e in electricity} == {e.month for e in statements.output()}
    assert max(e.month for e in electricity) == date(2026, 6, 1)
    assert statements.years == (2025, 2026)


def test_a_january_has_the_whole_year_before_it_and_nothing_of_its_own() -> None:
    assert Statements(told()[0], date(2026, 1, 15)).years == (2025, 2025)


def test_the_statements_are_of_the_load_itself() -> None:
    district, statements = told()
    kwh: dict[EnterpriseId, float] = defaultdict(float)
    for entry in statements.energy():
        if entry.carrier == "electricity" and entry.month.year == UNTIL.year - 1:
            kwh[entry.enterprise] += entry.bought
    largest = max(district.enterprises, key=lambda e: e.summer_max_kw or 0.0)
    mean_kw = kwh[largest.id] / 8760
    assert largest.summer_max_kw
    assert 0.2 * largest.summer_max_kw < mean_kw < largest.summer_max_kw


def test_the_same_seed_tells_the_same() -> None:
    district, statements = told()
    again = Statements(District.generate(4, 30), UNTIL)
    assert again.energy() == statements.energy()
    assert again.output() == statements.output()
    assert district.seed == 4


@pytest.mark.parametrize("sector", ["C", "H"])
def test_only_industry_is_above_scale(sector: str) -> None:
    district, statements = told()
    of_sector = {e.id for e in district.enterprises if e.sector.startswith(sector)}
    assert of_sector
    assert {statements.above_scale()[e] for e in of_sector} == {sector == "C"}
