"""Billed months against what the meters measured: the deviation, what the figures stand on, the likely causes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from analytics.billing import Cause, Evidence, Finding, Judgement, likely_causes
from analytics.energy import register_energy_kwh
from config.billing import BillingTable
from domain.arrays import FloatArray, IntArray
from domain.billing import BilledMonth
from domain.instants import BLOCK_MS, BLOCK_S, Span, day_span, from_ms
from domain.people import Principal
from domain.readings import ENERGY_IMPORT
from domain.registry import Meter, MeterRole, Registry, RegistryView
from domain.scopes import meter_scope
from monitor.load_history import LoadHistories, LoadHistory
from monitor.questions import LoadQuestions
from storage.ledger_ports import BillingLedger, RegistryLedger

#: A register reading so near midnight stands for it; at full load the difference is a two-thousandth of a month.
REGISTER_SLACK = timedelta(minutes=15)
BLOCK_H = BLOCK_S / 3600


class Basis(StrEnum):
    """What a metered energy is: the difference of the registers, or the sum of the intervals."""

    REGISTER = "register"
    INTERVALS = "intervals"
    NONE = "none"


class Verdict(StrEnum):
    AGREES = "agrees"
    DEVIATES = "deviates"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True)
class BilledComparison:
    """One account's month. Deviations are metered less billed, as shares of the billed figure; None = not known.

    metered_kw : highest complete block of 15 minutes; the statement's is usually a sliding maximum (滑差)
    """

    billed: BilledMonth
    enterprise: str
    name: str
    meters: tuple[str, ...]
    metered_kwh: float | None
    basis: Basis
    coverage: float
    energy_deviation: float | None
    metered_kw: float | None
    demand_deviation: float | None
    verdict: Verdict
    causes: tuple[Finding, ...]


class BillingQuestions(Protocol):
    def compare(self, principal: Principal, month: date) -> list[BilledComparison]:
        """Every statement of the month the principal may see, the largest deviation first. Raises Unavailable."""
        ...


class BillingDesk:
    """Implements ``BillingQuestions``. An enterprise sees the statements of its own accounts (invariant 11)."""

    def __init__(
        self,
        *,
        billing: BillingLedger,
        registry: RegistryLedger,
        histories: LoadHistories,
        questions: LoadQuestions,
        table: BillingTable,
        zone: ZoneInfo,
    ) -> None:
        self._billing = billing
        self._registry = registry
        self._histories = histories
        self._questions = questions
        self._table = table
        self._zone = zone

    def compare(self, principal: Principal, month: date) -> list[BilledComparison]:
        registry = self._registry.registry()
        found = []
        for billed in self._billing.billed(month):
            account = registry.view(billed.last).accounts.get(billed.account)
            owner = str(account.enterprise) if account is not None else ""
            if principal.sees_all() or owner == principal.enterprise:
                found.append(self._one(principal, registry, billed, owner))
        return sorted(found, key=_urgency)

    def _one(self, principal: Principal, registry: Registry, billed: BilledMonth, owner: str) -> BilledComparison:
        view = registry.view(billed.last)
        own = [m for m in view.meters.values() if m.account == billed.account and m.in_service]
        counted = [m for m in own if m.role is MeterRole.MAIN or m.landlord is not None]
        others = [m for m in own if m not in counted]
        metered = self._measure(principal, counted, others, billed)
        # Of too little data no deviation is said: a tenth of a month is not 90 % below the statement.
        enough = metered.coverage >= self._table.least_coverage
        energy = _deviation(metered.energy_kwh, billed.energy_kwh) if enough else None
        demand = _deviation(metered.maximum_kw, billed.maximum_kw) if enough else None
        causes = self._causes(metered, counted, billed)
        causes += self._demand_causes(demand, causes)
        return BilledComparison(
            billed=billed,
            enterprise=owner,
            name=_name(view, owner),
            meters=tuple(str(m.id) for m in counted),
            metered_kwh=metered.energy_kwh,
            basis=metered.basis,
            coverage=metered.coverage,
            energy_deviation=energy,
            metered_kw=metered.maximum_kw,
            demand_deviation=demand,
            verdict=self._verdict(energy, demand, metered, billed),
            causes=causes,
        )

    # -- what was measured

    def _measure(
        self, principal: Principal, counted: Sequence[Meter], others: Sequence[Meter], billed: BilledMonth
    ) -> _Metered:
        if not counted:
            return _Metered(None, Basis.NONE, 0.0, None, {}, {}, {})
        slack = self._table.shift_days
        first, last = billed.first - timedelta(days=slack), billed.last + timedelta(days=slack)
        scopes = [meter_scope(m.id) for m in (*counted, *others)]
        history = self._histories.history(principal, scopes, first, last)
        period = Span(day_span(billed.first, self._zone).start, day_span(billed.last, self._zone).end)
        inside = (history.ts_ms >= period.start_ms) & (history.ts_ms < period.end_ms)
        load = history.demand_kw[: len(counted)]
        sums = np.nansum(history.demand_kw[:, inside], axis=1) * BLOCK_H
        energies = {str(m.id): float(kwh) for m, kwh in zip((*counted, *others), sums, strict=True)}
        coverage = float((~np.isnan(load[:, inside])).mean())
        whole = load[:, inside].sum(axis=0)  # NaN where any meter is missing: a part is no maximum
        maximum = float(np.nanmax(whole)) if (~np.isnan(whole)).any() else None
        registers = self._registers(principal, counted, period)
        by_counted = {str(m.id): energies[str(m.id)] for m in counted}
        energy, basis = sum(by_counted.values()), Basis.INTERVALS if coverage else Basis.NONE
        if registers is not None:
            energy, basis = sum(registers.values()), Basis.REGISTER
            by_counted = registers
        return _Metered(
            energy if basis is not Basis.NONE else None,
            basis,
            1.0 if basis is Basis.REGISTER else coverage,
            maximum,
            by_counted,
            {str(m.id): energies[str(m.id)] for m in others},
            _shifted(history, load, billed, self._zone, slack) if coverage >= self._table.whole_coverage else {},
        )

    def _registers(self, principal: Principal, meters: Sequence[Meter], period: Span) -> dict[str, float] | None:
        """Register differences of all the meters, None when one has none at either end, or fell in between."""
        found = {}
        for meter in meters:
            ends = [self._register(principal, meter, from_ms(ms)) for ms in (period.start_ms, period.end_ms)]
            if None in ends:
                return None
            scale = 1.0 if meter.primary_values else meter.multiplier
            modulus = meter.register_modulus_kwh * scale
            energy = register_energy_kwh(np.array(ends, dtype=np.float64), modulus_kwh=modulus, limit_kwh=np.inf)[0]
            if np.isnan(energy):
                return None  # exchange or reset within the period
            found[str(meter.id)] = float(energy)
        return found

    def _register(self, principal: Principal, meter: Meter, at: datetime) -> float | None:
        """The reading nearest to an instant, multiplier applied; None without one close enough [kWh]"""
        span = Span(at - REGISTER_SLACK, at + REGISTER_SLACK)
        batch = self._questions.readings(principal, meter.id, span, limit=2_000)
        known = ~np.isnan(batch.values[:, ENERGY_IMPORT])
        if not known.any():
            return None
        distance = np.abs(batch.ts_ms[known] - (span.start_ms + span.end_ms) // 2)
        return float(batch.values[known, ENERGY_IMPORT][int(distance.argmin())])

    # -- what it means

    def _causes(self, metered: _Metered, counted: Sequence[Meter], billed: BilledMonth) -> tuple[Finding, ...]:
        table = self._table
        judgement = Judgement(table.tolerance, table.fit, table.least_coverage, table.whole_coverage, table.multipliers)
        if billed.energy_kwh is None:
            return () if counted else (Finding(Cause.NOT_MAPPED, 1.0),)
        multipliers = {m.multiplier for m in counted}
        evidence = Evidence(
            billed_kwh=billed.energy_kwh,
            metered_kwh=metered.energy_kwh,
            coverage=metered.coverage,
            multiplier=multipliers.pop() if len(multipliers) == 1 else 1.0,
            counted=metered.counted,
            others=metered.others,
            shifted=metered.shifted,
        )
        return likely_causes(evidence, judgement)

    def _demand_causes(self, deviation: float | None, known: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """A sliding maximum above the block's, where the energy agrees."""
        if deviation is None or known or abs(deviation) <= self._table.tolerance:
            return ()
        if -self._table.sliding_allowance <= deviation < 0:
            return (Finding(Cause.SLIDING_DEMAND, 0.0),)
        return (Finding(Cause.UNKNOWN, abs(deviation)),)

    def _verdict(self, energy: float | None, demand: float | None, metered: _Metered, billed: BilledMonth) -> Verdict:
        table = self._table
        if energy is not None and abs(energy) > table.tolerance:
            return Verdict.DEVIATES
        if demand is not None and not -table.sliding_allowance <= demand <= table.tolerance:
            return Verdict.DEVIATES
        if (energy is None and billed.energy_kwh is not None) or metered.coverage < table.least_coverage:
            return Verdict.INSUFFICIENT
        return Verdict.AGREES


