"""Time to derive one district-day again after late data: 100 enterprises, a meter each, a reading a minute.

    python -m bench.rederive [meters] [duckdb] [influx] [profile]

A whole day is stored and derived, but for one meter, whose day then comes late, as after an outage. Measured is the
work from the mark in the ledger until the revised rows stand in the store and the superseded ones in the ledger
(processor and wall time), on each store; ``profile`` says where the time goes. The rival is the same day derived in
two-hour pieces, as it was done before; the two must write equal figures. InfluxDB comes from Debian's package.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from app.bus import InProcessBus
from app.metrics import PrometheusMetrics
from bench.monitor_scale import registry_of
from config.calendar import Calendar
from config.settings import MonitorSettings
from domain.instants import Span, day_span
from domain.readings import POWER, QUANTITIES, ReadingBatch
from domain.registry import Registry
from domain.scopes import MONITORED
from ingest.late import late_marks
from monitor import rederive
from monitor.engine import Engine
from storage.ledger import SqlLedger
from storage.ports import ReadingStore
from storage.readings.duckdb import DuckDbStore
from storage.readings.influx import InfluxStore
from tests.servers.influx import running_influx
from tests.support.clock import HandClock
from tests.support.ledger import MemoryRegistry

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 7, 28, 6, 0, tzinfo=UTC)
DAY = date(2026, 7, 26)
LATE = "M000000"
PIECES = {"a day at once": 200_000, "two hours at a time": 12_000}


@dataclass(frozen=True)
class Measured:
    wall_s: float
    cpu_s: float
    rows: int
    superseded: int
    figures: bytes


def day_of(names: list[str], day: Span) -> ReadingBatch:
    minutes = day.grid_ms(60)
    meter = np.repeat(np.array(names, dtype=object), len(minutes))
    values = np.full((len(meter), len(QUANTITIES)), np.nan)
    values[:, POWER] = np.random.default_rng(7).uniform(50, 500, len(meter))
    none = np.zeros(len(meter), dtype=np.int64)
    return ReadingBatch(meter, np.tile(minutes, len(names)), values, none.astype(np.int8), none)


def work_off(engine: Engine, ledger: SqlLedger) -> None:
    while ledger.dirty.pending():
        engine.rederiver.work()


def measure(store: ReadingStore, known: Registry, folder: Path, profile: cProfile.Profile | None) -> Measured:
    clock = HandClock(NOW)
    ledger = SqlLedger(f"sqlite:///{folder}/ledger.sqlite", clock=clock)
    engine = Engine(
        registry=MemoryRegistry(known),
        store=store,
        clock=clock,
        bus=InProcessBus(),
        settings=MonitorSettings(),
        zone=ZONE,
        metrics=PrometheusMetrics(),
        calendar=Calendar(),
        dirty=ledger.dirty,
        superseded=ledger.superseded,
    )
    day = day_span(DAY, ZONE)
    names = [str(meter.id) for meter in known.meters]
    whole = day_of(names, day)
    on_time, late = whole.take(whole.meter != LATE), whole.take(whole.meter == LATE)
    order = np.argsort(on_time.ts_ms, kind="stable")
    for first in range(0, len(order), 5_000):
        store.write(on_time.take(order[first : first + 5_000]))
    engine.rederiver.request(day)
    engine.rederiver.work()
    work_off(engine, ledger)
    store.write(late)
    ledger.dirty.mark(late_marks(late, clock.now_ms(), ZONE))
    began, spent = time.perf_counter(), time.process_time()
    with profile if profile is not None else nullcontext():
        work_off(engine, ledger)
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - spent
    scopes = known.view(DAY).scopes()
    rows = store.read_demand(scopes, day)
    kept = ledger.superseded.read(scopes, day)
    assert (store.read_demand([MONITORED], day).quality == "ok").all()
    ledger.close()
    return Measured(wall_s, cpu_s, int((rows.revision > 1).sum()), len(kept), rows.demand_kw.tobytes())


@contextmanager
def stores(names: list[str]) -> Iterator[dict[str, object]]:
    if "influx" not in names:
        yield {}
        return
    with running_influx() as server:
        yield {"influx": server}


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    words = [word for word in sys.argv[1:] if not word.isdigit()]
    profiled = "profile" in words
    wanted = [word for word in words if word != "profile"] or ["duckdb", "influx"]
    known = registry_of(numbers[0] if numbers else 100)
    print(f"{len(known.meters)} meters x 1,440 minutes; one meter's day comes late", flush=True)
    print("| store | pieces | wall s | cpu s | revised rows | kept in the ledger | ratio |")
    print("|---|---|---|---|---|---|---|")
    profiles = []
    with stores(wanted) as servers:
        for name in wanted:
            found: dict[str, Measured] = {}
            for pieces, readings in PIECES.items():
                rederive.READINGS_AT_ONCE = readings
                with tempfile.TemporaryDirectory() as folder:
                    server = servers.get("influx")
                    store: ReadingStore = (
                        InfluxStore(server.settings(f"d{readings}"))  # type: ignore[attr-defined]
                        if name == "influx"
                        else DuckDbStore(Path(folder) / "readings.duckdb")
                    )
                    profile = cProfile.Profile() if profiled and not found else None
                    found[pieces] = measure(store, known, Path(folder), profile)
                    store.close()
                    if profile is not None:
                        profiles.append(profile)
                first, got = next(iter(found.values())), found[pieces]
                assert got.figures == first.figures, "the pieces must write equal figures"
                print(
                    f"| {name} | {pieces} | {got.wall_s:.2f} | {got.cpu_s:.2f} | {got.rows:,} | {got.superseded:,} "
                    f"| {got.wall_s / first.wall_s:.2f} |",
                    flush=True,
                )
    for profile in profiles:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(25)


if __name__ == "__main__":
    main()
