"""What loads did that they do not do (anomalies), and how they grew, heat set apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.anomalies import WEEKS_DAYS, Anomaly, AnomalyKind, find_anomalies, find_imbalances
from analytics.forecast_frame import Frame
from analytics.growth import Growth, growth
from config.calendar import Calendar
from domain.arrays import FloatArray
from domain.errors import Invalid
from domain.instants import BLOCK_MS, days_span, from_ms, local_date
from domain.people import SYSTEM, Principal
from domain.registry import MeterRole, RegistryView
from domain.scopes import MONITORED, Scope, ScopeKind, enterprise_scope, meter_scope
from monitor.access import require, visible_scopes
from monitor.forecast_frame import block_frame
from monitor.forecast_set import usable_load
from monitor.load_history import LoadHistories, LoadHistory
from monitor.weather import WeatherHistory
from storage.ledger_ports import RegistryLedger

LONGEST_DAYS = 92
#: The response to temperature is learnt from these days either side of the earlier year's.
HEAT_DAYS = 45
WHOLE_DAY = 0.9


@dataclass(frozen=True, slots=True)
class FoundAnomaly:
    """z : distance from the weeks before in robust deviations, 0 for a flat line; value and usual in kW"""

    scope: Scope
    name: str
    day: date
    kind: AnomalyKind
    value_kw: float
    usual_kw: float
    z: float


@dataclass(frozen=True, slots=True)
class ScopeGrowth:
    scope: Scope
    first: date
    last: date
    growth: Growth


class BehaviourDesk:
    def __init__(
        self,
        registry: RegistryLedger,
        histories: LoadHistories,
        weather: WeatherHistory,
        calendar: Calendar,
        zone: ZoneInfo,
    ) -> None:
        self._registry = registry
        self._histories = histories
        self._weather = weather
        self._calendar = calendar
        self._zone = zone

    def anomalies(self, principal: Principal, first: date, last: date) -> list[FoundAnomaly]:
        """Of every enterprise the principal sees and the monitored load, newest first."""
        _check(first, last)
        registry = self._registry.registry()
        view = registry.view(last)
        scopes = [
            scope
            for scope in visible_scopes(principal, registry, last)
            if (scope.kind is ScopeKind.ENTERPRISE and view.members(scope)) or scope == MONITORED
        ]
        if not scopes:
            return []
        history = self._histories.history(principal, scopes, first - timedelta(days=2 * WEEKS_DAYS), last)
        frame = block_frame(history.ts_ms, len(history.ts_ms), self._calendar, self._zone)
        start = (first - local_date(from_ms(int(history.ts_ms[0])), self._zone)).days
        found = find_anomalies(usable_load(history), frame, first_day=start)
        told = self._told(found, history.scopes, view, first, start)
        return sorted(told + self._imbalances(scopes, view, history, frame, first, start), key=_newest_first)

    def growth(self, principal: Principal, scope: Scope, first: date, last: date) -> ScopeGrowth:
        """Daily means of the days, against the same dates and the same weekdays a year before, heat set apart."""
        _check(first, last)
        require(principal, scope, self._registry.registry(), last)
        now_days = _days(first, last)
        weekdays = [day - timedelta(days=364) for day in now_days]
        dates = [_year_before(day) for day in now_days]
        learnt = _days(weekdays[0] - timedelta(days=HEAT_DAYS), weekdays[-1] + timedelta(days=HEAT_DAYS))
        learnt = [day for day in learnt if day < first]
        means = self._daily_kw(scope, now_days) | self._daily_kw(scope, sorted({*learnt, *weekdays, *dates}))
        heat = self._daily_c(now_days) | self._daily_c(sorted({*learnt, *weekdays}))

        def kw(days: Sequence[date]) -> FloatArray:
            return np.array([means.get(day, np.nan) for day in days])

        def celsius(days: Sequence[date]) -> FloatArray:
            return np.array([heat.get(day, np.nan) for day in days])

        works = [np.array([self._calendar.works(day) for day in days], dtype=np.bool_) for days in (learnt, now_days)]
        return ScopeGrowth(
            scope,
            first,
            last,
            growth(
                kw(now_days),
                kw(dates),
                kw(weekdays),
                now_c=celsius(now_days),
                same_weekday_c=celsius(weekdays),
                fit_kw=kw(learnt),
                fit_c=celsius(learnt),
                fit_works=works[0],
                works=works[1],
            ),
        )

    def _told(
        self, found: Sequence[Anomaly], scopes: Sequence[Scope], view: RegistryView, first: date, start: int
    ) -> list[FoundAnomaly]:
        return [
            FoundAnomaly(
                scopes[each.site],
                _name(scopes[each.site], view),
                first + timedelta(days=each.day - start),
                each.kind,
                each.value_kw,
                each.usual_kw,
                each.z,
            )
            for each in found
        ]

    def _imbalances(
        self,
        scopes: Sequence[Scope],
        view: RegistryView,
        history: LoadHistory,
        frame: Frame,
        first: date,
        start: int,
    ) -> list[FoundAnomaly]:
        """Of enterprises with sub-meters: what share of the main meters the sub-meters explain."""
        parts: dict[Scope, list[Scope]] = {}
        for meter in view.meters.values():
            owner = view.enterprise_of(meter.id)
            if meter.role is MeterRole.SUB and owner is not None and enterprise_scope(owner) in scopes:
                parts.setdefault(enterprise_scope(owner), []).append(meter_scope(meter.id))
        if not parts:
            return []
        subs = sorted({sub for each in parts.values() for sub in each})
        last = local_date(from_ms(int(history.ts_ms[-1])), self._zone)
        of_subs = self._histories.history(SYSTEM, subs, first - timedelta(days=2 * WEEKS_DAYS), last)
        place = {scope: row for row, scope in enumerate(of_subs.scopes)}
        owners = list(parts)
        rows = [history.scopes.index(owner) for owner in owners]
        sums = np.stack([of_subs.demand_kw[[place[sub] for sub in parts[owner]]].sum(axis=0) for owner in owners])
        found = find_imbalances(history.demand_kw[rows], sums, frame, first_day=start)
        return self._told(found, owners, view, first, start)

    def _daily_kw(self, scope: Scope, days: Sequence[date]) -> dict[date, float]:
        """Mean restored load of each whole day."""
        history = self._histories.history(SYSTEM, [scope], days[0], days[-1])
        load = usable_load(history)[0]
        found = {}
        for number, day in enumerate(_days(days[0], days[-1])):
            start, end = history.day_starts_ms[number : number + 2]
            values = load[(history.ts_ms >= start) & (history.ts_ms < end)]
            there = values[~np.isnan(values)]
            if len(there) >= WHOLE_DAY * (end - start) / BLOCK_MS:
                found[day] = float(there.mean())
        return found

    def _daily_c(self, days: Sequence[date]) -> dict[date, float]:
        weather = self._weather.known(days_span(days[0], days[-1], self._zone))
        of_day = np.array([local_date(from_ms(int(ts)), self._zone).toordinal() for ts in weather.ts_ms])
        found = {}
        for number in np.unique(of_day).tolist():
            values = weather.temperature_c[of_day == number]
            there = values[~np.isnan(values)]
            if len(there) >= WHOLE_DAY * len(values):
                found[date.fromordinal(number)] = float(there.mean())
        return found


def _check(first: date, last: date) -> None:
    if last < first:
        raise Invalid(f"{last.isoformat()} lies before {first.isoformat()}")
    if (last - first).days >= LONGEST_DAYS:
        raise Invalid(f"一次最多 {LONGEST_DAYS} 天 / at most {LONGEST_DAYS} days at a time")


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _name(scope: Scope, view: RegistryView) -> str:
    enterprise = view.enterprises.get(scope.id) if scope.kind is ScopeKind.ENTERPRISE else None  # type: ignore[call-overload]
    return str(scope) if enterprise is None else enterprise.name


def _newest_first(found: FoundAnomaly) -> tuple[int, str, str]:
    return -found.day.toordinal(), str(found.scope), str(found.kind)
