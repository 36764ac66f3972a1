"""What rules are compared with: read once for all scopes, again when announced, and every few minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from domain.references import DayReferences, Quota, Reference, ReferenceKind
from domain.scopes import DISTRICT, Scope, enterprise_scope
from response.reference_book import Bases, ReferenceBook
from tests.response.desk import ZONE

NOON = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)
PLANTS = tuple(enterprise_scope(f"E{n:02d}") for n in range(10))


class CountedReferences:
    """References by hand that count how often a day is read."""

    def __init__(self) -> None:
        self.quotas: dict[tuple[Scope, date], Quota] = {}
        self.record_kw: float | None = None
        self.reads: list[date] = []

    def enter(self, kw: float, day: date, scope: Scope = DISTRICT) -> None:
        points = tuple(kw + n for n in range(96))
        self.quotas[scope, day] = Quota(scope, day, points, "甬经信〔2026〕1号", "test")

    def in_force(self, day: date) -> DayReferences:
        self.reads.append(day)
        record = ReferenceKind.RECORD
        known = {} if self.record_kw is None else {record: self.record_kw}
        return DayReferences(
            {scope: quota for (scope, on), quota in self.quotas.items() if on == day},
            {(DISTRICT, kind): Reference(DISTRICT, kind, kw, day, "调度日志", "test") for kind, kw in known.items()},
        )


def test_the_point_of_the_running_block() -> None:
    references = CountedReferences()
    references.enter(20_000, date(2026, 7, 20))
    book = ReferenceBook(references, ZONE)
    assert book.bases(DISTRICT, NOON) == Bases(20_048, None, None)
    assert book.bases(DISTRICT, NOON + timedelta(minutes=14, seconds=59)).quota_kw == 20_048
    assert book.bases(DISTRICT, NOON + timedelta(minutes=15)).quota_kw == 20_049
    assert len(references.reads) == 1


def test_each_day_has_its_own() -> None:
    references = CountedReferences()
    references.enter(20_000, date(2026, 7, 20))
    book = ReferenceBook(references, ZONE)
    assert book.bases(DISTRICT, NOON).quota_kw == 20_048
    assert book.bases(DISTRICT, NOON + timedelta(hours=12)).quota_kw is None


def test_an_entry_counts_as_soon_as_it_is_announced() -> None:
    references = CountedReferences()
    book = ReferenceBook(references, ZONE)
    assert book.bases(DISTRICT, NOON).record_kw is None
    references.record_kw = 26_000
    assert book.bases(DISTRICT, NOON).record_kw is None
    book.forget()
    assert book.bases(DISTRICT, NOON).record_kw == 26_000


def test_every_scope_of_a_day_is_read_at_once() -> None:
    references = CountedReferences()
    references.enter(20_000, date(2026, 7, 20))
    book = ReferenceBook(references, ZONE)
    assert [book.bases(scope, NOON).quota_kw for scope in (DISTRICT, *PLANTS)] == [20_048, *[None] * len(PLANTS)]
    assert references.reads == [date(2026, 7, 20)]


def test_around_midnight_both_days_are_kept() -> None:
    references = CountedReferences()
    references.enter(20_000, date(2026, 7, 20))
    references.enter(30_000, date(2026, 7, 21))
    book = ReferenceBook(references, ZONE)
    night = NOON + timedelta(hours=12)
    for _ in range(3):
        assert book.bases(DISTRICT, night).quota_kw == 30_000
        assert book.bases(DISTRICT, night - timedelta(minutes=15)).quota_kw == 20_095
    assert len(references.reads) == 2


def test_entries_of_another_process_are_found_within_minutes() -> None:
    references = CountedReferences()
    book = ReferenceBook(references, ZONE)
    book.refresh(NOON)
    book.bases(DISTRICT, NOON)
    references.record_kw = 26_000
    book.refresh(NOON + timedelta(minutes=4))
    assert book.bases(DISTRICT, NOON).record_kw is None
    book.refresh(NOON + timedelta(minutes=5))
    assert book.bases(DISTRICT, NOON).record_kw == 26_000
    assert len(references.reads) == 2
