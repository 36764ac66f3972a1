"""Growth of the engine from 1,000 to 100,000 meters: cost per reading, memory per meter, cost of a picture.

    python -m bench.monitor_scale [most meters]

Each size lives through three quarters of an hour in which every meter reports every minute, in batches of 1,000 rows as
the feed hands them over. Processor time, median of the last ten minutes; the picture is one call of ``loads`` with all
meters heard. Ratios are against the smallest size of the same run: flat is 1.0.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np

from app.bus import InProcessBus
from app.metrics import PrometheusMetrics
from config.calendar import Calendar
from config.settings import MonitorSettings
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import to_ms
from domain.readings import POWER, QUANTITIES, ReadingBatch
from domain.registry import ALWAYS, Account, Enterprise, Meter, Registry
from monitor.engine import CELLS, Engine
from storage.readings.memory import MemoryStore
from tests.support.clock import HandClock
from tests.support.ledger import MemoryLedger

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
METERS_PER_ENTERPRISE = 10
BATCH_ROWS = 1_000
TIMED = 10
MINUTES = 46
NOW = datetime(2026, 7, 28, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Measured:
    meters: int
    scopes: int
    accept_us: float
    bytes_per_meter: float
    picture_ms: float


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


def minute_of(ids: np.ndarray[tuple[int], np.dtype[np.object_]], start: datetime) -> list[ReadingBatch]:
    rng = np.random.default_rng(to_ms(start) // 60_000)
    found = []
    for first in range(0, len(ids), BATCH_ROWS):
        names = ids[first : first + BATCH_ROWS]
        values = np.full((len(names), len(QUANTITIES)), np.nan)
        values[:, POWER] = rng.uniform(1, 500, len(names))
        none = np.zeros(len(names), dtype=np.int64)
        found.append(ReadingBatch(names, none + to_ms(start), values, none.astype(np.int8), none))
    return found


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
    return Measured(count, len(loads), median(spent) / count * 1e6, engine.memory_bytes / count, picture_s * 1e3)


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    first: Measured | None = None
    print(f"ring of {CELLS} minutes, batches of {BATCH_ROWS} readings")
    print("| meters | scopes | µs per reading | ratio | bytes per meter | ratio | picture of all scopes, ms |")
    print("|---|---|---|---|---|---|---|")
    for count in (size for size in SIZES if size <= most):
        got = measure(count)
        first = first or got
        print(
            f"| {got.meters:,} | {got.scopes:,} | {got.accept_us:.2f} | {got.accept_us / first.accept_us:.2f} "
            f"| {got.bytes_per_meter:,.0f} | {got.bytes_per_meter / first.bytes_per_meter:.2f} "
            f"| {got.picture_ms:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
