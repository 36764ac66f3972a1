"""Coal equivalents, electricity and value added of every enterprise and month, worked out once for all groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from analytics.intensity.coal import KGCE_PER_TCE
from config.energy_factors import EnergyFactorTable
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.energy import Basis
from domain.errors import InsufficientData
from domain.ids import EnterpriseId
from response.intensity.statements import ELECTRICITY, Output, Statements


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Of n enterprises and m months, every array of shape (n, m), NaN = unknown.

    full_tce, assessed_tce : by basis; assessed is less what the rule of the year takes off (考核口径)
    no_factor : (basis, place of the month) -> why some carrier has no factor then
    value_10k_cny : as reported; base_year : of its constant prices, 0 = current prices or unknown
    real_growth : official growth against the year before; estimated : of the value added
    standing : places in STANDINGS, -1 = unknown; electricity_only : nothing but meters is known
    metered_short : the meters were to give the electricity and told too little of the month
    stated : there is a statement that is more than metered electricity, and its electricity is known
    """

    enterprises: tuple[EnterpriseId, ...]
    months: tuple[date, ...]
    full_tce: dict[Basis, FloatArray]
    assessed_tce: dict[Basis, FloatArray]
    no_factor: dict[tuple[Basis, int], str]
    electricity_kwh: FloatArray
    value_10k_cny: FloatArray
    base_year: IntArray
    real_growth: FloatArray
    estimated: BoolArray
    standing: FloatArray
    electricity_only: BoolArray
    metered_short: BoolArray
    stated: BoolArray

    def part(self, chosen: slice) -> Panel:
        """Only the months ``chosen``."""
        return Panel(
            enterprises=self.enterprises,
            months=self.months[chosen],
            full_tce={basis: each[:, chosen] for basis, each in self.full_tce.items()},
            assessed_tce={basis: each[:, chosen] for basis, each in self.assessed_tce.items()},
            no_factor={
                (basis, month - (chosen.start or 0)): reason for (basis, month), reason in self.no_factor.items()
            },
            electricity_kwh=self.electricity_kwh[:, chosen],
            value_10k_cny=self.value_10k_cny[:, chosen],
            base_year=self.base_year[:, chosen],
            real_growth=self.real_growth[:, chosen],
            estimated=self.estimated[:, chosen],
            standing=self.standing[:, chosen],
            electricity_only=self.electricity_only[:, chosen],
            metered_short=self.metered_short[:, chosen],
            stated=self.stated[:, chosen],
        )

    def chained_to(self, before: Panel) -> Panel:
        """Value added in current prices becomes last year's constant-price value grown by the official real rate."""
        chain = (self.base_year == 0) & (before.base_year > 0) & ~np.isnan(self.real_growth)
        value = np.where(chain, before.value_10k_cny * (1 + self.real_growth), self.value_10k_cny)
        return replace(self, value_10k_cny=value, base_year=np.where(chain, before.base_year, self.base_year))


def panel(statements: Statements, output: Output, table: EnergyFactorTable, region: str) -> Panel:
    no_factor: dict[tuple[Basis, int], str] = {}
    full, assessed = {}, {}
    rules = [table.assessment_rule(month.year) for month in statements.months]
    counted = np.array([rule is not None and not rule.without_feedstock for rule in rules])[None, :, None]
    taken_off = np.array([rule is not None and rule.without_certified_non_fossil for rule in rules])[None, :, None]
    for basis in Basis:
        kgce = _factors(statements, table, basis, region, no_factor) / KGCE_PER_TCE
        full[basis] = _sum(statements.consumption, kgce)
        change = np.where(counted, statements.feedstock, 0.0) - np.where(taken_off, statements.certified, 0.0)
        assessed[basis] = full[basis] + _sum(np.nan_to_num(change), kgce)
        for each in (full[basis], assessed[basis]):
            each[statements.electricity_only] = np.nan
    return Panel(
        enterprises=statements.enterprises,
        months=statements.months,
        full_tce=full,
        assessed_tce=assessed,
        no_factor=no_factor,
        electricity_kwh=statements.consumption[:, :, statements.carriers.index(ELECTRICITY)],
        value_10k_cny=output.value_10k_cny,
        base_year=output.base_year,
        real_growth=output.real_growth,
        estimated=output.estimated,
        standing=statements.standing,
        electricity_only=statements.electricity_only,
        metered_short=statements.metered_short,
        stated=(statements.standing >= 0) & ~statements.electricity_only & ~statements.metered_short,
    )


def _sum(use: FloatArray, factor: FloatArray) -> FloatArray:
    """Over carriers; a carrier that is not used needs no factor."""
    return np.asarray(np.where(use == 0, 0.0, use * factor).sum(axis=2))


def _factors(
    statements: Statements,
    table: EnergyFactorTable,
    basis: Basis,
    region: str,
    no_factor: dict[tuple[Basis, int], str],
) -> FloatArray:
    """kgce per unit, shape (n, m, c) or (1, m, c), NaN where the table has none for the year."""
    used = (np.nan_to_num(statements.consumption) > 0) | (np.nan_to_num(statements.feedstock) > 0)
    used_by_any = used.any(axis=0)
    kgce = np.zeros((1, *used_by_any.shape))
    for j, k in np.argwhere(used_by_any).tolist():
        try:
            kgce[0, j, k] = table.coal(statements.carriers[k], basis, statements.months[j].year, region=region).kgce
        except InsufficientData as error:
            kgce[0, j, k] = np.nan
            no_factor[basis, j] = error.reason
    measured = statements.kgce_measured
    return kgce if np.isnan(measured).all() else np.where(np.isnan(measured), kgce, measured)
