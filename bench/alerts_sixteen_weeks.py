"""Replay of sixteen weeks of 100 real sites through the engine and the alert engine: alerts per type and day.

    python -m bench.alerts_sixteen_weeks [--data ../shared/data] [--first 2016-06-06] [--last 2016-09-25]

The sites carry no capacities, quotas or records, so these are stated here: quota 24 MW, record 26 MW, expected maximum
26.5 MW for the sum of the enterprises; running capacity = 99.5th percentile of the site x 1.15 / 0.9 (kVA), approved
demand = the same percentile x 1.05 (kW). The district clock moves in steps of 15 minutes; each meter reports on its
own interval, at its end. docs/alert-review.md judges the ten worst days of this print by hand.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from app.bus import InProcessBus
from app.metrics import PrometheusMetrics
from config.policy import load_policy
from config.settings import Settings, ValidationSettings
from domain.alerts import Alert, AlertState
from domain.arrays import CodeArray, FloatArray, IntArray
from domain.events import AlertChanged
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import BLOCK_MS, Span, days_span, from_ms, to_ms
from domain.readings import POWER, QUANTITIES, ReadingBatch
from domain.references import DayReferences, Quota, Reference, ReferenceKind
from domain.registry import ALWAYS, Account, Enterprise, Meter
from domain.scopes import MONITORED
from ingest.behaviour import MeterMemory, Observed
from monitor.engine import Engine
from response.alert_engine import AlertEngine
from storage.ledger.sql import SqlLedger
from storage.readings.duckdb import DuckDbStore

ZONE = ZoneInfo("Asia/Shanghai")
QUOTA_KW, RECORD_KW, EXPECTED_KW = 24_000.0, 26_000.0, 26_500.0
SETTLED_S = 40
HELD_S = 160  # a second look within the step for what is pending: a minimum of two minutes can then pass in it


class StepClock:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def now_ms(self) -> int:
        return to_ms(self._now)

    def speed(self) -> float:
        return 1.0

    def set(self, now: datetime) -> None:
        self._now = now


@dataclass(frozen=True, eq=False)
class Site:
    """ts_ms : starts of the site's own intervals on the calendar of 2016; power_kw : NaN = missing"""

    id: str
    interval_s: int
    top_kw: float
    ts_ms: IntArray
    power_kw: FloatArray


def _columns(path: Path) -> tuple[list[str], dict[str, list[str]]]:
    with gzip.open(path, "rt", encoding="utf-8") as text:
        rows = csv.reader(text)
        names = next(rows)
        return names, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def load_sites(data: Path, span: Span) -> list[Site]:
    """The 100 sites of fleet100.csv: local clock of the source + shift_days, read as the district's local time."""
    files: dict[str, dict[str, list[str]]] = {}
    sites = []
    offset_ms = 8 * 3_600_000
    with (data / "fleet100.csv").open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            columns = files.setdefault(row["file"], _columns(data / row["file"])[1] if row["file"] not in files else {})
            clock = np.array([t[:19] for t in columns["ts"]], dtype="datetime64[ms]").astype(np.int64)
            ts_ms = clock + int(row["shift_days"]) * 86_400_000 - offset_ms
            power = np.array([float(v) if v else np.nan for v in columns[row["column"]]])
            # Where the source's clock went back one hour is told twice; the first telling counts, as in the store.
            ts_ms, first = np.unique(ts_ms, return_index=True)
            inside = (ts_ms >= span.start_ms) & (ts_ms < span.end_ms)
            sites.append(
                Site(
                    row["enterprise_id"],
                    int(row["interval_min"]) * 60,
                    float(row["p995_kw"]),
                    ts_ms[inside],
                    power[first][inside],
                )
            )
    return sites


