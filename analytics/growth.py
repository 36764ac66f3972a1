"""Growth told honestly: the same figures three ways, side by side, and what of it the heat made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import BoolArray, FloatArray

LEAST_COVERAGE = 0.9
LEAST_DAYS = 28


@dataclass(frozen=True, slots=True)
class Growth:
    """Shares of the earlier figure; None = too little data, ``reason`` says what is lacking.

    same_date : against the same date a year before; same_weekday : against the same weekday, 364 days before
    heat : part of same_weekday that the difference of temperature explains; corrected : the rest of it
    coverage : share of the days compared that are there on both sides
    """

    same_date: float | None
    same_weekday: float | None
    heat: float | None
    corrected: float | None
    coverage: float
    reason: str = ""


def growth(
    now_kw: FloatArray,
    same_date_kw: FloatArray,
    same_weekday_kw: FloatArray,
    *,
    now_c: FloatArray,
    same_weekday_c: FloatArray,
    fit_kw: FloatArray,
    fit_c: FloatArray,
    fit_works: BoolArray,
    works: BoolArray,
) -> Growth:
    """Daily figures compared over d days.

    now_kw, same_date_kw, same_weekday_kw : shape (d,), daily means, NaN = day not whole [kW]
    now_c, same_weekday_c : shape (d,), daily mean temperature, NaN = unknown [deg C]; works : shape (d,)
    fit_kw, fit_c, fit_works : shape (f,), the days of the earlier year the response to temperature is learnt from
    """
    pairs = ~np.isnan(now_kw) & ~np.isnan(same_weekday_kw)
    dates = ~np.isnan(now_kw) & ~np.isnan(same_date_kw)
    coverage = float(pairs.mean()) if len(pairs) else 0.0
    by_date = _ratio(now_kw, same_date_kw, dates)
    if coverage < LEAST_COVERAGE:
        return Growth(by_date, None, None, None, coverage, "days_missing")
    by_weekday = _ratio(now_kw, same_weekday_kw, pairs)
    warm = pairs & ~np.isnan(now_c) & ~np.isnan(same_weekday_c)
    if not warm.any() or warm.sum() < LEAST_COVERAGE * pairs.sum():
        return Growth(by_date, by_weekday, None, None, coverage, "temperature_missing")
    response = _response(fit_kw, fit_c, fit_works)
    if response is None or by_weekday is None:
        return Growth(by_date, by_weekday, None, None, coverage, "too_few_days_to_learn_heat")
    # Both days at the earlier year's response: what the earlier load would have been in this year's weather.
    extra_kw = _at(response, now_c[warm], works[warm]) - _at(response, same_weekday_c[warm], works[warm])
    heat = float(extra_kw.mean() / same_weekday_kw[warm].mean())
    return Growth(by_date, by_weekday, heat, by_weekday - heat, coverage)


def _ratio(above: FloatArray, below: FloatArray, where: BoolArray) -> float | None:
    if not len(where) or where.mean() < LEAST_COVERAGE or below[where].mean() <= 0:
        return None
    return float(above[where].mean() / below[where].mean() - 1)


def _design(temperature_c: FloatArray, works: BoolArray) -> FloatArray:
    """Level, workday, and degrees above 20 and below 12, for workdays and others together."""
    one = np.ones(len(temperature_c))
    return np.stack(
        [one, works.astype(float), np.maximum(temperature_c - 20, 0), np.maximum(12 - temperature_c, 0)], axis=1
    )


def _response(kw: FloatArray, temperature_c: FloatArray, works: BoolArray) -> FloatArray | None:
    there = ~np.isnan(kw) & ~np.isnan(temperature_c)
    if there.sum() < LEAST_DAYS:
        return None
    found = np.linalg.lstsq(_design(temperature_c[there], works[there]), kw[there], rcond=1e-9)[0]
    return np.asarray(found)


def _at(response: FloatArray, temperature_c: FloatArray, works: BoolArray) -> FloatArray:
    return np.asarray(_design(temperature_c, works) @ response)
