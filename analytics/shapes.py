"""Load-shape classes by rule (负荷特性分类), from the median workday and a few features of the year.

Source: domain facts 4.4 (classes; thresholds ours, in configuration)
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np

from analytics.day_figures import pieces
from analytics.ratios import ratio
from analytics.typical_days import mean_curve, median_curve
from analytics.verdicts import Verdict, first_of
from domain.arrays import BoolArray, CodeArray, FloatArray, IntArray
from domain.errors import Invalid


class ShapeClass(IntEnum):
    """The first rule that holds in this order decides; MIXED where none does."""

    UNKNOWN = -1
    FLAT = 0  # 三班/平稳
    NIGHT = 1  # 避峰/夜间型
    INTERMITTENT = 2  # 间歇/冲击
    TRIPLE_PEAK = 3  # 三峰
    DOUBLE_PEAK = 4  # 双峰
    SINGLE_PEAK = 5  # 单峰
    MIXED = 6  # 混合

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class ShapeLimits:
    """Thresholds as in domain facts 4.4; hours of the day [h]"""

    minimum_days: int = 10
    flat_load_factor: float = 0.85
    flat_weekend: float = 0.85
    prominence: float = 0.15
    noon_h: tuple[float, float] = (11.0, 13.5)
    night_h: tuple[float, float] = (22.0, 8.0)
    night_ratio: float = 1.15
    step_variation: float = 0.3
    seasonal_ratio: float = 1.3
    evening_h: tuple[float, float] = (18.0, 22.0)


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Shape (s,) each unless said; NaN where not known.

    profile : shape (s, slots), median workday over its maximum; days : workdays it is the median of
    code : ShapeClass; seasonal : 季节空调型, whatever the class (False also where spring or summer is not known)
    load_factor : of the profile; weekend_ratio : energy of a free day over that of a workday
    night_ratio : mean of the night over mean of the day; step_variation : root mean square of neighbouring
        differences on workdays over the mean load; seasonal_ratio : summer evening over spring evening
    peak_at : slot of the profile's maximum
    """

    verdict: CodeArray
    code: CodeArray
    seasonal: BoolArray
    profile: FloatArray
    days: IntArray
    load_factor: FloatArray
    weekend_ratio: FloatArray
    night_ratio: FloatArray
    step_variation: FloatArray
    seasonal_ratio: FloatArray
    peak_at: IntArray


def within(slots: int, hours: tuple[float, float]) -> BoolArray:
    """Shape (slots,): the slots that begin in [from, to), over midnight where from > to."""
    at = np.arange(slots) * 24.0 / slots
    begin, end = hours
    return (at >= begin) & (at < end) if begin <= end else (at >= begin) | (at < end)


def shapes_of(
    clock_kw: FloatArray,
    counted: BoolArray,
    workday: BoolArray,
    *,
    summer: BoolArray,
    spring: BoolArray,
    limits: ShapeLimits | None = None,
) -> Shapes:
    """Features and rule class of every site.

    clock_kw : shape (s, d, slots), demand by day and slot of the clock; NaN = missing [kW]
    counted : shape (s, d), days complete enough and without events; workday, summer, spring : shape (d,)
    """
    if clock_kw.ndim != 3 or counted.shape != clock_kw.shape[:2] or workday.shape != counted.shape[1:]:
        raise Invalid(f"loads of shape {clock_kw.shape} need as many days counted and as many kinds")
    each_bytes = clock_kw[0].nbytes if len(clock_kw) else 0
    found = [
        _shapes_of(clock_kw[some], counted[some], workday, summer, spring, limits or ShapeLimits())
        for some in pieces(len(clock_kw), each_bytes)
    ] or [_shapes_of(clock_kw, counted, workday, summer, spring, limits or ShapeLimits())]
    return Shapes(*(np.concatenate([getattr(own, each.name) for own in found]) for each in fields(Shapes)))


def _shapes_of(
    clock_kw: FloatArray,
    counted: BoolArray,
    workday: BoolArray,
    summer: BoolArray,
    spring: BoolArray,
    limits: ShapeLimits,
) -> Shapes:
    slots = clock_kw.shape[2]
    work, free = counted & workday, counted & ~workday
    median = median_curve(clock_kw, work)
    days = work.sum(axis=1).astype(np.int64)
    whole = np.asarray(~np.isnan(median).any(axis=1))
    known = np.where(whole[:, None], median, 0.0)
    highest, lowest = known.max(axis=1), known.min(axis=1)
    enough = (days >= limits.minimum_days) & whole
    verdict = first_of(
        (Verdict.NO_DATA, np.asarray(np.isnan(clock_kw).all(axis=(1, 2)))),
        (Verdict.FEW_DAYS, days < limits.minimum_days),
        (Verdict.INCOMPLETE, ~whole),
        (Verdict.NO_LOAD, highest <= 0),
        # A site that feeds in over a good part of the day has a net shape, not one of consumption.
        (Verdict.NEGATIVE, lowest < -0.05 * np.maximum(highest, 0.0)),
        (Verdict.CONSTANT, highest - lowest <= 1e-9 * np.maximum(highest, 0.0)),
    )
    good = (verdict == Verdict.OK) & enough
    profile = np.where(good[:, None], ratio(known, highest[:, None]), np.nan)
    night = within(slots, limits.night_h)
    daily_mean = _daily_mean(clock_kw)
    found = Shapes(
        verdict=verdict,
        code=np.full(len(days), ShapeClass.UNKNOWN, dtype=np.int8),
        seasonal=np.zeros(len(days), dtype=np.bool_),
        profile=profile,
        days=days,
        load_factor=profile.mean(axis=1),
        weekend_ratio=ratio(_mean_over(daily_mean, free), _mean_over(daily_mean, work), good),
        night_ratio=ratio(profile[:, night].mean(axis=1), profile[:, ~night].mean(axis=1), good),
        step_variation=_step_variation(clock_kw, work, good),
        seasonal_ratio=_seasonal(clock_kw, work, summer, spring, within(slots, limits.evening_h), good),
        peak_at=np.where(good, known.argmax(axis=1), -1),
    )
    found.code[:] = _classify(found, limits)
    found.seasonal[:] = _above(found.seasonal_ratio, limits.seasonal_ratio)
    return found


