"""Readings stored per second through mosquitto, journalled before they are acknowledged, as ratios of one run.

python -m bench.ingest_throughput [singles] [lists]

Single messages: against a bare paho subscriber on the same broker. Gateway lists of 100: against a raw loader sending
ready-made lines to the same InfluxDB. The publisher is a process of its own; broker, publisher, ingest and store share
this machine.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec
import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from app.bus import InProcessBus
from app.clock import SystemClock
from app.metrics import PrometheusMetrics
from bench.burst import publish_apart
from bench.stores_write import raw_lines
from config.settings import Settings
from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.readings import POWER, QUANTITIES, ReadingBatch
from domain.registry import ALWAYS, Account, Enterprise, Meter, Registry
from ingest.intake import Intake
from ingest.journal import Journal
from ingest.mqtt import MqttIngest
from ingest.quarantine import Quarantine
from ingest.topics import gateway_topic, reading_topic
from ingest.writer import StoreWriter
from storage.ledger.sql import SqlLedger
from storage.ports import ReadingStore
from storage.readings.duckdb import DuckDbStore
from storage.readings.influx import InfluxStore
from storage.readings.influx_lines import reading_lines
from tests.servers.influx import running_influx
from tests.servers.mosquitto import Mosquitto

METERS, LIST = 1_000, 100
Message = tuple[str, bytes]


def registry() -> Registry:
    account = Account(AccountId("001"), ALWAYS, EnterpriseId("E001"))
    meters = tuple(
        Meter(MeterId(f"M{i:04}"), ALWAYS, account.id, gateway=GatewayId(f"G{i // LIST}")) for i in range(METERS)
    )
    return Registry(1, (Enterprise(EnterpriseId("E001"), ALWAYS, "甲厂"),), (account,), meters)


def reading(number: int, now_ms: int) -> dict[str, object]:
    minute, meter = divmod(number, METERS)
    return {
        "meter": f"M{meter:04}",
        "ts": now_ms - 86_400_000 + minute * 60_000,
        "p_kw": round(100 + 50 * np.sin(number / 999.0).item(), 2),
        "q_kvar": 20.5,
        "e_imp_kwh": 1000.0 + number / 1000,
        "u_v": 10.02,
        "i_a": 5.25,
    }


def singles(count: int, now_ms: int, first: int = 0) -> list[Message]:
    found = []
    for number in range(first, first + count):
        row = reading(number, now_ms)
        found.append((reading_topic("gaoxin", "E001", str(row["meter"])), msgspec.json.encode(row)))
    return found


def lists(count: int, now_ms: int, first: int = 0) -> list[Message]:
    found = []
    for number in range(first, first + count):
        rows = [reading(number * LIST + i, now_ms) for i in range(LIST)]
        gateway = f"G{number * LIST % METERS // LIST}"
        found.append((gateway_topic("gaoxin", gateway), msgspec.json.encode(rows)))
    return found


def bare(messages: list[Message]) -> float:
    """Messages per second a paho subscriber with an empty callback is given, acknowledged by paho at once."""
    seen, ready = [0], threading.Event()
    with mosquitto() as server:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bare", clean_session=False)

        def count(*_: object) -> None:
            seen[0] += 1

        client.on_message = count
        client.on_subscribe = lambda *_: ready.set()
        client.connect("127.0.0.1", server.port)
        client.subscribe("yingfeng/#", 1)
        client.loop_start()
        ready.wait(10)
        rate = timed(server.port, messages, lambda: seen[0] >= len(messages)) * len(messages)
        client.disconnect()
        client.loop_stop()
    return rate


def through(messages: list[Message], rows: int, store: ReadingStore) -> float:
    """Readings per second from the first publish until the last is in the store."""
    settings, clock, metrics, known = Settings(), SystemClock(), PrometheusMetrics(), registry()
    with ExitStack() as stack:
        server = stack.enter_context(mosquitto())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        journal = stack.enter_context(Journal(directory / "journal"))
        ledger = stack.enter_context(closing(SqlLedger(f"sqlite:///{directory}/ledger.sqlite", clock=clock)))
        intake = Intake(lambda: known, settings, clock)
        quarantine = Quarantine(ledger.quarantine, journal, clock)
        writer = StoreWriter(journal.reader("store"), intake, store, quarantine, InProcessBus(), metrics, clock)
        writer.start()
        stack.callback(writer.stop)
        mqtt = settings.mqtt.model_copy(update={"url": server.url})
        ingest = stack.enter_context(MqttIngest(mqtt, "gaoxin", journal, metrics, clock))
        while not ingest.connected:
            time.sleep(0.01)
        per_run = timed(server.port, messages, lambda: metrics.snapshot().get("readings_stored_total", 0.0) >= rows)
        if quarantine.list().total:
            raise RuntimeError("the bench sent readings that were refused")
    return per_run * rows


def timed(port: int, messages: list[Message], done: Callable[[], bool]) -> float:
    """Runs per second, the publisher's start-up taken off."""
    result: list[float] = []
    sender = threading.Thread(target=lambda: result.append(publish_apart(port, messages)))
    sender.start()
    while sender.is_alive():
        sender.join(0.05)
    published = time.perf_counter()
    while not done():
        time.sleep(0.02)
    return 1.0 / (result[0] + time.perf_counter() - published)


