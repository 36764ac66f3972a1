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
from domain.dr_states import EventState
from domain.errors import Invalid, NotFound
from domain.instants import BLOCK_MS, day_span, from_ms, local_date
from domain.people import Principal
from domain.scopes import Scope
from monitor.baseline_data import BaselineData, BaselineReader
from monitor.frozen_inputs import FrozenInputs, Numbers
from monitor.load_history import LoadHistories, ReductionSource
from monitor.weather import WeatherHistory
from storage.dr_ports import DrLedger

#: States in which an event was, or is, asking for load: its day is no sample for later ones.
CALLED = frozenset(EventState) - {EventState.DRAFT, EventState.CANCELLED}


class BaselineFreezer:
    def __init__(
        self,
        histories: LoadHistories,
        weather: WeatherHistory,
        reductions: ReductionSource,
        events: DrLedger,
        policy: Policy,
        zone: ZoneInfo,
        clock: Clock,
    ) -> None:
        self._reader = BaselineReader(histories, weather, reductions, policy.calendar, zone)
        self._events = events
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
        called = self._called(begin, day)
        found = []
        for scope in scopes:
            data = self._reader.read(principal, scope, begin, day, issue=self._clock.now())
            found.append(_inputs(data, scope, entry, first, end, called.get(scope.id, frozenset())))
        return found

    def _window(self, day: date, start_ms: int, end_ms: int) -> tuple[int, int]:
        span = day_span(day, self._zone)
        if end_ms > span.end_ms:
            raise Invalid("事件应在一天之内 / an event lies within one day of the district")
        return (start_ms - span.start_ms) // BLOCK_MS, (end_ms - span.start_ms) // BLOCK_MS

    def _called(self, first: date, last: date) -> dict[str, frozenset[date]]:
        """Days on which earlier events asked something of an enterprise, whatever it did."""
        span = day_span(first, self._zone).start_ms, day_span(last, self._zone).start_ms
        found: dict[str, set[date]] = {}
        for event in self._events.events_between(*span):
            if event.state not in CALLED:
                continue
            day = local_date(from_ms(event.start_ms), self._zone)
            for each in event.participants:
                found.setdefault(each.enterprise, set()).add(day)
        return {enterprise: frozenset(days) for enterprise, days in found.items()}


def _inputs(
    data: BaselineData, scope: Scope, entry: AnyMethod, first: int, end: int, called: frozenset[date]
) -> FrozenInputs:
    table = data.table
    load = table.load_kw[0].copy()
    load[-1] = np.nan
    event = [bool(mark) or day in called for day, mark in zip(data.days.days, table.event[0], strict=True)]
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
