"""Ingest, engine and API as three processes on one broker, one InfluxDB and one ledger."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.clock import SystemClock
from config.settings import MqttSettings, Settings
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.registry import ALWAYS, Account, Enterprise, Meter
from ingest.outlet import Outlet
from ingest.topics import event_topic, reading_topic
from storage.ledger import SqlLedger
from tests.e2e.running import PATIENCE_S, client_of, serving, settings_in, until
from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto
from tests.support.policy import without_duration

#: The account allows 100 kVA and the meter draws four times that.
CAPACITY_KVA, DRAWN_KW = 100.0, 400.0


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.long), "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.sqlite"
    url: str = request.getfixturevalue("postgres_url")
    return url


@contextmanager
def sending(broker: str, district: str) -> Iterator[None]:
    """The last quarter of an hour at once, then the minute that has just ended, over and over."""
    ended = threading.Event()

    def send() -> None:
        with Outlet(MqttSettings(url=broker), client_id="meter") as outlet:
            back = 25
            while not ended.wait(0.5):
                minute = int(datetime.now(UTC).timestamp()) // 60
                for start in range(minute - back, minute):
                    payload = json.dumps({"ts": start * 60_000, "p_kw": DRAWN_KW}).encode()
                    outlet.publish(reading_topic(district, EnterpriseId("E001"), MeterId("M001")), payload)
                back = 2

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Listener(threading.Thread):
    """An open event stream of the district's enterprises; keeps every event."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(daemon=True)
        self._http = http
        self._events: list[tuple[str, dict[str, Any]]] = []
        self.open = threading.Event()

    def run(self) -> None:
        name = ""
        # The server ends the stream when it is told to stop.
        with (
            suppress(httpx.HTTPError),
            self._http.stream("GET", "/api/v1/stream?scope=monitored", timeout=None) as answer,
        ):
            for line in answer.iter_lines():
                self.open.set()
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self._events.append((name, json.loads(line.removeprefix("data: "))))

    def told(self, name: str, scope: str) -> dict[str, Any] | None:
        return next((data for event, data in list(self._events) if event == name and data["scope"] == scope), None)


@contextmanager
def listening(settings: Settings) -> Iterator[Listener]:
    with client_of(settings) as http:
        listener = Listener(http)
        listener.start()
        assert listener.open.wait(PATIENCE_S)
        yield listener
    listener.join(PATIENCE_S)


def fill_registry(settings: Settings) -> None:
    ledger = SqlLedger(settings.ledger.url, clock=SystemClock())
    ledger.registry.put_versions(
        "system",
        enterprises=[Enterprise(EnterpriseId("E001"), ALWAYS, "甬城精密机械有限公司")],
        accounts=[Account(AccountId("A1"), ALWAYS, EnterpriseId("E001"), approved_demand_kw=CAPACITY_KVA)],
        meters=[Meter(MeterId("M001"), ALWAYS, AccountId("A1"), interval_s=60)],
    )
    ledger.close()


@pytest.mark.timeout(300)
def test_a_reading_becomes_an_alert_across_three_processes(
    mosquitto: Mosquitto, influx: Influx, ledger_url: str, tmp_path: Path
) -> None:
    store = influx.settings().model_dump(exclude_defaults=True)
    policy = without_duration(tmp_path / "policy")
    common = {"store": store, "ledger": {"url": ledger_url}, "district": {"policy_path": str(policy)}}

    def settings(role: str) -> Settings:
        (tmp_path / role).mkdir()
        mqtt = {"url": mosquitto.url, "client_id": role}
        return settings_in(tmp_path / role, **common, mqtt=mqtt)

    asked = settings("api")
    fill_registry(asked)
    with ExitStack() as stack:
        api = stack.enter_context(serving(asked, "--role", "api", log=tmp_path / "api.log"))
        others = [
            stack.enter_context(serving(settings(role), "--role", role, log=tmp_path / f"{role}.log", api=False))
            for role in ("engine", "ingest")
        ]
        http = stack.enter_context(client_of(asked))
        stream = stack.enter_context(listening(asked))
        with sending(mosquitto.url, asked.district.id):
            until("readings from the store", lambda: http.get("/api/v1/readings?meter=M001").json()["items"])
            told = until(
                "the alert on the stream of the API's process", lambda: stream.told("alert", "enterprise:E001")
            )
            assert told["state"] == "firing"
            assert told["value"] == pytest.approx(DRAWN_KW)
            assert http.get("/api/v1/alerts?kind=approved_demand").json()["items"][0]["id"] == told["id"]
            until("a move of the load on the same stream", lambda: stream.told("load", "monitored"))
        with Outlet(MqttSettings(url=mosquitto.url), client_id="clock") as outlet:
            note = {"instant": "2027-07-01T12:00:00+08:00", "speed": 1}
            outlet.publish(event_topic(asked.district.id, "clock"), json.dumps(note).encode())
        today = "/api/v1/load/indices?scope=monitored"
        until("the API's clock follows", lambda: http.get(today).json()["items"][-1]["day"] == "2027-07-01")
        for child in (*others[::-1], api):
            assert child.signal(signal.SIGTERM) == 0, child.said()[-2000:]
