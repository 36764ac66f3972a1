"""Whether potential keeps what its confidence says: shed_kw against what was there on weekdays nobody had seen.

    python -m bench.potential_calibration [--data ../shared/data] [--write FILE]

For each site and judged day the product's own functions read the days before, and ask for the most that is there with a
confidence; it was there when every hour of the window had at least as much above security. The sites have no registered
security load, so the night base stands for it, as in the product; nothing is declared, so only what is there is judged.
Judged are the ten hottest weekdays of each file with temperature (hourly sites), and every tenth weekday of all files.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.baselines.days import DayTable, Window
from analytics.potential import headroom_of, hourly_means, night_base
from bench.baseline_accuracy import hottest, table_of
from bench.measured_loads import load_files, options, read, tell
from config.policy import load_policy
from domain.arrays import BoolArray, FloatArray, IntArray

CONFIDENCES = (0.5, 0.7, 0.8, 0.9)
WINDOWS = ((14, 18), (10, 12), (18, 22))
HISTORY_DAYS = 72
LEAST_HITS = 5
HEAD = (
    "| judged days | window | sites | figures | confidence | there, of all | median site | sites 10 points under "
    "| of what was there, median |"
)


@dataclass(frozen=True, eq=False)
class Judged:
    """shape (sites, judged days): asked_kw, NaN = refused; there_kw : what was there"""

    asked_kw: FloatArray
    there_kw: FloatArray

    @property
    def known(self) -> BoolArray:
        return np.asarray(~np.isnan(self.asked_kw) & ~np.isnan(self.there_kw) & (np.nan_to_num(self.asked_kw) > 0))


def ordinary(table: DayTable) -> IntArray:
    works = np.flatnonzero(table.works)
    return works[works >= HISTORY_DAYS][::10]


def judged(table: DayTable, days: IntArray, window: Window, confidence: float) -> Judged:
    rules = load_policy().potential.like_days
    asked = np.full((len(table.load_kw), len(days)), np.nan)
    there = asked.copy()
    for place, day in enumerate(days.tolist()):
        until = table.until(day)
        base = night_base(until, day, lookback_days=rules.lookback_days, quantile=rules.night_base_quantile)
        found = headroom_of(until, day, window, base, days=rules.days, lookback_days=rules.lookback_days)
        enough = (found.days >= rules.minimum_days) & ~found.exports
        asked[:, place] = np.where(enough, found.at_least(confidence), np.nan)
        there[:, place] = hourly_means(until, window)[:, day].min(axis=1) - base
    return Judged(asked, there)


def tables(parts: list[tuple[DayTable, bool]]) -> Iterator[str]:
    yield HEAD
    yield "|" + "---|" * HEAD.count(" | ") + "---|"
    for name, of_days in (("ten hottest weekdays", hottest), ("every tenth weekday", ordinary)):
        chosen = [(table, of_days(table)) for table, warm in parts if warm or of_days is ordinary]
        for begin, end in WINDOWS:
            rows: dict[float, list[Judged]] = defaultdict(list)
            for table, days in chosen:
                window = Window(begin * table.per_hour, end * table.per_hour)
                for confidence in CONFIDENCES:
                    rows[confidence].append(judged(table, days, window, confidence))
            for confidence, found in rows.items():
                yield line(f"{name} | {begin:02d}-{end:02d} h", confidence, found)


def line(name: str, confidence: float, found: list[Judged]) -> str:
    kept, sites, part = [], [], []
    for each in found:
        hit = each.there_kw >= each.asked_kw - 1e-9
        kept.append(hit[each.known])
        part.append((each.asked_kw / np.where(each.there_kw > 0, each.there_kw, np.nan))[each.known])
        count = each.known.sum(axis=1)
        enough = count >= LEAST_HITS
        sites.append((hit & each.known).sum(axis=1)[enough] / count[enough])
    all_kept, all_sites = np.concatenate(kept), np.concatenate(sites)
    return (
        f"| {name} | {len(all_sites)} | {len(all_kept)} | {confidence:.0%} | {all_kept.mean():.1%} "
        f"| {np.median(all_sites):.0%} | {(all_sites < confidence - 0.1).mean():.0%} "
        f"| {np.nanmedian(np.concatenate(part)):.0%} |"
    )


def main() -> None:
    chosen = options(__doc__).parse_args()
    parts = []
    for file in load_files(chosen.data, "*_*/*.csv.gz"):
        table = table_of(read(file))
        if len(table.works) <= HISTORY_DAYS + 10:
            print(f"{file.name}: too short", file=sys.stderr)
            continue
        parts.append((table, bool((~np.isnan(table.temperature_c)).any())))
    tell("\n".join(tables(parts)), chosen.write)


if __name__ == "__main__":
    main()
