"""What dispatchable potential is judged on: days before the window, shapes, cooling and earlier reductions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.baselines.days import DayTable, Window
from analytics.cooling import at_temperature, fit_cooling
from analytics.potential import warmest
from analytics.shapes import Shapes, shapes_of
from config.calendar import Calendar, DayKind
from config.characteristics import CharacteristicsTable
from domain.arrays import BoolArray, FloatArray
from domain.instants import BLOCK_MS, BLOCK_S, HOUR_MS, Span, day_span, days_span, to_ms
from domain.local_days import local_days
from domain.people import Principal
from domain.scopes import Scope
from monitor.analysis_data import AnalysisData, AnalysisReader
from monitor.cooling_report import search_of
from monitor.load_history import LoadHistories
from monitor.shape_report import limits_of
from monitor.weather import WeatherHistory
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
    """Rows are the scopes asked about.

    table : restored load of the days before and, as the last, the day itself without load; day : its place
    shapes : of the whole history
    cooling_kw : shape (s,), cooling of the window on that day, NaN = not known [kW]
    highest_c : highest temperature of the day as known then, NaN = not known [degC]
    reductions : by scope, mean verified reduction of each earlier event or order [kW]
    """

    table: DayTable
    shapes: Shapes
    cooling_kw: FloatArray
    forecast_kw: FloatArray
    highest_c: float
    reductions: dict[Scope, tuple[float, ...]]
    first: date
    last: date

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
        window: Window,
        *,
        hours: Span,
        last: date,
        issue: datetime,
        reductions_days: int,
    ) -> PotentialData:
        """hours : the window as instants; last : the newest whole day that may be read, before ``day``

        issue : the instant whose weather and forecasts are taken
        """
        first = last - timedelta(days=HISTORY_DAYS - 1)
        data = self._reader.read(principal, scopes, first, last)
        clock_kw = data.days.on_clock(data.history.restored_kw, data.history.ts_ms)
        temperature_c = self._temperature(day, issue)
        return PotentialData(
            table=self._table(data, clock_kw, day, temperature_c),
            shapes=shapes_of(
                data.clock_kw,
                data.plain,
                data.kinds.workday,
                summer=data.summer,
                spring=data.kinds.spring,
                limits=limits_of(self._rules.shapes),
            ),
            cooling_kw=self._cooling(data, window, day, temperature_c),
            forecast_kw=self._forecast(scopes, hours, to_ms(issue)),
            highest_c=float(temperature_c[-1]),
            reductions=self._earlier(scopes, last, reductions_days),
            first=first,
            last=last,
        )

    def _table(self, data: AnalysisData, clock_kw: FloatArray, day: date, highest_c: FloatArray) -> DayTable:
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

    def _cooling(self, data: AnalysisData, window: Window, day: date, highest_c: FloatArray) -> FloatArray:
        """Cooling at the mean load of the window, by the change-point fit; NaN where nothing can be said."""
        loads = np.where(data.plain, data.clock_kw[:, :, window.blocks].mean(axis=2), np.nan)
        fit = fit_cooling(loads, data.kinds.maximum_c, self._free(data), search_of(self._rules.cooling))
        if np.isnan(highest_c).any():
            return np.full(len(loads), np.nan)
        mark = 0.0 if self._calendar.works(day) else 1.0
        return at_temperature(fit, float(highest_c[1]), float(highest_c[0]), [mark]).cooling_kw

    def _free(self, data: AnalysisData) -> BoolArray:
        return (~data.kinds.workday)[:, None]

    def _forecast(self, scopes: Sequence[Scope], hours: Span, until_ms: int) -> FloatArray:
        """Of each scope the newest forecast kept that speaks of the whole window."""
        found = np.full(len(scopes), np.nan)
        place = {scope: row for row, scope in enumerate(scopes)}
        kept = self._forecasts.issued_forecasts(since_ms=hours.start_ms - FORECAST_AGE_MS, until_ms=until_ms)
        for each in kept:
            row = place.get(each.scope, -1)
            first, end = ((at - each.issued_ms) // BLOCK_MS for at in (hours.start_ms, hours.end_ms))
            if row >= 0 and np.isnan(found[row]) and first >= 0 and end <= each.curves_kw.shape[1]:
                found[row] = each.curves_kw[P50, first:end].mean()
        return found

    def _earlier(self, scopes: Sequence[Scope], last: date, days: int) -> dict[Scope, tuple[float, ...]]:
        begin = day_span(last - timedelta(days=days), self._zone).start
        kept = self._reductions.reductions(Span(begin, day_span(last, self._zone).end), verified_only=True)
        found: dict[Scope, list[float]] = {}
        wanted = set(scopes)
        for each in kept:
            if each.scope in wanted and len(each.reduction_kw):
                found.setdefault(each.scope, []).append(float(each.reduction_kw.mean()))
        return {scope: tuple(kw) for scope, kw in found.items()}