@contextmanager
def mosquitto() -> Iterator[Mosquitto]:
    server = Mosquitto(extra=["log_type error"])
    server.start()
    try:
        yield server
    finally:
        server.remove()


def raw(batch: ReadingBatch, send: Callable[[list[bytes]], None]) -> float:
    bodies = ["\n".join(reading_lines(batch.take(slice(i, i + 5_000)))).encode() for i in range(0, len(batch), 5_000)]
    started = time.perf_counter()
    send(bodies)
    return len(batch) / (time.perf_counter() - started)


def batch_of(rows: int, now_ms: int) -> ReadingBatch:
    """The rows of ``lists`` as columns."""
    made = [reading(number, now_ms) for number in range(rows)]
    values = np.full((rows, len(QUANTITIES)), np.nan)
    for column, name in ((POWER, "p_kw"), (1, "q_kvar"), (3, "e_imp_kwh"), (5, "u_v"), (6, "i_a")):
        values[:, column] = [row[name] for row in made]
    ts_ms = np.array([row["ts"] for row in made], dtype=np.int64)
    meter = np.array([row["meter"] for row in made], dtype=object)
    return ReadingBatch(meter, ts_ms, values, np.zeros(rows, dtype=np.int8), ts_ms)


def main(single_count: int = 20_000, list_count: int = 1_000) -> None:
    now_ms = SystemClock().now_ms() // 60_000 * 60_000
    one, many = singles(single_count, now_ms), lists(list_count, now_ms)
    rows = list_count * LIST
    with tempfile.TemporaryDirectory() as directory, running_influx() as influx:
        InfluxStore(influx.settings("raw")).ensure()
        baseline = bare(one)
        raw_rate = raw(batch_of(rows, now_ms), lambda bodies: raw_lines(influx, "raw", bodies))
        print(f"bare subscriber {baseline:,.0f} messages/s; raw loader {raw_rate:,.0f} rows/s")
        print("| store | singles/s | of bare | list readings/s | of raw loader |\n|---|---:|---:|---:|---:|")
        stores: dict[str, Callable[[str], ReadingStore]] = {
            "DuckDB": lambda name: DuckDbStore(Path(directory) / f"{name}.duckdb"),
            "InfluxDB": lambda name: InfluxStore(influx.settings(name, timeout_s=60)),
        }
        for label, make in stores.items():
            with closing(make("single")) as store:
                single = through(one, single_count, store)
            with closing(make("lists")) as store:
                listed = through(many, rows, store)
            print(
                f"| {label} | {single:,.0f} | {single / baseline:.2f} | {listed:,.0f} | {listed / raw_rate:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