def _above(values: FloatArray, limit: float) -> BoolArray:
    return np.where(np.isnan(values), -np.inf, values) >= limit


def _daily_mean(clock_kw: FloatArray) -> FloatArray:
    there = ~np.isnan(clock_kw)
    return ratio(np.where(there, clock_kw, 0.0).sum(axis=2), there.sum(axis=2))


def _mean_over(daily: FloatArray, used: BoolArray) -> FloatArray:
    there = used & ~np.isnan(daily)
    return ratio(np.where(there, daily, 0.0).sum(axis=1), there.sum(axis=1))


def _step_variation(clock_kw: FloatArray, work: BoolArray, good: BoolArray) -> FloatArray:
    steps = np.diff(clock_kw, axis=2)
    there = ~np.isnan(steps) & work[..., None]
    count = there.sum(axis=(1, 2))
    squares = np.square(np.where(there, steps, 0.0)).sum(axis=(1, 2))
    mean = _mean_over(_daily_mean(clock_kw), work)
    return ratio(np.sqrt(ratio(squares, count)), mean, good & (np.where(np.isnan(mean), 0.0, mean) > 0))


def _seasonal(
    clock_kw: FloatArray, work: BoolArray, summer: BoolArray, spring: BoolArray, evening: BoolArray, good: BoolArray
) -> FloatArray:
    warm, mild = (_evening_mean(clock_kw[:, :, evening], work & season) for season in (summer, spring))
    return ratio(warm, mild, good & (np.where(np.isnan(mild), 0.0, mild) > 0))


def _evening_mean(evening_kw: FloatArray, used: BoolArray) -> FloatArray:
    curve = mean_curve(evening_kw, used)
    there = ~np.isnan(curve)
    return ratio(np.where(there, curve, 0.0).sum(axis=1), there.sum(axis=1))


def _classify(found: Shapes, limits: ShapeLimits) -> CodeArray:
    peaks = _peaks(found.profile, limits)
    rules = (
        (
            ShapeClass.FLAT,
            _above(found.load_factor, limits.flat_load_factor) & _above(found.weekend_ratio, limits.flat_weekend),
        ),
        (ShapeClass.NIGHT, _above(found.night_ratio, limits.night_ratio)),
        (ShapeClass.INTERMITTENT, _above(found.step_variation, limits.step_variation)),
        (ShapeClass.TRIPLE_PEAK, peaks == 3),
        (ShapeClass.DOUBLE_PEAK, peaks == 2),
        (ShapeClass.SINGLE_PEAK, peaks == 1),
    )
    code = np.full(len(found.verdict), ShapeClass.MIXED, dtype=np.int8)
    for shape, holds in reversed(rules):
        code[holds] = shape
    code[found.verdict != Verdict.OK] = ShapeClass.UNKNOWN
    return code


def _peaks(profile: FloatArray, limits: ShapeLimits) -> IntArray:
    """Number of prominent maxima of a day smoothed over an hour: 0...3.

    A dip counts when it lies ``prominence`` of the maximum below the maxima on both of its sides: at noon between
    morning and afternoon, and before the evening; the only maximum must stand out of the day's minimum by as much
    """
    slots = profile.shape[1]
    wide = max(slots // 24, 1)
    ring = np.concatenate([profile, profile[:, : wide - 1]], axis=1)
    smooth = np.stack([ring[:, i : i + slots] for i in range(wide)]).mean(axis=0)
    smooth = np.where(np.isnan(smooth), 0.0, smooth)
    noon_begin, noon_end = limits.noon_h
    evening_begin = limits.evening_h[0] - 0.5

    def highest(begin: float, end: float) -> FloatArray:
        return np.asarray(smooth[:, within(slots, (begin, end))].max(axis=1))

    def lowest(begin: float, end: float) -> FloatArray:
        return np.asarray(smooth[:, within(slots, (begin, end))].min(axis=1))

    morning, afternoon, evening = (
        highest(6.0, noon_begin),
        highest(noon_end, evening_begin),
        highest(evening_begin, 23.0),
    )
    noon_dip = np.minimum(morning, afternoon) - lowest(noon_begin, noon_end) >= limits.prominence
    late = lowest(noon_end + 1.0, evening_begin + 2.0)
    evening_dip = np.minimum(afternoon, evening) - late >= limits.prominence
    single = smooth.max(axis=1) - smooth.min(axis=1) >= limits.prominence
    return np.where(noon_dip & evening_dip, 3, np.where(noon_dip | evening_dip, 2, np.where(single, 1, 0)))
