"""CO2 of energy use by the factors of year and region: electricity at the grid's, fuels burned, heat bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.intensity.indicators import intensity_change
from config.energy_factors import EnergyFactorTable, GridCo2
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.errors import InsufficientData
from domain.ids import EnterpriseId
from domain.series import Figure
from response.intensity.figures import (
    ELECTRICITY_ONLY,
    METERED_SHORT,
    NO_BASE,
    NO_STATEMENT,
    Accounts,
    in_constant_prices,
    rate,
    value_of,
)
from response.intensity.statements import ELECTRICITY, Statements

KG_PER_T = 1000.0


@dataclass(frozen=True, slots=True)
class GridUsed:
    """The factor that ``year`` was worked out with; provincial ones lag about two years, so an earlier year's may
    stand in.
    """

    year: int
    factor: GridCo2
    stands_in: bool


@dataclass(frozen=True, slots=True, eq=False)
class Co2Panel:
    """Of shape (n, m), NaN = unknown [t]. grids : by year of use; missing : why something has no factor

    certified_t : of the electricity, covered by green certificates; a location-based account does not take it off
    electricity_only, metered_short : shape (n, m)
    """

    electricity_t: FloatArray
    fuel_t: FloatArray
    heat_t: FloatArray
    certified_t: FloatArray
    electricity_only: BoolArray
    metered_short: BoolArray
    grids: dict[int, GridUsed]
    missing: str

    def part(self, chosen: slice) -> Co2Panel:
        """Only the months ``chosen``."""
        return Co2Panel(
            self.electricity_t[:, chosen],
            self.fuel_t[:, chosen],
            self.heat_t[:, chosen],
            self.certified_t[:, chosen],
            self.electricity_only[:, chosen],
            self.metered_short[:, chosen],
            self.grids,
            self.missing,
        )


@dataclass(frozen=True, slots=True)
class Co2Figures:
    """Of a group. intensity_t : per 10,000 CNY in constant prices; growth : of the total against a year before;
    change : of the intensity by the official formula, (1 + gC) / (1 + gV) - 1
    """

    subject: str
    members: int
    total_t: Figure
    electricity_t: Figure
    fuel_t: Figure
    heat_t: Figure
    certified_t: Figure
    intensity_t: Figure
    growth: Figure
    change: Figure


def grid_used(table: EnergyFactorTable, year: int, region: str) -> GridUsed:
    """The year's own factor, else the newest before it. Raises InsufficientData."""
    newest = table.newest_grid_year(year, region)
    return GridUsed(year, table.grid(year if newest is None else newest, region), newest != year)


def co2_panel(statements: Statements, table: EnergyFactorTable, region: str) -> Co2Panel:
    use, electricity = statements.consumption, statements.carriers.index(ELECTRICITY)
    missing: list[str] = []
    grids: dict[int, GridUsed] = {}
    per_kwh = np.full(len(statements.months), np.nan)
    for j, month in enumerate(statements.months):
        try:
            grids[month.year] = grid_used(table, month.year, region)
            per_kwh[j] = grids[month.year].factor.kg_per_kwh
        except InsufficientData as error:
            missing.append(error.reason)
    fuel, heat = np.zeros(use.shape[:2]), np.zeros(use.shape[:2])
    for k, name in enumerate(statements.carriers):
        if k == electricity:
            continue
        if table.of(name).fuel or table.of(name).medium:
            fuel += _burned(use[:, :, k], name, table, missing)
        else:
            heat += use[:, :, k] * _heat_kg(statements.months, name, table, missing)
    kwh, certified = use[:, :, electricity], statements.certified[:, :, electricity]
    return Co2Panel(
        electricity_t=kwh * per_kwh / KG_PER_T,
        fuel_t=fuel / KG_PER_T,
        heat_t=heat / KG_PER_T,
        certified_t=np.nan_to_num(certified) * per_kwh / KG_PER_T,
        electricity_only=statements.electricity_only,
        metered_short=statements.metered_short,
        grids=grids,
        missing="；".join(dict.fromkeys(missing)),
    )