@dataclass(frozen=True, slots=True)
class _Metered:
    energy_kwh: float | None
    basis: Basis
    coverage: float
    maximum_kw: float | None
    counted: Mapping[str, float]
    others: Mapping[str, float]
    shifted: Mapping[str, float]


def _deviation(metered: float | None, billed: float | None) -> float | None:
    return None if metered is None or not billed else metered / billed - 1


def _name(view: RegistryView, owner: str) -> str:
    return next((e.name for e in view.enterprises.values() if e.id == owner), owner)


def _urgency(found: BilledComparison) -> tuple[int, float, str]:
    rank = (Verdict.DEVIATES, Verdict.INSUFFICIENT, Verdict.AGREES).index(found.verdict)
    most = max(abs(found.energy_deviation or 0.0), abs(found.demand_deviation or 0.0))
    return rank, -most, found.billed.account


def _shifted(
    history: LoadHistory, load: FloatArray, billed: BilledMonth, zone: ZoneInfo, slack: int
) -> dict[str, float]:
    """Energy of the period with its begin and end moved by up to ``slack`` days; only where every day is whole."""
    daily = _daily(history.ts_ms, history.day_starts_ms, load)
    before = (billed.first - zone_day(history.day_starts_ms[0], zone)).days
    count = (billed.last - billed.first).days + 1
    found = {}
    for begin, end in _moves(slack):
        days = daily[before + begin : before + count + end]
        if len(days) == count - begin + end and not np.isnan(days).any():
            found[_told(begin, end)] = float(days.sum())
    return found


