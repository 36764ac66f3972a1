"""Yearly load characteristics: load factor, hours of use, seasonal factor, hours near the maximum.

Source: domain facts 4.2 (年负荷率, 年最大负荷利用小时, 季不均衡系数, 尖峰持续时间; year factor ~ gamma x sigma x rho)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.day_figures import DayFigures, pieces
from analytics.energy import HOUR_S
from analytics.period_figures import MINIMUM_DAYS_SHARE, period_figures
from analytics.ratios import ratio
from analytics.verdicts import Verdict, first_of
from domain.arrays import CodeArray, FloatArray, IntArray

MONTHS = 12


@dataclass(frozen=True, slots=True, eq=False)
class YearFigures:
    """Figures of one year, shape (s,) each; NaN where the year has too few counted days.

    days : length of the year; counted : days the figures rest on
    load_factor (年负荷率) : E / (hours x P_max); utilisation_h (年最大负荷利用小时) : E / P_max [h]
    mean_load_factor : mean daily gamma; imbalance : mean monthly sigma;
    season_factor (季不均衡系数) : mean of the 12 monthly maxima / maximum of the year, NaN unless all months are known
    product : gamma x sigma x rho, beside the load factor it approaches
    """

    days: int
    counted: IntArray
    verdict: CodeArray
    maximum_kw: FloatArray
    maximum_day: IntArray
    energy_kwh: FloatArray
    load_factor: FloatArray
    utilisation_h: FloatArray
    mean_load_factor: FloatArray
    imbalance: FloatArray
    season_factor: FloatArray

    @property
    def product(self) -> FloatArray:
        return np.asarray(self.mean_load_factor * self.imbalance * self.season_factor)


def year_figures(
    days: DayFigures, month: IntArray, *, year_days: int, minimum_days_share: float = MINIMUM_DAYS_SHARE
) -> YearFigures:
    """Figures of one calendar year.

    days : figures of s sites on the days of the year that are known of, in order
    month : shape (d,), 1...12 of each day; year_days : days the year has, 365 or 366
    minimum_days_share : share of the year's days, and of each month's, that must count
    """
    whole = period_figures(days, np.zeros(len(month), dtype=np.int64), minimum_days_share=0.0)
    counted = whole.counted[:, 0]
    enough = counted >= minimum_days_share * year_days - 1e-9
    months = period_figures(days, np.searchsorted(np.unique(month), month), minimum_days_share=minimum_days_share)
    maximum = np.where(enough, whole.maximum_kw[:, 0], np.nan)
    hours = year_days * 24.0
    energy = np.where(enough, whole.mean_kw[:, 0] * hours, np.nan)
    positive = enough & (maximum > 0)
    load_factor = ratio(energy, maximum * hours, positive)
    all_months = months.maximum_kw.shape[1] == MONTHS
    rho = np.full(len(counted), np.nan)
    if all_months:
        rho = ratio(months.maximum_kw.mean(axis=1), maximum, positive)
    return YearFigures(
        days=year_days,
        counted=counted,
        verdict=first_of((Verdict.NO_DATA, whole.verdict[:, 0] == Verdict.NO_DATA), (Verdict.FEW_DAYS, ~enough)),
        maximum_kw=maximum,
        maximum_day=np.where(enough, whole.maximum_day[:, 0], -1),
        energy_kwh=energy,
        load_factor=load_factor,
        utilisation_h=np.asarray(load_factor * hours),
        mean_load_factor=np.where(enough, whole.mean_load_factor[:, 0], np.nan),
        imbalance=_mean_of_known(months.imbalance, enough),
        season_factor=rho,
    )


def _mean_of_known(values: FloatArray, enough: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> FloatArray:
    there = ~np.isnan(values)
    count = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    return ratio(total, count, enough)


def hours_above(demand_kw: FloatArray, days: DayFigures, maximum_kw: FloatArray, shares: Sequence[float]) -> FloatArray:
    """Hours with a demand of at least each share of a maximum, on counted days (尖峰持续时间).

    demand_kw : shape (s, d, n) as given to ``day_figures`` [kW]; days : its answer
    maximum_kw : shape (s,), above 0 to have an answer [kW]; shares : such as 0.95, 0.97, 0.98
    Returns shape (s, shares) [h]; measured blocks only, so a lower bound where days are missing
    """
    lowest = min(shares)
    hours = np.zeros((len(maximum_kw), len(shares)))
    # Only days whose own maximum reaches the lowest share can hold such a block.
    reach = days.maximum_kw >= lowest * maximum_kw[:, None]
    site, day = np.nonzero(reach)
    for piece in pieces(len(site), demand_kw.shape[2] * 8):
        own, at = demand_kw[site[piece], day[piece]], site[piece]
        for column, share in enumerate(shares):
            blocks = (own >= share * maximum_kw[at, None]).sum(axis=1)
            hours[:, column] += np.bincount(at, weights=blocks, minlength=len(maximum_kw))
    hours *= days.step_s / HOUR_S
    return np.where((maximum_kw > 0)[:, None], hours, np.nan)
