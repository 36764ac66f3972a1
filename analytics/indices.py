"""Daily load characteristics (日负荷特性指标).

Source: domain facts 4.2. A day counts when at least 90 % of its blocks were measured; ratios of incomplete days are
never formed. Days of 23 and 25 hours have 92 and 100 blocks and are judged by their own length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from analytics.energy import HOUR_S
from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid
from domain.series import Figure

MINIMUM_COMPLETENESS = 0.9


class Insufficient(StrEnum):
    """Why a daily index has no value."""

    NO_DATA = "no block of the day was measured"
    INCOMPLETE = "fewer blocks of the day were measured than required"
    NO_LOAD = "the day's maximum is not above zero, so a ratio to it means nothing"


@dataclass(frozen=True, slots=True)
class DailyIndices:
    """Indices of one scope and day; ``step_s`` says of which interval the extremes are.

    maximum_at, minimum_at : index of the first block with the extreme, None without value
    energy_kwh : mean load x length of the day; estimated where blocks are missing
    """

    step_s: int
    completeness: float
    maximum_kw: Figure
    maximum_at: int | None
    minimum_kw: Figure
    minimum_at: int | None
    mean_kw: Figure
    energy_kwh: Figure
    load_factor: Figure
    minimum_load_factor: Figure
    peak_valley_kw: Figure
    peak_valley_ratio: Figure


def daily_indices(
    demand_kw: FloatArray,
    *,
    step_s: int,
    minimum_completeness: float = MINIMUM_COMPLETENESS,
    energy_kwh: FloatArray | None = None,
) -> DailyIndices:
    """Indices of one day.

    demand_kw : shape (n,), mean power of each block of the day from its first to its last; NaN = missing [kW]
    step_s : length of a block [s]
    minimum_completeness : share of blocks that must be measured, else every figure is without value and says why
    energy_kwh : shape (n,), energy of each block with estimates counted in; the day's energy then rests on it, and
        has a value although too little was measured for the others. NaN = missing [kWh]
    """
    indices = _measured_indices(demand_kw, step_s=step_s, minimum_completeness=minimum_completeness)
    if energy_kwh is None:
        return indices
    known = energy_kwh[~np.isnan(energy_kwh)]
    measured = int((~np.isnan(demand_kw)).sum())
    if known.size <= measured or known.size / energy_kwh.size < minimum_completeness - 1e-9:
        return indices
    total = float(known.mean()) * energy_kwh.size
    return replace(indices, energy_kwh=Figure(total, indices.completeness, estimated=True))


def _measured_indices(demand_kw: FloatArray, *, step_s: int, minimum_completeness: float) -> DailyIndices:
    if demand_kw.ndim != 1 or demand_kw.size == 0:
        raise Invalid(f"a day needs a row of blocks, not an array of shape {demand_kw.shape}")
    measured = demand_kw[~np.isnan(demand_kw)]
    completeness = measured.size / demand_kw.size
    if measured.size == 0:
        return _without_value(step_s, completeness, Insufficient.NO_DATA)
    if completeness < minimum_completeness - 1e-9:
        return _without_value(step_s, completeness, Insufficient.INCOMPLETE)
    highest, lowest, mean = float(measured.max()), float(measured.min()), float(measured.mean())

    def figure(value: float) -> Figure:
        return Figure(value, completeness)

    def ratio(part: float) -> Figure:
        # A site that only exports has no load factor.
        return figure(part / highest) if highest > 0 else Figure(None, completeness, Insufficient.NO_LOAD)

    hours = demand_kw.size * step_s / HOUR_S
    return DailyIndices(
        step_s=step_s,
        completeness=completeness,
        maximum_kw=figure(highest),
        maximum_at=int(np.nanargmax(demand_kw)),
        minimum_kw=figure(lowest),
        minimum_at=int(np.nanargmin(demand_kw)),
        mean_kw=figure(mean),  # P_avg = E_day / T; T is 24 h but for the days clocks change
        energy_kwh=Figure(mean * hours, completeness, estimated=measured.size < demand_kw.size),
        load_factor=ratio(mean),  # gamma = P_avg / P_max
        minimum_load_factor=ratio(lowest),  # beta = P_min / P_max
        peak_valley_kw=figure(highest - lowest),
        peak_valley_ratio=ratio(highest - lowest),  # 1 - beta
    )


def _without_value(step_s: int, completeness: float, reason: Insufficient) -> DailyIndices:
    none = Figure(None, completeness, reason)
    return DailyIndices(step_s, completeness, none, None, none, None, none, none, none, none, none, none)


def days_indices(
    demand_kw: FloatArray,
    ts_ms: IntArray,
    day_starts_ms: IntArray,
    *,
    step_s: int,
    minimum_completeness: float = MINIMUM_COMPLETENESS,
) -> Iterator[DailyIndices]:
    """Indices of consecutive days out of one long series.

    demand_kw, ts_ms : shape (n,), blocks and their starts in time order; absent rows count as missing [kW], [ms]
    day_starts_ms : shape (d + 1,), start of each local day and the end of the last: their distances may differ [ms]
    Yields d results
    """
    step_ms = step_s * 1000
    for start_ms, end_ms in zip(day_starts_ms[:-1].tolist(), day_starts_ms[1:].tolist(), strict=True):
        low, high = np.searchsorted(ts_ms, (start_ms, end_ms))
        day_kw = np.full((end_ms - start_ms) // step_ms, np.nan)
        day_kw[(ts_ms[low:high] - start_ms) // step_ms] = demand_kw[low:high]
        yield daily_indices(day_kw, step_s=step_s, minimum_completeness=minimum_completeness)
