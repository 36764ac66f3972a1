"""How long a year of many sites takes: ``python -m bench.characteristics_speed [rivals|own|million]``.

rivals   indices and 10-in-10 of 100 and 1,000 sites against pandas and DuckDB on the same matrix, answers compared
own      indices, shapes, drift, cooling and a 10-in-10 of 1,000 to 10,000 sites: seconds, peak memory, seconds a site
million  one day of a million meters by chunks, peak memory

Each part runs in a process of its own, so that its peak memory is its own. Ratios of one run; rivals need the extra
``bench`` (pandas).
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from analytics.cooling import fit_cooling
from analytics.day_figures import DayFigures, day_figures
from analytics.drift import find_drifts
from analytics.period_figures import PeriodFigures, period_figures
from analytics.shapes import shapes_of
from analytics.year_figures import YearFigures, hours_above, year_figures
from domain.arrays import FloatArray

DAYS, SLOTS = 365, 96
DAY = np.arange(DAYS)
MONTH = np.searchsorted(np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]), DAY, side="right")
WORKDAY = DAY % 7 < 5
LIKE = np.flatnonzero(WORKDAY)[180:190]
ROUNDS = 3
SIZES = (100, 1000)
HEAT = 18 + 14 * np.sin((DAY - 105) / 365 * 2 * np.pi)
T = TypeVar("T")


def loads(sites: int, seed: int = 0) -> FloatArray:
    """Loads with a day, a week, a summer, noise and gaps; shape (s, 365, 96) [kW]"""
    random = np.random.default_rng(seed)
    hour = np.arange(SLOTS) / 4
    shape = 0.4 + np.exp(-((hour - random.uniform(9, 20, (sites, 1))) ** 2) / 12)
    week = np.where(WORKDAY, 1.0, 0.5)
    load = shape[:, None] * week[None, :, None] * random.uniform(50, 2000, (sites, 1, 1))
    load *= random.uniform(0.9, 1.1, (sites, DAYS, SLOTS))
    load += np.maximum(HEAT - 24, 0)[None, :, None] * random.uniform(0, 20, (sites, 1, 1))
    load[random.uniform(size=(sites, DAYS)) < 0.01] = np.nan
    load.reshape(-1)[random.integers(0, load.size, load.size // 1000)] = np.nan
    return load


def fastest(run: Callable[[], T], rounds: int = ROUNDS) -> tuple[float, T]:
    best, answer = np.inf, None
    for _ in range(rounds):
        begin = time.perf_counter()
        answer = run()
        best = min(best, time.perf_counter() - begin)
    assert answer is not None
    return best, answer


def ours(load: FloatArray) -> tuple[DayFigures, PeriodFigures, YearFigures, FloatArray]:
    days = day_figures(load, step_s=900)
    year = year_figures(days, MONTH + 1, year_days=DAYS)
    return days, period_figures(days, MONTH), year, hours_above(load, days, year.maximum_kw, (0.95,))


def ten_in_ten(load: FloatArray) -> FloatArray:
    """Mean curve of ten like days over those measured, shape (s, 96): the arithmetic of CAISO 10-in-10, unadjusted."""
    chosen = load[:, LIKE]
    total = chosen.sum(axis=1)
    gap = np.isnan(total)
    mean = total / len(LIKE)
    if gap.any():
        site, slot = np.nonzero(gap)
        own = chosen[site, :, slot]
        there = ~np.isnan(own)
        count = there.sum(axis=1)
        mean[site, slot] = np.where(count > 0, np.where(there, own, 0).sum(axis=1) / np.maximum(count, 1), np.nan)
    return np.asarray(mean)


def rivals() -> None:
    print(
        f"{'sites':>6} {'what':10} {'ours s':>8} {'pandas':>8} {'DuckDB':>8} "
        f"{'x pandas':>9} {'x DuckDB':>9} {'x one pass':>11}"
    )
    for sites in SIZES:
        _against(sites, loads(sites))


def _against(sites: int, load: FloatArray) -> None:
    import pandas as pd

    from bench.rivals import indices_duckdb, indices_pandas

    one_pass, _ = fastest(load.sum)
    frame = pd.DataFrame(np.ascontiguousarray(load.reshape(sites, -1).T))
    day = np.repeat(DAY, SLOTS)
    connection = indices_duckdb.table(load, MONTH)
    own_s, own_answer = fastest(lambda: ours(load))
    pandas_s, by_pandas = fastest(lambda: indices_pandas.indices(frame, day, MONTH), 2)
    duckdb_s, by_duckdb = fastest(lambda: indices_duckdb.indices(connection), 2)
    _compare_pandas(own_answer, by_pandas)
    _compare_duckdb(own_answer, by_duckdb)
    _row(sites, "indices", own_s, pandas_s, duckdb_s, one_pass)
    own_s, curve = fastest(lambda: ten_in_ten(load))
    pandas_s, by_frame = fastest(lambda: indices_pandas.ten_in_ten(frame, day, LIKE))
    duckdb_s, by_sql = fastest(lambda: indices_duckdb.ten_in_ten(connection, LIKE))
    _same("10-in-10", curve, by_frame)
    known = np.full_like(curve, np.nan)
    known[by_sql["site"], by_sql["slot"]] = np.ma.filled(by_sql["kw"], np.nan)
    _same("10-in-10", curve, known)
    _row(sites, "10-in-10", own_s, pandas_s, duckdb_s, one_pass)
    connection.close()
    size, rate = load.nbytes / 1e9, load.nbytes / one_pass / 1e9
    print(f"{'':6} one pass over the matrix: {size:.2f} GB in {one_pass * 1e3:.0f} ms, {rate:.1f} GB/s", flush=True)


def _row(sites: int, what: str, own_s: float, pandas_s: float, duckdb_s: float, one_pass: float) -> None:
    faster = f"{pandas_s / own_s:9.1f} {duckdb_s / own_s:9.1f} {own_s / one_pass:11.1f}"
    print(f"{sites:6d} {what:10} {own_s:8.3f} {pandas_s:8.3f} {duckdb_s:8.3f} {faster}", flush=True)


def _same(name: str, one: FloatArray, other: FloatArray) -> None:
    if not np.allclose(one, other, rtol=1e-9, atol=1e-9, equal_nan=True):
        raise SystemExit(f"{name}: the answers differ")


def _compare_pandas(
    own: tuple[DayFigures, PeriodFigures, YearFigures, FloatArray], other: dict[str, FloatArray]
) -> None:
    days, months, year, near = own
    for name, figure in (
        ("day maximum", days.maximum_kw),
        ("day minimum", days.minimum_kw),
        ("day mean", days.mean_kw),
        ("day load factor", days.load_factor),
        ("day peak-valley ratio", days.peak_valley_ratio),
        ("month maximum", months.maximum_kw),
        ("month mean load factor", months.mean_load_factor),
        ("month imbalance", months.imbalance),
        ("year load factor", year.load_factor),
        ("hours near the maximum", near[:, 0]),
    ):
        _same(name, figure, other[name])


def _compare_duckdb(
    own: tuple[DayFigures, PeriodFigures, YearFigures, FloatArray], other: dict[str, dict[str, FloatArray]]
) -> None:
    days, months, year, near = own

    def placed(part: str, key: str, name: str, like: FloatArray) -> FloatArray:
        found = np.full(like.shape, np.nan)
        rows = other[part]
        at = (rows["site"], rows[key]) if key else (rows["site"],)
        found[at] = np.ma.filled(rows[name], np.nan)
        return found

    for name, figure in (("high", days.maximum_kw), ("low", days.minimum_kw), ("mean", days.mean_kw)):
        _same(f"day {name}", figure, placed("day", "day", name, figure))
    for name, figure in (("gamma", days.load_factor), ("valley", days.peak_valley_ratio)):
        _same(f"day {name}", figure, placed("day", "day", name, figure))
    month_figures = (("high", months.maximum_kw), ("gamma", months.mean_load_factor), ("sigma", months.imbalance))
    for name, figure in month_figures:
        _same(f"month {name}", figure, placed("month", "month", name, figure))
    _same("year load factor", year.load_factor, placed("year", "", "load_factor", year.load_factor))
    _same("hours near", near[:, 0], placed("year", "", "near", near[:, 0]))


CHUNK = 500


@dataclass
class Spent:
    """Seconds by part."""

    seconds: dict[str, float] = field(default_factory=dict)

    def on(self, part: str, run: Callable[[], T]) -> T:
        begin = time.perf_counter()
        answer = run()
        self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - begin
        return answer


def own(sizes: tuple[int, ...] = (1_000, 2_000, 5_000, 10_000)) -> None:
    parts = ("indices", "shapes", "drift", "cooling", "10-in-10")
    print(f"{'sites':>7} " + " ".join(f"{part:>9}" for part in (*parts, "all s", "ms/site", "peak GB")))
    for sites in sizes:
        spent = Spent()
        for number in range(sites // CHUNK):
            _all_of(loads(CHUNK, seed=number % 4), spent)
        total = sum(spent.seconds.values())
        figures = [*(spent.seconds[part] for part in parts), total, total / sites * 1e3, peak_gb()]
        print(f"{sites:7d} " + " ".join(f"{figure:9.2f}" for figure in figures), flush=True)


def _all_of(load: FloatArray, spent: Spent) -> None:
    summer, spring = (MONTH >= 5) & (MONTH <= 8), (MONTH == 3) | (MONTH == 4)
    days = spent.on("indices", lambda: ours(load))[0]
    spent.on("shapes", lambda: shapes_of(load, days.counted, WORKDAY, summer=summer, spring=spring))
    spent.on("drift", lambda: find_drifts(load, days.counted, WORKDAY))
    spent.on("cooling", lambda: fit_cooling(days.maximum_kw, HEAT, ~WORKDAY[:, None]))
    spent.on("10-in-10", lambda: ten_in_ten(load))


def peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def million(meters: int = 1_000_000, chunk: int = 50_000) -> None:
    """Only the figures of each meter are kept; a chunk's loads are dropped before the next is made."""
    keep = np.empty((meters, 6))
    spent = 0.0
    for begin in range(0, meters, chunk):
        random = np.random.default_rng(begin)
        load = random.uniform(0, 100, (chunk, 1, SLOTS))
        load[random.uniform(size=(chunk, 1)) < 0.01] = np.nan
        start = time.perf_counter()
        found = day_figures(load, step_s=900)
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


PARTS: dict[str, Callable[[], None]] = {"rivals": rivals, "own": own, "million": million}


def main(names: list[str]) -> int:
    if len(names) == 1:
        PARTS[names[0]]()
        return 0
    worst = 0
    for name in names or list(PARTS):
        print(f"-- {name}", flush=True)
        worst = max(
            worst, subprocess.run([sys.executable, "-m", "bench.characteristics_speed", name], check=False).returncode
        )
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