def register(ledger: SqlLedger, sites: list[Site]) -> None:
    ledger.registry.put_versions(
        "bench",
        enterprises=[Enterprise(EnterpriseId(s.id), ALWAYS, s.id) for s in sites],
        accounts=[
            Account(
                AccountId(f"A{s.id}"),
                ALWAYS,
                EnterpriseId(s.id),
                running_capacity_kva=s.top_kw * 1.15 / 0.9,
                approved_demand_kw=s.top_kw * 1.05,
            )
            for s in sites
        ],
        meters=[Meter(MeterId(f"M{s.id}"), ALWAYS, AccountId(f"A{s.id}"), interval_s=s.interval_s) for s in sites],
    )


@dataclass(frozen=True)
class StatedReferences:
    """The figures named at the head of this file, for the sum of the enterprises, on every day."""

    quota_kw: float = QUOTA_KW

    def in_force(self, day: date) -> DayReferences:
        stated = {ReferenceKind.RECORD: RECORD_KW, ReferenceKind.EXPECTED_MAXIMUM: EXPECTED_KW}
        return DayReferences(
            {MONITORED: Quota(MONITORED, day, (self.quota_kw,) * 96, "stated in the bench", "bench")},
            {(MONITORED, kind): Reference(MONITORED, kind, kw, day, "stated", "bench") for kind, kw in stated.items()},
        )


class Feed:
    """Readings by the instant at which their interval ends, flagged on their own interval as ingest does."""

    def __init__(self, sites: list[Site]) -> None:
        self._meters = np.array([f"M{s.id}" for s in sites], dtype=object)
        ends = [s.ts_ms + s.interval_s * 1000 for s in sites]
        end = np.concatenate(ends)
        slot = np.concatenate([np.full(len(e), i) for i, e in enumerate(ends)])
        power = np.concatenate([s.power_kw for s in sites])
        interval = np.concatenate([np.full(len(s.ts_ms), s.interval_s * 1000) for s in sites])
        order = np.argsort(end, kind="stable")
        heard = order[~np.isnan(power[order])]
        self._end, self._slot, self._power = end[heard], slot[heard], power[heard]
        self._interval: IntArray = interval[heard]
        rules = ValidationSettings()
        self._memory = MeterMemory(spike_factor=rules.spike_factor, frozen_hours=rules.frozen_hours)
        self._memory.reserve(len(sites))

    def until(self, first: int, end_ms: int) -> tuple[ReadingBatch, int]:
        """Readings from position ``first`` whose interval ended by ``end_ms``, and the next position."""
        last = int(np.searchsorted(self._end, end_ms, side="right"))
        rows = slice(first, last)
        slot, interval, power = self._slot[rows], self._interval[rows], self._power[rows]
        ts_ms = self._end[rows] - interval
        quality: CodeArray = np.zeros(len(slot), dtype=np.int8)
        if len(slot):
            quality = self._memory.judge(Observed(slot, ts_ms, interval, power, np.full(len(slot), np.nan)))
        values = np.full((len(slot), len(QUANTITIES)), np.nan)
        values[:, POWER] = power
        return ReadingBatch(self._meters[slot], ts_ms, values, quality, self._end[rows].copy()), last


class Logbook:
    def __init__(self, clock: StepClock) -> None:
        self.clock = clock
        self.told: list[tuple[datetime, Alert]] = []

    def hear(self, event: AlertChanged) -> None:
        self.told.append((self.clock.now().astimezone(ZONE), event.alert))

    def raised(self) -> list[tuple[datetime, Alert]]:
        """The first announcement of each alert, and of each severity it came to."""
        seen: set[tuple[str, str]] = set()
        found = []
        for at, alert in self.told:
            key = (alert.id, alert.severity.value)
            if alert.state is AlertState.FIRING and key not in seen:
                seen.add(key)
                found.append((at, alert))
        return found


