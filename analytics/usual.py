"""The usual value of a meter or scope for a slot of the day, learnt from like days, for those that are silent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import BoolArray, FloatArray, IntArray

LIKE_DAYS = 10
MINIMUM_DAYS = 3
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """value_kw, low_kw, high_kw : shape (..., slots), median with 10 and 90 % quantiles; NaN = too few like days [kW]
    days : shape (..., slots), number of like days each stands on"""

    value_kw: FloatArray
    low_kw: FloatArray
    high_kw: FloatArray
    days: IntArray


def sorted_quantile(ordered: FloatArray, count: IntArray, share: float) -> FloatArray:
    """Quantile along the last axis of values sorted with NaN last, by linear interpolation between order statistics.

    ordered : shape (..., n); count : shape (...), how many of them are numbers; share : 0...1
    Returns shape (...); NaN where count is 0
    """
    place = np.clip((count - 1) * share, 0.0, None)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low = np.take_along_axis(ordered, below[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(ordered, above[..., None], axis=-1)[..., 0]
    return np.asarray(low + (high - low) * (place - below))


def usual_values(
    history_kw: FloatArray, like: BoolArray, *, days: int = LIKE_DAYS, minimum_days: int = MINIMUM_DAYS
) -> Usual:
    """Median and 80 % band of the last ``days`` like days that have a value, slot by slot.

    history_kw : shape (..., d, s), days in time order x slots of the day; NaN = missing [kW]
    like : shape (d,), which days are of the wanted kind
    minimum_days : with fewer the answer is NaN: two days are no usual value
    Returns Usual of shape (..., s)
    """
    chosen = np.moveaxis(history_kw[..., like, :], -2, -1)[..., ::-1]  # (..., s, like days), newest first
    if chosen.shape[-1] == 0:
        empty = np.full(chosen.shape[:-1], np.nan)
        return Usual(empty, empty.copy(), empty.copy(), np.zeros(chosen.shape[:-1], dtype=np.int64))
    there = ~np.isnan(chosen)
    newest = np.where(there & (np.cumsum(there, axis=-1) <= days), chosen, np.nan)
    ordered = np.sort(newest, axis=-1)
    count = np.asarray((~np.isnan(newest)).sum(axis=-1), dtype=np.int64)
    enough = count >= minimum_days
    low, value, high = (np.where(enough, sorted_quantile(ordered, count, q), np.nan) for q in (LOW, MIDDLE, HIGH))
    return Usual(value, low, high, count)
