"""Where the year will end, with a band, against the year before and the year's task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.intensity.outlook import YearEnd, ratio_band, year_end
from domain.arrays import FloatArray, IntArray
from domain.energy import Basis
from domain.errors import InsufficientData
from response.intensity.figures import CURRENT_PRICES, in_constant_prices
from response.intensity.panel import Panel

#: Past years the season is made of, the year before among them.
SEASON_YEARS = 5


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of a group. energy_tce, electricity_kwh, value_10k_cny : None where too little is known, ``reasons`` says why

    intensity, change : (value, low, high) with an 80 % band; change is against the whole year before
    task : decline asked of the year, None = no target; on_course : whether even the band's worse end meets it,
    None = the band holds both or nothing is known
    """

    subject: str
    year: int
    basis: Basis
    energy_tce: YearEnd | None
    electricity_kwh: YearEnd | None
    value_10k_cny: YearEnd | None
    intensity: tuple[float, float, float] | None
    change: tuple[float, float, float] | None
    task: float | None
    on_course: bool | None
    reasons: tuple[str, ...]


def outlook(
    subject: str,
    now: Panel,
    before: Panel,
    rows: IntArray,
    basis: Basis,
    task: float | None,
    older: Sequence[Panel] = (),
) -> Outlook:
    """now, before, older : panels of twelve months each; months to come have no figures, older years make the season"""
    reasons: list[str] = []
    years = (now, before, *older)
    energy = _year_end("综合能耗", [each.full_tce[basis] for each in years], rows, reasons)
    electricity = _year_end("用电", [each.electricity_kwh for each in years], rows, reasons)
    value = _year_end("增加值", [each.value_10k_cny for each in years], rows, reasons)
    known = ~np.isnan(now.value_10k_cny[rows]).any(axis=0)
    one_base = in_constant_prices(before, rows) and bool(
        (now.base_year[rows][:, known] == before.base_year[rows][:, :1]).all()
    )
    if value is not None and not one_base:
        reasons.append(CURRENT_PRICES)
    intensity = change = None
    if energy is not None and value is not None and one_base and value.value > 0:
        intensity = ratio_band(energy, value)
        last_year = float(before.full_tce[basis][rows].sum() / before.value_10k_cny[rows].sum())
        change = (intensity[0] / last_year - 1, intensity[1] / last_year - 1, intensity[2] / last_year - 1)
    return Outlook(
        subject=subject,
        year=now.months[0].year,
        basis=basis,
        energy_tce=energy,
        electricity_kwh=electricity,
        value_10k_cny=value,
        intensity=intensity,
        change=change,
        task=task,
        on_course=_on_course(change, task),
        reasons=tuple(dict.fromkeys(reasons)),
    )


def _year_end(name: str, years: Sequence[FloatArray], rows: IntArray, reasons: list[str]) -> YearEnd | None:
    """Of the sum; a month in which one of the group is unknown is unknown. years : this one, and back from it"""
    now, before, *older = (each[rows].sum(axis=0) for each in years)
    try:
        return year_end(now, before, np.array(older) if older else None)
    except InsufficientData as error:
        reasons.append(f"{name}: {error.reason}")
        return None


def _on_course(change: tuple[float, float, float] | None, task: float | None) -> bool | None:
    if change is None or task is None:
        return None
    _, low, high = change
    if high <= -task:
        return True
    return False if low > -task else None


def year_months(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 1)
