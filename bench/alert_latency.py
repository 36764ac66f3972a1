"""From publishing a reading to its alert on the event stream and to the notice of it that reaches the enterprise's own
system over MQTT, while a district sends 1,000 readings a second.

    python -m bench.alert_latency [alerts]

A real mosquitto, `yingfeng serve` as its own process on DuckDB and SQLite, and the flood from a third process. Each
measured alert is a meter that reports quarter-hours: one reading takes its enterprise over the approved demand. The
rule's minimum duration is the rule's, not ours, so the policy of the bench sets it to zero.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx
import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from app.clock import SystemClock
from config.settings import MqttSettings, Settings
from domain.alerts import Severity
from domain.duty import Route
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.notices import Recipient
from domain.registry import ALWAYS, Account, Enterprise, Meter
from ingest.outlet import Outlet
from ingest.topics import notice_topic, reading_topic
from storage.ledger import SqlLedger
from tests.e2e.running import client_of, serving, settings_in
from tests.servers.mosquitto import Mosquitto
from tests.support.policy import without_duration

ENTERPRISES, FLOOD_METERS, RATE = 100, 1_000, 1_000
SETTLING_S = 10.0
DISTRICT = Settings().district.id


def owner_of(number: int) -> str:
    return f"F{number % ENTERPRISES:04d}"


def register(settings: Settings, alerts: int) -> None:
    ledger = SqlLedger(settings.ledger.url, clock=SystemClock())
    probes = [f"A{n:04d}" for n in range(alerts)]
    names = [f"F{n:04d}" for n in range(ENTERPRISES)] + probes
    ledger.registry.put_versions(
        "bench",
        enterprises=[Enterprise(EnterpriseId(name), ALWAYS, name) for name in names],
        accounts=[
            Account(AccountId(f"{n}-1"), ALWAYS, EnterpriseId(n), approved_demand_kw=100.0 if n[0] == "A" else None)
            for n in names
        ],
        meters=[
            *(Meter(MeterId(n), ALWAYS, AccountId(f"{n}-1"), interval_s=900) for n in probes),
            *(
                Meter(MeterId(f"M{n:04d}"), ALWAYS, AccountId(f"{owner_of(n)}-1"), interval_s=1)
                for n in range(FLOOD_METERS)
            ),
        ],
    )
    for name in probes:
        me = Recipient(enterprise_id=EnterpriseId(name))
        ledger.duty.put_routes("bench", me, [Route(me, "mqtt", name, 0, Severity.INFO)], SystemClock().now())
    ledger.close()


def flood(broker: str, flowing: Event, ended: Event) -> None:
    """Every meter once a second, as it is now; ``flowing`` is set once each has spoken."""
    with Outlet(MqttSettings(url=broker), client_id="flood") as outlet:
        began, first_s, sent = time.monotonic(), int(time.time()), 0
        while not ended.is_set():
            while sent < (time.monotonic() - began) * RATE:
                number = sent % FLOOD_METERS
                ts_ms = (first_s + sent // FLOOD_METERS) * 1000
                payload = json.dumps({"ts": ts_ms, "p_kw": 100.0 + sent % 7}).encode()
                outlet.publish(
                    reading_topic(DISTRICT, EnterpriseId(owner_of(number)), MeterId(f"M{number:04d}")), payload
                )
                sent += 1
            if sent >= FLOOD_METERS:
                flowing.set()
            time.sleep(0.002)


class Enterprises:
    """Every enterprise's system on one connection; notes when the first notice of each arrives."""

    def __init__(self, broker: Mosquitto) -> None:
        self.seen: dict[str, float] = {}
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="enterprises")
        self._client.on_message = self._on_message
        self._client.connect(broker.host, broker.port)
        self._client.subscribe(notice_topic(DISTRICT, "+"), 1)

    def __enter__(self) -> Enterprises:
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        self.seen.setdefault(f"enterprise:{message.topic.split('/')[4]}", time.monotonic())


