"""What the analyses of weeks and years work on: one history laid out by days, with calendar, events and temperature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from analytics.day_figures import DayFigures, day_figures
from analytics.typical_days import DayKinds
from config.calendar import Calendar, DayKind
from config.characteristics import CharacteristicsTable, in_season
from domain.arrays import BoolArray, FloatArray
from domain.instants import BLOCK_S, days_span
from domain.local_days import LocalDays, local_days
from domain.people import Principal
from domain.scopes import Scope
from monitor.load_history import LoadHistories, LoadHistory, joined
from monitor.weather import WeatherHistory

#: Share of a day's hours whose temperature must be known for the day to have a maximum.
TEMPERATURE_SHARE = 0.75
#: Scopes read together: between two readings a run can be told to end.
SCOPES_AT_ONCE = 25
Step = Callable[[float], None]


@dataclass(frozen=True)
class AnalysisData:
    """history : scopes x blocks; days : their layout; kinds : what each day is, with its highest temperature [degC]
    announced : whether the holidays of every year of the span are known
    """

    history: LoadHistory
    days: LocalDays
    kinds: DayKinds
    summer: BoolArray
    announced: bool
    minimum_completeness: float
    zone: ZoneInfo

    @cached_property
    def demand_kw(self) -> FloatArray:
        """Measured demand, shape (s, d, blocks of the longest day)."""
        return self.days.by_day(self.history.demand_kw, self.history.ts_ms)

    @cached_property
    def clock_kw(self) -> FloatArray:
        """Measured demand by slot of the clock, shape (s, d, 96)."""
        return self.days.on_clock(self.history.demand_kw, self.history.ts_ms)

    @cached_property
    def figures(self) -> DayFigures:
        return day_figures(
            self.demand_kw,
            step_s=BLOCK_S,
            blocks=self.days.blocks,
            minimum_completeness=self.minimum_completeness,
        )

    @cached_property
    def event(self) -> BoolArray:
        """Shape (s, d): days on which an event or order took load off the scope."""
        return np.asarray((self.days.by_day(self.history.reduction_kw, self.history.ts_ms) > 0).any(axis=2))

    @cached_property
    def plain(self) -> BoolArray:
        """Shape (s, d): days that count and had no event."""
        return np.asarray(self.figures.counted & ~self.event)


class AnalysisReader:
    def __init__(
        self,
        histories: LoadHistories,
        weather: WeatherHistory,
        calendar: Calendar,
        rules: CharacteristicsTable,
        zone: ZoneInfo,
    ) -> None:
        self._histories = histories
        self._weather = weather
        self._calendar = calendar
        self._rules = rules
        self._zone = zone

    def read(
        self, principal: Principal, scopes: Sequence[Scope], first: date, last: date, *, step: Step = lambda _: None
    ) -> AnalysisData:
        """step : told the share of the loads that are read. Raises what ``LoadHistories.history`` and it raise."""
        history = self._rows(principal, scopes, first, last, step)
        days = local_days(first, last, self._zone)
        kinds = [self._calendar.kind(day) for day in days.days]
        return AnalysisData(
            history=history,
            days=days,
            kinds=DayKinds(
                workday=np.array([kind.works for kind in kinds], dtype=np.bool_),
                weekend=np.array([kind is DayKind.WEEKEND for kind in kinds], dtype=np.bool_),
                holiday=np.array([kind is DayKind.HOLIDAY for kind in kinds], dtype=np.bool_),
                spring=np.array([self._rules.typical.spring(day) for day in days.days], dtype=np.bool_),
                maximum_c=self.highest_c(first, last),
            ),
            summer=np.array([in_season(day, self._rules.shapes.summer) for day in days.days], dtype=np.bool_),
            announced=all(self._calendar.announced(year) for year in range(first.year, last.year + 1)),
            minimum_completeness=self._rules.coverage.day_share,
            zone=self._zone,
        )

    def _rows(self, principal: Principal, scopes: Sequence[Scope], first: date, last: date, step: Step) -> LoadHistory:
        """A row for each scope as given; an enterprise asked about by itself is its own only part."""
        each_once = list(dict.fromkeys(scopes))
        parts = []
        for at in range(0, len(each_once), SCOPES_AT_ONCE):
            step(at / len(each_once))
            parts.append(self._histories.history(principal, each_once[at : at + SCOPES_AT_ONCE], first, last))
        history = joined(parts)
        if len(each_once) == len(scopes):
            return history
        row = [each_once.index(scope) for scope in scopes]
        return replace(
            history,
            scopes=tuple(scopes),
            demand_kw=history.demand_kw[row],
            estimate_kw=history.estimate_kw[row],
            partial=history.partial[row],
            reduction_kw=history.reduction_kw[row],
        )

    def highest_c(self, first: date, last: date) -> FloatArray:
        """Highest measured temperature of each day; NaN where too much of it is unknown [degC]"""
        hours = local_days(first, last, self._zone, step_s=3600)
        known = self._weather.known(days_span(first, last, self._zone))
        laid = hours.by_day(known.temperature_c[None], known.ts_ms)[0]
        there = ~np.isnan(laid)
        highest = np.where(there, laid, -np.inf).max(axis=1)
        return np.where(there.sum(axis=1) >= TEMPERATURE_SHARE * hours.blocks, highest, np.nan)


def number(value: float | np.floating) -> float | None:
    """None for NaN: what people and JSON see of a missing figure."""
    return None if np.isnan(value) else float(value)


def numbers(values: FloatArray) -> tuple[float | None, ...]:
    return tuple(number(value) for value in values.tolist())


def day_or_none(days: LocalDays, at: int) -> date | None:
    return days.days[at] if at >= 0 else None
