"""Backfill requests in the ledger."""

from __future__ import annotations

from datetime import timedelta

from domain.backfill import BackfillState
from domain.instants import Span
from storage.ledger import SqlLedger
from tests.support.clock import HandClock


def test_a_request_is_queue_and_record_in_one(ledger: SqlLedger, clock: HandClock) -> None:
    start = clock.now() - timedelta(days=2)
    spans = [Span(start, start + timedelta(days=1)), Span(start + timedelta(days=1), start + timedelta(days=2))]
    first, second = ledger.backfills.ask("wang", "M001", spans, "line cut")
    assert (first.state, first.actor, first.reason) == (BackfillState.WAITING, "wang", "line cut")
    assert [r.id for r in ledger.backfills.open()] == [first.id, second.id]
    assert ledger.backfills.take(first.id, "/down", "{}", 3)
    assert not ledger.backfills.take(first.id, "/down", "{}", 3), "only one process sends it"
    ledger.backfills.note(first.id, "", 5)
    sent = ledger.backfills.open()[0]
    assert (sent.state, sent.topic, sent.rows_before, sent.rows_received) == (BackfillState.SENT, "/down", 3, 5)
    assert sent.sent_at == clock.now()
    assert ledger.backfills.close(first.id, BackfillState.SENT, BackfillState.ANSWERED, 60, "")
    assert not ledger.backfills.close(first.id, BackfillState.SENT, BackfillState.UNANSWERED, 0, "late")
    assert [r.id for r in ledger.backfills.open()] == [second.id]
    page = ledger.backfills.list(meter="M001", limit=1)
    assert (page.total, page.items[0].id) == (2, second.id)
    assert ledger.backfills.list(meter="M001", cursor=page.next_cursor).items[0].rows_received == 60
    assert len(ledger.backfills.touching("M001", Span(start, start + timedelta(hours=1)))) == 1
    assert not ledger.backfills.touching("M002", spans[0])
    (entry,) = ledger.audit.entries(subject="meter:M001").items
    assert (entry.actor, entry.action) == ("wang", "backfill.ask")