class Listener(threading.Thread):
    """Notes when each enterprise's alert is first seen on the stream."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(daemon=True)
        self._http = http
        self.seen: dict[str, float] = {}
        self.ready = threading.Event()

    def run(self) -> None:
        # The server ends the stream when it is told to stop.
        with (
            suppress(httpx.RemoteProtocolError),
            self._http.stream("GET", "/api/v1/stream?scope=monitored", timeout=None) as answer,
        ):
            for line in answer.iter_lines():
                self.ready.set()
                if line.startswith("data:") and "approved_demand" in line:
                    alert = json.loads(line[5:])
                    if alert.get("state") == "firing":
                        self.seen.setdefault(alert["scope"], time.monotonic())


@contextmanager
def flooding(broker: str) -> Iterator[None]:
    context = multiprocessing.get_context("spawn")
    flowing, ended = context.Event(), context.Event()
    process = context.Process(target=flood, args=(broker, flowing, ended))
    process.start()
    try:
        # A busy machine takes many seconds to load a process; without the flood the figure would be of no use.
        if not flowing.wait(120):
            raise SystemExit("the flood did not begin")
        yield
    finally:
        ended.set()
        process.join(20)


def stored(http: httpx.Client) -> float:
    """Readings stored so far, as /metrics tells."""
    lines = http.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("readings_stored_total"))


def measure(alerts: int, broker: Mosquitto, folder: Path) -> tuple[list[float], list[float], float]:
    """Seconds from publishing to the stream and to the notice for each alert (inf: never), and readings stored per
    second meanwhile."""
    policy = without_duration(folder / "policy")
    settings = settings_in(
        folder,
        mqtt={"url": broker.url},
        district={"policy_path": str(policy)},
        # What waits on purpose is no latency.
        notices={"group_s": 0.0, "quiet_from": "00:00", "quiet_to": "00:00"},
    )
    register(settings, alerts)
    waited, noticed = [], []
    with (
        Enterprises(broker) as enterprises,
        serving(settings, log=folder / "log"),
        client_of(settings) as http,
        flooding(broker.url),
    ):
        listener = Listener(http)
        listener.start()
        listener.ready.wait(20)
        time.sleep(SETTLING_S)
        before = stored(http)
        flood_from = time.monotonic()
        with Outlet(MqttSettings(url=broker.url), client_id="probe") as outlet:
            block_ms = int(time.time()) // 900 * 900_000 - 900_000
            for n in range(alerts):
                name = f"A{n:04d}"
                began = time.monotonic()
                for ts_ms in (block_ms, block_ms + 900_000):
                    payload = json.dumps({"ts": ts_ms, "p_kw": 150.0}).encode()
                    outlet.publish(reading_topic(DISTRICT, EnterpriseId(name), MeterId(name)), payload)
                scope = f"enterprise:{name}"
                while not (scope in listener.seen and scope in enterprises.seen) and time.monotonic() - began < 20:
                    time.sleep(0.002)
                waited.append(listener.seen.get(scope, float("inf")) - began)
                noticed.append(enterprises.seen.get(scope, float("inf")) - began)
                time.sleep(0.1)
        rate = (stored(http) - before) / (time.monotonic() - flood_from)
    return waited, noticed, rate


def main() -> None:
    alerts = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    broker = Mosquitto()
    broker.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            waited, noticed, rate = measure(alerts, broker, Path(folder))
    finally:
        broker.remove()
    print(
        f"from publishing, while {rate:,.0f} readings/s are stored ({RATE:,} sent), {alerts} alerts; "
        f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    print("| to | p50 | p99 | most | never seen |")
    print("|---|---|---|---|---|")
    for what, measured in (("alert on the stream", waited), ("notice over MQTT", noticed)):
        heard = np.array([each for each in measured if np.isfinite(each)])
        p50, p99 = np.percentile(heard, [50, 99]) if len(heard) else (np.nan, np.nan)
        most = heard.max(initial=0.0)
        print(f"| {what} | {p50:.2f} s | {p99:.2f} s | {most:.2f} s | {alerts - len(heard)} |")


if __name__ == "__main__":
    main()
