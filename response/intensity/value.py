"""Value added per kilowatt-hour: what a kilowatt-hour less would cost, for orders that spare the productive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from domain.ids import EnterpriseId
from domain.people import Principal
from response.intensity.books import Books

CNY_PER_10K = 10_000.0
#: Fewer months than these say little of a year with seasons.
MINIMUM_MONTHS = 3


@dataclass(frozen=True, slots=True)
class ValuePerKwh:
    """source : months and prices it stands on; reason : why there is none"""

    yuan_per_kwh: float | None
    source: str
    reason: str


def values_per_kwh(
    books: Books, principal: Principal, enterprises: Sequence[EnterpriseId] | None, year: int
) -> dict[EnterpriseId, ValuePerKwh]:
    """Of the months of the year in which both value added and electricity are known."""
    first, last = date(year, 1, 1), date(year, 12, 1)
    chosen = books.chosen(principal, last, enterprises=enterprises)
    panel = books.panel(principal, first, last, chosen)
    found = {}
    for i, enterprise in enumerate(chosen):
        value, kwh, bases = panel.value_10k_cny[i], panel.electricity_kwh[i], panel.base_year[i]
        both = ~np.isnan(value) & ~np.isnan(kwh)
        prices = {int(base) for base in bases[both]}
        if not both.any():
            missing = "增加值" if np.isnan(value).all() else "用电量"
            found[enterprise] = ValuePerKwh(None, "", f"{year}年缺少{missing} / nothing to divide in {year}")
        elif len(prices) > 1:
            found[enterprise] = ValuePerKwh(None, "", "增加值价格口径不一 / value added stands in different prices")
        else:
            found[enterprise] = _ratio(value[both].sum(), kwh[both].sum(), int(both.sum()), prices.pop(), year)
    return found


def _ratio(value_10k_cny: float, kwh: float, months: int, base_year: int, year: int) -> ValuePerKwh:
    prices = f"{base_year}年可比价" if base_year else "现价"
    source = f"{year}年{months}个月，{prices}"
    if months < MINIMUM_MONTHS:
        return ValuePerKwh(None, source, f"仅有{months}个月 / {months} months are known, {MINIMUM_MONTHS} needed")
    if kwh <= 0:
        return ValuePerKwh(None, source, "没有用电 / no electricity was used")
    return ValuePerKwh(float(value_10k_cny) * CNY_PER_10K / float(kwh), source, "")
