"""Drift (负荷漂移): a lasting step in how a site uses power, with the day it began and what it looks like.

Of each workday the mean load of twelve parts of two hours is looked at. A day t is a candidate when the median of the
next W workdays differs from that of the W before, part by part, by more than weather and season explain: what most
sites of the group do at the same time is taken off first, and the change is measured against how much such changes
wander at the site itself. Method and thresholds ours; detection and false alarms on real loads are measured
(docs/characteristics.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from analytics.day_figures import pieces
from analytics.ratios import ratio
from domain.arrays import BoolArray, CodeArray, FloatArray, IntArray
from domain.errors import Invalid

PARTS = 12
#: With fewer sites beside it, what is common to all cannot be told from what is a site's own.
LEAST_GROUP = 8
#: Of a change of the multiplier, all parts of the day change by one factor.
FACTOR_SPREAD = 0.08
FACTOR_LEAST = 0.2


class DriftKind(IntEnum):
    NONE = -1
    MULTIPLIER = 0  # 倍率变化: all hours by one factor
    SHIFT = 1  # 增减班次: hours that were not worked before, or no longer are
    EQUIPMENT = 2  # 增减设备: about the same power all hours it works
    LEVEL = 3  # 水平变化: none of these

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class DriftLimits:
    """window_days : workdays compared on either side; minimum_change : of the site's mean load; minimum_score : change
    over its usual wandering; minimum_share : of a window's days that must be measured"""

    window_days: int = 15
    minimum_change: float = 0.15
    minimum_score: float = 3.5
    minimum_share: float = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Drifts:
    """One row for each step found, by site and day.

    site, day : shape (m,), index of the site, and of the first changed day
    change_kw, change_share : mean change of a workday [kW], and of the mean load before
    part_kw : shape (m, 12), change of each two hours [kW]; score : change over the usual wandering; kind : DriftKind
    judged : shape (s,), workdays of each site on which a step could have been seen
    """

    site: IntArray
    day: IntArray
    change_kw: FloatArray
    change_share: FloatArray
    part_kw: FloatArray
    score: FloatArray
    kind: CodeArray
    judged: IntArray

    def __len__(self) -> int:
        return len(self.site)


def find_drifts(
    clock_kw: FloatArray,
    counted: BoolArray,
    workday: BoolArray,
    limits: DriftLimits | None = None,
    *,
    step: Callable[[float], None] = lambda _: None,
) -> Drifts:
    """Lasting steps of every site.

    clock_kw : shape (s, d, slots), demand by day and slot of the clock; NaN = missing [kW]
    counted : shape (s, d), days complete enough and without events; workday : shape (d,)
    step : told the share of the sites whose days are compared, 0...1; may raise to end it
    """
    if clock_kw.ndim != 3 or clock_kw.shape[2] % PARTS:
        raise Invalid(f"a day of {clock_kw.shape[-1]} slots does not fall into {PARTS} equal parts")
    limits = limits or DriftLimits()
    days = np.flatnonzero(workday)
    window = limits.window_days
    if len(days) < 2 * window or not len(clock_kw):
        return _none(len(clock_kw))
    compared = []
    for some in pieces(len(clock_kw), clock_kw[0].nbytes):
        step(some.start / len(clock_kw))
        own = _parts(clock_kw[some], counted[some], days)
        compared.append((own, *_sides(own, window, limits.minimum_share)))
    part, before, after, spread = (np.concatenate(each) for each in zip(*compared, strict=True))
    change = after - before
    mean_before = before.mean(axis=2)
    relative = ratio(change, np.abs(mean_before)[..., None])
    relative = relative - _common(relative)
    # A step counts by the energy it moves, in whichever hours: the mean size of the change over the parts.
    size = np.abs(relative).mean(axis=2)
    wander = _wander(size)
    noise = ratio(spread, np.abs(mean_before)) / np.sqrt(window)
    score = ratio(size, np.maximum(wander[:, None], noise))
    known = ~np.isnan(score)
    alarm = known & (np.where(known, size, 0.0) >= limits.minimum_change)
    alarm &= np.where(known, score, 0.0) >= limits.minimum_score
    found = [
        _of_site(site, part, before, after, size, score, alarm, days, window)
        for site in np.flatnonzero(alarm.any(axis=1)).tolist()
    ]
    return _joined([row for rows in found for row in rows], known.sum(axis=1))


def _parts(clock_kw: FloatArray, counted: BoolArray, days: IntArray) -> FloatArray:
    """Mean of each two hours of the workdays, shape (s, w, 12); NaN on days that do not count [kW]"""
    part = clock_kw[:, days].reshape(len(clock_kw), len(days), PARTS, -1).mean(axis=3)
    return np.where(counted[:, days, None], part, np.nan)


