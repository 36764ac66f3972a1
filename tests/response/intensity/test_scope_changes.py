"""Enterprises that come, go and move between two years: counted alike in both, and told."""

from __future__ import annotations

from datetime import date

import pytest

from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.people import SYSTEM, Principal, Role
from domain.registry import Enterprise
from response.intensity import scope_changes
from response.intensity.desk import Grouping, IntensityAnswer
from response.intensity.scope_changes import ScopeChangeKind
from storage.ledger import SqlLedger
from tests.response.intensity.district import E1, E2, E3, MARCH, MARCH_BEFORE, a_desk, energy, output

MOVED, OPENED, GONE = date(2025, 11, 1), date(2025, 9, 1), date(2026, 2, 10)
E4 = EnterpriseId("E004")
USED = ("raw_coal", "electricity")


@pytest.fixture
def books(ledger: SqlLedger) -> SqlLedger:
    """E2 went from C39 to C26, E3 left the district, E4 came and has no year before."""
    ledger.registry.put_versions(
        "wang",
        enterprises=[
            Enterprise(E2, MOVED, "乙", sector="C2614"),
            Enterprise(E3, GONE, "丙", sector="C17", closed=True),
            Enterprise(E4, OPENED, "丁", sector="C39"),
        ],
    )
    for month in (MARCH, MARCH_BEFORE):
        ledger.energy.put_energy(
            "wang", [energy(each, month, carrier, 1000.0) for each in (E1, E2, E3) for carrier in USED]
        )
        ledger.energy.put_output("wang", [output(each, month, 100) for each in (E1, E2, E3)])
    ledger.energy.put_energy("wang", [energy(E4, MARCH, carrier, 500.0) for carrier in USED])
    return ledger


def told(answer: IntensityAnswer) -> list[tuple[str, str]]:
    return [(str(each.kind), each.enterprise) for each in answer.changes]


def test_who_moved_counts_in_the_new_sector_in_both_years_and_is_told(books: SqlLedger) -> None:
    found = a_desk(books).figures(SYSTEM, MARCH, MARCH, by=Grouping.SECTOR)
    assert [group.subject for group in found.groups] == ["C26", "C39"]
    assert found.groups[0].energy_growth[Basis.CALORIFIC].value == pytest.approx(0.0)
    assert told(found) == [("opened", E4), ("gone", E3), ("moved", E2), ("no_base", E4)]
    moved = next(each for each in found.changes if each.kind is ScopeChangeKind.MOVED)
    assert (moved.since, moved.before, moved.after) == (MOVED, "C39", "C26")
    said = scope_changes.told(found.changes, {E2: "乙"})
    assert "行业变更，两年均按现行业1户（乙 C39→C26）" in said
    assert ": 1 (乙 C39→C26)" in said.partition(" / ")[2]


def test_the_lists_of_two_years_tell_who_joined_and_left_and_who_is_nowhere(books: SqlLedger) -> None:
    books.energy.put_scope("wang", 2025, {E1: True, E3: True, EnterpriseId("E099"): True}, "名录")
    books.energy.put_scope("wang", 2026, {E2: True, E3: True}, "名录")
    found = a_desk(books).figures(SYSTEM, MARCH, MARCH, scope_year=2026)
    assert found.groups[0].members == 1
    assert told(found) == [("joined", E2), ("left", E1), ("left", "E099"), ("gone", E3), ("moved", E2)]
    own = a_desk(books).figures(Principal("emil", Role.ENTERPRISE, E1), MARCH, MARCH, enterprises=[E1])
    assert own.changes == ()
