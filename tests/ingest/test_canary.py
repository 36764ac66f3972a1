"""The canary through a real broker: it arrives, it is counted nowhere, and when it stops this is said."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from app.metrics import PrometheusMetrics
from app.system import System
from domain.alerts import AlertKind
from domain.events import ReadingsStored
from domain.instants import Span, from_ms
from domain.people import SYSTEM
from domain.readings import POWER, ReadingBatch
from ingest.canary import CANARY, Beat, Canary, CanaryWatch, decode_beat, problem_of
from ingest.codecs.columns import DecodeError
from ingest.topics import base
from monitor.data_flow import DataFlow
from storage.readings.memory import MemoryStore
from tests.e2e.running import running as running_with_http
from tests.e2e.running import settings_in, until
from tests.servers.mosquitto import MakeMosquitto, Mosquitto
from tests.support.clock import HandClock

NOON = datetime(2026, 7, 20, 4, tzinfo=UTC)
ALL = frozenset({"ingest", "engine", "api"})


@contextmanager
def running(folder: Path, mqtt: Mapping[str, object], roles: frozenset[str] = ALL) -> Iterator[System]:
    settings = settings_in(folder, mqtt={"canary_s": 0.2, **mqtt})
    with System(settings, roles) as system:
        system.connect()
        yield system


def arrived(system: System) -> Callable[[], bool]:
    def both() -> bool:
        flow = system.connection.flow()
        return flow is not None and flow.store_latency_s is not None and flow.engine_latency_s is not None

    return both


def test_it_arrives_in_store_and_engine_and_enters_no_count(mosquitto: Mosquitto, tmp_path: Path) -> None:
    told: list[ReadingsStored] = []
    with running(tmp_path, {"url": mosquitto.url}) as system:
        system.bus.subscribe(ReadingsStored, told.append)
        until("the canary arrives", arrived(system))
        flow = system.connection.flow()
        assert flow is not None
        assert flow.stopped == ()
        assert not [c.probe() for c in system.services().health if c.name == "data flow" and c.probe()]
        seen = system.metrics.snapshot()
        assert seen["canary_sent_total"] >= 1
        assert seen["canary_latency_seconds_count"] >= 2
        assert seen.get("readings_stored_total", 0.0) == 0
        assert seen.get("engine_readings_total", 0.0) == 0
        assert seen.get("readings_quarantined_total", 0.0) == 0
        assert seen.get("engine_readings_ignored_total", 0.0) == 0
        assert told == []
        assert system.ledger.quarantine.held().total == 0
        assert all(CANARY not in str(scope) for scope in system.desks.questions.scopes(SYSTEM))
        assert system.desks.questions.quality(SYSTEM, system.clock.now().date()) == []


def test_it_works_over_tls_with_a_password_and_an_acl(make_mosquitto: MakeMosquitto, tmp_path: Path) -> None:
    broker = with_acl(make_mosquitto, tmp_path, f"topic readwrite {base('gaoxin')}/enterprise/{CANARY}/#")
    mqtt = {"url": broker.url, "username": "ingest", "password": "secret", "ca_file": broker.ca_file}
    with running(tmp_path, mqtt) as system:
        until("the canary arrives over TLS", arrived(system))


def test_an_acl_that_denies_it_is_found_and_alerted(make_mosquitto: MakeMosquitto, tmp_path: Path) -> None:
    broker = with_acl(make_mosquitto, tmp_path, "topic read yingfeng/v1/gaoxin/#")
    mqtt = {"url": broker.url, "username": "ingest", "password": "secret", "ca_file": broker.ca_file}
    # mosquitto closes the connection of whoever publishes what it denies; a second of canary_s leaves time to return.
    with running(tmp_path, {**mqtt, "canary_s": 2.5}) as system:
        health = {check.name: check for check in system.services().health}
        problem = until("the denied canary is said", health["data flow"].probe)
        assert "yingfeng/v1/gaoxin/enterprise/_canary/" in problem
        alert = until("the alert", lambda: [a for a in system.alerts.list(SYSTEM).items if a.rule == "data_flow"])[0]
        assert alert.kind is AlertKind.SYSTEM
        assert "connected" in alert.message_en


def with_acl(make: MakeMosquitto, folder: Path, line: str) -> Mosquitto:
    """The list lies where the broker's own user can read it; pytest's folders are closed to others."""
    acl = folder / "acl"
    acl.write_text(f"user ingest\ntopic read yingfeng/v1/gaoxin/#\n{line}\n", encoding="utf-8")
    acl.chmod(0o644)
    for place in (folder, *folder.parents):
        if place.stat().st_uid == os.geteuid() and (place.stat().st_mode & 0o005) != 0o005:
            place.chmod(0o755)
    return make(password=("ingest", "secret"), tls=True, extra=[f"acl_file {acl}"])


def test_a_store_that_is_down_is_told_from_a_broker_that_is() -> None:
    def text(store_s: float, engine_s: float | None) -> str:
        return problem_of(DataFlow(60.0, store_s, engine_s), "the/topic")

    assert text(179.0, 10.0) == ""
    assert "do not reach 库 the store" in text(181.0, 10.0)
    assert "journal" in text(181.0, 10.0)
    assert "the/topic" in text(181.0, 181.0)
    assert "the engine" in text(10.0, 181.0)
    assert "the/topic" in text(181.0, None)


class _Loop:
    """Hands the beat on, as broker and journal would."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.heard: Callable[[ReadingBatch], None] = lambda rows: None

    connection = 1

    def beat(self, topic: str, payload: bytes) -> None:
        rows = decode_beat(payload, 5)
        self.store.write(rows)
        self.heard(rows)


