"""Indices and 10-in-10 of a year against pandas, DuckDB and the memory: ``python -m bench.characteristics_rivals``.

Answers are compared in the same run; ratios come from one run. ``x copy`` is the time over that of one copy of the
matrix (STREAM's copy: each byte read once and written once).
"""

from __future__ import annotations

import sys

import duckdb
import numpy as np
import pandas as pd

from analytics.baselines.days import Window
from analytics.baselines.registry import method_of
from analytics.day_figures import DayFigures, day_figures
from analytics.period_figures import PeriodFigures, period_figures
from analytics.year_figures import YearFigures, hours_above, year_figures
from bench.rivals import indices_duckdb, indices_pandas
from bench.rivals.ten_in_ten import EVENT_DAY, WINDOW
from bench.site_year import DAY, DAYS, MONTH, SLOTS, WORKDAY, day_table, fastest, loads
from config.policy import load_policy
from domain.arrays import FloatArray

SIZES = (100, 1000)
Answer = tuple[DayFigures, PeriodFigures, YearFigures, FloatArray]


def main() -> int:
    print(
        f"{'sites':>6} {'what':10} {'ours s':>8} {'pandas':>8} {'DuckDB':>8} "
        f"{'x pandas':>9} {'x DuckDB':>9} {'x copy':>9}"
    )
    for sites in SIZES:
        load = loads(sites)
        copy_s = _copy_s(load)
        frame = pd.DataFrame(np.ascontiguousarray(load.reshape(sites, -1).T))
        connection = indices_duckdb.table(load, MONTH, WORKDAY)
        _indices(load, frame, connection, copy_s)
        _ten_in_ten(load, frame, connection, copy_s)
        connection.close()
        moved = 2 * load.nbytes / 1e9
        print(f"{'':6} copy: {moved:.2f} GB moved in {copy_s * 1e3:.0f} ms, {moved / copy_s:.1f} GB/s", flush=True)
    return 0


def indices(load: FloatArray) -> Answer:
    days = day_figures(load, step_s=86_400 // SLOTS)
    year = year_figures(days, MONTH + 1, year_days=DAYS)
    return days, period_figures(days, MONTH), year, hours_above(load, days, year.maximum_kw, (0.95,))


def _copy_s(load: FloatArray) -> float:
    """Seconds of one copy into memory that is already there."""
    other = np.empty_like(load)
    other.fill(0.0)
    return fastest(lambda: np.copyto(other, load), 5)[0]


def _indices(load: FloatArray, frame: pd.DataFrame, connection: duckdb.DuckDBPyConnection, copy_s: float) -> None:
    day = np.repeat(DAY, SLOTS)
    own_s, own = fastest(lambda: indices(load))
    pandas_s, by_pandas = fastest(lambda: indices_pandas.indices(frame, day, MONTH), 2)
    duckdb_s, by_duckdb = fastest(lambda: indices_duckdb.indices(connection), 2)
    _compare_pandas(own, by_pandas)
    _compare_duckdb(own, by_duckdb)
    _row(len(load), "indices", own_s, pandas_s, duckdb_s, copy_s)


def _ten_in_ten(load: FloatArray, frame: pd.DataFrame, connection: duckdb.DuckDBPyConnection, copy_s: float) -> None:
    """The method as the product ships it, unadjusted, on a table of days as its desks make one."""
    entry = next(each for each in load_policy().baselines.method if each.id == "caiso_10in10")
    method, table, window = method_of(entry), day_table(load), Window(*WINDOW)
    own_s, found = fastest(lambda: method(table.until(EVENT_DAY), EVENT_DAY, window))
    pandas_s, by_pandas = fastest(lambda: indices_pandas.ten_in_ten(frame, WORKDAY))
    duckdb_s, by_duckdb = fastest(lambda: indices_duckdb.ten_in_ten(connection))
    _same("10-in-10", found.base_kw, by_pandas)
    known = np.full_like(found.base_kw, np.nan)
    known[by_duckdb["site"], by_duckdb["slot"]] = np.ma.filled(by_duckdb["kw"], np.nan)
    _same("10-in-10", found.base_kw, known)
    _row(len(load), "10-in-10", own_s, pandas_s, duckdb_s, copy_s)


def _row(sites: int, what: str, own_s: float, pandas_s: float, duckdb_s: float, copy_s: float) -> None:
    faster = f"{pandas_s / own_s:9.1f} {duckdb_s / own_s:9.1f} {own_s / copy_s:9.1f}"
    print(f"{sites:6d} {what:10} {own_s:8.3f} {pandas_s:8.3f} {duckdb_s:8.3f} {faster}", flush=True)


def _same(name: str, one: FloatArray, other: FloatArray) -> None:
    if not np.allclose(one, other, rtol=1e-9, atol=1e-9, equal_nan=True):
        raise SystemExit(f"{name}: the answers differ")


def _compare_pandas(own: Answer, other: dict[str, FloatArray]) -> None:
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


def _compare_duckdb(own: Answer, other: dict[str, dict[str, FloatArray]]) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
