"""Indicators of energy intensity. Source: domain facts 5.3; every formula as published, the sign told.

Intensity e = E / V with V in constant prices. The change d = (1 + gE) / (1 + gV) - 1; a decline is d < 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.ratios import ratio
from domain.arrays import FloatArray
from domain.errors import Invalid


def intensity(energy: FloatArray, value_added_10k_cny: FloatArray) -> FloatArray:
    """Energy per 10,000 CNY of value added; NaN where value added is not above zero (no intensity, not infinity)."""
    return ratio(energy, value_added_10k_cny, np.asarray(value_added_10k_cny) > 0)


def growth(now: FloatArray, before: FloatArray) -> FloatArray:
    """now / before - 1; NaN where the base is not above zero."""
    return ratio(now, before, np.asarray(before) > 0) - 1


def intensity_change(energy_growth: FloatArray, real_growth: FloatArray) -> FloatArray:
    """d = (1 + gE) / (1 + gV) - 1: the official formula, with REAL growth of value added."""
    whole = 1 + np.asarray(real_growth, dtype=np.float64)
    return ratio(1 + np.asarray(energy_growth, dtype=np.float64), whole, whole > 0) - 1


def elasticity(energy_growth: FloatArray, real_growth: FloatArray) -> FloatArray:
    """能源消费弹性系数 gE / gV; NaN where value added hardly moved (below 0.05 %), for the ratio then says nothing."""
    return ratio(energy_growth, real_growth, np.abs(real_growth) >= 5e-4)


def energy_saved_tce(intensity_before: FloatArray, intensity_now: FloatArray, value_added: FloatArray) -> FloatArray:
    """节能量 (e0 - e1) V1 [tce]; value_added in constant prices [10,000 CNY]"""
    return np.asarray((np.asarray(intensity_before) - np.asarray(intensity_now)) * np.asarray(value_added))


def constant_price(value_before: FloatArray, real_growth: FloatArray) -> FloatArray:
    """V1 = V0 (1 + gV): the base year's value chained by official real growth, never current prices."""
    return np.asarray(np.asarray(value_before) * (1 + np.asarray(real_growth)))


def yearly_decline(total: float, years: int) -> float:
    """The even yearly path to a total decline: 1 - (1 - D)^(1/n). 13.5 % over five years is 2.86 % a year."""
    if not 0.0 <= total < 1.0 or years < 1:
        raise Invalid(f"a target of {total:g} over {years} years is none: 0.135 over 5 is 13.5 % in five years")
    return float(1 - (1 - total) ** (1 / years))


@dataclass(frozen=True, slots=True)
class Progress:
    """achieved, scheduled : cumulative decline so far, 0.05 = 5 % down; share : achieved / scheduled"""

    achieved: float
    scheduled: float
    share: float


def progress(intensity_start: float, intensity_now: float, *, yearly: float, years_passed: float) -> Progress:
    """进度 of a path that declines by ``yearly`` each year, ``years_passed`` of them, fractions of a year included."""
    if intensity_start <= 0 or years_passed <= 0:
        raise Invalid("progress needs a start above zero and time that has passed")
    achieved = 1 - intensity_now / intensity_start
    scheduled = 1 - (1 - yearly) ** years_passed
    return Progress(achieved, scheduled, achieved / scheduled if scheduled > 0 else float("nan"))


@dataclass(frozen=True, slots=True)
class Implied:
    """A figure implied by others, with the interval their rounding leaves."""

    value: float
    low: float
    high: float


def implied_value_added(
    energy_tce: float, intensity_tce: float, *, energy_step: float, intensity_step: float
) -> Implied:
    """Value added out of energy and intensity as printed, each rounded to its step [10,000 CNY]"""
    half_energy, half = energy_step / 2, intensity_step / 2
    if intensity_tce <= half:
        raise Invalid("an intensity this small rounds to nothing: no value added is implied")
    return Implied(
        energy_tce / intensity_tce,
        (energy_tce - half_energy) / (intensity_tce + half),
        (energy_tce + half_energy) / (intensity_tce - half),
    )
