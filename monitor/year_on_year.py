"""A span of days against the same days a year before (同比), from the roll-ups alone: one row a day and scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray
from domain.errors import Invalid
from domain.instants import days_span, from_ms, local_date
from domain.people import Principal
from domain.scopes import Scope
from domain.series import Figure
from monitor.access import require
from storage.ledger_ports import RegistryLedger
from storage.ports import DayRows, ReadingStore
from storage.schema import DAY_SERIES, LOAD_DAY

MOST_DAYS = 400
NO_ROWS = "no day of the span is rolled up; yingfeng store roll-up --from --to makes up for history"
NO_PAIR = "no day has a figure in both years"


@dataclass(frozen=True, slots=True)
class SpanLoad:
    """One span: coverage of each figure is the share of its days that have one."""

    first: date
    last: date
    maximum_kw: Figure
    maximum_day: date | None
    mean_kw: Figure
    energy_kwh: Figure


@dataclass(frozen=True, slots=True)
class YearOnYear:
    """growth : this year's over last year's less one; energy and mean over the days that both years have."""

    scope: Scope
    now: SpanLoad
    before: SpanLoad
    maximum_growth: Figure
    energy_growth: Figure


class YearQuestions(Protocol):
    def year_on_year(
        self, principal: Principal, scopes: Sequence[Scope], first: date, last: date
    ) -> list[YearOnYear]: ...


class YearDesk:
    def __init__(self, *, store: ReadingStore, registry: RegistryLedger, zone: ZoneInfo) -> None:
        self._store = store
        self._registry = registry
        self._zone = zone

    def year_on_year(self, principal: Principal, scopes: Sequence[Scope], first: date, last: date) -> list[YearOnYear]:
        """Each scope as given. Two reads of the store, whatever the number of scopes."""
        if not 0 <= (last - first).days < MOST_DAYS:
            raise Invalid(f"ask for 1 to {MOST_DAYS} days")
        for scope in scopes:
            require(principal, scope, self._registry.registry(), last, first)
        days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        before = [year_before(day) for day in days]
        now_values = self._values(scopes, days)
        before_values = self._values(scopes, before)
        return [_compare(scope, days, before, now_values[i], before_values[i]) for i, scope in enumerate(scopes)]

    def _values(self, scopes: Sequence[Scope], days: Sequence[date]) -> FloatArray:
        """Shape (scopes, days, fields); NaN where a day is not rolled up."""
        rows = self._store.read_days(LOAD_DAY, scopes, days_span(days[0], days[-1], self._zone))
        return _placed(rows, scopes, days, self._zone)


def _placed(rows: DayRows, scopes: Sequence[Scope], days: Sequence[date], zone: ZoneInfo) -> FloatArray:
    values = np.full((len(scopes), len(days), len(DAY_SERIES[LOAD_DAY])), np.nan)
    line = {scope: i for i, scope in enumerate(scopes)}
    # A leap day shares its namesake: a day may stand in two places.
    places: dict[date, list[int]] = {}
    for k, day in enumerate(days):
        places.setdefault(day, []).append(k)
    at = {ts: places.get(local_date(from_ms(ts), zone), []) for ts in np.unique(rows.ts_ms).tolist()}
    for i, scope in enumerate(rows.scope):
        values[line[scope], at[int(rows.ts_ms[i])]] = rows.values[i]
    return values


def year_before(day: date) -> date:
    """29 February has no namesake; the day before is the nearest."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _compare(
    scope: Scope, days: Sequence[date], before: Sequence[date], now: FloatArray, then: FloatArray
) -> YearOnYear:
    own, earlier = _span(days, now), _span(before, then)
    energy = DAY_SERIES[LOAD_DAY].index("energy_kwh")
    both = ~(np.isnan(now[:, energy]) | np.isnan(then[:, energy]))
    share = float(both.mean())
    growth = _growth(float(now[both, energy].sum()), float(then[both, energy].sum()), share, any_pair=bool(both.any()))
    if own.maximum_kw.value is None or earlier.maximum_kw.value is None:
        peak = Figure(None, share, NO_PAIR)
    else:
        coverage = min(own.maximum_kw.coverage, earlier.maximum_kw.coverage)
        peak = _growth(own.maximum_kw.value, earlier.maximum_kw.value, coverage, any_pair=True)
    return YearOnYear(scope, own, earlier, peak, growth)


def _growth(now: float, before: float, coverage: float, *, any_pair: bool) -> Figure:
    if not any_pair or before <= 0:
        return Figure(None, coverage, NO_PAIR)
    return Figure(now / before - 1.0, coverage)


def _span(days: Sequence[date], values: FloatArray) -> SpanLoad:
    fields = DAY_SERIES[LOAD_DAY]
    # Records rest on complete measured blocks only.
    highest = values[:, fields.index("ok_maximum_kw")]
    mean, energy = values[:, fields.index("mean_kw")], values[:, fields.index("energy_kwh")]
    at = int(np.nanargmax(highest)) if not np.isnan(highest).all() else None
    return SpanLoad(
        days[0],
        days[-1],
        Figure(None, 0.0, NO_ROWS) if at is None else Figure(float(highest[at]), _share(highest)),
        None if at is None else days[at],
        _figure(mean, float(np.nanmean(mean)) if not np.isnan(mean).all() else None),
        _figure(energy, float(np.nansum(energy)) if not np.isnan(energy).all() else None),
    )


def _figure(column: FloatArray, value: float | None) -> Figure:
    return Figure(None, 0.0, NO_ROWS) if value is None else Figure(value, _share(column))


def _share(column: FloatArray) -> float:
    return float((~np.isnan(column)).mean())
