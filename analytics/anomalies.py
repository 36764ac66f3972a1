"""Days on which a load did what it does not do: far from its forecast, flat, stepped, awake at night, out of balance.

A day far from its forecast or a balance is judged against the site's own weeks before by median and median absolute
deviation,
    z = (x - median) / (1.4826 MAD + floor)                                                                (1)
so neither a spike nor a holiday among those weeks decides. A step and a risen night base must last (lasting_change).
What goes on is told once until QUIET_DAYS were without it, and again when it is twice as large. The thresholds were set
on the design sites of bench/anomaly_rates.py, which tells what they find by size of the fault and what they cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from analytics.forecast_frame import Frame
from analytics.lasting_change import LastingChange, lasting_change
from domain.arrays import BoolArray, FloatArray, IntArray

WEEKS_DAYS = 28
LEAST_DAYS = 14
ALIKE_DAYS, LEAST_ALIKE = 8, 3
RESIDUAL_Z, BALANCE_Z = 6.0, 6.0
FLOOR, BALANCE_FLOOR = 0.02, 0.005
RESIDUAL_HOURS, FLAT_HOURS = 3, 4
NIGHT_UNTIL_HOUR = 5
LEAST_IMBALANCE = 0.02
#: Days (of their kind, for a step) without it after which something is told anew.
QUIET_DAYS = 7
#: A stretch that has been flat as often as this before is the site's habit.
FLAT_HABIT = 0.1
DAY_COVERAGE = 0.75


class AnomalyKind(StrEnum):
    RESIDUAL = "residual"
    FLAT = "flat"
    STEP = "step"
    NIGHT_BASE = "night_base"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """site : row of the matrix; day : number in the frame; value_kw against usual_kw; z : equation (1), 0 for a flat"""

    kind: AnomalyKind
    site: int
    day: int
    value_kw: float
    usual_kw: float
    z: float


def find_anomalies(load_kw: FloatArray, frame: Frame, *, first_day: int = LEAST_DAYS) -> list[Anomaly]:
    """Anomalies of the days from ``first_day`` on, ordered by day and site.

    load_kw : shape (s, n), NaN = missing [kW]; days with less than DAY_COVERAGE of their values are not judged, nor are
    days before which fewer than LEAST_DAYS of the WEEKS_DAYS before were whole
    """
    daily = frame.daily(load_kw)
    level = _level(daily)
    found = [
        *_residuals(daily, frame, level, first_day),
        *_flats(daily, frame, level, first_day),
        *_steps(daily, frame, level, first_day),
        *_nights(daily, frame, level, first_day),
    ]
    return sorted(found, key=lambda each: (each.day, each.site, each.kind))


def find_imbalances(
    main_kw: FloatArray, parts_kw: FloatArray, frame: Frame, *, first_day: int = LEAST_DAYS
) -> list[Anomaly]:
    """Days on which the share of the main meter its sub-meters explain is not the usual one.

    main_kw, parts_kw : shape (s, n), a main meter and the sum of its sub-meters, NaN where any is missing [kW]
    """
    main, parts = frame.daily(main_kw), frame.daily(parts_kw)
    both = ~np.isnan(main) & ~np.isnan(parts)
    whole = both.mean(axis=2) >= DAY_COVERAGE
    sums = [np.where(both, each, 0.0).sum(axis=2) for each in (main, parts)]
    usable = whole & (sums[0] > 0)
    share = np.divide(sums[1], sums[0], out=np.full(whole.shape, np.nan), where=usable)
    hours = np.maximum(both.sum(axis=2), 1)
    middle, scale = _before(share, np.full(len(share), BALANCE_FLOOR))
    z = (share - middle) / scale
    moved = (np.abs(z) > BALANCE_Z) & (np.abs(share - middle) > LEAST_IMBALANCE)
    mean = sums[0] / hours
    return _told(AnomalyKind.BALANCE, moved, sums[1] / hours, middle * mean, z, first_day)


def _residuals(daily: FloatArray, frame: Frame, level: FloatArray, first_day: int) -> list[Anomaly]:
    """Mean of three hours farthest from the usual day of its kind."""
    expected = _usual(daily, frame.day_class)
    width = RESIDUAL_HOURS * frame.per_hour
    windows = sliding_window_view(daily - expected, width, axis=2).mean(axis=3)
    size = _highest(np.abs(windows))
    middle, scale = _before(size, FLOOR * level)
    z = (size - middle) / scale
    at = np.asarray(np.where(np.isnan(windows), -1.0, np.abs(windows)).argmax(axis=2), dtype=np.int64)
    value, usual = (_window_mean(each, at, width) for each in (daily, expected))
    return _told(AnomalyKind.RESIDUAL, z > RESIDUAL_Z, value, usual, z, first_day)


def _flats(daily: FloatArray, frame: Frame, level: FloatArray, first_day: int) -> list[Anomaly]:
    """Four hours without the least movement, where the site used to move."""
    width = FLAT_HOURS * frame.per_hour
    windows = sliding_window_view(daily, width, axis=2)
    spread = windows.max(axis=3) - windows.min(axis=3)
    still = spread <= 1e-9 * np.maximum(level, 1.0)[:, None, None]
    known = ~np.isnan(spread)
    found = np.zeros(daily.shape[:2], dtype=np.bool_)
    at = np.zeros(daily.shape[:2], dtype=np.int64)
    for day in range(first_day, daily.shape[1]):
        past = slice(max(0, day - WEEKS_DAYS), day)
        count = known[:, past].sum(axis=1)
        habit = np.divide(still[:, past].sum(axis=1), count, out=np.ones(count.shape), where=count >= LEAST_DAYS)
        flat = still[:, day] & (habit < FLAT_HABIT)
        found[:, day] = flat.any(axis=1)
        at[:, day] = flat.argmax(axis=1)
    value = _window_mean(daily, at, width)
    usual = _window_mean(_usual(daily, frame.day_class), at, width)
    return _told(AnomalyKind.FLAT, found, value, usual, np.zeros(value.shape), first_day)


def _steps(daily: FloatArray, frame: Frame, level: FloatArray, first_day: int) -> list[Anomaly]:
    """The middle of the day has moved and stayed, against days of the same kind."""
    middle_kw = _day_quantile(daily, 0.5)
    found: list[Anomaly] = []
    for kind in np.unique(frame.day_class).tolist():
        days = np.flatnonzero(frame.day_class == kind)
        own = middle_kw[:, days]
        change = lasting_change(own, level)
        mine = _told(AnomalyKind.STEP, change.rose | change.fell, own, change.usual_kw, _z(own, change, level), 0)
        found += [Anomaly(a.kind, a.site, int(days[a.day]), a.value_kw, a.usual_kw, a.z) for a in mine]
    return [each for each in found if each.day >= first_day]


def _nights(daily: FloatArray, frame: Frame, level: FloatArray, first_day: int) -> list[Anomaly]:
    """What runs when nothing should has grown and stayed."""
    base_kw = _day_quantile(daily[:, :, : NIGHT_UNTIL_HOUR * frame.per_hour], 0.2)
    change = lasting_change(base_kw, level)
    z = _z(base_kw, change, level)
    return _told(AnomalyKind.NIGHT_BASE, change.rose, base_kw, change.usual_kw, z, first_day)


def _z(values_kw: FloatArray, change: LastingChange, level: FloatArray) -> FloatArray:
    """Equation (1) of the newest day against the days before the change."""
    return np.asarray((values_kw - change.usual_kw) / (1.4826 * change.deviation_kw + FLOOR * level[:, None]))


def _usual(daily: FloatArray, day_class: IntArray) -> FloatArray:
    """Median of each slot over the ALIKE_DAYS days of the same kind before, shape (s, d, k); NaN where fewer than 3."""
    found = np.full(daily.shape, np.nan)
    for kind in np.unique(day_class).tolist():
        days = np.flatnonzero(day_class == kind)
        for number, day in enumerate(days.tolist()):
            past = np.sort(daily[:, days[max(0, number - ALIKE_DAYS) : number]], axis=1)  # NaN come last
            count = (~np.isnan(past)).sum(axis=1, keepdims=True)
            if past.shape[1] >= LEAST_ALIKE:
                low, high = (
                    np.take_along_axis(past, np.clip(each, 0, past.shape[1] - 1), axis=1)[:, 0]
                    for each in ((count - 1) // 2, count // 2)
                )
                found[:, day] = np.where(count[:, 0] >= LEAST_ALIKE, (low + high) / 2, np.nan)
    return found


def _before(values: FloatArray, floor: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median and scale of equation (1) from the WEEKS_DAYS before each day, shapes (s, d); NaN where too few.

    floor : shape (s,), the scale of a site that never moves
    """
    sites, days = values.shape
    middle, scale = np.full((sites, days), np.nan), np.full((sites, days), np.nan)
    for day in range(LEAST_DAYS, days):
        past = values[:, max(0, day - WEEKS_DAYS) : day]
        enough = (~np.isnan(past)).sum(axis=1) >= LEAST_DAYS
        if enough.any():
            centre = np.nanmedian(past[enough], axis=1)
            spread = np.nanmedian(np.abs(past[enough] - centre[:, None]), axis=1)
            middle[enough, day] = centre
            scale[enough, day] = 1.4826 * spread + floor[enough]
    return middle, scale


