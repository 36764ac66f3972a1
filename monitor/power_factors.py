"""Power factor of an enterprise month by month, from the active and reactive power of its meters."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

import numpy as np

from analytics.power_factor import adjustment_rate, power_factor
from analytics.verdicts import Verdict
from config.power_factor import PowerFactorTable
from domain.instants import days_span
from domain.local_days import local_days
from domain.registry import Registry
from domain.scopes import Scope, ScopeKind
from monitor.analysis_answers import PowerFactorMonth, PowerFactors
from monitor.analysis_data import number
from monitor.verdict_texts import because
from storage.ports import ReadingStore


def power_factors(
    scope: Scope,
    first: date,
    last: date,
    *,
    store: ReadingStore,
    registry: Registry,
    table: PowerFactorTable,
    zone: ZoneInfo,
    minimum_coverage: float,
) -> PowerFactors:
    """Months of the span, each with the meters in force on its first day. Raises Unavailable."""
    days = local_days(first, last, zone).days
    months = [list(run) for _, run in groupby(days, key=lambda day: (day.year, day.month))]
    rows = [
        _month(scope, run[0], run[-1], store=store, registry=registry, table=table, zone=zone, minimum=minimum_coverage)
        for run in months
    ]
    return PowerFactors(str(scope), tuple(rows))


def _month(
    scope: Scope,
    first: date,
    last: date,
    *,
    store: ReadingStore,
    registry: Registry,
    table: PowerFactorTable,
    zone: ZoneInfo,
    minimum: float,
) -> PowerFactorMonth:
    view = registry.view(first)
    span = days_span(first, last, zone)
    hours = (span.end_ms - span.start_ms) / 3_600_000
    active = reactive = measured_h = due_h = 0.0
    for meter, sign in view.members(scope):
        interval_s = view.meter(meter).interval_s
        power, kvar = (
            store.matrix([meter], span, step_s=interval_s, quantity=name).values.values[0]
            for name in ("power_kw", "reactive_kvar")
        )
        both = ~np.isnan(power) & ~np.isnan(kvar)
        part_h = interval_s / 3600
        active += sign * float(power[both].sum()) * part_h
        # Wq of a compensated user is |forward| + |reverse|.
        reactive += sign * float(np.abs(kvar[both]).sum()) * part_h
        measured_h += float(both.sum()) * part_h
        due_h += hours
    coverage = measured_h / due_h if due_h else 0.0
    if coverage == 0.0:
        return _refused(first, last, coverage, because(Verdict.UNREACTIVE))
    if coverage < minimum - 1e-9:
        text = because(Verdict.INCOMPLETE, have=f"{coverage:.1%}", need=f"{minimum:.0%}")
        return _refused(first, last, coverage, text)
    factor = power_factor(np.array([active]), np.array([reactive]))
    enterprise = scope.id if scope.kind is ScopeKind.ENTERPRISE else ""
    capacities = [a.contract_capacity_kva for a in view.accounts.values() if a.enterprise == enterprise]
    known = [kva for kva in capacities if kva is not None]
    standard = table.of(enterprise, sum(known) if known else None)
    rate = None
    if standard is not None:
        penalty, reward = standard.steps(standard.penalty), standard.steps(standard.reward)
        rate = number(adjustment_rate(factor, standard=standard.value, penalty=penalty, reward=reward)[0])
    return PowerFactorMonth(
        first=first,
        last=last,
        active_kwh=active,
        reactive_kvarh=reactive,
        coverage=coverage,
        power_factor=number(factor[0]),
        standard=None if standard is None else standard.value,
        adjustment=rate,
        source="" if standard is None else f"{standard.source} ({standard.confidence})",
        reason=because(Verdict.NO_LOAD) if np.isnan(factor[0]) else "",
    )


def _refused(first: date, last: date, coverage: float, reason: str) -> PowerFactorMonth:
    return PowerFactorMonth(first, last, None, None, coverage, None, None, None, "", reason)
