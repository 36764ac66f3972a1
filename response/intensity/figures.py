"""The figures of a group of enterprises over a period, in both bases, against the same period a year before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.intensity.indicators import elasticity, growth, intensity, intensity_change
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.series import Figure
from response.intensity.metered import MINIMUM_COVERAGE, MeteredMonths
from response.intensity.panel import Panel
from response.intensity.statements import STANDINGS

NO_STATEMENT = "缺少能源报表 / energy statements are missing"
ELECTRICITY_ONLY = "仅有计量电量，不能称综合能耗 / only metered electricity is known: no comprehensive energy use"
METERED_SHORT = (
    f"计量电量不足全月的{MINIMUM_COVERAGE:.0%} / metered electricity covers less than {MINIMUM_COVERAGE:.0%} of a month"
)
NO_VALUE = "缺少增加值 / value added is missing"
CURRENT_PRICES = "增加值为现价，不作强度 / value added is in current prices: no intensity is made of it"
NOT_POSITIVE = "增加值不大于零 / value added is not above zero"
NO_BASE = "缺少上年同期 / the same period a year before is missing"
NO_MEMBERS = "没有企业 / there is no enterprise"
HARDLY_MOVED = "增加值几乎不变，弹性系数无意义 / value added hardly moved: the ratio says nothing"


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """members : enterprises counted; members_known : of them with every month stated

    energy_tce : full amount by basis; assessed_tce : less what the rule of the year takes off
    reconciliation_tce : equivalent less calorific amount
    electricity_kwh, value_added_10k_cny, intensity (tce per 10,000 CNY) by basis, electricity_intensity (kWh)
    assessed_intensity : of the assessed amount
    energy_growth, real_growth, change : against a year before, the last by the official formula in the basis
    assessed_change : of the assessed amount
    saved_tce : 节能量 (e0 - e1) V1, above 0 = saved; elasticity : 能源消费弹性系数 gE / gV
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
    assessed_intensity: dict[Basis, Figure]
    electricity_intensity_kwh: Figure
    energy_growth: dict[Basis, Figure]
    real_growth: Figure
    change: dict[Basis, Figure]
    assessed_change: dict[Basis, Figure]
    saved_tce: dict[Basis, Figure]
    elasticity: dict[Basis, Figure]


class Accounts:
    """Two like periods of the same enterprises, a year apart; ``before`` None = the earlier one is not asked for.

    metered : what the meters were asked for in both
    """

    def __init__(self, now: Panel, before: Panel | None, metered: MeteredMonths | None = None) -> None:
        self.metered: MeteredMonths = metered or {}
        self.now = now if before is None else now.chained_to(before)
        self.before = before
        self._place = {enterprise: i for i, enterprise in enumerate(now.enterprises)}

    def rows(self, chosen: Sequence[EnterpriseId]) -> IntArray:
        return np.array([self._place[each] for each in chosen], dtype=np.int64)

    def figures(self, subject: str, chosen: Sequence[EnterpriseId]) -> GroupFigures:
        """Of a group; an enterprise without a statement makes the group's energy unknown, not smaller."""
        rows, now = self.rows(chosen), self.now
        part = _Part(now, rows)
        earlier = None if self.before is None else _Part(self.before, rows)
        energy = {basis: part.energy(basis) for basis in Basis}
        assessed = {basis: part.energy(basis, assessed=True) for basis in Basis}
        value, electricity = value_of(now, rows), electricity_of(now, rows)
        constant = in_constant_prices(now, rows)
        before = {basis: _base(earlier, basis) for basis in Basis}
        assessed_before = {basis: _base(earlier, basis, assessed=True) for basis in Basis}
        grown = {basis: _growth(energy[basis], before[basis]) for basis in Basis}
        assessed_grown = {basis: _growth(assessed[basis], assessed_before[basis]) for basis in Basis}
        real = self.real_growth(rows)
        return GroupFigures(
            subject=subject,
            first=now.months[0],
            last=now.months[-1],
            members=len(rows),
            members_known=part.known,
            standing=part.standing,
            energy_tce=energy,
            assessed_tce=assessed,
            reconciliation_tce=_difference(energy[Basis.EQUIVALENT], energy[Basis.CALORIFIC]),
            electricity_kwh=electricity,
            value_added_10k_cny=value,
            intensity={basis: rate(energy[basis], value, constant=constant) for basis in Basis},
            assessed_intensity={basis: rate(assessed[basis], value, constant=constant) for basis in Basis},
            electricity_intensity_kwh=rate(electricity, value, constant=constant),
            energy_growth=grown,
            real_growth=real,
            change={basis: _change(grown[basis], real) for basis in Basis},
            assessed_change={basis: _change(assessed_grown[basis], real) for basis in Basis},
            saved_tce={basis: _saved(energy[basis], before[basis], real) for basis in Basis},
            elasticity={basis: _elasticity(grown[basis], real) for basis in Basis},
        )

    def real_growth(self, rows: IntArray) -> Figure:
        """From values in the same constant prices; from official growth rates where every enterprise has one."""
        value = value_of(self.now, rows)
        if self.before is None or value.value is None:
            return Figure(None, value.coverage, value.reason or NO_BASE)
        before = value_of(self.before, rows)
        if before.value is None:
            return Figure(None, before.coverage, f"{NO_BASE}: {before.reason}")
        bases = np.unique(np.concatenate([self.now.base_year[rows], self.before.base_year[rows]]))
        if bases.size == 1 and bases[0] > 0:
            return _figure(growth(np.array(value.value), np.array(before.value)), before.coverage, NO_BASE)
        official = self.now.real_growth[rows]
        base = self.before.value_10k_cny[rows]
        if np.isnan(official).any() or base.sum() <= 0:
            return Figure(None, before.coverage, CURRENT_PRICES)
        return _figure((base * (1 + official)).sum() / base.sum() - 1, before.coverage, NO_BASE)


