"""A million journalled readings into the store: rate, CPU seconds, peak memory, and where the time goes.

python -m bench.drain [--readings 1000000] [--store duckdb|influx] [--form singles|lists] [--profile]

The journal is filled first, as if the store had been down; then the store writer drains it in a process of its own,
with the validation, the quarantine and the saved position of the product. The rows are counted by the store afterwards.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import json
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from app.adapters import open_store
from app.bus import InProcessBus
from app.clock import SystemClock
from app.metrics import PrometheusMetrics
from bench.ingest_throughput import LIST, METERS, lists, registry, singles
from config.settings import Settings, StoreSettings
from domain.instants import Span, from_ms
from ingest.intake import Intake
from ingest.journal import Journal, JournalRecord
from ingest.quarantine import Quarantine
from ingest.writer import StoreWriter
from storage.ledger.sql import SqlLedger
from tests.servers.influx import running_influx

#: Records made and appended at a time, so that filling stays small.
PART = 50_000
STAGES = ("read journal", "decode, validate", "store", "save position")


class Stages:
    """Wraps single methods of the parts and adds up the time inside; nothing of the product is changed."""

    def __init__(self, *, profiled: bool) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.profile = cProfile.Profile() if profiled else None

    def time(self, part: Any, method: str, stage: str) -> None:
        inner: Callable[..., Any] = getattr(part, method)

        def timed(*arguments: Any) -> Any:
            began = time.perf_counter()
            # Waiting for the next record is not work.
            waits = self.profile is None or stage == "read journal"
            found = inner(*arguments) if waits or self.profile is None else self.profile.runcall(inner, *arguments)
            self.seconds[stage] += time.perf_counter() - began
            return found

        setattr(part, method, timed)


def fill(path: Path, readings: int, form: str, now_ms: int) -> int:
    """Journal so many readings; bytes on disk."""
    with Journal(path) as journal:
        journal.reader("store")
        for first in range(0, readings, PART):
            count = min(PART, readings - first)
            made = singles(count, now_ms, first) if form == "singles" else lists(count // LIST, now_ms, first // LIST)
            records = [JournalRecord(now_ms, topic, payload) for topic, payload in made]
            for at in range(0, len(records), 1_000):
                journal.append(records[at : at + 1_000])
        return journal.stats().bytes


def drain(folder: Path, settings: StoreSettings, *, profiled: bool) -> dict[str, Any]:
    """From the journal's first record until the place behind the last one is saved; in a process of its own."""
    clock, metrics, known, stages = SystemClock(), PrometheusMetrics(), registry(), Stages(profiled=profiled)
    with ExitStack() as stack:
        journal = stack.enter_context(Journal(folder / "journal"))
        ledger = stack.enter_context(closing(SqlLedger(f"sqlite:///{folder}/ledger.sqlite", clock=clock)))
        store = stack.enter_context(closing(open_store(settings)))
        store.ping()
        reader, intake = journal.reader("store"), Intake(lambda: known, Settings(), clock)
        quarantine = Quarantine(ledger.quarantine, journal, clock)
        for part, method, stage in zip(
            (reader, intake, store, reader), ("read", "process", "write", "commit"), STAGES, strict=True
        ):
            stages.time(part, method, stage)
        writer = StoreWriter(reader, intake, store, quarantine, InProcessBus(), metrics, clock)
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        writer.start()
        while reader.lag_records:
            time.sleep(0.05)
        took_s = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_SELF)
        writer.stop()
        stored = count_rows(store)
    told = io.StringIO()
    if stages.profile is not None:
        pstats.Stats(stages.profile, stream=told).sort_stats("tottime").print_stats(20)
    return {
        "took_s": took_s,
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_mb": after.ru_maxrss / 1_000,
        "before_mb": before.ru_maxrss / 1_000,
        "stored": stored,
        "stages": dict(stages.seconds),
        "profile": told.getvalue(),
    }


def count_rows(store: Any) -> int:
    """By reading them all again, some meters at a time."""
    names = [f"M{number:04}" for number in range(METERS)]
    span = Span(from_ms(0), from_ms(4_000_000_000_000))
    return sum(len(store.read(names[at : at + 50], span)) for at in range(0, METERS, 50))


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.drain", description=__doc__)
    parser.add_argument("--readings", type=int, default=1_000_000)
    parser.add_argument("--store", choices=("duckdb", "influx"), action="append")
    parser.add_argument("--form", choices=("singles", "lists"), action="append")
    parser.add_argument("--profile", action="store_true", help="functions by time; slows the run down")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    chosen = parser.parse_args(words)
    if chosen.child:
        asked = json.loads(chosen.child)
        print(json.dumps(drain(Path(asked["folder"]), StoreSettings(**asked["store"]), profiled=chosen.profile)))
        return 0
    print("| store | messages | readings/s | CPU s per million | peak memory | " + " | ".join(STAGES) + " |")
    print("|---|---|---:|---:|---:|" + "---:|" * len(STAGES))
    bad, profiles = 0, []
    for name in chosen.store or ("duckdb", "influx"):
        for form in chosen.form or ("singles", "lists"):
            found = measure(name, form, chosen.readings, profiled=chosen.profile)
            bad += found["stored"] != chosen.readings
            profiles.append(found["profile"])
            print(row(name, form, chosen.readings, found), flush=True)
            if found["stored"] != chosen.readings:
                print(f"DIFFERENCE: {found['stored']:,} stored of {chosen.readings:,}")
    print("\n".join(filter(None, profiles)))
    return 1 if bad else 0


def measure(name: str, form: str, readings: int, *, profiled: bool) -> dict[str, Any]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yingfeng-drain-")))
        if name == "duckdb":
            store: dict[str, Any] = {"url": f"duckdb:///{folder}/readings.duckdb"}
        else:
            influx = stack.enter_context(running_influx())
            store = influx.settings("drain", timeout_s=60).model_dump(exclude_defaults=True)
        size = fill(folder / "journal", readings, form, SystemClock().now_ms() // 60_000 * 60_000)
        asked = json.dumps({"folder": str(folder), "store": store})
        command = [sys.executable, "-m", "bench.drain", "--child", asked, *(["--profile"] if profiled else [])]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return {**found, "journal_mb": size / 1e6}


def row(name: str, form: str, readings: int, found: dict[str, Any]) -> str:
    stages = found["stages"]
    shares = [f"{stages.get(stage, 0.0) / found['took_s']:.0%}" for stage in STAGES]
    memory = f"{found['peak_mb']:,.0f} MB ({found['before_mb']:,.0f} before)"
    cpu_s = found["cpu_s"] / readings * 1e6
    what, rate = f"{form}, {found['journal_mb']:,.0f} MB", f"{readings / found['took_s']:,.0f}"
    return f"| {name} | {what} | {rate} | {cpu_s:,.0f} | {memory} | " + " | ".join(shares) + " |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
