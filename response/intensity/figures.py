"""The figures of a group of enterprises over a period, in both bases, against the same period a year before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.intensity.coal import coal_use
from analytics.intensity.indicators import growth, intensity, intensity_change
from config.energy_factors import EnergyFactorTable
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.energy import Basis
from domain.errors import InsufficientData
from domain.ids import EnterpriseId
from domain.series import Figure
from response.intensity.statements import ELECTRICITY, STANDINGS, Output, Statements

NO_STATEMENT = "缺少能源报表 / energy statements are missing"
ELECTRICITY_ONLY = "仅有计量电量，不能称综合能耗 / only metered electricity is known: no comprehensive energy use"
NO_VALUE = "缺少增加值 / value added is missing"
CURRENT_PRICES = "增加值为现价，不作强度 / value added is in current prices: no intensity is made of it"
NOT_POSITIVE = "增加值不大于零 / value added is not above zero"
NO_BASE = "缺少上年同期 / the same period a year before is missing"


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """members : enterprises counted; members_known : of them with every month stated

    energy_tce : full amount by basis; assessed_tce : less what the rule of the year takes off
    reconciliation_tce : equivalent less calorific amount
    electricity_kwh, value_added_10k_cny, intensity (tce per 10,000 CNY) by basis, electricity_intensity (kWh)
    energy_growth, real_growth, change : against a year before, the last by the official formula in the basis
    standing : the weakest the figures stand on
    """

    subject: str
    first: date
    last: date
    members: int
    members_known: int
    standing: str
    energy_tce: dict[Basis, Figure]
    assessed_tce: dict[Basis, Figure]
    reconciliation_tce: Figure
    electricity_kwh: Figure
    value_added_10k_cny: Figure
    intensity: dict[Basis, Figure]
    electricity_intensity_kwh: Figure
    energy_growth: dict[Basis, Figure]
    real_growth: Figure
    change: dict[Basis, Figure]


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """Statements and output of the same months of one year."""

    statements: Statements
    output: Output

    @property
    def whole(self) -> BoolArray:
        """Enterprises with a real statement for every month, shape (n,)"""
        known = ~np.isnan(self.statements.consumption).any(axis=(1, 2))
        return np.asarray(known & ~self.statements.electricity_only.any(axis=1))


class Accounts:
    """Two like periods of the same enterprises, a year apart; ``before`` None = the earlier one is not asked for."""

    def __init__(self, now: Year, before: Year | None, table: EnergyFactorTable, region: str) -> None:
        self._now = now
        self._before = before
        self._table = table
        self._region = region

    @property
    def enterprises(self) -> tuple[EnterpriseId, ...]:
        return self._now.statements.enterprises

    def figures(self, subject: str, chosen: Sequence[EnterpriseId]) -> GroupFigures:
        """Of a group; an enterprise without a statement makes the group's energy unknown, not smaller."""
        rows = np.array([self.enterprises.index(each) for each in chosen], dtype=np.int64)
        now, months = self._now, self._now.statements.months
        energy = {basis: self._energy(now, rows, basis) for basis in Basis}
        value = _value(now, rows)
        electricity = _electricity(now, rows)
        rates = {basis: _rate(energy[basis][0], value, now.output.constant) for basis in Basis}
        grown = {basis: self._energy_growth(energy[basis][0], rows, basis) for basis in Basis}
        real = self._real_growth(value, rows)
        return GroupFigures(
            subject=subject,
            first=months[0],
            last=months[-1],
            members=len(rows),
            members_known=int(now.whole[rows].sum()),
            standing=_standing(now.statements.standing[rows]),
            energy_tce={basis: energy[basis][0] for basis in Basis},
            assessed_tce={basis: energy[basis][1] for basis in Basis},
            reconciliation_tce=_difference(energy[Basis.EQUIVALENT][0], energy[Basis.CALORIFIC][0]),
            electricity_kwh=electricity,
            value_added_10k_cny=value,
            intensity=rates,
            electricity_intensity_kwh=_rate(electricity, value, now.output.constant),
            energy_growth=grown,
            real_growth=real,
            change={basis: _change(grown[basis], real) for basis in Basis},
        )

    def _energy(self, year: Year, rows: IntArray, basis: Basis) -> tuple[Figure, Figure]:
        """Full and assessed amount [tce]"""
        whole = year.whole[rows]
        share = float(whole.mean()) if len(rows) else 0.0
        if not len(rows) or not whole.all():
            only = year.statements.electricity_only[rows].any() if len(rows) else False
            reason = ELECTRICITY_ONLY if only else NO_STATEMENT
            return Figure(None, share, reason), Figure(None, share, reason)
        try:
            kgce = year.statements.factors(self._table, basis, self._region)[rows]
        except InsufficientData as error:
            return Figure(None, share, error.reason), Figure(None, share, error.reason)
        use = year.statements.consumption[rows]
        rules = [self._table.assessment_rule(month.year) for month in year.statements.months]
        counted = np.array([rule is not None and not rule.without_feedstock for rule in rules])[None, :, None]
        taken_off = np.array([rule is not None and rule.without_certified_non_fossil for rule in rules])[None, :, None]
        found = coal_use(use, kgce, certified=np.where(taken_off, year.statements.certified[rows], 0.0))
        feedstock = coal_use(np.where(counted, year.statements.feedstock[rows], 0.0), kgce).full_tce.sum()
        return Figure(float(found.full_tce.sum()), share), Figure(float(found.assessed_tce.sum() + feedstock), share)

    def _energy_growth(self, now: Figure, rows: IntArray, basis: Basis) -> Figure:
        if now.value is None or self._before is None:
            return Figure(None, now.coverage, now.reason or NO_BASE)
        before = self._energy(self._before, rows, basis)[0]
        if before.value is None:
            return Figure(None, before.coverage, f"{NO_BASE}: {before.reason}")
        return _figure(growth(np.array(now.value), np.array(before.value)), before.coverage, NO_BASE)

    def _real_growth(self, value: Figure, rows: IntArray) -> Figure:
        """From values in the same constant prices; from official growth rates where a single enterprise reports one."""
        if self._before is None or value.value is None:
            return Figure(None, value.coverage, value.reason or NO_BASE)
        before = _value(self._before, rows)
        if before.value is None:
            return Figure(None, before.coverage, f"{NO_BASE}: {before.reason}")
        if self._now.output.constant and self._before.output.constant:
            return _figure(growth(np.array(value.value), np.array(before.value)), before.coverage, NO_BASE)
        official = self._now.output.real_growth[rows]
        base = self._before.output.value_10k_cny[rows]
        if np.isnan(official).any():
            return Figure(None, before.coverage, CURRENT_PRICES)
        return _figure((base * (1 + official)).sum() / base.sum() - 1, before.coverage, NO_BASE)


