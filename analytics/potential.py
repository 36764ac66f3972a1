"""Dispatchable potential (可调潜力): what sites could shed in a window of a day, from how they behave on like days.

A site has h(d) = min over the hours of the window of (mean load of the hour on day d - security load): what it could
take off through every hour of it. Of n like days sorted, h_(1) <= ... <= h_(n), a new like day has at least h_(j) with
chance

    c(x) = #{d : h(d) >= x} / (n + 1),    c(h_(j)) = (n + 1 - j) / (n + 1)                                       (1)

if the days are exchangeable. What is given is the smaller of what a site is able of and the largest x with
c(x) >= the confidence asked for. Measured on unseen hot weekdays: docs/potential.md
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baselines.days import DayTable, Window, candidate_days, highest, newest
from analytics.usual import sorted_quantile
from domain.arrays import BoolArray, FloatArray, IntArray

#: Against the rounding of a share times a count.
EPSILON = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Headroom:
    """Of s sites, in one window.

    headroom_kw : shape (s, n), h of the like days in ascending order, NaN last [kW]
    load_kw : shape (s, n), mean load of the window of the same days in the same order [kW]
    days : shape (s,), how many of them there are; exports : shape (s,), whether one of their hours fed in
    """

    headroom_kw: FloatArray
    load_kw: FloatArray
    days: IntArray
    exports: BoolArray

    def row(self, site: int) -> Headroom:
        """Of one site alone."""
        one = slice(site, site + 1)
        return Headroom(self.headroom_kw[one], self.load_kw[one], self.days[one], self.exports[one])

    def confidence(self, shed_kw: FloatArray) -> FloatArray:
        """Equation (1) for each site, shape (s,); 0 without like days."""
        there = np.where(np.isnan(self.headroom_kw), -np.inf, self.headroom_kw)
        return np.asarray((there >= shed_kw[:, None] - EPSILON).sum(axis=1) / (self.days + 1))

    def at_least(self, confidence: float) -> FloatArray:
        """The largest headroom with at least this confidence, shape (s,); NaN where there are too few days for it."""
        place = np.floor((1 - confidence) * (self.days + 1) + EPSILON).astype(np.int64)
        known = place >= 1
        found = np.take_along_axis(self.headroom_kw, np.maximum(place - 1, 0)[:, None], axis=1)[:, 0]
        return np.where(known, found, np.nan)

    @property
    def usual_kw(self) -> FloatArray:
        """Median load of the window over the like days, shape (s,); NaN without any [kW]"""
        return sorted_quantile(np.sort(self.load_kw, axis=1), self.days, 0.5)

    @property
    def spread_kw(self) -> FloatArray:
        """Between the 10 and 90 % quantiles of that load, shape (s,) [kW]"""
        ordered = np.sort(self.load_kw, axis=1)
        return sorted_quantile(ordered, self.days, 0.9) - sorted_quantile(ordered, self.days, 0.1)


def headroom_of(
    table: DayTable, day: int, window: Window, security_kw: FloatArray, *, days: int, lookback_days: int
) -> Headroom:
    """Like days before ``day``: both worked or both not, no holiday, no event, complete, nearest in temperature.

    security_kw : shape (s,) [kW]; days : how many at most; lookback_days : how far back. ``day`` itself is not read
    but for its kind and temperature; where that is not known the newest are taken
    """
    candidates = candidate_days(table, day, lookback_days=lookback_days) & window_whole(table, window)
    warmth = warmest(table.temperature_c)
    if np.isnan(warmth[day]):
        chosen = newest(candidates, days)
    else:
        chosen = highest(candidates, np.broadcast_to(-np.abs(warmth - warmth[day]), candidates.shape), days)
    hourly = hourly_means(table, window)
    head = np.where(chosen, hourly.min(axis=2) - security_kw[:, None], np.nan)
    order = np.argsort(head, axis=1, kind="stable")[:, : max(days, 1)]  # NaN last
    return Headroom(
        headroom_kw=np.take_along_axis(head, order, axis=1),
        load_kw=np.take_along_axis(np.where(chosen, hourly.mean(axis=2), np.nan), order, axis=1),
        days=np.asarray((~np.isnan(head)).sum(axis=1), dtype=np.int64),
        exports=np.asarray((np.where(chosen, hourly.min(axis=2), 0.0) < 0).any(axis=1)),
    )


def hourly_means(table: DayTable, window: Window) -> FloatArray:
    """Mean load of each hour of the window, the last one what is left of it; shape (s, d, hours) [kW]"""
    starts = range(window.first, window.end, table.per_hour)
    parts = [table.load_kw[:, :, at : min(at + table.per_hour, window.end)].mean(axis=2) for at in starts]
    return np.stack(parts, axis=2)


def window_whole(table: DayTable, window: Window) -> BoolArray:
    """Days on which every block of the window was measured, shape (s, d)."""
    return np.asarray(~np.isnan(table.load_kw[:, :, window.blocks]).any(axis=2))


def warmest(temperature_c: FloatArray) -> FloatArray:
    """Highest temperature of each day of (d, b), NaN where none is known. Shape (d,) [degC]"""
    known = np.where(np.isnan(temperature_c), -np.inf, temperature_c).max(axis=1)
    return np.where(np.isfinite(known), known, np.nan)


def night_base(table: DayTable, day: int, *, lookback_days: int, quantile: float) -> FloatArray:
    """A low quantile of all load before ``day``, not below 0, shape (s,); NaN where nothing was measured [kW]"""
    past = table.load_kw[:, max(0, day - lookback_days) : day].reshape(len(table.load_kw), -1)
    count = np.asarray((~np.isnan(past)).sum(axis=1), dtype=np.int64)
    return np.maximum(sorted_quantile(np.sort(past, axis=1), count, quantile), 0.0)


def able_of(
    expected_kw: FloatArray, cooling_kw: FloatArray, shed_share: FloatArray, cooling_share: float
) -> FloatArray:
    """What sites that declared nothing can take off: cooling_share of cooling and shed_share of the rest.

    All shape (s,) [kW]; cooling NaN = not known, then all of the load counts as the rest
    """
    cooling = np.clip(np.nan_to_num(cooling_kw), 0.0, np.maximum(np.nan_to_num(expected_kw), 0.0))
    return np.asarray(cooling_share * cooling + shed_share * np.maximum(expected_kw - cooling, 0.0))
