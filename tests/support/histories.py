"""Loads of years as a test gives them, behind the ports the analyses ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray
from domain.instants import Span
from domain.local_days import local_days
from domain.people import Principal
from domain.registry import Registry
from domain.scopes import Scope
from domain.weather import WeatherRows
from monitor.access import require
from monitor.load_history import LoadHistory

READ_AT = datetime(2026, 7, 20, 6, 0, tzinfo=UTC)


@dataclass
class GivenHistories:
    """demand_kw : of each scope, whole days from ``first`` on, NaN = missing; other scopes are empty."""

    registry: Registry
    zone: ZoneInfo
    first: date
    demand_kw: Mapping[Scope, FloatArray]
    reduction_kw: Mapping[Scope, FloatArray] = field(default_factory=dict)

    def history(self, principal: Principal, scopes: Sequence[Scope], first: date, last: date) -> LoadHistory:
        assert len(set(scopes)) == len(scopes), "the real store takes each scope once"
        for scope in scopes:
            require(principal, scope, self.registry, first, last)
        asked, known = local_days(first, last, self.zone), local_days(self.first, last, self.zone)
        ts = asked.ts_ms
        offset = int((ts[0] - known.starts_ms[0]) // 900_000)

        def of(source: Mapping[Scope, FloatArray], absent: float) -> FloatArray:
            laid = np.full((len(scopes), len(ts)), absent)
            for row, scope in enumerate(scopes):
                given = source.get(scope, np.empty(0))[max(offset, 0) :][: len(ts)]
                laid[row, : len(given)] = given
            return laid

        demand = of(self.demand_kw, np.nan)
        return LoadHistory(
            scopes=tuple(scopes),
            ts_ms=ts,
            day_starts_ms=asked.starts_ms,
            demand_kw=demand,
            estimate_kw=demand.copy(),
            partial=np.isnan(demand),
            reduction_kw=of(self.reduction_kw, 0.0),
            revision=np.where(np.isnan(demand), 0, 1).astype(np.int32),
            read_at=READ_AT,
        )


@dataclass
class GivenWeather:
    """A ledger that knows the measured temperature of every hour from ``first`` on."""

    zone: ZoneInfo
    first: date
    temperature_c: FloatArray

    def put(self, rows: WeatherRows, *, actor: str | None = None) -> int:
        raise NotImplementedError

    def said(self, span: Span, *, by_ms: int | None = None) -> WeatherRows:
        begin = int(local_days(self.first, self.first, self.zone).starts_ms[0])
        rows = [
            (at, at, float(value), None)
            for at, value in zip(
                range(begin, begin + len(self.temperature_c) * 3_600_000, 3_600_000), self.temperature_c, strict=True
            )
            if span.start_ms <= at < span.end_ms and not np.isnan(value)
        ]
        return WeatherRows.of(rows, "test")
