from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import Invalid
from domain.references import OfficialLevel, Quota, Reference, ReferenceKind
from domain.scopes import DISTRICT, enterprise_scope
from storage.ledger.sql import SqlLedger

DAY = date(2026, 7, 20)
POINTS = tuple(20_000.0 + 0.1 * n for n in range(96))


def quota(figure: float | None = None, source: str = "甬能源〔2026〕12号") -> Quota:
    return Quota(DISTRICT, DAY, (figure,) * 96 if figure is not None else POINTS, source, "wang.li")


def test_a_quota_comes_back_to_the_point(ledger: SqlLedger) -> None:
    assert ledger.references.quota(DISTRICT, DAY) is None
    put = ledger.references.put_quota(quota())
    assert ledger.references.quota(DISTRICT, DAY) == put
    assert put.points_kw == POINTS
    assert ledger.references.quota(DISTRICT, date(2026, 7, 21)) is None
    assert ledger.references.quota(enterprise_scope("E001"), DAY) is None


def test_a_later_quota_is_a_revision_and_the_old_one_stays(ledger: SqlLedger) -> None:
    for figure in (24_000.0, 23_000.0, 23_000.0):
        ledger.references.put_quota(quota(figure))
    history = ledger.references.quota_history(DISTRICT, DAY)
    assert [(q.revision, q.points_kw[0]) for q in history] == [(1, 24_000.0), (2, 23_000.0)]
    assert ledger.references.quota(DISTRICT, DAY) == history[-1]
    entries = ledger.audit.entries(subject="quota:district:2026-07-20").items
    assert len(entries) == 2
    assert entries[0].before is not None
    assert entries[0].after is not None
    assert (entries[0].before["points_kw"][5], entries[0].after["points_kw"][5]) == (24_000.0, 23_000.0)
    assert entries[0].actor == "wang.li"


def test_the_reference_in_force_is_the_newest_on_or_before_the_day(ledger: SqlLedger) -> None:
    record = ReferenceKind.RECORD
    for on, value in ((date(2024, 8, 3), 24_100.0), (date(2025, 8, 8), 25_250.0)):
        ledger.references.put_reference(Reference(DISTRICT, record, value, on, "调度日报", "wang.li"))
    ledger.references.put_reference(Reference(DISTRICT, record, 25_300.0, date(2025, 8, 8), "更正", "wu"))
    ledger.references.put_reference(
        Reference(DISTRICT, ReferenceKind.LAST_YEAR_MAXIMUM, 1.0, date(2025, 8, 8), "x", "wu")
    )

    def value_on(day: date) -> float | None:
        found = ledger.references.reference(DISTRICT, record, day)
        return found.value_kw if found is not None else None

    assert value_on(date(2024, 8, 2)) is None
    assert value_on(date(2024, 8, 3)) == 24_100.0
    assert value_on(date(2025, 8, 7)) == 24_100.0
    assert value_on(DAY) == 25_300.0
    shown = [(r.kind, r.on.year, r.revision) for r in ledger.references.references(DISTRICT)]
    assert shown == [("last_year_maximum", 2025, 1), ("record", 2025, 2), ("record", 2025, 1), ("record", 2024, 1)]


def test_all_that_is_in_force_on_a_day_is_what_the_single_questions_say(ledger: SqlLedger) -> None:
    plant = enterprise_scope("E001")
    for figure in (24_000.0, 23_000.0):
        ledger.references.put_quota(quota(figure))
    ledger.references.put_quota(replace(quota(900.0), scope=plant))
    ledger.references.put_quota(replace(quota(800.0), day=date(2026, 7, 21)))
    for on, kw in ((DAY, 25_300.0), (date(2025, 8, 8), 25_250.0), (DAY, 25_400.0), (date(2026, 7, 22), 1.0)):
        for scope in (DISTRICT, plant):
            ledger.references.put_reference(Reference(scope, ReferenceKind.RECORD, kw, on, f"日报{kw}", "wang.li"))
    ledger.references.put_reference(Reference(plant, ReferenceKind.EXPECTED_MAXIMUM, 950.0, DAY, "预测", "wu"))
    found = ledger.references.in_force(DAY)
    assert found.quotas == {scope: ledger.references.quota(scope, DAY) for scope in (DISTRICT, plant)}
    assert found.value_kw(DISTRICT, ReferenceKind.RECORD) == 25_400.0
    assert found.value_kw(DISTRICT, ReferenceKind.EXPECTED_MAXIMUM) is None
    kinds = {(scope, kind) for scope in (DISTRICT, plant) for kind in ReferenceKind.ALL}
    single = {(scope, kind): ledger.references.reference(scope, kind, DAY) for scope, kind in kinds}
    assert found.references == {key: each for key, each in single.items() if each is not None}
    assert ledger.references.in_force(date(2020, 1, 1)).quotas == {}


def test_the_same_reference_again_is_no_revision(ledger: SqlLedger) -> None:
    reference = Reference(DISTRICT, ReferenceKind.RECORD, 25_250.0, DAY, "调度日报", "wang.li")
    assert ledger.references.put_reference(reference) == ledger.references.put_reference(reference)
    assert ledger.audit.entries().total == 1
    with pytest.raises(Invalid, match="reference kind"):
        ledger.references.reference(DISTRICT, "recrod", DAY)


def test_the_official_level_of_the_newest_document_holds(ledger: SqlLedger) -> None:
    orange = OfficialLevel("orange", "浙发改〔2026〕1号", date(2026, 7, 1), None, "wang.li")
    red = OfficialLevel("red", "浙发改〔2026〕2号", date(2026, 7, 10), date(2026, 7, 15), "wang.li")
    assert ledger.references.official_level(DAY) is None
    ledger.references.put_official_level(orange)
    ledger.references.put_official_level(red)
    assert ledger.references.official_level(date(2026, 6, 30)) is None
    assert ledger.references.official_level(date(2026, 7, 9)) == orange
    assert ledger.references.official_level(date(2026, 7, 15)) == red
    assert ledger.references.official_level(date(2026, 7, 16)) == orange


def test_a_document_entered_again_corrects_itself(ledger: SqlLedger) -> None:
    level = OfficialLevel("orange", "浙发改〔2026〕1号", date(2026, 7, 1), None, "wang.li")
    ledger.references.put_official_level(level)
    ledger.references.put_official_level(level)
    ended = replace(level, end=date(2026, 7, 5), actor="wu")
    ledger.references.put_official_level(ended)
    assert ledger.references.official_level(date(2026, 7, 5)) == ended
    assert ledger.references.official_level(date(2026, 7, 6)) is None
    [last, first] = ledger.audit.entries(subject="official_level:浙发改〔2026〕1号").items
    assert first.before is None
    assert last.before is not None
    assert last.before["end"] is None


@pytest.mark.parametrize(
    "level",
    [
        OfficialLevel("red", " ", DAY, None, "wu"),
        OfficialLevel("", "1号", DAY, None, "wu"),
        OfficialLevel("red", "1号", DAY, date(2026, 7, 19), "wu"),
    ],
)
def test_levels_that_are_refused(sqlite_ledger: SqlLedger, level: OfficialLevel) -> None:
    with pytest.raises(Invalid):
        sqlite_ledger.references.put_official_level(level)
