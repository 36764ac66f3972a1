"""Whether a figure of the day has left where it used to lie, and stayed there: a test by rank.

LASTING_DAYS values in a row lie above (below) all but TRIMMED of the BEFORE_DAYS values before them, and by a margin,
    min(last) - high > MARGIN_SPREAD (high - low) + MARGIN_LEVEL level                                        (1)
where low and high bound what is left of the days before without TRIMMED values on either side. No distribution is
assumed: a site that wanders widely has a wide range, and one odd day decides on neither side. Of days that are alike,
four in a row above all twenty before come by chance once in 10,626. Numbers set on the design sites of
bench/anomaly_rates.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from domain.arrays import BoolArray, FloatArray, IntArray

BEFORE_DAYS, LEAST_BEFORE, LASTING_DAYS, TRIMMED = 20, 15, 4, 2
MARGIN_SPREAD, MARGIN_LEVEL = 0.5, 0.05


@dataclass(frozen=True, slots=True, eq=False)
class LastingChange:
    """Shape (s, d) each, by the last of the days that stayed.

    rose, fell : equation (1); usual_kw : median of the days before; deviation_kw : their median absolute deviation;
    NaN where too little is known
    """

    rose: BoolArray
    fell: BoolArray
    usual_kw: FloatArray
    deviation_kw: FloatArray


def lasting_change(values_kw: FloatArray, level_kw: FloatArray) -> LastingChange:
    """values_kw : shape (s, d), a figure of each of d days that are alike, NaN = missing; level_kw : shape (s,) [kW]"""
    sites, days = values_kw.shape
    width = BEFORE_DAYS + LASTING_DAYS
    rose, fell = np.zeros((2, sites, days), dtype=np.bool_)
    usual, deviation = np.full((2, sites, days), np.nan)
    if days < width:
        return LastingChange(rose, fell, usual, deviation)
    windows = sliding_window_view(values_kw, width, axis=1)
    before, last = windows[..., :BEFORE_DAYS], windows[..., BEFORE_DAYS:]
    ordered = np.sort(before, axis=2)  # NaN come last
    count = (~np.isnan(before)).sum(axis=2)
    low, high = ordered[..., TRIMMED], _at(ordered, count - 1 - TRIMMED)
    known = (count >= LEAST_BEFORE) & ~np.isnan(last).any(axis=2)
    margin = MARGIN_SPREAD * (high - low) + MARGIN_LEVEL * level_kw[:, None]
    ends = slice(width - 1, None)
    rose[:, ends] = known & (last.min(axis=2) - high > margin)
    fell[:, ends] = known & (low - last.max(axis=2) > margin)
    middle = _middle(ordered, count)
    usual[:, ends] = np.where(known, middle, np.nan)
    deviation[:, ends] = np.where(known, _middle(np.sort(np.abs(before - middle[..., None]), axis=2), count), np.nan)
    return LastingChange(rose, fell, usual, deviation)


def _middle(ordered: FloatArray, count: IntArray) -> FloatArray:
    """Median of the first ``count`` of sorted values."""
    return np.asarray((_at(ordered, (count - 1) // 2) + _at(ordered, count // 2)) / 2)


def _at(ordered: FloatArray, place: IntArray) -> FloatArray:
    there = np.clip(place, 0, ordered.shape[2] - 1)
    return np.asarray(np.take_along_axis(ordered, there[..., None], axis=2)[..., 0])
