"""Where the year will end: what is known of it, and the rest as last year's months grown alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import FloatArray
from domain.errors import InsufficientData

#: Standard normal quantile of an 80 % band.
BAND_Z = 1.2816


@dataclass(frozen=True, slots=True)
class YearEnd:
    """value with its 80 % band; known : months that are known, growth : of them against the same months before"""

    value: float
    low: float
    high: float
    known: int
    growth: float


def year_end(months: FloatArray, before: FloatArray, *, minimum_months: int = 3) -> YearEnd:
    """The year's total.

    months : shape (12,), this year's figures, NaN = not known yet; before : shape (12,), the year before, all known
    The unknown months are those of the year before, grown like the known ones; the band comes from how much the
    growth of single months scattered, and shrinks as the year fills.
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
    rest = before[~known] * (1 + growth)
    value = float(months[known].sum() + rest.sum())
    if count == 12:
        return YearEnd(value, value, value, count, growth)
    single = months[known] / before[known] - 1
    scatter = float(np.std(single, ddof=1)) if count > 1 else abs(growth)
    # The common growth is known to scatter / sqrt(count); each month to come scatters by itself on top.
    spread = scatter * float(np.sqrt(rest.sum() ** 2 / count + (rest**2).sum()))
    return YearEnd(value, value - BAND_Z * spread, value + BAND_Z * spread, count, growth)


def ratio_band(part: YearEnd, whole: YearEnd) -> tuple[float, float, float]:
    """part / whole with a band: value, low, high. Relative half-bands add as squares, as of independent figures."""
    value = part.value / whole.value
    spread = np.hypot((part.high - part.low) / 2 / part.value, (whole.high - whole.low) / 2 / whole.value)
    return value, value * float(1 - spread), value * float(1 + spread)
