"""Baselines of an event, frozen when it is announced: computed once, from inputs that are kept with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.baselines.days import DayTable
from config.baselines import AnyMethod, RegressionMethod, WeatherDaysMethod
from config.policy import Policy
from domain.arrays import FloatArray
from domain.clock import Clock
from domain.errors import NotFound
from domain.event_days import EventDay, event_day
from domain.instants import BLOCK_MS
from domain.people import Principal
from domain.scopes import Scope
from monitor.baseline_data import BaselineData, BaselineReader
from monitor.calls import Calls
from monitor.frozen_inputs import FrozenInputs, Numbers
from monitor.load_history import LoadHistories, ReductionSource
from monitor.weather import WeatherHistory


class BaselineFreezer:
    def __init__(
        self,
        histories: LoadHistories,
        weather: WeatherHistory,
        reductions: ReductionSource,
        calls: Calls,
        policy: Policy,
        zone: ZoneInfo,
        clock: Clock,
    ) -> None:
        self._reader = BaselineReader(histories, weather, reductions, policy.calendar, zone, calls=calls)
        self._methods = {method.id: method for method in policy.baselines.method}
        self._zone = zone
        self._clock = clock

    def inputs(
        self, principal: Principal, scopes: Sequence[Scope], method: str, start_ms: int, end_ms: int
    ) -> list[FrozenInputs]:
        """What the method reads for the event [start_ms, end_ms), as it is known now; nothing of the day itself.

        Raises Invalid when the event lies neither within a day nor between two noons, NotFound, Unavailable
        """
        entry = self._methods.get(method)
        if entry is None:
            raise NotFound(f"没有基线方法 {method} / there is no baseline method {method}")
        event = event_day(start_ms, end_ms, self._zone)
        first, end = ((ms - event.row.start_ms) // BLOCK_MS for ms in (start_ms, end_ms))
        begin = event.day - timedelta(days=getattr(entry, "lookback_days", 0) + 1)
        if not scopes:
            return []
        each = self._reader.read_each(principal, scopes, begin, event.last, issue=self._clock.now())
        return [_inputs(data, scope, entry, event, first, end) for scope, data in zip(scopes, each, strict=True)]


def _inputs(
    data: BaselineData, scope: Scope, entry: AnyMethod, event_on: EventDay, first: int, end: int
) -> FrozenInputs:
    table = from_noon(data.table) if event_on.over_midnight else data.table
    load = table.load_kw[0].copy()
    load[-1] = np.nan
    # The day itself is no sample in any case; whether its event is told already must not change what is frozen.
    event = [*table.event[0, :-1].tolist(), False]
    reads_weather = isinstance(entry, WeatherDaysMethod | RegressionMethod)
    return FrozenInputs(
        enterprise=scope.id,
        method=entry.model_dump(mode="json", exclude_defaults=True),
        first_block=first,
        end_block=end,
        step_s=table.step_s,
        days=data.days.days[: len(table.works)],
        works=tuple(table.works.tolist()),
        holiday=tuple(table.holiday.tolist()),
        event=tuple(event),
        load_kw=_rows(load),
        temperature_c=_rows(table.temperature_c) if reads_weather else (),
        rows_begin=table.load_kw.shape[-1] // 2 if event_on.over_midnight else 0,
    )


def from_noon(table: DayTable) -> DayTable:
    """The same loads in rows from noon to noon, one less than days; a row is of the day it begins on.

    An event of either of its days makes a row none to sample, but for the row that ends on the day of the last row:
    whether the event of that day is told already must not change what is frozen.
    """
    event = table.event[:, :-1].copy()
    event[:, :-2] |= table.event[:, 1:-2]
    return DayTable(
        load_kw=_noon_rows(table.load_kw),
        works=table.works[:-1],
        holiday=table.holiday[:-1],
        event=event,
        outage=table.outage[:, :-1] | table.outage[:, 1:],
        temperature_c=_noon_rows(table.temperature_c),
        step_s=table.step_s,
    )


def _noon_rows(days: FloatArray) -> FloatArray:
    """Shape (..., d, b) to (..., d - 1, b)."""
    *outer, d, b = days.shape
    return days.reshape(*outer, d * b)[..., b // 2 : d * b - b // 2].reshape(*outer, d - 1, b)


def _rows(matrix: FloatArray) -> tuple[Numbers, ...]:
    return tuple(tuple(None if np.isnan(value) else float(value) for value in row) for row in matrix)
