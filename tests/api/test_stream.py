"""The live stream: snapshot first, then what happens; only what the caller may see; slow clients are let go."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn

from api.application import close_streams
from api.live import LiveHub
from app.bus import InProcessBus
from app.metrics import PrometheusMetrics
from domain.alerts import AlertState
from domain.events import AlertChanged, IntervalClosed, LoadChanged
from domain.scopes import enterprise_scope
from tests.api.conftest import District
from tests.api.fakes import NOW, alert
from tests.servers.process import free_port

PATIENCE_S = 20.0


@dataclass
class Event:
    name: str
    data: Any


class Reader:
    """Server-sent events of one open answer, one by one; a comment counts as an event named ``:``."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def next(self, *names: str) -> Event:
        """The next event, or the next of these names."""
        while True:
            event = self._one()
            if not names or event.name in names:
                return event

    def _one(self) -> Event:
        name, data = "", ""
        for line in self._lines:
            if line.startswith(":"):
                return Event(":", line.removeprefix(":").strip())
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = line.removeprefix("data: ")
            elif not line and name:
                return Event(name, json.loads(data) if data else None)
        raise EOFError("the stream ended")


class Server:
    """uvicorn with the real application, in a thread of its own."""

    def __init__(self, district: District) -> None:
        self.port = free_port()
        config = uvicorn.Config(district.app, port=self.port, log_level="warning", timeout_graceful_shutdown=10)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._district = district

    def __enter__(self) -> Server:
        self._thread.start()
        deadline = time.monotonic() + PATIENCE_S
        while not self._server.started:
            assert time.monotonic() < deadline, "uvicorn did not come up"
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        close_streams(self._district.app)
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    @contextmanager
    def stream(self, headers: dict[str, str], query: str = "") -> Iterator[Reader]:
        url = f"http://127.0.0.1:{self.port}/api/v1/stream{query}"
        with (
            httpx.Client(timeout=PATIENCE_S, trust_env=False) as client,
            client.stream("GET", url, headers=headers) as r,
        ):
            assert r.status_code == 200, r.read()
            assert r.headers["content-type"].startswith("text/event-stream")
            yield Reader(r)


@pytest.fixture
def server(district: District) -> Iterator[Server]:
    with Server(district) as running:
        yield running


