"""Growth from 1,000 to 100,000 meters: cost per reading of intake, store and engine, memory per meter, picture.

    python -m bench.monitor_scale [most meters]

Each size lives through three quarters of an hour in which every meter reports every minute, in batches of 1,000 rows as
the feed hands them over. Processor time, median of the last ten minutes; the picture is one call of ``loads`` with all
meters heard. Intake (decode and validate single JSON messages) and store (DuckDB, batches as ``store.batch_rows``) take
a few minutes of the same readings. Of the engine's share, the look-up of meter names is shown by itself. Ratios are
against the smallest size of the same run: flat is 1.0.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np

from app.bus import InProcessBus
from app.metrics import PrometheusMetrics
from config.calendar import Calendar
from config.settings import MonitorSettings, Settings
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import to_ms
from domain.readings import POWER, QUANTITIES, ReadingBatch
from domain.registry import ALWAYS, Account, Enterprise, Meter, Registry
from ingest.intake import Intake
from ingest.journal import JournalRecord
from ingest.topics import reading_topic
from monitor.engine import CELLS, Engine
from monitor.roster import build_roster
from storage.readings.duckdb import DuckDbStore
from storage.readings.memory import MemoryStore
from tests.support.clock import HandClock
from tests.support.ledger import MemoryLedger

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
METERS_PER_ENTERPRISE = 10
BATCH_ROWS = 1_000
TIMED = 10
MINUTES = 46
STORED_MINUTES = 3
SETTINGS = Settings()
Ids = np.ndarray[tuple[int], np.dtype[np.object_]]
NOW = datetime(2026, 7, 28, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Measured:
    meters: int
    scopes: int
    intake_us: float
    store_us: float
    accept_us: float
    names_us: float
    bytes_per_meter: float
    picture_ms: float

    @property
    def all_us(self) -> float:
        return self.intake_us + self.store_us + self.accept_us


def registry_of(count: int) -> Registry:
    enterprises = [EnterpriseId(f"E{n:05d}") for n in range(count // METERS_PER_ENTERPRISE)]
    return Registry(
        1,
        tuple(Enterprise(e, ALWAYS, e, street=f"街道{i % 8}", sector=f"C{i % 30}") for i, e in enumerate(enterprises)),
        tuple(Account(AccountId(f"A{e}"), ALWAYS, e, feeder=f"F{i % 200}") for i, e in enumerate(enterprises)),
        tuple(
            Meter(MeterId(f"M{n:06d}"), ALWAYS, AccountId(f"A{enterprises[n // METERS_PER_ENTERPRISE]}"))
            for n in range(count)
        ),
    )


def owner_of(number: int) -> EnterpriseId:
    return EnterpriseId(f"E{number // METERS_PER_ENTERPRISE:05d}")


def minute_of(ids: Ids, start: datetime, *, rows: int = BATCH_ROWS) -> list[ReadingBatch]:
    rng = np.random.default_rng(to_ms(start) // 60_000)
    found = []
    for first in range(0, len(ids), rows):
        names = ids[first : first + rows]
        values = np.full((len(names), len(QUANTITIES)), np.nan)
        values[:, POWER] = rng.uniform(1, 500, len(names))
        none = np.zeros(len(names), dtype=np.int64)
        found.append(ReadingBatch(names, none + to_ms(start), values, none.astype(np.int8), none))
    return found


def intake_us(registry: Registry, ids: Ids) -> float:
    """Median over whole minutes, the first of which (the validator gets to know the meters) does not count."""
    clock = HandClock(NOW)
    intake = Intake(lambda: registry, SETTINGS, clock)
    spent = []
    for minute in range(1 + STORED_MINUTES):
        start = NOW + timedelta(minutes=minute)
        clock.set(start + timedelta(seconds=62))
        records = [
            JournalRecord(
                clock.now_ms(),
                reading_topic(SETTINGS.district.id, owner_of(n), meter),
                b'{"ts":%d,"p_kw":%d.%d}' % (to_ms(start), 100 + n % 7, minute),
            )
            for n, meter in enumerate(ids.tolist())
        ]
        began = time.thread_time()
        taken = 0
        for first in range(0, len(records), BATCH_ROWS):
            taken += len(intake.process(records[first : first + BATCH_ROWS]).batch)
        spent.append((time.thread_time() - began) / len(ids))
        assert taken == len(ids), "every reading of the bench is a good one"
    return median(spent[1:]) * 1e6


def store_us(ids: Ids) -> float:
    """Process time, as DuckDB works on threads of its own."""
    spent = []
    with tempfile.TemporaryDirectory() as folder:
        store = DuckDbStore(Path(folder) / "readings.duckdb")
        for minute in range(1 + STORED_MINUTES):
            batches = minute_of(ids, NOW + timedelta(minutes=minute), rows=SETTINGS.store.batch_rows)
            began = time.process_time()
            for batch in batches:
                store.write(batch)
            spent.append((time.process_time() - began) / len(ids))
        store.close()
    return median(spent[1:]) * 1e6


def measure(count: int) -> Measured:
    registry = registry_of(count)
    clock, bus = HandClock(NOW), InProcessBus()
    ledger = MemoryLedger(registry)
    engine = Engine(
        registry=ledger.registry,
        store=MemoryStore(),
        clock=clock,
        bus=bus,
        settings=MonitorSettings(),
        zone=ZoneInfo("Asia/Shanghai"),
        metrics=PrometheusMetrics(),
        calendar=Calendar(),
        dirty=ledger.dirty,
        superseded=ledger.superseded,
    )
    ids = np.array([meter.id for meter in registry.meters], dtype=object)
    spent = []
    for minute in range(MINUTES):
        start = NOW + timedelta(minutes=minute)
        clock.set(start + timedelta(seconds=62))
        batches = minute_of(ids, start)
        began = time.thread_time()
        for batch in batches:
            engine.accept(batch)
        if minute >= MINUTES - TIMED:
            spent.append(time.thread_time() - began)
    began = time.thread_time()
    loads = engine.loads()
    picture_s = time.thread_time() - began
    roster = build_roster(registry.view(NOW.date()))
    began = time.thread_time()
    for first in range(0, count, BATCH_ROWS):
        roster.slots_of(ids[first : first + BATCH_ROWS])
    names_s = time.thread_time() - began
    return Measured(
        count,
        len(loads),
        intake_us(registry, ids),
        store_us(ids),
        median(spent) / count * 1e6,
        names_s / count * 1e6,
        engine.memory_bytes / count,
        picture_s * 1e3,
    )


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    first: Measured | None = None
    print(f"ring of {CELLS} minutes, batches of {BATCH_ROWS} readings; µs of processor time per reading")
    headings = ("meters", "intake, µs", "ratio", "store, µs", "ratio", "engine, µs", "ratio", "of it names, µs")
    print("|", " | ".join((*headings, "all, µs", "ratio", "bytes per meter")), "|")
    print("|---" * (len(headings) + 3) + "|")
    pictures = []
    for count in (size for size in SIZES if size <= most):
        got = measure(count)
        first = first or got
        cells = [f"{got.meters:,}"]
        for part in ("intake_us", "store_us", "accept_us"):
            cells += [f"{getattr(got, part):.2f}", f"{getattr(got, part) / getattr(first, part):.2f}"]
        cells += [f"{got.names_us:.2f}", f"{got.all_us:.2f}", f"{got.all_us / first.all_us:.2f}"]
        print("|", " | ".join([*cells, f"{got.bytes_per_meter:,.0f}"]), "|", flush=True)
        pictures.append(f"{got.picture_ms:,.0f} ms with {got.scopes:,} scopes of {got.meters:,} meters")
    print("a picture of all scopes:", "; ".join(pictures))


if __name__ == "__main__":
    main()
