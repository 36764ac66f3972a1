"""What dispatchable potential is judged on: days before the window, shapes, cooling and earlier reductions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.baselines.days import DayTable, Window
from analytics.cooling import at_temperature
from analytics.potential import warmest
from analytics.shapes import Shapes, shapes_of
from config.calendar import Calendar, DayKind
from config.characteristics import CharacteristicsTable
from domain.arrays import FloatArray
from domain.forecasts import KeptForecast
from domain.instants import BLOCK_MS, BLOCK_S, HOUR_MS, Span, day_span, days_span, to_ms
from domain.local_days import local_days
from domain.people import Principal
from domain.scopes import Scope
from monitor.analysis_data import AnalysisData, AnalysisReader
from monitor.load_history import LoadHistories
from monitor.shape_report import limits_of
from monitor.weather import WeatherHistory
from monitor.window_cooling import fit_window
from storage.forecast_ports import ForecastLedger
from storage.reduction_ports import ReductionLedger

#: Days read: enough for the fit of cooling and a season's shape.
HISTORY_DAYS = 120
#: A kept forecast speaks of two days; an older one says nothing of the window.
FORECAST_AGE_MS = 48 * HOUR_MS
#: Row of the median in the curves of a kept forecast.
P50 = 1


@dataclass(frozen=True, eq=False)
class PotentialData:
    """Rows are the scopes asked about. Windows of the day are asked of the reader.

    table : restored load of the days before and, as the last, the day itself without load; day : its place
    loads : the same history as the analyses see it; shapes : of the whole of it
    highest_c : shape (2,), highest temperature of the day before and of the day as known then, NaN = not known [degC]
    forecasts : kept ones, newest first; reductions : by scope, mean verified reduction of each earlier event [kW]
    """

    scopes: tuple[Scope, ...]
    table: DayTable
    loads: AnalysisData
    shapes: Shapes
    works: bool
    highest_c: FloatArray
    forecasts: tuple[KeptForecast, ...]
    reductions: Mapping[Scope, tuple[float, ...]]

    @property
    def day(self) -> int:
        return len(self.table.works) - 1


class PotentialReader:
    def __init__(
        self,
        histories: LoadHistories,
        weather: WeatherHistory,
        reductions: ReductionLedger,
        forecasts: ForecastLedger,
        calendar: Calendar,
        rules: CharacteristicsTable,
        zone: ZoneInfo,
    ) -> None:
        self._reader = AnalysisReader(histories, weather, calendar, rules, zone)
        self._weather = weather
        self._reductions = reductions
        self._forecasts = forecasts
        self._calendar = calendar
        self._rules = rules
        self._zone = zone

    def read(
        self,
        principal: Principal,
        scopes: Sequence[Scope],
        day: date,
        *,
        last: date,
        issue: datetime,
        reductions_days: int,
    ) -> PotentialData:
        """last : the newest whole day that may be read, before ``day``; issue : the instant whose weather and
        forecasts are taken"""
        first = last - timedelta(days=HISTORY_DAYS - 1)
        data = self._reader.read(principal, scopes, first, last)
        highest_c = self._temperature(day, issue)
        day_ms = day_span(day, self._zone).start_ms
        return PotentialData(
            scopes=tuple(scopes),
            table=self._table(data, day, highest_c),
            loads=data,
            shapes=shapes_of(
                data.clock_kw,
                data.plain,
                data.kinds.workday,
                summer=data.summer,
                spring=data.kinds.spring,
                limits=limits_of(self._rules.shapes),
            ),
            works=self._calendar.works(day),
            highest_c=highest_c,
            forecasts=tuple(self._forecasts.issued_forecasts(since_ms=day_ms - FORECAST_AGE_MS, until_ms=to_ms(issue))),
            reductions=self._earlier(scopes, last, reductions_days),
        )

    def cooling_kw(self, data: PotentialData, window: Window) -> FloatArray:
        """Cooling in the mean load of the window on the day, shape (s,); NaN where nothing can be said [kW]"""
        if np.isnan(data.highest_c).any():
            return np.full(len(data.scopes), np.nan)
        fit = fit_window(data.loads, window, self._rules)
        before, today = data.highest_c.tolist()
        return at_temperature(fit, today, before, [0.0 if data.works else 1.0]).cooling_kw

    def forecast_kw(self, data: PotentialData, hours: Span) -> FloatArray:
        """Mean P50 of the newest kept forecast of each scope that speaks of all of these hours, NaN = none; (s,)"""
        found = np.full(len(data.scopes), np.nan)
        place = {scope: row for row, scope in enumerate(data.scopes)}
        for each in data.forecasts:
            row = place.get(each.scope, -1)
            first, end = ((at - each.issued_ms) // BLOCK_MS for at in (hours.start_ms, hours.end_ms))
            if row >= 0 and np.isnan(found[row]) and first >= 0 and end <= each.curves_kw.shape[1]:
                found[row] = each.curves_kw[P50, first:end].mean()
        return found

    def _table(self, data: AnalysisData, day: date, highest_c: FloatArray) -> DayTable:
        clock_kw = data.days.on_clock(data.history.restored_kw, data.history.ts_ms)
        days = (*data.days.days, day)
        kinds = [self._calendar.kind(each) for each in days]
        sites = len(clock_kw)
        event = np.concatenate([data.event, np.zeros((sites, 1), dtype=np.bool_)], axis=1)
        warmth = np.concatenate([data.kinds.maximum_c, highest_c[-1:]])
        return DayTable(
            load_kw=np.concatenate([clock_kw, np.full((sites, 1, clock_kw.shape[2]), np.nan)], axis=1),
            works=np.array([kind.works for kind in kinds], dtype=np.bool_),
            holiday=np.array([kind is DayKind.HOLIDAY for kind in kinds], dtype=np.bool_),
            event=event,
            outage=np.zeros(event.shape, dtype=np.bool_),
            temperature_c=np.repeat(warmth[:, None], clock_kw.shape[2], axis=1),
            step_s=BLOCK_S,
        )

    def _temperature(self, day: date, issue: datetime) -> FloatArray:
        """Highest temperature of the day before and of the day as known at the issue, NaN where it is not; (2,)"""
        days = local_days(day - timedelta(days=1), day, self._zone, step_s=3600)
        known = self._weather.as_known_at(issue, days_span(days.days[0], day, self._zone))
        return warmest(days.by_day(known.temperature_c[None], known.ts_ms)[0])

    def _earlier(self, scopes: Sequence[Scope], last: date, days: int) -> dict[Scope, tuple[float, ...]]:
        begin = day_span(last - timedelta(days=days), self._zone).start
        kept = self._reductions.reductions(Span(begin, day_span(last, self._zone).end), verified_only=True)
        found: dict[Scope, list[float]] = {}
        wanted = set(scopes)
        for each in kept:
            if each.scope in wanted and len(each.reduction_kw):
                found.setdefault(each.scope, []).append(float(each.reduction_kw.mean()))
        return {scope: tuple(kw) for scope, kw in found.items()}