def zone_day(ts_ms: np.int64 | int, zone: ZoneInfo) -> date:
    return from_ms(int(ts_ms)).astimezone(zone).date()


def _moves(slack: int) -> Iterator[tuple[int, int]]:
    """Begin and end moved together (another reading day) or one of them alone."""
    for days in range(1, slack + 1):
        for sign in (-1, 1):
            yield from ((sign * days, sign * days), (sign * days, 0), (0, sign * days))


def _told(begin: int, end: int) -> str:
    return f"{begin:+d} d" if begin == end else f"begin {begin:+d} d" if begin else f"end {end:+d} d"


def _daily(ts_ms: IntArray, day_starts_ms: IntArray, load: FloatArray) -> FloatArray:
    """Energy of each day over all meters, NaN for a day that lacks more than a twentieth of its blocks [kWh]."""
    sums = []
    for start, end in zip(day_starts_ms[:-1].tolist(), day_starts_ms[1:].tolist(), strict=True):
        day = load[:, (ts_ms >= start) & (ts_ms < end)]
        blocks = (end - start) // BLOCK_MS * len(load)
        known = int((~np.isnan(day)).sum())
        sums.append(np.nansum(day) * BLOCK_H * blocks / known if known >= 0.95 * blocks else np.nan)
    return np.array(sums)
