"""Requests to devices: in turn, one at a time each, recorded with what came of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.metrics import PrometheusMetrics
from config.mappings import load_mappings
from config.settings import Settings
from domain.backfill import AUTOMATIC, Backfill
from domain.errors import Forbidden, Invalid
from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.instants import Span
from domain.people import Principal, Role
from domain.readings import ReadingBatch, values_of
from domain.registry import ALWAYS, Account, Enterprise, Meter
from ingest.backfill import QUIET_S, BackfillSender
from ingest.codecs.mapped import MappedCodec
from ingest.devices import Devices
from monitor.backfill import Backfills
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from tests.ingest.plant import NOON, NOON_MS
from tests.support.clock import HandClock

OFFICER = Principal("wang", Role.OFFICER)
MINUTE_MS = 60_000


class Bench:
    """A sender with everything it needs, on clocks moved by hand."""

    def __init__(self, ledger: SqlLedger, clock: HandClock, **settings: Any) -> None:
        self.clock = clock
        self.seconds = 0.0
        self.ledger = ledger
        self.store = MemoryStore()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.settings = Settings.model_validate(
            {"mqtt": {"mappings": ["acrel_gateway", "acrel_direct"]}, "backfill": settings}
        )
        self.devices = Devices(
            MappedCodec(load_mappings(self.settings.mqtt.mappings), "Asia/Shanghai"), PrometheusMetrics()
        )
        self.requests = Backfills(ledger.backfills, ledger.registry, self.settings, clock)
        self.sender = BackfillSender(
            ledger.backfills,
            self.requests,
            ledger.registry,
            self.store,
            self.devices,
            lambda topic, payload: self.sent.append((topic, json.loads(payload))),
            PrometheusMetrics(),
            self.settings.backfill,
            self.settings.district.zone,
            clock,
            clock,
            monotonic=lambda: self.seconds,
        )

    def look(self, seconds: float = 1.0) -> None:
        self.seconds += seconds
        self.clock.advance(seconds)
        self.sender.look()

    def hears(self, device: str, product: str = "null") -> None:
        self.devices.hear(f"/gw/acrelHW/{product}/data/{device}", b'{"type":"data"}', NOON_MS)

    def ask(self, meter: str, first: int, last: int) -> list[Backfill]:
        """Of the minutes before noon."""
        return self.requests.ask(OFFICER, meter, Span(NOON - timedelta(minutes=first), NOON - timedelta(minutes=last)))

    def stores(self, meter: str, *minutes: int) -> None:
        count = len(minutes)
        self.store.write(
            ReadingBatch(
                np.array([meter] * count, dtype=object),
                np.array([NOON_MS - m * MINUTE_MS for m in minutes], dtype=np.int64),
                np.array([values_of(power_kw=1.0)] * count),
                np.zeros(count, dtype=np.int8),
                np.full(count, NOON_MS, dtype=np.int64),
            )
        )

    def found(self) -> list[tuple[str, str, int]]:
        items = self.ledger.backfills.list().items[::-1]
        return [(item.meter, item.state.value, item.rows_received) for item in items]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    with closing(SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=HandClock(NOON))) as opened:
        opened.registry.put_versions(
            "system",
            enterprises=[Enterprise(EnterpriseId("E001"), ALWAYS, "甲")],
            accounts=[Account(AccountId("1"), ALWAYS, EnterpriseId("E001"))],
            meters=[
                Meter(MeterId(m), ALWAYS, AccountId("1"), gateway=GatewayId(g) if g else None)
                for m, g in (("101", "GW1"), ("102", "GW1"), ("201", "GW2"), ("M7", "SN7"), ("301", ""))
            ],
        )
        yield opened


@pytest.fixture
def bench(ledger: SqlLedger) -> Bench:
    return Bench(ledger, HandClock(NOON))


def test_what_is_sent_is_the_devices_own_command(bench: Bench) -> None:
    bench.hears("GW1", "ADW300")
    bench.ask("101", 60, 30)
    bench.look()
    assert bench.sent == [
        (
            "/server/acrelHW/ADW300/hstdata/GW1",
            {"type": "hstdata", "meterSN": "101", "startTime": "20260720110000", "endTime": "20260720113000"},
        )
    ]


def test_a_meter_by_itself_is_asked_under_its_own_number(bench: Bench) -> None:
    bench.devices.hear("/gw/acrelHW/null/data/SN7", b'{"type":"data","data":[]}', NOON_MS)
    bench.ask("M7", 60, 30)
    bench.look()
    ((topic, payload),) = bench.sent
    assert (topic, payload["meterSN"]) == ("/server/acrelHW/null/hstdata/SN7", "SN7")


def test_a_device_that_was_not_heard_is_not_asked_until_it_is(bench: Bench) -> None:
    bench.ask("101", 60, 30)
    bench.look()
    assert not bench.sent
    (waiting,) = bench.ledger.backfills.open()
    assert "GW1 was not heard" in waiting.note
    bench.hears("GW1")
    bench.look()
    assert len(bench.sent) == 1


def test_one_at_a_time_for_a_device_and_so_many_a_minute_for_all(bench: Bench) -> None:
    for device in ("GW1", "GW2"):
        bench.hears(device)
    bench.ask("101", 60, 30)
    bench.ask("102", 60, 30)
    bench.ask("201", 60, 30)
    bench.look()
    assert len(bench.sent) == 1
    bench.look(9.0)
    assert [topic[-3:] for topic, _ in bench.sent] == ["GW1"], "six a minute: ten seconds apart"
    bench.look(2.0)
    assert [topic[-3:] for topic, _ in bench.sent] == ["GW1", "GW2"], "the first device is busy"
    bench.look(20.0)
    assert len(bench.sent) == 2


def test_an_answer_is_seen_in_the_store_and_counted(bench: Bench) -> None:
    bench.stores("101", 45)
    bench.hears("GW1")
    bench.ask("101", 60, 30)
    bench.look()
    bench.stores("101", 59, 58, 57)
    bench.look()
    assert bench.found() == [("101", "sent", 3)]
    bench.look(QUIET_S)
    assert bench.found() == [("101", "answered", 3)]


def test_no_answer_is_recorded_as_such(bench: Bench) -> None:
    bench.hears("GW1")
    bench.ask("101", 60, 30)
    bench.look()
    bench.look(121.0)
    assert bench.found() == [("101", "unanswered", 0)]
    assert "nothing arrived within 120 s" in bench.ledger.backfills.list().items[0].note


def test_a_restart_forgets_nothing(bench: Bench, ledger: SqlLedger) -> None:
    bench.hears("GW1")
    bench.ask("101", 60, 30)
    bench.look()
    again = Bench(ledger, bench.clock)
    again.store = bench.store
    again.look(121.0)
    assert not again.sent
    assert again.found() == [("101", "unanswered", 0)]


def test_long_spans_are_asked_in_pieces(bench: Bench) -> None:
    made = bench.requests.ask(OFFICER, "101", Span(NOON - timedelta(hours=60), NOON))
    assert [(r.end - r.start) / timedelta(hours=1) for r in made] == [24.0, 24.0, 12.0]


def test_what_cannot_be_asked_is_said_at_once(bench: Bench, ledger: SqlLedger) -> None:
    with pytest.raises(Invalid, match="no gateway"):
        bench.ask("301", 60, 30)
    with pytest.raises(Invalid, match="future"):
        bench.requests.ask(OFFICER, "101", Span(NOON + timedelta(hours=1), NOON + timedelta(hours=2)))
    with pytest.raises(Forbidden):
        bench.requests.ask(Principal("guest", Role.VIEWER), "101", Span(NOON - timedelta(hours=1), NOON))
    plain = Backfills(ledger.backfills, ledger.registry, Settings(), bench.clock)
    with pytest.raises(Invalid, match=r"\[history\]"):
        plain.ask(OFFICER, "101", Span(NOON - timedelta(hours=1), NOON))


def test_a_gap_is_asked_for_once_where_that_is_switched_on(ledger: SqlLedger) -> None:
    for automatic in (False, True):
        bench = Bench(ledger, HandClock(NOON), automatic=automatic)
        bench.hears("GW1")
        bench.stores("101", *range(300, 200, -1), *range(100, 20, -1))
        bench.stores("102", *range(300, 20, -1))
        bench.look(899.0)
        assert not bench.ledger.backfills.open()
        bench.look(2.0)
        bench.look(901.0)
        asked = bench.ledger.backfills.list().items
        assert [(r.meter, r.actor) for r in asked] == ([("101", AUTOMATIC)] if automatic else [])
    (request,) = asked
    assert (request.start, request.end) == (NOON - timedelta(minutes=200), NOON - timedelta(minutes=100))
