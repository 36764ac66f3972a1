"""What a change would add to the load ahead: a warmer day, clouds over the panels, a plant that starts again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.clock import Clock
from domain.errors import YingfengError
from domain.instants import BLOCK_MS, local_date
from domain.local_days import DAY_MS
from domain.people import Principal
from domain.registry import MeterRole
from domain.scopes import DISTRICT, MONITORED, Scope, meter_scope
from monitor.analyses import LoadAnalyses
from monitor.load_history import LoadHistories
from storage.ledger_ports import RegistryLedger

#: Days of load by which the group's sensitivity to temperature, and its sun, are told.
SENSITIVITY_DAYS, SUN_DAYS = 75, 14


@dataclass(frozen=True, slots=True)
class WhatIf:
    """warmer_c : degrees above what is forecast; cloudy : share of the usual solar output that is lost, 0...1
    quota_change : share, -0.2 = a fifth less; restart_kw : load of a plant that starts again, in all hours"""

    warmer_c: float = 0.0
    cloudy: float = 0.0
    quota_change: float = 0.0
    restart_kw: float = 0.0


class WhatIfEffects:
    def __init__(
        self, analyses: LoadAnalyses, histories: LoadHistories, registry: RegistryLedger, clock: Clock, zone: ZoneInfo
    ) -> None:
        self._analyses, self._histories, self._registry = analyses, histories, registry
        self._clock, self._zone = clock, zone

    def added(
        self, principal: Principal, scope: Scope, ts_ms: IntArray, what_if: WhatIf
    ) -> tuple[FloatArray, list[str]]:
        """What the changes add to each slot [kW], and a line for each."""
        added = np.full(len(ts_ms), what_if.restart_kw)
        notes = [f"恢复生产 restart {what_if.restart_kw:+,.0f} kW"] if what_if.restart_kw else []
        if what_if.warmer_c:
            per_c, note = self._per_degree(principal, scope)
            added = added + per_c * what_if.warmer_c
            notes.append(f"{what_if.warmer_c:+g} °C: {note}")
        if what_if.cloudy:
            sun, note = self._sun(principal, scope, ts_ms)
            added = added + sun * what_if.cloudy
            notes.append(f"光伏 PV -{what_if.cloudy:.0%}: {note}")
        return added, notes

    def _per_degree(self, principal: Principal, scope: Scope) -> tuple[float, str]:
        """Of the scope's own series; a district that has had none for long enough answers as its enterprises do."""
        last = local_date(self._clock.now(), self._zone) - timedelta(days=1)
        reason = ""
        for asked in (scope, MONITORED) if scope == DISTRICT else (scope,):
            try:
                own = self._analyses.cooling(principal, asked, last - timedelta(days=SENSITIVITY_DAYS), last).group
            except YingfengError as error:
                reason = reason or str(error)
                continue
            if own.kw_per_c is not None:
                only = "" if asked == scope else "，仅监测企业 / of the monitored enterprises only"
                return own.kw_per_c, f"{own.kw_per_c:,.0f} kW/°C ({own.days} 天 days){only}"
            reason = reason or own.reason
        return 0.0, f"不变，温度敏感性未知 / unchanged, sensitivity unknown: {reason}"

    def _sun(self, principal: Principal, scope: Scope, ts_ms: IntArray) -> tuple[FloatArray, str]:
        """Usual output of the scope's generation meters at the same time of day [kW]"""
        today = local_date(self._clock.now(), self._zone)
        view = self._registry.registry().view(today)
        meters = [
            meter.id
            for meter in view.meters.values()
            if meter.role is MeterRole.GENERATION and meter.in_service and view.stands_in(meter, scope)
        ]
        if not meters:
            return np.zeros(len(ts_ms)), "没有光伏计量点 / no generation meter is registered"
        last = today - timedelta(days=1)
        history = self._histories.history(
            principal, [meter_scope(m) for m in meters], last - timedelta(days=SUN_DAYS - 1), last
        )
        usual = _by_time_of_day(np.abs(history.demand_kw), history.ts_ms)
        return usual[_slot(ts_ms)], f"{len(meters)} 个计量点 meters, max {usual.max():,.0f} kW"


def _slot(ts_ms: IntArray) -> IntArray:
    return ts_ms % DAY_MS // BLOCK_MS


def _by_time_of_day(output_kw: FloatArray, ts_ms: IntArray) -> FloatArray:
    """Sum over the meters of each one's mean at a time of day, by what was measured. Shape (96,) [kW]"""
    slot, usual = _slot(ts_ms), np.zeros(DAY_MS // BLOCK_MS)
    for row in output_kw:
        known = ~np.isnan(row)
        count = np.bincount(slot[known], minlength=len(usual))
        usual += np.bincount(slot[known], weights=row[known], minlength=len(usual)) / np.maximum(count, 1)
    return usual