def test_somebody_elses_beat_is_not_taken_for_ours() -> None:
    store, clock = MemoryStore(), HandClock(NOON)
    sent: list[Beat] = []

    class Forger(_Loop):
        def beat(self, topic: str, payload: bytes) -> None:
            beat = msgspec.json.decode(payload, type=Beat)
            super().beat(topic, msgspec.json.encode(Beat(beat.ts_ms, beat.nonce + 1)))
            sent.append(beat)

    loop = Forger(store)
    canary = Canary(loop, store, clock, PrometheusMetrics(), district="d", client_id="c", every_s=0.05, engine=True)
    loop.heard = canary.heard
    with canary:
        until("beats are sent", lambda: len(sent) > 2)
    flow = canary.flow()
    assert (flow.store_latency_s, flow.engine_latency_s) == (None, None)


def test_the_engine_alone_judges_by_what_the_store_holds() -> None:
    store, clock = MemoryStore(), HandClock(NOON)
    watch = CanaryWatch(store, clock, every_s=0.001)
    store.write(decode_beat(msgspec.json.encode(Beat(clock.now_ms(), 7)), clock.now_ms()))
    assert watch.flow().age_s == 0
    clock.advance(seconds=2)
    time.sleep(0.002)
    assert watch.flow().age_s == 2
    assert watch.flow().stopped == ("store",)


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b'{"ts_ms":1}', b'{"ts_ms":"1","nonce":2}', b'{"ts_ms":1,"nonce":2,"x":3}', b"\xff"]
)
def test_what_is_no_beat_is_refused(payload: bytes) -> None:
    with pytest.raises(DecodeError, match="only ingest itself"):
        decode_beat(payload, 0)


def test_a_beat_keeps_its_instant_and_nonce() -> None:
    rows = decode_beat(msgspec.json.encode(Beat(1_700_000_000_123, 42)), 9)
    assert rows.rows()[0].meter == CANARY
    assert (int(rows.ts_ms[0]), float(rows.values[0, POWER])) == (1_700_000_000_123, 42.0)
    assert MemoryStore().write(rows).accepted == 1
    assert len(MemoryStore().read([CANARY], Span(from_ms(0), from_ms(1)))) == 0


def test_readiness_shows_the_flow(mosquitto: Mosquitto, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, mqtt={"url": mosquitto.url, "canary_s": 0.5})
    with running_with_http(settings) as found:
        until("the canary arrives", arrived(found.system))
        parts = {part["name"]: part["ok"] for part in found.get("health/ready")["parts"]}
        assert parts["data flow"] is True
        assert "canary_store_age_seconds" in found.http.get("/metrics").text


def test_beats_lost_with_their_connection_are_given_up() -> None:
    class Cutting:
        """mosquitto towards one who may not write: every beat costs the connection."""

        connection = 0
        sent = 0

        def beat(self, topic: str, payload: bytes) -> None:
            self.connection += 2
            self.sent += 1

    broker = Cutting()
    canary = Canary(
        broker,
        MemoryStore(),
        HandClock(NOON),
        PrometheusMetrics(),
        district="d",
        client_id="c",
        every_s=0.02,
        engine=True,
    )
    with canary:
        until("it is given up", lambda: "not sent any more" in canary.problem)
    assert broker.sent == 3
