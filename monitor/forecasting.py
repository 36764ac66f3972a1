"""The forecast desk: issues forecasts of every scope together, keeps the newest at hand, and answers for one scope."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from analytics.forecast import FORECAST_COVERAGE, LEVELS, Refusal
from analytics.forecast_spread import peak_errors
from config.calendar import Calendar
from domain.arrays import FloatArray, IntArray
from domain.clock import Clock
from domain.errors import InsufficientData, Invalid
from domain.instants import BLOCK_MS, HOUR_MS, Span, floor_ms, from_ms, local_date, to_ms
from domain.people import SYSTEM, Principal
from domain.registry import Registry
from domain.runs import Outcome, Progress, Run
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope
from monitor.access import require
from monitor.current import quota_at
from monitor.forecast_answers import DayOutlook, LoadForecast
from monitor.forecast_frame import block_frame, local_days
from monitor.forecast_set import ForecastSet, forecast_set
from monitor.load_history import LoadHistories
from monitor.runs import Runs
from monitor.weather import WeatherHistory
from storage.ledger_ports import ReferenceLedger, RegistryLedger

KIND = "forecast"
HISTORY_DAYS = 72
LONGEST_HOURS = 168
USUAL_HOURS = 48
#: Issues kept at hand: the present hour's, and a few that people look back at.
ISSUES_AT_HAND = 6
P10, P50, P90 = (LEVELS.index(level) for level in (0.1, 0.5, 0.9))
REASONS = {
    Refusal.NO_DATA: "没有数据 / no load of it is known before this instant",
    Refusal.TOO_SHORT: "历史不足 14 天 / fewer than 14 days of load before this instant",
    Refusal.STALE: "最近 48 小时没有数据 / nothing was measured in the last 48 hours before this instant",
    Refusal.HOURS_MISSING: "有的时刻从未实测 / some time of the day was measured on fewer than 7 days",
    Refusal.CONSTANT: "负荷始终不变 / the load never moved: the meter may be stuck, or nothing runs",
}


class ForecastDesk:
    """Implements the questions ``forecast`` and ``issue``. Thread-safe; one issue is computed at a time."""

    def __init__(
        self,
        *,
        registry: RegistryLedger,
        references: ReferenceLedger,
        histories: LoadHistories,
        weather: WeatherHistory,
        calendar: Calendar,
        zone: ZoneInfo,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._references = references
        self._histories = histories
        self._weather = weather
        self._calendar = calendar
        self._zone = zone
        self._clock = clock
        self._lock = threading.Lock()
        self._at_hand: OrderedDict[tuple[int, int, int, Scope | None], ForecastSet] = OrderedDict()

    def forecast(
        self,
        principal: Principal,
        scope: Scope,
        *,
        at: datetime | None = None,
        hours: int = USUAL_HOURS,
        step: Callable[[float], None] = lambda _: None,
    ) -> LoadForecast:
        """What was known at ``at`` says of the hours after it; left out, at the last full hour of the district.

        Raises InsufficientData with the reason where the scope is not fit for a forecast, Forbidden, NotFound,
        Unavailable; Invalid for a horizon that is none.
        """
        issue_ms = self._issue_ms(at, hours)
        registry = self._registry.registry()
        require(principal, scope, registry, local_date(from_ms(issue_ms), self._zone))
        return self.answer(self.issue(issue_ms, hours, scope, step), scope, registry)

    def submit(self, runs: Runs, principal: Principal, *, at: datetime | None = None, hours: int = USUAL_HOURS) -> Run:
        """The forecast of everybody in the background: it takes a minute and more, and ends at its next step when it
        is told to. What it found is at hand for ``forecast`` afterwards. Raises as ``forecast``"""
        issue_ms = self._issue_ms(at, hours)
        require(principal, MONITORED, self._registry.registry(), local_date(from_ms(issue_ms), self._zone))
        parameters = {"at": from_ms(issue_ms).isoformat(), "hours": hours}

        def work(progress: Progress) -> Outcome:
            issued = self.issue(issue_ms, hours, step=lambda share: progress.step(share, "预测 / forecasting"))
            return Outcome({**parameters, "scopes": _summary(issued)}, issued.data_digest)

        return runs.submit(principal, KIND, str(MONITORED), parameters, work)

    def issue(
        self,
        issue_ms: int,
        hours: int,
        scope: Scope = MONITORED,
        step: Callable[[float], None] = lambda _: None,
    ) -> ForecastSet:
        """All scopes that add up, or one alone where it stands outside (a meter, an area).

        A shorter horizon is the beginning of the usual one: whoever asks for hours and whoever asks for days get the
        same figures, and the work is done once.
        """
        registry = self._registry.registry()
        together = self.scopes(registry, issue_ms)
        alone = scope if scope not in together else None
        made = max(hours, USUAL_HOURS)
        key = (issue_ms, made, registry.revision, alone)
        with self._lock:
            known = self._at_hand.get(key)
            if known is None:
                known = self._compute(issue_ms, made, together if alone is None else [alone], step)
                self._at_hand[key] = known
                while len(self._at_hand) > ISSUES_AT_HAND:
                    self._at_hand.popitem(last=False)
            return known if made == hours else known.within(hours * HOUR_MS // BLOCK_MS)

    def scopes(self, registry: Registry, issue_ms: int) -> list[Scope]:
        """District, where it has a series of its own, monitored load and the enterprises that have meters."""
        view = registry.view(local_date(from_ms(issue_ms), self._zone))
        named = [enterprise_scope(each) for each in sorted(view.enterprises)]
        return [
            *dict.fromkeys((view.whole(), MONITORED)),
            *(each for each in named if view.members(each)),
        ]

    def answer(self, issued: ForecastSet, scope: Scope, registry: Registry) -> LoadForecast:
        place = issued.place(scope)
        sites = issued.sites
        refusal = sites.refusal[place]
        if refusal:
            raise InsufficientData(REASONS[refusal], coverage=float(sites.coverage[place]))
        quota = self._quota(scope, issued.ahead_ms)
        kw = sites.quantiles_kw[:, place]
        paths = sites.expected_kw[place] + sites.paths.errors_kw[place]
        view = registry.view(local_date(from_ms(int(issued.ahead_ms[0])), self._zone))
        unmodelled = tuple(
            (f"{view.enterprises[each.id].name}", REASONS[reason])  # type: ignore[index]
            for each, reason in zip(issued.scopes, sites.refusal, strict=True)
            if reason and each.kind is ScopeKind.ENTERPRISE
        )
        return LoadForecast(
            scope=scope,
            issued_at=from_ms(int(issued.ahead_ms[0])),
            ts_ms=issued.ahead_ms,
            p10_kw=kw[P10],
            p50_kw=kw[P50],
            p90_kw=kw[P90],
            quota_kw=quota,
            quota_probability=_passing(paths, quota),
            days=self._days(issued, place, quota, paths),
            method=str(sites.method[place]),
            coherent=issued.coherent,
            coverage=float(sites.coverage[place]),
            temperature=issued.temperature,
            unmodelled=unmodelled if scope in (DISTRICT, MONITORED) else (),
            data_digest=issued.data_digest,
        )

    def _issue_ms(self, at: datetime | None, hours: int) -> int:
        if not 1 <= hours <= LONGEST_HOURS:
            raise Invalid(
                f"预测时长须为 1 至 {LONGEST_HOURS} 小时 / a horizon is 1 to {LONGEST_HOURS} hours, not {hours}"
            )
        issue_ms = floor_ms(to_ms(at), BLOCK_MS) if at is not None else floor_ms(self._clock.now_ms(), HOUR_MS)
        if issue_ms > self._clock.now_ms():
            raise Invalid("时刻在未来 / this instant has not come yet: a forecast is issued now or earlier")
        return issue_ms

    def _compute(self, issue_ms: int, hours: int, scopes: list[Scope], step: Callable[[float], None]) -> ForecastSet:
        last = local_date(from_ms(issue_ms - 1), self._zone)
        history = self._histories.history(SYSTEM, scopes, last - timedelta(days=HISTORY_DAYS), last)
        known = int(np.searchsorted(history.ts_ms, issue_ms))
        ahead_ms = issue_ms + np.arange(hours * HOUR_MS // BLOCK_MS, dtype=np.int64) * BLOCK_MS
        ts_ms = np.concatenate([history.ts_ms[:known], ahead_ms])
        frame = block_frame(ts_ms, known, self._calendar, self._zone)
        temperature_c, kind = self._temperature(issue_ms, ts_ms)
        return forecast_set(history, frame, ahead_ms, temperature_c, temperature=kind, step=step)

    def _temperature(self, issue_ms: int, ts_ms: IntArray) -> tuple[FloatArray, str]:
        """Hourly weather as known at the issue, held over the blocks of its hour, and what stands after the issue."""
        span = Span(from_ms(floor_ms(int(ts_ms[0]), HOUR_MS)), from_ms(int(ts_ms[-1]) + BLOCK_MS))
        weather = self._weather.as_known_at(from_ms(issue_ms), span)
        place = (ts_ms - weather.ts_ms[0]) // HOUR_MS
        temperature_c = weather.temperature_c[place]
        ahead = temperature_c[ts_ms >= issue_ms]
        return temperature_c, "forecast" if (~np.isnan(ahead)).mean() >= FORECAST_COVERAGE else "none"

    def _days(self, issued: ForecastSet, place: int, quota: FloatArray, paths: FloatArray) -> tuple[DayOutlook, ...]:
        days = local_days(issued.ahead_ms, self._zone)
        so_far = self._so_far(issued, place)
        found = []
        for day in sorted(set(days)):
            steps = slice(days.index(day), len(days) - days[::-1].index(day))
            expected = issued.sites.expected_kw[place : place + 1, steps]
            own = np.arange(len(issued.scopes)) == place
            errors = peak_errors(expected, issued.sites.paths.of(own).within(steps))[0]
            known = so_far if day == days[0] else float("-inf")
            errors = errors[~np.isnan(errors)]
            low, middle, high = np.quantile(errors, (0.1, 0.5, 0.9)) if len(errors) else (0.0, 0.0, 0.0)
            top = float(expected.max())
            some_quota = bool((~np.isnan(quota[steps])).any())
            passing = (paths[:, steps] > quota[steps]).any(axis=1).mean() if some_quota else None
            found.append(
                DayOutlook(
                    day=day,
                    peak_p10_kw=max(top + float(low), known),
                    peak_p50_kw=max(top + float(middle), known),
                    peak_p90_kw=max(top + float(high), known),
                    peak_at=from_ms(int(issued.ahead_ms[steps][int(expected[0].argmax())])),
                    quota_probability=None if passing is None else float(passing),
                    whole=day != days[0] or so_far == float("-inf"),
                )
            )
        # The last day is cut where the horizon ends, unless it ends at midnight.
        end = local_date(from_ms(int(issued.ahead_ms[-1]) + BLOCK_MS), self._zone)
        if found and end == found[-1].day:
            found.pop()
        return tuple(found)

    def _so_far(self, issued: ForecastSet, place: int) -> float:
        """The highest block already measured on the day of the issue; minus infinity at midnight."""
        frame = issued.frame
        today = frame.day[: frame.known] == frame.day[frame.known]
        seen = issued.load_kw[place, today]
        seen = seen[~np.isnan(seen)]
        return float(seen.max()) if len(seen) else float("-inf")

    def _quota(self, scope: Scope, ahead_ms: IntArray) -> FloatArray:
        days = local_days(ahead_ms, self._zone)
        known = {day: self._references.quota(scope, day) for day in set(days)}
        points = [quota_at(known[day], from_ms(int(ts)), self._zone) for day, ts in zip(days, ahead_ms, strict=True)]
        return np.array([np.nan if point is None else point for point in points], dtype=np.float64)


def _summary(issued: ForecastSet) -> list[dict[str, Any]]:
    """Of each scope its method and highest P50, or why it has none."""
    sites = issued.sites
    return [
        {
            "scope": str(scope),
            "method": str(sites.method[place]),
            "peak_p50_kw": None if refusal else round(float(sites.quantiles_kw[P50, place].max()), 2),
            "reason": REASONS[refusal] if refusal else "",
        }
        for place, (scope, refusal) in enumerate(zip(issued.scopes, sites.refusal, strict=True))
    ]


def _passing(paths: FloatArray, quota: FloatArray) -> FloatArray:
    """Share of the paths above the quota in each block, NaN where there is none."""
    there = ~np.isnan(quota)
    share = (paths > np.where(there, quota, np.inf)).mean(axis=0)
    return np.where(there, share, np.nan)