def _told(
    kind: AnomalyKind, found: BoolArray, value: FloatArray, usual: FloatArray, z: FloatArray, first_day: int
) -> list[Anomaly]:
    sites, days = np.nonzero(_news(found, z))
    return [
        Anomaly(kind, site, day, float(value[site, day]), float(usual[site, day]), float(z[site, day]))
        for site, day in zip(sites.tolist(), days.tolist(), strict=True)
        if day >= first_day
    ]


def _news(found: BoolArray, z: FloatArray) -> BoolArray:
    """Days before which nothing was found for QUIET_DAYS, or nothing half as large."""
    told = found.copy()
    size = np.where(found, np.abs(z), -np.inf)
    for day in range(1, found.shape[1]):
        past = size[:, max(0, day - QUIET_DAYS) : day].max(axis=1)
        told[:, day] &= past < size[:, day] / 2
    return told


def _level(daily: FloatArray) -> FloatArray:
    """Mean size of each site, at least a milliwatt, shape (s,) [kW]"""
    there = ~np.isnan(daily)
    total = np.where(there, np.abs(daily), 0.0).sum(axis=(1, 2))
    return np.asarray(np.maximum(total / np.maximum(there.sum(axis=(1, 2)), 1), 1e-6))


def _highest(windows: FloatArray) -> FloatArray:
    """Highest of each day, NaN where less than DAY_COVERAGE of it is known, shape (s, d)."""
    known = ~np.isnan(windows)
    highest = np.where(known, windows, -np.inf).max(axis=2)
    return np.where(known.mean(axis=2) >= DAY_COVERAGE, highest, np.nan)


def _day_quantile(daily: FloatArray, share: float) -> FloatArray:
    enough = (~np.isnan(daily)).mean(axis=2) >= DAY_COVERAGE
    found = np.full(enough.shape, np.nan)
    if enough.any():
        found[enough] = np.nanquantile(daily[enough], share, axis=1)
    return found


def _window_mean(daily: FloatArray, at: IntArray, width: int) -> FloatArray:
    means = sliding_window_view(daily, width, axis=2).mean(axis=3)
    return np.asarray(np.take_along_axis(means, at[:, :, None], axis=2)[:, :, 0])
