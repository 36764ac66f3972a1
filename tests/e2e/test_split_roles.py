"""Ingest, engine and API as three processes on one broker, one InfluxDB and one ledger."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.clock import SystemClock
from config.settings import MqttSettings, Settings
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.registry import ALWAYS, Account, Enterprise, Meter
from ingest.outlet import Outlet
from ingest.topics import reading_topic
from storage.ledger import SqlLedger
from tests.e2e.running import client_of, serving, settings_in, until
from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto

#: The account allows 100 kVA and the meter draws four times that.
CAPACITY_KVA, DRAWN_KW = 100.0, 400.0


@pytest.fixture(params=["sqlite", "postgresql"])
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
    common = {"store": store, "ledger": {"url": ledger_url}}

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
        with sending(mosquitto.url, asked.district.id):
            until("readings from the store", lambda: http.get("/api/v1/readings?meter=M001").json()["items"])
            # The rule asks for five minutes above the bound before it fires; being seen as pending is not enough.
            listed = until(
                "the alert in the ledger, listed by the API",
                lambda: [
                    a
                    for a in http.get("/api/v1/alerts?kind=approved_demand").json()["items"]
                    if a["state"] in ("pending", "firing")
                ],
            )
            assert listed[0]["scope"] == "enterprise:E001"
            assert listed[0]["value"] == pytest.approx(DRAWN_KW)
        for child in (*others[::-1], api):
            assert child.signal(signal.SIGTERM) == 0, child.said()[-2000:]