def energy_of(panel: Panel, rows: IntArray, basis: Basis, *, assessed: bool = False) -> Figure:
    """Full or assessed amount of the whole period [tce]"""
    return _Part(panel, rows).energy(basis, assessed=assessed)


class _Part:
    """Some enterprises of a panel: what all their energy figures ask is looked at once.

    known : of them with every month stated; standing : the weakest they stand on
    """

    def __init__(self, panel: Panel, rows: IntArray) -> None:
        self._panel = panel
        self._rows = rows
        standing = panel.standing[rows]
        self.known = int(panel.stated[rows].all(axis=1).sum())
        self.standing = _standing(standing)
        self._share = self.known / len(rows) if len(rows) else 0.0
        self._reason = ""
        if not len(rows):
            self._reason = NO_MEMBERS
        elif self.known < len(rows):
            missing = NO_STATEMENT if (standing < 0).any() else METERED_SHORT
            self._reason = ELECTRICITY_ONLY if panel.electricity_only[rows].any() else missing

    def energy(self, basis: Basis, *, assessed: bool = False) -> Figure:
        if self._reason:
            return Figure(None, self._share, self._reason)
        found = (self._panel.assessed_tce if assessed else self._panel.full_tce)[basis][self._rows]
        total = float(found.sum())
        if np.isnan(total):
            month = int(np.argmax(np.isnan(found).any(axis=0)))
            return Figure(None, self._share, self._panel.no_factor.get((basis, month), NO_STATEMENT))
        return Figure(total, self._share, estimated=self.standing == str(STANDINGS[-1]))


def _base(earlier: _Part | None, basis: Basis, *, assessed: bool = False) -> Figure:
    if earlier is None:
        return Figure(None, 0.0, NO_BASE)
    found = earlier.energy(basis, assessed=assessed)
    return found if found.value is not None else Figure(None, found.coverage, f"{NO_BASE}: {found.reason}")


def value_of(panel: Panel, rows: IntArray) -> Figure:
    found = panel.value_10k_cny[rows]
    figure = _whole(found, NO_VALUE)
    return Figure(figure.value, figure.coverage, figure.reason, bool(panel.estimated[rows].any()))


def electricity_of(panel: Panel, rows: IntArray) -> Figure:
    short = panel.metered_short[rows].any()
    return _whole(panel.electricity_kwh[rows], METERED_SHORT if short else NO_STATEMENT)


def in_constant_prices(panel: Panel, rows: IntArray) -> bool:
    """Of one base year: constant prices of two base years do not add."""
    bases = np.unique(panel.base_year[rows])
    return bool(bases.size == 1 and bases[0] > 0)


def rate(energy: Figure, value: Figure, *, constant: bool) -> Figure:
    """Energy per 10,000 CNY."""
    share = min(energy.coverage, value.coverage)
    if energy.value is None or value.value is None:
        return Figure(None, share, energy.reason or value.reason)
    if not constant:
        return Figure(None, share, CURRENT_PRICES)
    if value.value <= 0:
        return Figure(None, share, NOT_POSITIVE)
    found = float(intensity(np.array(energy.value), np.array(value.value)))
    return Figure(found, share, estimated=value.estimated or energy.estimated)


def _whole(found: FloatArray, reason: str) -> Figure:
    known: BoolArray = ~np.isnan(found)
    share = float(known.mean()) if found.size else 0.0
    if not found.size or not known.all():
        return Figure(None, share, reason if found.size else NO_MEMBERS)
    return Figure(float(found.sum()), share)


def _difference(larger: Figure, smaller: Figure) -> Figure:
    if larger.value is None or smaller.value is None:
        return Figure(None, min(larger.coverage, smaller.coverage), larger.reason or smaller.reason)
    return Figure(larger.value - smaller.value, min(larger.coverage, smaller.coverage))


def _growth(now: Figure, before: Figure) -> Figure:
    if now.value is None or before.value is None:
        return Figure(None, min(now.coverage, before.coverage), now.reason or before.reason)
    return _figure(growth(np.array(now.value), np.array(before.value)), before.coverage, NO_BASE)


def _change(energy: Figure, real: Figure) -> Figure:
    if energy.value is None or real.value is None:
        return Figure(None, min(energy.coverage, real.coverage), energy.reason or real.reason)
    found = intensity_change(np.array(energy.value), np.array(real.value))
    return _figure(found, min(energy.coverage, real.coverage), NO_BASE)


def _saved(now: Figure, before: Figure, real: Figure) -> Figure:
    """(e0 - e1) V1 = E0 (1 + gV) - E1, so that no price stands in it."""
    share = min(now.coverage, before.coverage, real.coverage)
    if now.value is None or before.value is None or real.value is None:
        return Figure(None, share, now.reason or before.reason or real.reason)
    return Figure(before.value * (1 + real.value) - now.value, share)


def _elasticity(energy: Figure, real: Figure) -> Figure:
    if energy.value is None or real.value is None:
        return Figure(None, min(energy.coverage, real.coverage), energy.reason or real.reason)
    found = elasticity(np.array(energy.value), np.array(real.value))
    return _figure(found, min(energy.coverage, real.coverage), HARDLY_MOVED)


def _figure(value: FloatArray | float, coverage: float, reason: str) -> Figure:
    plain = float(value)
    return Figure(None, coverage, reason) if np.isnan(plain) else Figure(plain, coverage)


def _standing(standing: FloatArray) -> str:
    known = standing[standing >= 0]
    return str(STANDINGS[int(known.max())]) if known.size else ""
