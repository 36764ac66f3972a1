"""Where the year will end, with a band, against the year before and the year's task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.intensity.outlook import YearEnd, ratio_band, year_end
from domain.arrays import FloatArray, IntArray
from domain.energy import Basis
from domain.errors import InsufficientData
from response.intensity.figures import CURRENT_PRICES, in_constant_prices
from response.intensity.panel import Panel


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


def outlook(subject: str, now: Panel, before: Panel, rows: IntArray, basis: Basis, task: float | None) -> Outlook:
    """now, before : panels of twelve months each; months to come have no figures."""
    reasons: list[str] = []
    energy = _year_end("综合能耗", now.full_tce[basis], before.full_tce[basis], rows, reasons)
    electricity = _year_end("用电", now.electricity_kwh, before.electricity_kwh, rows, reasons)
    value = _year_end("增加值", now.value_10k_cny, before.value_10k_cny, rows, reasons)
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


def _year_end(name: str, now: FloatArray, before: FloatArray, rows: IntArray, reasons: list[str]) -> YearEnd | None:
    """Of the sum; a month in which one of the group is unknown is unknown."""
    try:
        return year_end(now[rows].sum(axis=0), before[rows].sum(axis=0))
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
