"""Load characteristics of weeks, months, quarters, years and any other run of days, from the figures of their days.

Source: domain facts 4.2. Only counted days enter; a period says how many it rests on, and has no figures when they are
fewer than the share it needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.day_figures import DayFigures
from analytics.ratios import ratio
from analytics.verdicts import Verdict, first_of
from domain.arrays import CodeArray, FloatArray, IntArray
from domain.errors import Invalid

MINIMUM_DAYS_SHARE = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class PeriodFigures:
    """Shape (s, p) each but ``days`` and ``hours`` (p,); NaN (-1 for days) where too few days count.

    days : days of each period that were asked for; hours : their length [h]; counted : days the figures rest on
    maximum_day, minimum_day : index of the first day with the extreme
    energy_kwh : mean load of the counted days x length of the period; estimated where days are missing [kWh]
    mean_kw : mean load of the counted days by the hour [kW]
    load_factor : mean_kw / maximum_kw; mean_load_factor (月平均日负荷率) : mean of the days' gamma
    imbalance (月不均衡系数) : mean daily energy / energy of the day with the most
    maximum_peak_valley_kw, maximum_peak_valley_ratio : largest of a day; mean_peak_valley_ratio : mean of the days
    """

    days: IntArray
    hours: FloatArray
    counted: IntArray
    verdict: CodeArray
    maximum_kw: FloatArray
    maximum_day: IntArray
    minimum_kw: FloatArray
    minimum_day: IntArray
    mean_kw: FloatArray
    energy_kwh: FloatArray
    load_factor: FloatArray
    mean_load_factor: FloatArray
    minimum_load_factor: FloatArray
    imbalance: FloatArray
    maximum_peak_valley_kw: FloatArray
    maximum_peak_valley_ratio: FloatArray
    mean_peak_valley_ratio: FloatArray


def period_figures(
    days: DayFigures, period: IntArray, *, minimum_days_share: float = MINIMUM_DAYS_SHARE
) -> PeriodFigures:
    """Figures of consecutive periods.

    days : figures of s sites and d days; period : shape (d,), number of each day's period, 0, 0, ... 1, 1, ... p - 1
    minimum_days_share : share of a period's days that must count
    """
    if period.shape != (days.counted.shape[1],) or not len(period):
        raise Invalid(f"{days.counted.shape[1]} days need as many period numbers, not shape {period.shape}")
    starts = np.flatnonzero(np.diff(period, prepend=period[0] - 1))
    if (np.diff(period) < 0).any():
        raise Invalid("periods must be runs of neighbouring days")
    due = np.diff(np.append(starts, len(period)))
    counted = np.add.reduceat(days.counted, starts, axis=1, dtype=np.int64)
    enough = (counted > 0) & (counted >= minimum_days_share * due - 1e-9)
    measured = np.logical_or.reduceat(days.completeness > 0, starts, axis=1)
    hours = np.add.reduceat(days.hours, starts)
    measured_h = np.add.reduceat(np.where(days.counted, days.hours, 0.0), starts, axis=1)
    energy = days.energy_kwh
    mean_kw = ratio(np.add.reduceat(_zero(energy), starts, axis=1), measured_h, enough)
    maximum, maximum_day = _extreme(days.maximum_kw, starts, enough, sign=1.0)
    minimum, minimum_day = _extreme(days.minimum_kw, starts, enough, sign=-1.0)
    positive = enough & (maximum > 0)
    most_kwh, _ = _extreme(energy, starts, enough, sign=1.0)
    mean_day_kwh = ratio(np.add.reduceat(_zero(energy), starts, axis=1), counted, enough)
    gamma = days.load_factor
    return PeriodFigures(
        days=due,
        hours=hours,
        counted=counted,
        verdict=first_of((Verdict.NO_DATA, ~measured), (Verdict.FEW_DAYS, ~enough)),
        maximum_kw=maximum,
        maximum_day=maximum_day,
        minimum_kw=minimum,
        minimum_day=minimum_day,
        mean_kw=mean_kw,
        energy_kwh=np.asarray(mean_kw * hours),
        load_factor=ratio(mean_kw, maximum, positive),
        mean_load_factor=_mean(gamma, starts, enough),
        minimum_load_factor=ratio(minimum, maximum, positive),
        imbalance=ratio(mean_day_kwh, most_kwh, enough & (most_kwh > 0)),  # sigma
        maximum_peak_valley_kw=_extreme(days.peak_valley_kw, starts, enough, sign=1.0)[0],
        maximum_peak_valley_ratio=_extreme(days.peak_valley_ratio, starts, enough, sign=1.0)[0],
        mean_peak_valley_ratio=_mean(days.peak_valley_ratio, starts, enough),
    )


def _zero(values: FloatArray) -> FloatArray:
    return np.where(np.isnan(values), 0.0, values)


def _mean(values: FloatArray, starts: IntArray, enough: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> FloatArray:
    """Mean of the days that have a value."""
    there = np.add.reduceat(~np.isnan(values), starts, axis=1, dtype=np.int64)
    return ratio(np.add.reduceat(_zero(values), starts, axis=1), there, enough & (there > 0))


def _extreme(
    values: FloatArray, starts: IntArray, enough: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], *, sign: float
) -> tuple[FloatArray, IntArray]:
    """Largest (sign 1) or smallest (sign -1) value of each period and the first day that has it."""
    signed = np.where(np.isnan(values), -np.inf, values * sign)
    best = np.maximum.reduceat(signed, starts, axis=1)
    known = enough & np.isfinite(best)
    number = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, values.shape[1])))
    first = np.where(signed == best[:, number], np.arange(values.shape[1]), values.shape[1])
    day = np.minimum.reduceat(first, starts, axis=1)
    return np.where(known, sign * best, np.nan), np.where(known, day, -1)
