"""Quarantine: refused messages and rows, kept with their reason until a person replays or discards them."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from domain.clock import Clock
from domain.errors import Conflict, Invalid, NotFound
from domain.instants import from_ms
from domain.people import Principal
from ingest.intake import Reject
from ingest.journal import Journal, JournalRecord
from storage.ledger_ports import Quarantined, QuarantineLedger
from storage.page import Page

#: More of a payload than this is not kept: a 10 MB mistake sent every second must not fill the ledger.
KEPT_BYTES = 1_000_000
HELD, REPLAYED, DISCARDED = "held", "replayed", "discarded"


class Quarantine:
    """``journal`` is needed for ``replay`` alone; without it the rest works beside a running server."""

    def __init__(self, ledger: QuarantineLedger, journal: Journal | None, clock: Clock) -> None:
        self._ledger = ledger
        self._journal = journal
        self._clock = clock
        self._replaying = threading.Lock()

    def hold(self, rejects: Sequence[Reject]) -> None:
        """Durable on return; what is held already is held once. Unavailable when the ledger does not answer."""
        if rejects:
            with self._replaying:
                self._ledger.hold([_item(reject) for reject in rejects])

    def list(
        self, *, state: str | None = HELD, reason: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Quarantined]:
        return self._ledger.held(state=state, reason=reason, cursor=cursor, limit=limit)

    def show(self, item_id: int) -> Quarantined:
        item = self._ledger.item(item_id)
        if item is None:
            raise NotFound(f"隔离区没有 {item_id} there is no item {item_id} in quarantine")
        return item

    def replay(self, principal: Principal, item_id: int) -> Quarantined:
        """Send the message through ingest again, as if it came now; closes the item under the principal's name.

        A message that is still wrong comes back as a new item."""
        item = self._open_item(principal, item_id)
        if self._journal is None:
            raise Invalid("replay needs the journal of the running ingest")
        if len(item.payload) >= KEPT_BYTES:
            raise Conflict(
                f"隔离 {item_id} 只保留了开头 only the beginning of item {item_id} was kept; ask the sender again"
            )
        # Not while it is held anew: still wrong, it would pass for the item that is closed here.
        with self._replaying:
            # Journal first: a crash in between replays twice, and repeats change nothing.
            self._journal.append([JournalRecord(self._clock.now_ms(), item.topic, item.payload)])
            self._ledger.close_item(principal.name, item_id, REPLAYED)
        return self.show(item_id)

    def discard(self, principal: Principal, item_id: int) -> Quarantined:
        self._open_item(principal, item_id)
        self._ledger.close_item(principal.name, item_id, DISCARDED)
        return self.show(item_id)

    def _open_item(self, principal: Principal, item_id: int) -> Quarantined:
        principal.require_write()
        item = self.show(item_id)
        if item.state != HELD:
            raise Conflict(f"隔离 {item_id} 已处理 item {item_id} was already {item.state}")
        return item


def _item(reject: Reject) -> Quarantined:
    detail = reject.detail
    if len(reject.payload) > KEPT_BYTES:
        detail += f" (first {KEPT_BYTES:,} of {len(reject.payload):,} bytes kept)"
    return Quarantined(
        0,
        from_ms(reject.received_ms),
        reject.topic,
        reject.payload[:KEPT_BYTES],
        reject.reason,
        detail,
        reject.meter,
        HELD,
    )
