from __future__ import annotations

import pytest

from domain.errors import Conflict, Invalid, NotFound
from storage.ledger.sql import SqlLedger
from storage.ledger_ports import Quarantined
from tests.support.clock import HandClock


def an_item(clock: HandClock, reason: str = "malformed", payload: bytes = b"{") -> Quarantined:
    return Quarantined(0, clock.now(), "yingfeng/v1/gaoxin/x", payload, reason, "not JSON", "M001", "held")


def test_bytes_come_back_as_they_came(ledger: SqlLedger, clock: HandClock) -> None:
    payload = bytes(range(256)) * 100
    ledger.quarantine.hold([an_item(clock, payload=payload), an_item(clock, payload=b"")])
    [second, first] = ledger.quarantine.held().items
    assert (first.payload, second.payload) == (payload, b"")
    assert (first.at, first.topic, first.meter) == (clock.now(), "yingfeng/v1/gaoxin/x", "M001")
    assert ledger.quarantine.item(first.id) == first
    assert ledger.quarantine.item(999_999) is None


def test_what_strangers_write_is_kept(ledger: SqlLedger, clock: HandClock) -> None:
    ugly = Quarantined(0, clock.now(), "a\x00b", b"\xff", "foreign", "half \ud800 surrogate \x00", None, "held")
    ledger.quarantine.hold([ugly])
    [item] = ledger.quarantine.held().items
    assert item.topic == "a\\x00b"
    assert item.detail == "half \\ud800 surrogate \\x00"


def test_an_item_is_closed_once_with_its_actor(ledger: SqlLedger, clock: HandClock) -> None:
    ledger.quarantine.hold([an_item(clock), an_item(clock, "conflict")])
    [conflict, malformed] = ledger.quarantine.held().items
    ledger.quarantine.close_item("wang.li", conflict.id, "replayed")
    assert ledger.quarantine.held().items == (malformed,)
    assert [i.state for i in ledger.quarantine.held(state=None).items] == ["replayed", "held"]
    assert ledger.quarantine.held(state="replayed", reason="malformed").total == 0
    assert ledger.quarantine.counts() == {"malformed": 1}
    [entry] = ledger.audit.entries(subject=f"quarantine:{conflict.id}").items
    assert (entry.actor, entry.before, entry.after) == ("wang.li", {"state": "held"}, {"state": "replayed"})
    with pytest.raises(Conflict, match="replayed already"):
        ledger.quarantine.close_item("wang.li", conflict.id, "discarded")
    with pytest.raises(NotFound):
        ledger.quarantine.close_item("wang.li", 999_999, "discarded")
    with pytest.raises(Invalid, match="not 'held'"):
        ledger.quarantine.close_item("wang.li", malformed.id, "held")


def test_the_same_message_is_held_once_until_it_is_closed(ledger: SqlLedger, clock: HandClock) -> None:
    ledger.quarantine.hold([an_item(clock), an_item(clock), an_item(clock, payload=b"[")])
    ledger.quarantine.hold([an_item(clock)])
    [other, first] = ledger.quarantine.held().items
    assert (first.payload, other.payload) == (b"{", b"[")
    ledger.quarantine.close_item("wang.li", first.id, "replayed")
    ledger.quarantine.hold([an_item(clock)])
    assert [item.payload for item in ledger.quarantine.held().items] == [b"{", b"["]


def test_pages_and_counts(ledger: SqlLedger, clock: HandClock) -> None:
    ledger.quarantine.hold([])
    ledger.quarantine.hold([an_item(clock, f"r{n % 2}", b"%d" % n) for n in range(5)])
    assert ledger.quarantine.counts() == {"r0": 3, "r1": 2}
    first = ledger.quarantine.held(limit=2, reason="r0")
    second = ledger.quarantine.held(limit=2, reason="r0", cursor=first.next_cursor)
    assert (first.total, len(first.items), len(second.items), second.next_cursor) == (3, 2, 1, None)
    with pytest.raises(Invalid, match="cursor"):
        ledger.quarantine.held(cursor="x")
