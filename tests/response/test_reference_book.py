"""What rules are compared with: read once a day, again when announced, and a few at a time in between."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from domain.references import Quota, Reference, ReferenceKind
from domain.scopes import DISTRICT, Scope, enterprise_scope
from response.reference_book import Bases, ReferenceBook
from tests.response.desk import ZONE

NOON = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)
PLANTS = tuple(enterprise_scope(f"E{n:02d}") for n in range(10))


class CountedReferences:
    """References by hand that count how often each scope's quota is read."""

    def __init__(self) -> None:
        self.quotas: dict[tuple[Scope, date], Quota] = {}
        self.record_kw: float | None = None
        self.reads: Counter[Scope] = Counter()

    def enter(self, kw: float, day: date, scope: Scope = DISTRICT) -> None:
        points = tuple(kw + n for n in range(96))
        self.quotas[scope, day] = Quota(scope, day, points, "甬经信〔2026〕1号", "test")

    def quota(self, scope: Scope, day: date) -> Quota | None:
        self.reads[scope] += 1
        return self.quotas.get((scope, day))

    def reference(self, scope: Scope, kind: str, day: date) -> Reference | None:
        if kind != ReferenceKind.RECORD or self.record_kw is None:
            return None
        return Reference(scope, kind, self.record_kw, day, "调度日志", "test")


def test_the_point_of_the_running_block() -> None:
    references = CountedReferences()
    references.enter(20_000, date(2026, 7, 20))
    book = ReferenceBook(references, ZONE)
    assert book.bases(DISTRICT, NOON) == Bases(20_048, None, None)
    assert book.bases(DISTRICT, NOON + timedelta(minutes=14, seconds=59)).quota_kw == 20_048
    assert book.bases(DISTRICT, NOON + timedelta(minutes=15)).quota_kw == 20_049
    assert references.reads[DISTRICT] == 1


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


def test_entries_of_another_process_are_found_without_reading_all_at_once() -> None:
    references = CountedReferences()
    book = ReferenceBook(references, ZONE)
    for scope in (DISTRICT, *PLANTS):
        book.bases(scope, NOON)
    references.record_kw = 26_000
    references.reads.clear()
    book.refresh(NOON + timedelta(minutes=1), (DISTRICT,))
    assert book.bases(DISTRICT, NOON).record_kw == 26_000
    assert references.reads.total() == 5
    book.refresh(NOON + timedelta(minutes=2), (DISTRICT,))
    assert references.reads.total() == 5
    for minutes in (10, 20):
        book.refresh(NOON + timedelta(minutes=minutes), (DISTRICT,))
    assert all(references.reads[scope] >= 1 for scope in PLANTS)
