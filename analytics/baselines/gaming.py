"""Gaming before an event: load raised in the hours the adjustment looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baselines.days import DayTable, Window, candidate_days, highest, newest
from domain.arrays import BoolArray, FloatArray

#: Median absolute deviation to standard deviation of a normal distribution.
MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True, slots=True, eq=False)
class Suspicion:
    """Of s sites. rise : shape (s,), mean of the hours over the usual, less one; score : shape (s,), robust z;
    flagged : shape (s,); NaN and False where too few like days are known"""

    rise: FloatArray
    score: FloatArray
    flagged: BoolArray


def raised_before(
    table: DayTable,
    day: int,
    window: Window,
    *,
    from_hours: float = 4.0,
    to_hours: float = 1.0,
    least_rise: float = 0.1,
    least_score: float = 3.0,
    days: int = 20,
    minimum_days: int = 5,
) -> Suspicion:
    """Compares the hours before the event with the same hours of like days, each against its own early morning.

    Relative to the morning, and against days as warm, a hot day that is high from the start is no gaming.
    least_rise, least_score : both must be passed to flag
    """
    s = len(table.load_kw)
    first = window.first - round(from_hours * table.per_hour)
    end = window.first - round(to_hours * table.per_hour)
    if first <= 0:
        return Suspicion(np.full(s, np.nan), np.full(s, np.nan), np.zeros(s, dtype=np.bool_))
    likes = _like_days(table, day, slice(first, end), days)
    early, hours = _mean(table.load_kw[:, :, :first]), _mean(table.load_kw[:, :, first:end])
    ratio = np.divide(hours, early, out=np.full(hours.shape, np.nan), where=early > 1e-9)
    known = likes & ~np.isnan(ratio)
    enough = (known.sum(axis=1) >= minimum_days) & ~np.isnan(ratio[:, day])
    usual, spread = _median_and_spread(np.where(known, ratio, np.nan))
    enough &= usual > 0
    rise = np.where(enough, ratio[:, day] / np.where(enough, usual, 1.0) - 1, np.nan)
    width = np.where(enough, np.maximum(spread, 1e-3 * usual), 1.0)
    score = np.where(enough, (ratio[:, day] - usual) / width, np.nan)
    return Suspicion(rise, score, enough & (rise > least_rise) & (score > least_score))


def _like_days(table: DayTable, day: int, hours: slice, count: int) -> BoolArray:
    """The days closest in temperature in these hours, or the newest where it is not known."""
    candidates = candidate_days(table, day, lookback_days=90)
    warmth = table.temperature_c[:, hours].mean(axis=1)
    if np.isnan(warmth[day]):
        return newest(candidates, count)
    distance = np.broadcast_to(-np.abs(warmth - warmth[day]), candidates.shape)
    return highest(candidates, distance, count)


def _mean(load_kw: FloatArray) -> FloatArray:
    """Mean of the measured blocks, NaN where fewer than nine tenths are. Shape (s, d)"""
    there = ~np.isnan(load_kw)
    count = there.sum(axis=2)
    total = np.where(there, load_kw, 0.0).sum(axis=2)
    enough = count >= 0.9 * load_kw.shape[2]
    return np.asarray(np.divide(total, count, out=np.full(count.shape, np.nan), where=enough))


def _median_and_spread(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Row medians and scaled median absolute deviations of what is there, 0 where nothing is."""
    median = _row_median(values)
    return median, MAD_TO_DEVIATION * _row_median(np.abs(values - median[:, None]))


def _row_median(values: FloatArray) -> FloatArray:
    ordered = np.sort(values, axis=1)  # NaN last
    count = (~np.isnan(values)).sum(axis=1)
    low, high = np.maximum((count - 1) // 2, 0), np.minimum(count // 2, values.shape[1] - 1)
    row = np.arange(len(values))
    return np.where(count > 0, np.nan_to_num((ordered[row, low] + ordered[row, high]) / 2), 0.0)