def _value(year: Year, rows: IntArray) -> Figure:
    found = year.output.value_10k_cny[rows]
    known = ~np.isnan(found)
    share = float(known.mean()) if found.size else 0.0
    if not found.size or not known.all():
        return Figure(None, share, NO_VALUE)
    return Figure(float(found.sum()), share, estimated=bool(year.output.estimated[rows].any()))


def _electricity(year: Year, rows: IntArray) -> Figure:
    found = year.statements.consumption[rows][:, :, year.statements.carriers.index(ELECTRICITY)]
    known = ~np.isnan(found)
    share = float(known.mean()) if found.size else 0.0
    if not found.size or not known.all():
        return Figure(None, share, NO_STATEMENT)
    return Figure(float(found.sum()), share)


def _rate(energy: Figure, value: Figure, constant: bool) -> Figure:
    share = min(energy.coverage, value.coverage)
    if energy.value is None or value.value is None:
        return Figure(None, share, energy.reason or value.reason)
    if not constant:
        return Figure(None, share, CURRENT_PRICES)
    if value.value <= 0:
        return Figure(None, share, NOT_POSITIVE)
    return Figure(float(intensity(np.array(energy.value), np.array(value.value))), share, estimated=value.estimated)


def _difference(larger: Figure, smaller: Figure) -> Figure:
    if larger.value is None or smaller.value is None:
        return Figure(None, min(larger.coverage, smaller.coverage), larger.reason or smaller.reason)
    return Figure(larger.value - smaller.value, min(larger.coverage, smaller.coverage))


def _change(energy: Figure, real: Figure) -> Figure:
    if energy.value is None or real.value is None:
        return Figure(None, min(energy.coverage, real.coverage), energy.reason or real.reason)
    found = intensity_change(np.array(energy.value), np.array(real.value))
    return _figure(found, min(energy.coverage, real.coverage), NO_BASE)


def _figure(value: FloatArray | float, coverage: float, reason: str) -> Figure:
    plain = float(value)
    return Figure(None, coverage, reason) if np.isnan(plain) else Figure(plain, coverage)


def _standing(standing: FloatArray) -> str:
    known = standing[standing >= 0]
    return str(STANDINGS[int(known.max())]) if known.size else ""
