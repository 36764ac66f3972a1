"""What is audited: broker, product and store as processes of their own, lines between them, and a disk."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from app.clock import SystemClock
from bench.loss.disk import Disk
from bench.loss.line import Line
from bench.loss.load import DAYS_BACK, MINUTE_MS, Key, Load, registry
from bench.loss.nursery import Nursery, Served
from bench.loss.publisher import Publisher
from config.settings import Settings
from ingest.journal_report import report
from storage.ledger.sql import SqlLedger
from tests.e2e.running import environment_of, settings_in
from tests.servers.influx import Influx, running_influx
from tests.servers.mosquitto import Mosquitto

BUCKET = "audit"
PATIENCE_S = 120.0
#: What the product says of damage (ingest/journal.py).
DAMAGE_SENTENCE = "the journal is damaged ("


@dataclass
class Plant:
    """The audited product with everything around it; the faults reach for what they break."""

    folder: Path
    store: str
    settings: Settings
    broker: Mosquitto
    influx: Influx | None
    disk: Disk
    publisher: Publisher
    to_broker: Line
    from_meters: Line
    to_store: Line | None
    nursery: Nursery
    child: Served | None = None
    starts: int = 0
    exits: list[int] = field(default_factory=list)
    deaths: list[int] = field(default_factory=list)

    # The product.

    def start(self, *, wait: bool = True) -> None:
        if self.child is not None:
            return
        roles = ["--role", "ingest"] if self.store == "influx" else []
        self.starts += 1
        log = self.folder / "logs" / f"serve-{self.starts:04}.log"
        self.child = self.nursery.start(["serve", *roles], environment_of(self.settings), log)
        if wait:
            self.wait_until_up()

    def wait_until_up(self) -> None:
        if self.child is not None:
            self.child.wait_for(self._up_sentence)

    @property
    def _up_sentence(self) -> str:
        return "running ingest" if self.store == "influx" else "listening at"

    def watch(self) -> None:
        """An end that nobody asked for is noted, and the product started again."""
        if self.child is not None and (code := self.child.poll()) is not None:
            self.deaths.append(code)
            self.child = None
            self.start()

    def revive(self) -> None:
        """Up, or started anew where it has ended with a sentence: the disk was full when it began."""
        assert self.child is not None
        while self._up_sentence not in self.child.said() and self.child.poll() is None:
            time.sleep(0.05)
        if self.child.poll() is not None:
            self.child = None
            self.start()

    def kill(self) -> None:
        if self.child is not None:
            self.child.signal(signal.SIGKILL)
            self.child = None

    def terminate(self) -> None:
        """SIGTERM; it must end by itself, and well. Before it is up there is nothing to drain and it may just end."""
        if self.child is None:
            return
        up = self._up_sentence in self.child.said()
        code = self.child.signal(signal.SIGTERM)
        if up or code != -signal.SIGTERM:
            self.exits.append(code)
        self.child = None

    def pid(self) -> int:
        return self.child.pid if self.child is not None else 0

    # Its state, from files alone.

    def journal(self) -> tuple[int, int]:
        """(records since the beginning, records the store writer has not passed)."""
        found = report(Path(self.settings.journal.path), SystemClock().now_ms(), check=False)
        return found.end.sequence, max((r.lag_records for r in found.readers if r.name == "store"), default=0)

    def damaged(self) -> int:
        """Bytes of the journal that cannot be read, and pieces found so earlier. A write that a kill cut short at the
        very end is none: it was never acknowledged, and is set aside too."""
        found = report(Path(self.settings.journal.path), SystemClock().now_ms(), check=True)
        logs = (self.folder / "logs").glob("*.log")
        return found.damaged_bytes + sum(log.read_text(errors="replace").count(DAMAGE_SENTENCE) for log in logs)

    def settle(self, quiet_s: float = 4.0) -> None:
        """Until nothing has come into the journal for a while and the store has everything that did."""
        self.start()
        last, since = (-1, -1), time.monotonic()
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            now = self.journal()
            if now != last:
                last, since = now, time.monotonic()
                deadline = since + PATIENCE_S
            elif now[1] == 0 and time.monotonic() - since > quiet_s:
                return
            time.sleep(0.2)

    # What is stored, asked of the servers and files themselves.

    def rows(self) -> list[tuple[Key, float]]:
        """Every row of the store. The product must not run while DuckDB is asked."""
        return self._influx_rows(self.influx) if self.influx is not None else self._duckdb_rows()

    def _duckdb_rows(self) -> list[tuple[Key, float]]:
        path = self.settings.store.url.removeprefix("duckdb:///")
        with duckdb.connect(path, read_only=True) as connection:
            found = connection.execute("SELECT meter, ts_ms, power_kw FROM reading").fetchall()
        return [((meter, ts_ms), value) for meter, ts_ms, value in found]

    def _influx_rows(self, influx: Influx) -> list[tuple[Key, float]]:
        # In pieces, one a line: some million rows in one document would be the server's memory and ours.
        asked = {
            "db": BUCKET,
            "epoch": "ms",
            "chunked": "true",
            "q": 'SELECT "power_kw" FROM "reading" GROUP BY "meter"',
        }
        query = urllib.parse.urlencode(asked)
        with urllib.request.urlopen(f"http://127.0.0.1:{influx.port}/query?{query}", timeout=120) as answer:
            results = [result for line in answer for result in json.loads(line)["results"]]
        if refused := [result["error"] for result in results if "error" in result]:
            raise RuntimeError(f"InfluxDB does not answer: {refused[0]}")
        series = [each for result in results for each in result.get("series", ())]
        return [((one["tags"]["meter"], ts_ms), value) for one in series for ts_ms, value in one["values"]]

    def quarantined(self) -> list[tuple[str, str]]:
        """(reason, payload) of everything held."""
        with closing(sqlite3.connect(self.settings.ledger.url.removeprefix("sqlite:///"))) as connection:
            found = connection.execute("SELECT reason, payload FROM quarantine").fetchall()
        return [(reason, bytes(payload).decode()) for reason, payload in found]


@contextmanager
def plant(store: str, chance: random.Random, *, rate: float, disk_mb: int) -> Iterator[Plant]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yingfeng-loss-")))
        (folder / "logs").mkdir()
        nursery = stack.enter_context(Nursery())
        broker = Mosquitto(extra=["log_type error"])
        stack.callback(broker.remove)
        broker.start()
        to_broker, from_meters = Line(broker.port), Line(broker.port)
        stack.callback(to_broker.close)
        stack.callback(from_meters.close)
        where: dict[str, object] = {}
        influx, to_store = None, None
        if store == "influx":
            influx = stack.enter_context(running_influx())
            to_store = Line(influx.port)
            stack.callback(to_store.close)
            where = influx.settings(BUCKET).model_dump(exclude_defaults=True)
            where["url"] = f"influxdb://127.0.0.1:{to_store.port}"
        made: list[Plant] = []
        disk = Disk(folder / "disk", disk_mb, lambda: made[0].pid())
        stack.callback(disk.remove)
        settings = settings_in(
            disk.folder,
            # The canary is a reading too, and the audit counts every row of the store.
            mqtt={"url": f"mqtt://127.0.0.1:{to_broker.port}", "reconnect_max_s": 1.0, "canary_s": 0},
            journal={"path": str(disk.folder / "journal"), "segment_mb": 4.0, "max_gb": 0.4},
            **({"store": where} if where else {}),
        )
        load = Load((SystemClock().now_ms() // MINUTE_MS - DAYS_BACK * 1_440) * MINUTE_MS)
        ledger = SqlLedger(settings.ledger.url, clock=SystemClock())
        enterprises, accounts, meters = registry()
        ledger.registry.put_versions("system", enterprises=enterprises, accounts=accounts, meters=meters)
        ledger.close()
        publisher = Publisher(from_meters.port, load, chance, rate=rate)
        site = Plant(
            folder, store, settings, broker, influx, disk, publisher, to_broker, from_meters, to_store, nursery
        )
        made.append(site)
        stack.callback(site.kill)
        # The session must stand before the first message, or nobody asks the broker to keep it.
        site.start()
        _await_subscription(site)
        publisher.start()
        stack.callback(publisher.stop)
        yield site


def _await_subscription(site: Plant) -> None:
    """Publish a stranger's message until one arrives: then the session is there."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="herald")
    client.connect("127.0.0.1", site.broker.port)
    client.loop_start()
    deadline = time.monotonic() + PATIENCE_S
    while site.journal()[0] == 0:
        if time.monotonic() > deadline:
            raise RuntimeError("serve never subscribed")
        client.publish("yingfeng/v1/gaoxin/enterprise/E001/herald/reading", b"{}", qos=1)
        time.sleep(0.2)
    client.disconnect()
    client.loop_stop()
