"""The gap ahead: restored forecast against quota by slot, with what-if changes; a level is drafted, never begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.levels import gap_level, worst_slot
from config.gap_levels import GapLevel, GapLevelTable
from config.orderly import OrderlyTable
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.clock import Clock
from domain.errors import InsufficientData
from domain.instants import BLOCK_MS, HOUR_MS, from_ms, local_date, to_ms
from domain.orderly import Window
from domain.people import Principal
from domain.references import ReferenceKind
from domain.scopes import DISTRICT, MONITORED, Scope
from monitor.forecasting import ForecastDesk
from response.orderly.energy_gap import EnergyGap, EnergyGaps
from response.orderly.what_if import WhatIf, WhatIfEffects
from storage.ledger_ports import ReferenceLedger, RegistryLedger

PAUSE = timedelta(hours=1)

#: What may stand for the period's expected maximum, the better one first, and what it is called.
_MAXIMA = {
    ReferenceKind.EXPECTED_MAXIMUM: ("期间预计最大负荷", "expected maximum of the period"),
    ReferenceKind.LAST_YEAR_MAXIMUM: ("去年最大负荷", "last year's maximum"),
}


@dataclass(frozen=True, slots=True)
class GapDay:
    """gap_*_kw : at the worst slot, below 0 = room; ratio : of the period's expected maximum; windows : slots in which
    the expected load passes the quota; short_kwh : energy in them above it
    level, letter : drafted from the expected gap, None and "" = none"""

    day: date
    worst_at: datetime
    gap_p50_kw: float
    gap_p90_kw: float
    ratio: float
    level: GapLevel | None
    letter: str
    windows: tuple[Window, ...]
    short_kwh: float
    probability: float | None


@dataclass(frozen=True, slots=True)
class EnergyDay:
    """A day with a quota of energy; level, letter : drafted from its gap, as those of power are"""

    day: date
    gap: EnergyGap
    level: GapLevel | None
    letter: str


@dataclass(frozen=True, slots=True, eq=False)
class GapSeries:
    """Arrays of shape (h,) [kW]; quota NaN where none is entered
    days : those with a quota of power; energy : those with a quota of energy
    notes : what each change did, or could not do, and the days without a quota of power"""

    scope: Scope
    issued_at: datetime
    ts_ms: IntArray
    p10_kw: FloatArray
    p50_kw: FloatArray
    p90_kw: FloatArray
    quota_kw: FloatArray
    expected_maximum_kw: float
    expected_by: str
    days: tuple[GapDay, ...]
    energy: tuple[EnergyDay, ...]
    notes: tuple[str, ...]


class GapDesk:
    def __init__(
        self,
        forecasts: ForecastDesk,
        effects: WhatIfEffects,
        registry: RegistryLedger,
        references: ReferenceLedger,
        gap_levels: GapLevelTable,
        table: OrderlyTable,
        energy: EnergyGaps,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._energy = energy
        self._forecasts, self._effects = forecasts, effects
        self._registry, self._references = registry, references
        self._gap_levels, self._table, self._clock, self._zone = gap_levels, table, clock, zone

    def usual_scope(self) -> Scope:
        """The district where it has a series of its own, else the sum of what is monitored."""
        return self._registry.registry().view(local_date(self._clock.now(), self._zone)).whole()

    def ahead(
        self,
        principal: Principal,
        scope: Scope | None = None,
        *,
        at: datetime | None = None,
        hours: int = 48,
        changes: WhatIf | None = None,
    ) -> GapSeries:
        """Raises InsufficientData without a forecast or a quota, and what the forecast desk raises."""
        chosen, what_if = scope or self.usual_scope(), changes or WhatIf()
        found = self._forecasts.forecast(principal, chosen, at=at, hours=hours)
        added, notes = self._effects.added(principal, chosen, found.ts_ms, what_if)
        quota = found.quota_kw * (1.0 + what_if.quota_change)
        if what_if.quota_change:
            notes.append(f"用电指标 quota {what_if.quota_change:+.0%}")
        p10, p50, p90 = found.p10_kw + added, found.p50_kw + added, found.p90_kw + added
        expected, by = self._expected(chosen, float(np.nanmax(p50)))
        days = self._days(chosen, found.ts_ms, p50, p90, quota, expected)
        energy = self._energy_days(principal, chosen, found.ts_ms, p50, what_if.quota_change)
        if np.isnan(found.quota_kw).all() and not energy:
            raise InsufficientData(f"{chosen} 未录入用电指标 / no quota is entered for {chosen} in these hours")
        if what_if == WhatIf():
            chance = {day.day: day.quota_probability for day in found.days}
            days = tuple(_with_chance(day, chance.get(day.day)) for day in days)
        notes += self._unlimited(found.ts_ms, quota)
        told = (quota, expected, by, days, energy, tuple(notes))
        return GapSeries(chosen, found.issued_at, found.ts_ms, p10, p50, p90, *told)

    def next_gap(self, principal: Principal, *, after: datetime, hours: int = 36) -> tuple[Window, float] | None:
        """The next hours, not over at ``after``, in which the load may pass the quota (P90), and by how much [kW].

        P90, because who is asked to help is asked in time. Pauses of less than an hour are within the hours: nobody
        is asked twice for one afternoon.
        """
        # The forecast everybody asks for is at hand; one of other hours would be made for this question alone.
        series = self.ahead(principal)
        ends_ms = int(series.ts_ms[0]) + hours * HOUR_MS
        gap = np.where(series.ts_ms < ends_ms, series.p90_kw - series.quota_kw, np.nan)
        for window in _joined(_windows(series.ts_ms, np.nan_to_num(gap) > 0)):
            inside = (series.ts_ms >= max(window.span.start_ms, to_ms(after))) & (series.ts_ms < window.span.end_ms)
            if inside.any():
                return window, float(np.nanmax(gap[inside]))
        return None

    # -- inside

    def _expected(self, scope: Scope, forecast_kw: float) -> tuple[float, str]:
        """The period's expected maximum: what was entered, or the highest of the forecast if that is higher."""
        today = local_date(self._clock.now(), self._zone)
        for kind, (zh, en) in _MAXIMA.items():
            known = self._references.reference(scope, kind, today)
            if known is not None:
                return max(known.value_kw, forecast_kw), f"{zh}，{known.source} / {en}, {known.source}"
        return forecast_kw, "预测最大值，未录入预计最大负荷 / highest of the forecast: no expected maximum is entered"

    def _days(
        self, scope: Scope, ts_ms: IntArray, p50: FloatArray, p90: FloatArray, quota: FloatArray, expected: float
    ) -> tuple[GapDay, ...]:
        days = np.array([local_date(from_ms(int(ts)), self._zone).toordinal() for ts in ts_ms])
        found = []
        for number in np.unique(days).tolist():
            own = np.flatnonzero(days == number)
            day = date.fromordinal(number)
            worst = worst_slot(p50[own], quota[own], expected_maximum_kw=expected)
            if worst is None:
                continue
            gap = p50[own] - quota[own]
            at = int(own[worst.at])
            above = np.nan_to_num(gap) > 0
            found.append(
                GapDay(
                    day,
                    from_ms(int(ts_ms[at])),
                    worst.gap_kw,
                    float(np.nanmax(p90[own] - quota[own])),
                    worst.ratio,
                    gap_level(worst.ratio, self._gap_levels.on(day)),
                    self._letter(scope, day, worst.gap_kw),
                    _windows(ts_ms[own], above),
                    float(gap[above].sum() / 4),
                    None,
                )
            )
        return tuple(found)

    def _unlimited(self, ts_ms: IntArray, quota: FloatArray) -> list[str]:
        """A line for the days of which no gap of power can be told."""
        without = sorted({local_date(from_ms(int(ts)), self._zone) for ts in ts_ms[np.isnan(quota)]})
        if not without:
            return []
        zh, en = (mark.join(f"{day:%m-%d}" for day in without) for mark in ("、", ", "))
        return [f"{zh} 未录入用电指标，不计缺口 / no quota is entered for {en}: no gap is told of it"]

    def _energy_days(
        self, principal: Principal, scope: Scope, ts_ms: IntArray, p50: FloatArray, change: float
    ) -> tuple[EnergyDay, ...]:
        found = []
        for day in sorted({local_date(from_ms(int(ts)), self._zone) for ts in ts_ms}):
            gap = self._energy.of(principal, scope, day, ts_ms, p50, change=change)
            if gap is not None:
                level = None if gap.ratio is None else gap_level(gap.ratio, self._gap_levels.on(day))
                found.append(EnergyDay(day, gap, level, self._letter(scope, day, gap.kw or 0.0)))
        return tuple(found)

    def _letter(self, scope: Scope, day: date, gap_kw: float) -> str:
        """The letters' kW are the district's; a feeder or substation has none of its own."""
        return self._table.levels_on(day).needed(gap_kw) if scope in (DISTRICT, MONITORED) else ""


def _joined(windows: Sequence[Window]) -> list[Window]:
    found: list[Window] = []
    for window in windows:
        if found and window.start - found[-1].end < PAUSE:
            found[-1] = Window(found[-1].start, window.end)
        else:
            found.append(window)
    return found


def _with_chance(day: GapDay, chance: float | None) -> GapDay:
    return replace(day, probability=chance)


def _windows(ts_ms: IntArray, above: BoolArray) -> tuple[Window, ...]:
    """Runs of slots above the quota."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(np.int8), [0]])))
    return tuple(
        Window(from_ms(int(ts_ms[first])), from_ms(int(ts_ms[end - 1]) + BLOCK_MS))
        for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    )