def _burned(use: FloatArray, name: str, table: EnergyFactorTable, missing: list[str]) -> FloatArray:
    """kg of CO2; a medium burns nothing, a fuel without a factor is unknown where it is used."""
    carrier = table.of(name)
    if carrier.medium:
        return np.zeros(use.shape)
    if carrier.co2_kg is not None:
        return use * carrier.co2_kg
    if (np.nan_to_num(use) > 0).any():
        missing.append(f"{carrier.name_zh}没有碳排放因子，请在 energy_factors.toml 中补充 / no CO2 factor of {name}")
    return np.where(use == 0, 0.0, np.nan)


def _heat_kg(months: Sequence[date], name: str, table: EnergyFactorTable, missing: list[str]) -> FloatArray:
    """kg of CO2 of each month for a unit of heat or steam bought, NaN where the year has no factor."""
    found = np.full(len(months), np.nan)
    for j, month in enumerate(months):
        try:
            found[j] = table.heat_mj(name, month.year) * table.heat_co2.kg_per_mj
        except InsufficientData as error:
            missing.append(error.reason)
    return found


class Co2Accounts:
    """A period and the same one a year before, on top of the accounts of the same enterprises."""

    def __init__(self, now: Co2Panel, before: Co2Panel, accounts: Accounts) -> None:
        self._now = now
        self._before = before
        self._accounts = accounts

    def figures(self, subject: str, chosen: Sequence[EnterpriseId]) -> Co2Figures:
        rows = self._accounts.rows(chosen)
        total, before = _total(self._now, rows), _total(self._before, rows)
        panel = self._accounts.now
        real = self._accounts.real_growth(rows)
        growth = _grown(total, before)
        return Co2Figures(
            subject=subject,
            members=len(rows),
            total_t=total,
            electricity_t=_sum(self._now.electricity_t[rows], _electricity_missing(self._now, rows)),
            fuel_t=_sum(np.where(self._now.electricity_only[rows], np.nan, self._now.fuel_t[rows]), self._now.missing),
            heat_t=_sum(np.where(self._now.electricity_only[rows], np.nan, self._now.heat_t[rows]), self._now.missing),
            certified_t=_sum(self._now.certified_t[rows], self._now.missing),
            intensity_t=rate(total, value_of(panel, rows), constant=in_constant_prices(panel, rows)),
            growth=growth,
            change=_changed(growth, real),
        )


def _total(panel: Co2Panel, rows: IntArray) -> Figure:
    found = panel.electricity_t[rows] + panel.fuel_t[rows] + panel.heat_t[rows]
    if panel.electricity_only[rows].any():
        share = float((~panel.electricity_only[rows]).mean())
        return Figure(None, share, ELECTRICITY_ONLY.replace("综合能耗", "碳排放总量"))
    figure = _sum(found, _electricity_missing(panel, rows))
    stands_in = any(grid.stands_in for grid in panel.grids.values())
    return Figure(figure.value, figure.coverage, figure.reason, estimated=stands_in)


def _electricity_missing(panel: Co2Panel, rows: IntArray) -> str:
    return METERED_SHORT if panel.metered_short[rows].any() else panel.missing


def _sum(found: FloatArray, missing: str) -> Figure:
    known = ~np.isnan(found)
    share = float(known.mean()) if found.size else 0.0
    if not found.size or not known.all():
        return Figure(None, share, missing or NO_STATEMENT)
    return Figure(float(found.sum()), share)


def _grown(now: Figure, before: Figure) -> Figure:
    if now.value is None:
        return Figure(None, now.coverage, now.reason)
    if before.value is None or before.value <= 0:
        return Figure(None, before.coverage, f"{NO_BASE}: {before.reason}" if before.reason else NO_BASE)
    return Figure(now.value / before.value - 1, before.coverage, estimated=now.estimated or before.estimated)


def _changed(growth: Figure, real: Figure) -> Figure:
    share = min(growth.coverage, real.coverage)
    if growth.value is None or real.value is None:
        return Figure(None, share, growth.reason or real.reason)
    found = float(intensity_change(np.array(growth.value), np.array(real.value)))
    return Figure(None, share, NO_BASE) if np.isnan(found) else Figure(found, share, estimated=growth.estimated)


@dataclass(frozen=True, slots=True)
class Co2Answer:
    """grids : the factors used, each with its year, value and notice"""

    first: date
    last: date
    region: str
    scope_year: int | None
    grids: tuple[GridUsed, ...]
    groups: tuple[Co2Figures, ...]