def _sides(part: FloatArray, window: int, minimum_share: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Median of each part over the ``window`` workdays before and from each candidate on, shape (s, c, 12), and the
    scatter of single days about them, shape (s, c)."""
    view = sliding_window_view(part, window, axis=1)  # (s, d - w + 1, 12, w)
    count = (~np.isnan(view[:, :, 0])).sum(axis=-1)
    ordered = np.sort(view, axis=-1)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[..., None, None], axis=-1)[..., 0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, window - 1)[..., None, None], axis=-1)[..., 0]
    median = np.where((count >= minimum_share * window)[..., None], (low + high) / 2, np.nan)
    quarter = (ordered[..., (3 * window) // 4] - ordered[..., window // 4]) / 1.349
    scatter = np.where(np.isnan(quarter), 0.0, quarter).mean(axis=2)
    before, after = median[:, :-window], median[:, window:]
    return before, after, np.maximum(scatter[:, :-window], scatter[:, window:])


def _common(relative: FloatArray) -> FloatArray:
    """What the sites of the group have in common on each candidate day: the median, where enough of them are known."""
    known = ~np.isnan(relative[:, :, 0])
    enough = known.sum(axis=0) >= LEAST_GROUP
    ordered = np.sort(relative, axis=0)
    count = known.sum(axis=0)
    middle = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[None, :, None], axis=0)[0]
    return np.where(enough[:, None], middle, 0.0)


def _wander(size: FloatArray) -> FloatArray:
    """How large changes usually are at each site: their median over all days. Shape (s,); NaN where none is known"""
    ordered = np.sort(size, axis=1)
    count = (~np.isnan(size)).sum(axis=1)
    middle = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[:, None], axis=1)[:, 0]
    return np.where(count > 0, middle, np.nan)


_Row = tuple[int, int, float, float, FloatArray, float, int]


def _of_site(
    site: int,
    part: FloatArray,
    before: FloatArray,
    after: FloatArray,
    size: FloatArray,
    score: FloatArray,
    alarm: BoolArray,
    days: IntArray,
    window: int,
) -> list[_Row]:
    """The steps of one site: the strongest candidate first, then any at least a window away from those taken."""
    left = alarm[site].copy()
    rows = []
    while left.any():
        at = int(np.where(left, size[site], -np.inf).argmax())
        first = _begin(part[site], at, window)
        change = after[site, at] - before[site, at]
        mean_before = float(before[site, at].mean())
        kind = classify(before[site, at], after[site, at])
        share = float(change.mean()) / abs(mean_before) if mean_before else np.nan
        rows.append((site, int(days[first]), float(change.mean()), share, change, float(score[site, at]), int(kind)))
        left[max(at - window, 0) : at + window + 1] = False
    return sorted(rows, key=lambda row: row[1])


def _begin(part: FloatArray, at: int, window: int) -> int:
    """The workday that best divides the days around a candidate into two levels, by absolute differences."""
    begin = at
    own = part[begin : begin + 2 * window]
    known = np.flatnonzero(~np.isnan(own[:, 0]))
    best, least = window, np.inf
    for cut in range(max(2, window // 3), min(2 * window - 1, 2 * window - window // 3)):
        one, other = own[known[known < cut]], own[known[known >= cut]]
        if len(one) < 2 or len(other) < 2:
            continue
        cost = np.abs(one - np.median(one, axis=0)).sum() + np.abs(other - np.median(other, axis=0)).sum()
        if cost < least:
            best, least = cut, float(cost)
    return begin + best


def classify(before_kw: FloatArray, after_kw: FloatArray) -> DriftKind:
    """What a step looks like, from the parts of the day before and after, shape (12,) each [kW]."""
    change = after_kw - before_kw
    highest = float(np.abs(np.concatenate([before_kw, after_kw])).max())
    if highest <= 0:
        return DriftKind.LEVEL
    used = np.abs(before_kw) > 0.02 * highest
    factor = after_kw[used] / before_kw[used]
    middle = float(np.median(factor)) if len(factor) else np.nan
    if len(factor) >= PARTS // 2 and middle > 0 and abs(middle - 1) >= FACTOR_LEAST:
        spread = float(np.quantile(np.abs(factor / middle - 1), 0.75))
        flat = float(before_kw.max() - before_kw.min()) < 0.15 * float(np.abs(before_kw).mean())
        if spread <= FACTOR_SPREAD and not flat:
            return DriftKind.MULTIPLIER
    moved = np.abs(change) >= 0.5 * np.abs(change).max()
    power = np.abs(change[moved])
    even = float(power.std()) <= 0.25 * float(power.mean())
    # A shift fills hours that were low before (or empties them): those, and only those, move.
    quiet = np.minimum(before_kw, after_kw) < 0.6 * highest
    if moved.sum() <= PARTS * 2 // 3 and quiet[moved].all():
        return DriftKind.SHIFT
    return DriftKind.EQUIPMENT if even else DriftKind.LEVEL


def _none(sites: int) -> Drifts:
    return _joined([], np.zeros(sites, dtype=np.int64))


def _joined(rows: list[_Row], judged: IntArray) -> Drifts:
    return Drifts(
        site=np.array([row[0] for row in rows], dtype=np.int64),
        day=np.array([row[1] for row in rows], dtype=np.int64),
        change_kw=np.array([row[2] for row in rows]),
        change_share=np.array([row[3] for row in rows]),
        part_kw=np.array([row[4] for row in rows]).reshape(len(rows), PARTS),
        score=np.array([row[5] for row in rows]),
        kind=np.array([row[6] for row in rows], dtype=np.int8),
        judged=np.asarray(judged, dtype=np.int64),
    )
