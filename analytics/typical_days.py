"""Typical days (典型日) of many sites: curves that stand for a kind of day, and the days they were made of.

Source: domain facts 4.3 (maximum workday, mean workday, weekend, holiday, hottest five workdays, spring base; days with
events or orders apart; make-up workdays are workdays)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analytics.ratios import ratio
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.errors import Invalid

HOTTEST = 5


class TypicalDay(StrEnum):
    MAXIMUM_WORKDAY = "maximum_workday"
    MEAN_WORKDAY = "mean_workday"
    MEDIAN_WORKDAY = "median_workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    HOTTEST_WORKDAYS = "hottest_workdays"
    SPRING_BASE = "spring_base"
    EVENT = "event"


@dataclass(frozen=True, slots=True, eq=False)
class DayKinds:
    """What each day is, shape (d,) each.

    workday : make-up workdays included; weekend, holiday : not worked
    spring : the day lies in the season of the cooling base; maximum_c : highest temperature, NaN = unknown [degC]
    """

    workday: BoolArray
    weekend: BoolArray
    holiday: BoolArray
    spring: BoolArray
    maximum_c: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class TypicalCurves:
    """curve_kw : shape (s, slots), NaN = no such day or the slot was not measured on any [kW]
    used : shape (s, d), the days it was made of
    """

    curve_kw: FloatArray
    used: BoolArray

    @property
    def days(self) -> IntArray:
        return np.asarray(self.used.sum(axis=1), dtype=np.int64)


def typical_days(
    clock_kw: FloatArray,
    counted: BoolArray,
    event: BoolArray,
    kinds: DayKinds,
    *,
    base_band_c: tuple[float, float] = (15.0, 25.0),
    hottest: int = HOTTEST,
) -> dict[TypicalDay, TypicalCurves]:
    """Typical days of many sites.

    clock_kw : shape (s, d, slots), demand by day and slot of the clock; NaN = missing [kW]
    counted : shape (s, d), days complete enough; event : shape (s, d), days with events or orders of the site, which
        stand for themselves and enter nothing else
    base_band_c : daily maximum of a spring base day [degC]
    """
    if clock_kw.shape[:2] != counted.shape or counted.shape != event.shape or len(kinds.workday) != counted.shape[1]:
        raise Invalid(f"days of shape {clock_kw.shape}, {counted.shape}, {event.shape} do not fit together")
    usable = counted & ~event
    work = usable & kinds.workday
    low, high = base_band_c
    warm = np.where(np.isnan(kinds.maximum_c), -np.inf, kinds.maximum_c)
    chosen = {
        TypicalDay.MAXIMUM_WORKDAY: _highest(clock_kw, work),
        TypicalDay.MEAN_WORKDAY: work,
        TypicalDay.WEEKEND: usable & kinds.weekend,
        TypicalDay.HOLIDAY: usable & kinds.holiday,
        TypicalDay.HOTTEST_WORKDAYS: _hottest(work & ~np.isnan(kinds.maximum_c), warm, hottest),
        TypicalDay.SPRING_BASE: work & kinds.spring & (warm >= low) & (warm <= high),
        TypicalDay.EVENT: counted & event,
    }
    found = {kind: TypicalCurves(mean_curve(clock_kw, used), used) for kind, used in chosen.items()}
    found[TypicalDay.MEDIAN_WORKDAY] = TypicalCurves(median_curve(clock_kw, work), work)
    return found


def mean_curve(clock_kw: FloatArray, used: BoolArray) -> FloatArray:
    """Mean of the used days, slot by slot over those that have a value. Shapes (s, d, slots), (s, d) -> (s, slots)"""
    weight = used.astype(np.float64)
    there = ~np.isnan(clock_kw)
    count = np.einsum("sd,sdt->st", weight, there)
    total = np.einsum("sd,sdt->st", weight, np.where(there, clock_kw, 0.0))
    return ratio(total, count)


def median_curve(clock_kw: FloatArray, used: BoolArray) -> FloatArray:
    """Median of the used days, slot by slot over those that have a value. Shapes as ``mean_curve``"""
    ordered = np.sort(np.where(used[..., None], clock_kw, np.nan), axis=1)  # NaN last
    count = (~np.isnan(ordered)).sum(axis=1)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[:, None, :], axis=1)[:, 0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, max(clock_kw.shape[1] - 1, 0))[:, None, :], axis=1)[:, 0]
    return np.where(count > 0, (low + high) / 2, np.nan)


def _highest(clock_kw: FloatArray, work: BoolArray) -> BoolArray:
    """The workday with the highest block of each site, the first of equals."""
    known = np.where(np.isnan(clock_kw), -np.inf, clock_kw).max(axis=2, initial=-np.inf)
    daily = np.where(work, known, -np.inf)
    at = daily.argmax(axis=1)
    used = np.zeros(work.shape, dtype=np.bool_)
    rows = np.arange(len(work))
    used[rows, at] = np.isfinite(daily[rows, at])
    return used


def _hottest(work: BoolArray, maximum_c: FloatArray, hottest: int) -> BoolArray:
    """The ``hottest`` warmest usable workdays of each site; none where it has fewer."""
    heat = np.where(work, maximum_c, -np.inf)
    order = np.argsort(-heat, axis=1, kind="stable")[:, :hottest]
    used = np.zeros(work.shape, dtype=np.bool_)
    np.put_along_axis(used, order, np.take_along_axis(work, order, axis=1), axis=1)
    return np.asarray(used & (used.sum(axis=1) == hottest)[:, None])
