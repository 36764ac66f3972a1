"""Superseded demand and dirty intervals: what must outlive the process."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from domain.instants import Span, days_span, from_ms
from domain.scopes import DISTRICT, Scope, ScopeKind, enterprise_scope
from storage.ledger.sql import SqlLedger
from storage.revision_ports import LATE, VEE, DirtyMark, marks_of
from tests.storage.readings.rows import MINUTE, NAN, T0, demand, minutes, shown_demand
from tests.support.clock import HandClock

STREET = Scope(ScopeKind.STREET, "梅墟:东")


def test_superseded_rows_stay_as_they_were_with_the_moment_they_ended(ledger: SqlLedger, clock: HandClock) -> None:
    first = demand([(DISTRICT, 0, [NAN, NAN, 0.4, 12.0, NAN, NAN], "insufficient", 1), (STREET, 0, [1.0] * 6, "ok", 1)])
    ledger.superseded.keep(first, clock.now())
    ended = clock.now_ms()
    clock.advance(60)
    second = demand([(DISTRICT, 0, [9.0, 2.25, 1.0, 9.0, 9.0, 9.0], "ok", 2)])
    ledger.superseded.keep(second, clock.now())
    # Done again after a crash between keeping and replacing: the first moment stands.
    ledger.superseded.keep(first, clock.now())
    found = ledger.superseded.read([DISTRICT, STREET, enterprise_scope("E1")], minutes(0, 15))
    assert shown_demand(found.rows) == [*shown_demand(first)[:1], *shown_demand(second), *shown_demand(first)[1:]]
    assert found.superseded_ms.tolist() == [ended, ended + 60_000, ended]
    assert len(ledger.superseded.read([DISTRICT], minutes(15, 30))) == 0
    ledger.superseded.keep(demand([]), clock.now())


def test_what_was_superseded_long_ago_is_forgotten(ledger: SqlLedger, clock: HandClock) -> None:
    both = demand([(DISTRICT, 0, [1.0] * 6, "ok", 1), (STREET, 0, [1.0] * 6, "ok", 1)])
    ledger.superseded.keep(both, clock.now())
    clock.advance(86_400)
    limit = clock.now()
    later = demand([(DISTRICT, 0, [2.0] * 6, "ok", 2)])
    ledger.superseded.keep(later, limit)
    assert ledger.superseded.prune(limit) == 2
    assert shown_demand(ledger.superseded.read([DISTRICT, STREET], minutes(0, 15)).rows) == shown_demand(later)
    assert ledger.superseded.prune(limit) == 0


def test_marks_wait_in_order_until_they_are_done(ledger: SqlLedger, ledger_url: str, clock: HandClock) -> None:
    marks = [DirtyMark(T0, T0 + MINUTE, frozenset({"m2", "m1"}), LATE), DirtyMark(T0, T0 + 2 * MINUTE, None, VEE)]
    ledger.dirty.mark(marks)
    ledger.dirty.mark([])
    again = SqlLedger(ledger_url, clock=clock)
    found = again.dirty.pending()
    assert [(m.start_ms, m.end_ms, m.meters, m.cause) for m in found] == [
        (m.start_ms, m.end_ms, m.meters, m.cause) for m in marks
    ]
    again.dirty.done([found[0].id])
    again.dirty.done([])
    assert [m.cause for m in again.dirty.pending()] == [VEE]
    last = again.dirty.pending()[-1].id
    again.dirty.done([last])
    again.dirty.mark(marks[:1])
    assert again.dirty.pending()[0].id > last, "a finished mark's number must not come back"
    again.close()


def test_a_span_is_cut_at_local_midnights() -> None:
    zone = ZoneInfo("Europe/Berlin")
    span = days_span(date(2026, 3, 28), date(2026, 3, 30), zone)
    shifted = Span(span.start + timedelta(hours=1), span.end)
    marks = list(marks_of(shifted, None, LATE, zone))
    assert [(m.end_ms - m.start_ms) / 3_600_000 for m in marks] == [23, 23, 24]
    assert from_ms(marks[0].start_ms) == shifted.start
    assert all(a.end_ms == b.start_ms for a, b in itertools.pairwise(marks))
