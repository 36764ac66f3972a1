"""The days a baseline is made of: load by the clock, calendar, event days and temperature, for one scope."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np

from analytics.baselines.days import DayTable, Window
from config.calendar import Calendar, DayKind
from domain.arrays import FloatArray
from domain.errors import Invalid
from domain.instants import BLOCK_S, Span, days_span
from domain.local_days import LocalDays, local_days
from domain.people import Principal
from domain.scopes import Scope
from monitor.calls import Call, Calls
from monitor.load_history import LoadHistories, LoadHistory, ReductionSource
from monitor.weather import HourlyWeather, WeatherHistory

BLOCK_MINUTES = BLOCK_S // 60
PER_HOUR = 60 // BLOCK_MINUTES


@dataclass(frozen=True, slots=True)
class ClockWindow:
    """From ``start`` to ``end`` on the wall, on whole blocks, within a day; an end of 00:00 is midnight."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of 14:00-18:00. Raises Invalid."""
        try:
            start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
        except ValueError:
            raise Invalid(f"时段 {text!r} 应写作 14:00-18:00 / {text!r} is no window such as 14:00-18:00") from None
        if any(each.minute % BLOCK_MINUTES or each.second or each.microsecond for each in (start, end)):
            raise Invalid(f"时段 {text} 应为整 15 分钟 / the window {text} must begin and end on a quarter of an hour")
        found = cls(start, end)
        if found.blocks.end <= found.blocks.first:
            raise Invalid(f"时段 {text} 的止不晚于起 / the window {text} ends before it begins")
        return found

    @property
    def blocks(self) -> Window:
        def block(at: time) -> int:
            return (at.hour * 60 + at.minute) // BLOCK_MINUTES

        first, end = block(self.start), block(self.end) or 24 * PER_HOUR
        if end <= first:
            raise Invalid(f"时段 {self} 的止不晚于起 / the window {self} ends before it begins")
        return Window(first, end)

    def on(self, day: date, zone: ZoneInfo) -> Span:
        """The instants of the window on a day."""
        ends = day + timedelta(days=1) if self.end == time() else day
        begin, end = (datetime.combine(d, t, tzinfo=zone) for d, t in ((day, self.start), (ends, self.end)))
        return Span(begin.astimezone(UTC), end.astimezone(UTC))

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True, eq=False)
class BaselineData:
    """table : one site; digest : of all that a baseline can depend on but the policy; announced : see CalendarDay

    calls : events and orders that asked for load in these days
    """

    table: DayTable
    days: LocalDays
    announced: bool
    calls: tuple[Call, ...]
    digest: str

    def index(self, day: date) -> int:
        return self.days.days.index(day)

    def told_ms(self, day: date, window: Window) -> int | None:
        """When the first call that touches the window on a day was told; None = nothing was called, or nobody knows."""
        number = self.index(day)
        start_ms, step_ms = int(self.days.starts_ms[number]), self.table.step_s * 1000
        begin_ms, end_ms = start_ms + window.first * step_ms, start_ms + window.end * step_ms
        told = [
            each.told_ms
            for each in self.calls
            if each.told_ms is not None and each.start_ms < end_ms and each.end_ms > begin_ms
        ]
        return min(told, default=None)

    def chosen(self, marks: Sequence[bool]) -> tuple[date, ...]:
        return tuple(day for day, mark in zip(self.days.days, marks, strict=False) if mark)


class BaselineReader:
    """reductions : what events and orders took off, estimates included; calls : what they asked for. Days of either
    are no samples, even before they are settled"""

    def __init__(
        self,
        histories: LoadHistories,
        weather: WeatherHistory,
        reductions: ReductionSource,
        calendar: Calendar,
        zone: ZoneInfo,
        *,
        calls: Calls,
    ) -> None:
        self._histories = histories
        self._weather = weather
        self._reductions = reductions
        self._calendar = calendar
        self._zone = zone
        self._calls = calls

    def read(
        self, principal: Principal, scope: Scope, first: date, last: date, *, issue: datetime | None = None
    ) -> BaselineData:
        """issue : forecasts of the temperature that stood then fill what is not measured; None = measured only"""
        return self.read_each(principal, [scope], first, last, issue=issue)[0]

    def read_each(
        self,
        principal: Principal,
        scopes: Sequence[Scope],
        first: date,
        last: date,
        *,
        issue: datetime | None = None,
    ) -> list[BaselineData]:
        """Of several scopes out of one reading; each is what it would be alone."""
        history = self._histories.history(principal, scopes, first, last)
        days = local_days(first, last, self._zone)
        span = days_span(first, last, self._zone)
        weather = self._weather.known(span) if issue is None else self._weather.as_known_at(issue, span)
        temperature_c = self._temperature(weather, days)
        return [self._one(history.row(place), days, span, temperature_c) for place in range(len(scopes))]

    def _one(self, history: LoadHistory, days: LocalDays, span: Span, temperature_c: FloatArray) -> BaselineData:
        (scope,) = history.scopes
        called_kw = self._reductions([scope], history.ts_ms)
        event = np.asarray((days.on_clock(called_kw + history.reduction_kw, history.ts_ms) > 0).any(axis=2))
        calls = tuple(self._calls.calls(scope, span))
        for each in calls:
            touched = days.day_of(np.array([each.start_ms, each.end_ms - 1], dtype=np.int64))
            event[0, max(int(touched[0]), 0) : int(touched[1]) + 1] = True
        kinds = [self._calendar.kind(day) for day in days.days]
        table = DayTable(
            load_kw=days.on_clock(history.demand_kw, history.ts_ms),
            works=np.array([kind.works for kind in kinds], dtype=np.bool_),
            holiday=np.array([kind is DayKind.HOLIDAY for kind in kinds], dtype=np.bool_),
            event=event,
            outage=np.zeros(event.shape, dtype=np.bool_),
            temperature_c=temperature_c,
            step_s=BLOCK_S,
        )
        years = range(days.days[0].year, days.days[-1].year + 1)
        announced = all(self._calendar.announced(year) for year in years)
        return BaselineData(table, days, announced, calls, _digest(history.digest, table, calls))

    def _temperature(self, weather: HourlyWeather, days: LocalDays) -> FloatArray:
        hours = local_days(days.days[0], days.days[-1], self._zone, step_s=3600)
        return np.repeat(hours.on_clock(weather.temperature_c[None], weather.ts_ms)[0], PER_HOUR, axis=1)


def _digest(loads: str, table: DayTable, calls: Sequence[Call]) -> str:
    found = hashlib.sha256(loads.encode())
    for array in (table.works, table.holiday, table.event, table.temperature_c):
        found.update(np.ascontiguousarray(array).tobytes())
    for each in calls:
        found.update(repr(each).encode())
    return found.hexdigest()
