"""Daily load characteristics of many sites at once (日负荷特性指标), shape sites x days.

``analytics.indices`` answers for one day with reasons; this is the same figure by figure over matrices, for periods,
typical days and comparisons. Source: domain facts 4.2; a day counts when at least 90 % of its blocks were measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.energy import HOUR_S
from analytics.indices import MINIMUM_COMPLETENESS
from analytics.ratios import ratio
from analytics.verdicts import Verdict, first_of
from domain.arrays import BoolArray, CodeArray, FloatArray, IntArray
from domain.errors import Invalid

#: Sites are taken in pieces that fit the processor's cache, so that only the first pass over a piece waits for memory.
CACHE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class DayFigures:
    """Shape (s, d) each; NaN (or -1 for places) where the day does not count.

    step_s, hours : length of a block [s]; shape (d,), length of each day [h]
    counted : the day has enough measured blocks; completeness : 0...1, also where it does not count
    maximum_at, minimum_at : place of the first block of the day with the extreme
    load_factor, minimum_load_factor, peak_valley_ratio : NaN also where the maximum is not above 0
    """

    step_s: int
    hours: FloatArray
    counted: BoolArray
    completeness: FloatArray
    maximum_kw: FloatArray
    maximum_at: IntArray
    minimum_kw: FloatArray
    minimum_at: IntArray
    mean_kw: FloatArray

    @property
    def energy_kwh(self) -> FloatArray:
        """Mean load x length of the day; estimated where blocks are missing [kWh]"""
        return np.asarray(self.mean_kw * self.hours)

    @property
    def load_factor(self) -> FloatArray:
        return self._of_maximum(self.mean_kw)  # gamma = P_avg / P_max

    @property
    def minimum_load_factor(self) -> FloatArray:
        return self._of_maximum(self.minimum_kw)  # beta = P_min / P_max

    @property
    def peak_valley_kw(self) -> FloatArray:
        return np.asarray(self.maximum_kw - self.minimum_kw)

    @property
    def peak_valley_ratio(self) -> FloatArray:
        return self._of_maximum(self.peak_valley_kw)  # 1 - beta

    @property
    def verdict(self) -> CodeArray:
        return first_of((Verdict.NO_DATA, self.completeness == 0), (Verdict.INCOMPLETE, ~self.counted))

    def _of_maximum(self, part: FloatArray) -> FloatArray:
        # NaN > 0 is False, so days that do not count stay NaN.
        return ratio(part, self.maximum_kw, self.maximum_kw > 0)


def day_figures(
    demand_kw: FloatArray,
    *,
    step_s: int,
    blocks: IntArray | None = None,
    minimum_completeness: float = MINIMUM_COMPLETENESS,
) -> DayFigures:
    """Daily figures of many sites.

    demand_kw : shape (s, d, n), mean power of each block by day; NaN = missing, and after the end of short days [kW]
    step_s : length of a block [s]; blocks : shape (d,), blocks each day has; None = n on every day
    minimum_completeness : share of a day's blocks that must be measured for the day to count
    """
    if demand_kw.ndim != 3 or demand_kw.shape[2] == 0:
        raise Invalid(f"daily figures need sites x days x blocks, not an array of shape {demand_kw.shape}")
    sites, days, n = demand_kw.shape
    due = np.full(days, n, dtype=np.int64) if blocks is None else blocks
    if due.shape != (days,):
        raise Invalid(f"{days} days need as many numbers of blocks, not an array of shape {due.shape}")
    total = np.empty((sites, days))
    count = np.empty((sites, days), dtype=np.int64)
    high_at, low_at = np.empty((sites, days), dtype=np.int64), np.empty((sites, days), dtype=np.int64)
    high, low = np.empty((sites, days)), np.empty((sites, days))
    for piece in pieces(sites, days * n * 8):
        _piece(demand_kw[piece], total[piece], count[piece], high[piece], high_at[piece], low[piece], low_at[piece])
    completeness = np.divide(count, due, out=np.zeros((sites, days)), where=due > 0)
    counted = (count > 0) & (completeness >= minimum_completeness - 1e-9)

    def where_counted(values: FloatArray) -> FloatArray:
        return values if counted.all() else np.where(counted, values, np.nan)

    return DayFigures(
        step_s=step_s,
        hours=np.asarray(due * step_s / HOUR_S, dtype=np.float64),
        counted=counted,
        completeness=completeness,
        maximum_kw=where_counted(high),
        maximum_at=np.where(counted, high_at, -1),
        minimum_kw=where_counted(low),
        minimum_at=np.where(counted, low_at, -1),
        mean_kw=where_counted(total / np.maximum(count, 1)),
    )


def pieces(sites: int, bytes_each: int) -> Iterator[slice]:
    """The sites in runs whose data fit the cache together, at least one."""
    run = max(1, CACHE_BYTES // max(bytes_each, 1))
    for begin in range(0, sites, run):
        yield slice(begin, begin + run)


def _piece(
    demand_kw: FloatArray,
    total: FloatArray,
    count: IntArray,
    high: FloatArray,
    high_at: IntArray,
    low: FloatArray,
    low_at: IntArray,
) -> None:
    """Sums, counts and extremes of some sites, written into the given rows."""
    total[...] = _sums(demand_kw)
    # The extremes of a day with a gap point at the gap; these days are taken again below.
    high[...], high_at[...] = _at_extreme(demand_kw, demand_kw.argmax(axis=-1))
    low[...], low_at[...] = _at_extreme(demand_kw, demand_kw.argmin(axis=-1))
    count[...] = demand_kw.shape[-1]
    gap = np.isnan(total)
    if not gap.any():
        return
    own = demand_kw[gap]
    missing = np.isnan(own)
    count[gap] = own.shape[-1] - np.count_nonzero(missing, axis=-1)
    own[missing] = 0.0
    total[gap] = _sums(own)
    own[missing] = -np.inf
    high[gap], high_at[gap] = _at_extreme(own, own.argmax(axis=-1))
    own[missing] = np.inf
    low[gap], low_at[gap] = _at_extreme(own, own.argmin(axis=-1))


def _sums(values: FloatArray) -> FloatArray:
    # A third of the time of ``sum`` over so short a last axis.
    return np.asarray(np.einsum("...n->...", values))


def _at_extreme(values: FloatArray, at: IntArray) -> tuple[FloatArray, IntArray]:
    return np.take_along_axis(values, at[..., None], axis=-1)[..., 0], at