def _as(district: District, user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {district.tokens[user]}"}


def test_the_snapshot_comes_first_and_then_what_changes(district: District, server: Server) -> None:
    headers = {**_as(district, "vera"), "Last-Event-ID": "17"}
    with server.stream(headers) as events:
        first = events.next()
        assert first.name == "snapshot"
        assert first.data["scope"] == "district"
        assert first.data["load"]["sliding_demand_kw"]["value"] == 24_312.5
        assert [a["id"] for a in first.data["alerts"]] == ["a1", "a2", "a3"]
        district.questions.demand_kw = 25_111.0
        district.bus.publish(LoadChanged(NOW))
        assert events.next("load").data["sliding_demand_kw"]["value"] == 25_111.0
        district.bus.publish(IntervalClosed(NOW - timedelta(minutes=15), 2))
        assert events.next("interval").data == {"start": "2026-07-28T14:15:00+08:00", "revision": 2}
        district.bus.publish(AlertChanged(replace(alert("a1"), state=AlertState.RESOLVED)))
        assert events.next("alert").data["state"] == "resolved"
        assert events.next(":").data == "heartbeat"


def test_an_alert_does_not_wait_for_a_slow_question_of_the_load(district: District, server: Server) -> None:
    with server.stream(_as(district, "vera")) as events:
        events.next("snapshot")
        district.questions.answering.clear()
        district.questions.asked.clear()
        try:
            district.bus.publish(LoadChanged(NOW))
            assert district.questions.asked.wait(PATIENCE_S)
            district.bus.publish(AlertChanged(alert("a1")))
            assert events.next("alert", "load").name == "alert"
        finally:
            district.questions.answering.set()
        assert events.next("alert", "load").name == "load"


def test_an_enterprise_hears_only_of_itself(district: District, server: Server) -> None:
    with server.stream(_as(district, "emil")) as events:
        first = events.next("snapshot").data
        assert first["scope"] == "enterprise:E001"
        assert [a["id"] for a in first["alerts"]] == ["a2"]
        district.bus.publish(AlertChanged(alert("a1")))
        district.bus.publish(AlertChanged(alert("a3", enterprise_scope("E002"))))
        district.bus.publish(AlertChanged(alert("a2", enterprise_scope("E001"))))
        assert events.next("alert").data["id"] == "a2"


def test_a_refused_scope_is_a_problem_and_not_a_broken_stream(district: District) -> None:
    answer = district.client("emil").get("/api/v1/stream?scope=district")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert district.client("vera").get("/api/v1/stream?scope=enterprise:E999").status_code == 404
    assert district.client().get("/api/v1/stream").status_code == 401


def test_a_store_that_is_down_does_not_end_the_stream(district: District, server: Server) -> None:
    with server.stream(_as(district, "vera")) as events:
        events.next("snapshot")
        district.questions.down = True
        district.bus.publish(LoadChanged(NOW))
        while "the store does not answer" not in events.next(":").data:
            pass
        district.questions.down = False
        district.bus.publish(LoadChanged(NOW))
        assert events.next("load").data["scope"] == "district"


def test_a_locked_account_loses_its_open_streams(district: District, server: Server) -> None:
    with server.stream(_as(district, "vera")) as events:
        events.next("snapshot")
        district.ledger.people.set_active("ada", "vera", active=False)
        with pytest.raises(EOFError):
            events.next("never")


def test_open_streams_do_not_hold_up_the_stop(district: District, server: Server) -> None:
    with server.stream(_as(district, "vera")) as events:
        events.next("snapshot")
        server.stop()
        with pytest.raises(EOFError):
            events.next("never")
    assert len(district.app.state.live) == 0


def test_a_client_that_leaves_is_forgotten(district: District, server: Server) -> None:
    hub: LiveHub = district.app.state.live
    with server.stream(_as(district, "vera")) as events:
        events.next("snapshot")
        assert len(hub) == 1
    deadline = time.monotonic() + PATIENCE_S
    while len(hub) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(hub) == 0


def _hub(capacity: int) -> tuple[InProcessBus, LiveHub]:
    bus = InProcessBus()
    return bus, LiveHub(bus, PrometheusMetrics(), capacity)


def test_moves_of_the_load_are_one_note_and_alerts_overtake_it() -> None:
    async def scenario() -> list[object]:
        bus, hub = _hub(8)
        mailbox = hub.join()
        for _ in range(100):
            bus.publish(LoadChanged(NOW))
        bus.publish(AlertChanged(alert("a1")))
        return [await mailbox.take(1.0), await mailbox.take(1.0), await mailbox.take(0.05)]

    first, second, third = asyncio.run(scenario())
    assert isinstance(first, AlertChanged)
    assert (second, third) == (True, False)


def test_a_slow_client_is_let_go_and_the_others_are_not() -> None:
    async def scenario() -> tuple[bool, bool, int]:
        bus, hub = _hub(3)
        slow, quick = hub.join(), hub.join()
        for n in range(5):
            bus.publish(AlertChanged(alert(f"a{n}")))
            await quick.take(1.0)
        found = slow.overflowed, quick.overflowed, len(hub)
        hub.leave(slow)
        return found

    assert asyncio.run(scenario()) == (True, False, 2)


def test_events_from_many_threads_all_arrive() -> None:
    async def scenario() -> set[str]:
        bus, hub = _hub(1_000)
        mailbox = hub.join()

        def publish(part: int) -> None:
            for n in range(50):
                bus.publish(AlertChanged(alert(f"{part}-{n}")))

        threads = [threading.Thread(target=publish, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        seen: set[str] = set()
        while len(seen) < 200:
            event = await mailbox.take(PATIENCE_S)
            assert isinstance(event, AlertChanged)
            seen.add(event.alert.id)
        for thread in threads:
            thread.join()
        return seen

    assert len(asyncio.run(scenario())) == 200


def test_nothing_is_delivered_after_the_close() -> None:
    async def scenario() -> tuple[object, bool, bool]:
        bus, hub = _hub(8)
        mailbox = hub.join()
        hub.close()
        hub.close()
        bus.publish(AlertChanged(alert("a1")))
        late = hub.join()
        return await mailbox.take(1.0), mailbox.closed, late.closed

    assert asyncio.run(scenario()) == (False, True, True)
