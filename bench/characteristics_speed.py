"""How long the analyses of many sites take: ``python -m bench.characteristics_speed [own|million]``.

own      a year of 15-minute loads of 1,000 to 10,000 sites: indices, shapes, drift, cooling and the 10-in-10 of one
         event, by chunks of sites, then the classes of all shapes; seconds, peak memory, seconds a site
million  one day of a million meters by chunks, peak memory

Each size runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from analytics.baselines.days import Window
from analytics.baselines.registry import method_of
from analytics.clusters import cluster_shapes
from analytics.cooling import fit_cooling
from analytics.day_figures import DayFigures, day_figures
from analytics.drift import find_drifts
from analytics.period_figures import period_figures
from analytics.shapes import shapes_of
from analytics.verdicts import Verdict
from analytics.year_figures import hours_above, year_figures
from bench.rivals.ten_in_ten import EVENT_DAY, WINDOW
from bench.site_year import DAYS, HEAT, MONTH, SLOTS, WORKDAY, day_table, loads, peak_gb
from config.policy import load_policy
from domain.arrays import FloatArray

T = TypeVar("T")
CHUNK = 500
SIZES = (1_000, 2_000, 5_000, 10_000)
SITE_PARTS = ("indices", "shapes", "drift", "cooling", "10-in-10")
PARTS = (*SITE_PARTS, "classes")


@dataclass
class Spent:
    """Seconds by part."""

    seconds: dict[str, float] = field(default_factory=dict)

    def on(self, part: str, run: Callable[[], T]) -> T:
        begin = time.perf_counter()
        answer = run()
        self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - begin
        return answer


def own(sites: int) -> None:
    spent = Spent()
    profile = np.concatenate([_profiles(loads(CHUNK, seed=number % 4), spent) for number in range(sites // CHUNK)])
    spent.on("classes", lambda: cluster_shapes(profile))
    by_site = sum(spent.seconds[part] for part in SITE_PARTS)
    figures = [*(spent.seconds[part] for part in PARTS), sum(spent.seconds.values()), by_site / sites * 1e3, peak_gb()]
    print(f"{sites:7d} " + " ".join(f"{figure:9.2f}" for figure in figures), flush=True)


def _profiles(load: FloatArray, spent: Spent) -> FloatArray:
    """Every analysis of one chunk; of its answers only what the classes of all are made of is kept."""
    summer, spring = (MONTH >= 5) & (MONTH <= 8), (MONTH == 3) | (MONTH == 4)
    entry = next(each for each in load_policy().baselines.method if each.id == "caiso_10in10")
    days = spent.on("indices", lambda: _indices(load))
    shapes = spent.on("shapes", lambda: shapes_of(load, days.counted, WORKDAY, summer=summer, spring=spring))
    spent.on("drift", lambda: find_drifts(load, days.counted, WORKDAY))
    spent.on("cooling", lambda: fit_cooling(days.maximum_kw, HEAT, ~WORKDAY[:, None]))
    table = day_table(load).until(EVENT_DAY)
    spent.on("10-in-10", lambda: method_of(entry)(table, EVENT_DAY, Window(*WINDOW)))
    return np.asarray(shapes.profile[shapes.verdict == Verdict.OK])


def _indices(load: FloatArray) -> DayFigures:
    days = day_figures(load, step_s=86_400 // SLOTS)
    year = year_figures(days, MONTH + 1, year_days=DAYS)
    period_figures(days, MONTH)
    hours_above(load, days, year.maximum_kw, (0.95,))
    return days


def million(meters: int = 1_000_000, chunk: int = 50_000) -> None:
    """Only the figures of each meter are kept; a chunk's loads are dropped before the next is made."""
    keep = np.empty((meters, 6))
    spent = 0.0
    for begin in range(0, meters, chunk):
        random = np.random.default_rng(begin)
        load = random.uniform(0, 100, (chunk, 1, SLOTS))
        load[random.uniform(size=(chunk, 1)) < 0.01] = np.nan
        start = time.perf_counter()
        found = day_figures(load, step_s=86_400 // SLOTS)
        for column, figure in enumerate(
            (
                found.maximum_kw,
                found.minimum_kw,
                found.mean_kw,
                found.load_factor,
                found.peak_valley_ratio,
                found.completeness,
            )
        ):
            keep[begin : begin + chunk, column] = figure[:, 0]
        spent += time.perf_counter() - start
    rate = f"{spent:.2f} s, {meters / spent:,.0f} meters/s, peak {peak_gb():.2f} GB"
    print(f"{meters:,} meters x 1 day in chunks of {chunk:,}: {rate}")


def main(names: list[str]) -> int:
    match names:
        case ["own", sites]:
            own(int(sites))
        case ["million"]:
            million()
        case ["own"]:
            print(f"{'sites':>7} " + " ".join(f"{part:>9}" for part in (*PARTS, "all s", "ms/site", "peak GB")))
            return max(_apart("own", str(sites)) for sites in SIZES)
        case _:
            return max(_apart(name) for name in names or ("own", "million"))
    return 0


def _apart(*names: str) -> int:
    return subprocess.run([sys.executable, "-m", "bench.characteristics_speed", *names], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
