"""Baselines of an event, frozen when it is announced: computed once, from inputs that are kept with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from config.baselines import AnyMethod, RegressionMethod, WeatherDaysMethod
from config.policy import Policy
from domain.arrays import FloatArray
from domain.clock import Clock
from domain.errors import Invalid, NotFound
from domain.instants import BLOCK_MS, day_span, from_ms, local_date
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

        Raises Invalid when the event does not lie within one day, NotFound, Unavailable
        """
        entry = self._methods.get(method)
        if entry is None:
            raise NotFound(f"没有基线方法 {method} / there is no baseline method {method}")
        day = local_date(from_ms(start_ms), self._zone)
        first, end = self._window(day, start_ms, end_ms)
        begin = day - timedelta(days=getattr(entry, "lookback_days", 0) + 1)
        if not scopes:
            return []
        each = self._reader.read_each(principal, scopes, begin, day, issue=self._clock.now())
        return [_inputs(data, scope, entry, first, end) for scope, data in zip(scopes, each, strict=True)]

    def _window(self, day: date, start_ms: int, end_ms: int) -> tuple[int, int]:
        span = day_span(day, self._zone)
        if end_ms > span.end_ms:
            raise Invalid("事件应在一天之内 / an event lies within one day of the district")
        return (start_ms - span.start_ms) // BLOCK_MS, (end_ms - span.start_ms) // BLOCK_MS


def _inputs(data: BaselineData, scope: Scope, entry: AnyMethod, first: int, end: int) -> FrozenInputs:
    table = data.table
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
        days=data.days.days,
        works=tuple(table.works.tolist()),
        holiday=tuple(table.holiday.tolist()),
        event=tuple(event),
        load_kw=_rows(load),
        temperature_c=_rows(table.temperature_c) if reads_weather else (),
    )


def _rows(matrix: FloatArray) -> tuple[Numbers, ...]:
    return tuple(tuple(None if np.isnan(value) else float(value) for value in row) for row in matrix)
