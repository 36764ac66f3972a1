"""Where the year will end: what is known of it over the share of the year that such months were in past years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from domain.arrays import FloatArray
from domain.errors import InsufficientData

#: Of a two-sided band of 80 %.
BAND_QUANTILE = 0.9
BAND_Z = float(ndtri(BAND_QUANTILE))


@dataclass(frozen=True, slots=True)
class YearEnd:
    """value with its 80 % band; known : months that are known, growth : of them against the same months before

    season_years : past years the season is made of; 1 = the year before alone
    """

    value: float
    low: float
    high: float
    known: int
    growth: float
    season_years: int = 1


def year_end(
    months: FloatArray, before: FloatArray, older: FloatArray | None = None, *, minimum_months: int = 3
) -> YearEnd:
    """The year's total.

    months : shape (12,), this year's figures, NaN = not known yet; before : shape (12,), the year before, all known
    older : shape (k, 12), years before that; one with a gap is passed over
    The total is what is known over the mean share of the year that the same months were in past years. The band comes
    from the spread of that share between years (Student's t, for years are few); of one past year alone there is none,
    and it comes from how much the growth of single months scattered. Both shrink as the year fills.
    Raises InsufficientData with fewer known months than ``minimum_months`` or a year before with gaps.
    """
    known = ~np.isnan(months)
    count = int(known.sum())
    if np.isnan(before).any() or not (before > 0).all():
        raise InsufficientData("上年有缺月，无法推算全年 / the year before has months without a figure")
    if count < minimum_months:
        raise InsufficientData(
            f"仅有{count}个月数据，需要{minimum_months}个月 / {count} months are known, {minimum_months} needed",
            coverage=count / 12,
        )
    growth = float(months[known].sum() / before[known].sum() - 1)
    sofar, seasons = float(months[known].sum()), _seasons(before, older)
    shares = seasons[:, known].sum(axis=1)
    value, years = sofar / float(shares.mean()), len(seasons)
    if count == 12:
        return YearEnd(sofar, sofar, sofar, count, growth, years)
    if years > 1:
        spread = float(np.std(sofar / shares, ddof=1)) * float(np.sqrt(1 + 1 / years))
        half = float(stdtrit(years - 1, BAND_QUANTILE)) * spread
        # What is known is used already: no year ends below it.
        return YearEnd(value, max(value - half, min(sofar, value)), value + half, count, growth, years)
    rest = before[~known] * (1 + growth)
    single = months[known] / before[known] - 1
    scatter = float(np.std(single, ddof=1)) if count > 1 else abs(growth)
    # The common growth is known to scatter / sqrt(count); each month to come scatters by itself on top.
    spread = scatter * float(np.sqrt(rest.sum() ** 2 / count + (rest**2).sum()))
    return YearEnd(value, value - BAND_Z * spread, value + BAND_Z * spread, count, growth)


def _seasons(before: FloatArray, older: FloatArray | None) -> FloatArray:
    """Each whole year's months as shares of its total, shape (years, 12); the year before always among them."""
    years = before[None, :] if older is None else np.vstack([older, before[None, :]])
    whole = (years > 0).all(axis=1)
    return np.asarray(years[whole] / years[whole].sum(axis=1, keepdims=True))


def ratio_band(part: YearEnd, whole: YearEnd) -> tuple[float, float, float]:
    """part / whole with a band: value, low, high. Relative half-bands add as squares, as of independent figures."""
    value = part.value / whole.value
    spread = np.hypot((part.high - part.low) / 2 / part.value, (whole.high - whole.low) / 2 / whole.value)
    return value, value * float(1 - spread), value * float(1 + spread)