def replay(
    sites: list[Site],
    span: Span,
    folder: Path,
    *,
    quota_kw: float = QUOTA_KW,
    after: Callable[[Engine], None] | None = None,
) -> Logbook:
    """after : called with the engine at the end of each quarter of an hour"""
    clock = StepClock(span.start)
    ledger = SqlLedger(f"sqlite:///{folder}/ledger.sqlite", clock=clock)
    store = DuckDbStore(folder / "readings.duckdb")
    register(ledger, sites)
    bus, logbook, policy = InProcessBus(), Logbook(clock), load_policy()
    bus.subscribe(AlertChanged, logbook.hear)
    engine = Engine(
        registry=ledger.registry,
        store=store,
        clock=clock,
        bus=bus,
        settings=Settings().monitor,
        zone=ZONE,
        metrics=PrometheusMetrics(),
        calendar=policy.calendar,
        dirty=ledger.dirty,
        superseded=ledger.superseded,
    )
    engine.restore()
    alerts = AlertEngine(
        live=engine,
        alerts=ledger.alerts,
        references=StatedReferences(quota_kw),
        registry=ledger.registry,
        clock=clock,
        bus=bus,
        policy=policy.alerts,
        gap_levels=policy.gap_levels,
        zone=ZONE,
    )
    feed, position = Feed(sites), 0
    for end_ms in range(span.start_ms + BLOCK_MS, span.end_ms + 1, BLOCK_MS):
        batch, position = feed.until(position, end_ms)
        end = from_ms(end_ms)
        clock.set(end + timedelta(seconds=1))
        if end_ms % (7 * 86_400_000) == 0:
            print(end.astimezone(ZONE).date(), file=sys.stderr)
        if len(batch):
            store.write(batch)
            engine.accept(batch)
        for wait_s in (SETTLED_S, SETTLED_S + HELD_S):
            clock.set(end + timedelta(seconds=wait_s))
            engine.tick()
            alerts.evaluate()
            steps = (step for _, memory in ledger.alerts.unfinished() for step in memory["steps"])
            if all(step["state"] != AlertState.PENDING for step in steps):
                break
        if after is not None:
            after(engine)
    engine.close()
    store.close()
    ledger.close()
    return logbook


def print_counts(logbook: Logbook, first: date, last: date) -> None:
    raised = logbook.raised()
    by_day: dict[date, Counter[str]] = defaultdict(Counter)
    for at, alert in raised:
        by_day[at.date()][alert.rule] += 1
    rules = sorted({alert.rule for _, alert in raised})
    print("day        " + " ".join(f"{r.replace('data_fault.', 'fault.')[:16]:>16}" for r in rules) + "   all")
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        counts = by_day[day]
        cells = " ".join(f"{counts[r] or '·':>16}" for r in rules)
        print(f"{day} {cells} {sum(counts.values()) or '·':>5}")
    totals = Counter(alert.rule for _, alert in raised)
    print("all        " + " ".join(f"{totals[r]:>16}" for r in rules) + f" {sum(totals.values()):>5}")
    worst = sorted(by_day, key=lambda d: -sum(by_day[d].values()))[:10]
    print("\nthe ten worst days:", ", ".join(str(d) for d in worst))
    for day in worst:
        print(f"\n{day} {day.strftime('%a')}")
        for at, alert in logbook.told:
            if at.date() == day:
                members = f" [{len(alert.members)}]" if alert.members else ""
                print(f"  {at:%H:%M} {alert.severity:8} {alert.state:9} {alert.rule}{members} {alert.message_zh}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--first", type=date.fromisoformat, default=date(2016, 6, 6))
    parser.add_argument("--last", type=date.fromisoformat, default=date(2016, 9, 25))
    chosen = parser.parse_args()
    span = days_span(chosen.first, chosen.last, ZONE)
    began = time.perf_counter()
    sites = load_sites(chosen.data, span)
    with tempfile.TemporaryDirectory() as folder:
        logbook = replay(sites, span, Path(folder))
    print_counts(logbook, chosen.first, chosen.last)
    print(f"\n{len(sites)} sites, {len(logbook.told)} announcements, {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
