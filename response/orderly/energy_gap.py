"""Days short of energy: what the day will draw against its 电量指标, and the power that would bring it down in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from config.orderly import OrderlyTable
from domain.arrays import FloatArray, IntArray
from domain.clock import Clock
from domain.instants import BLOCK_MS, HOUR_MS, day_span, from_ms
from domain.orderly import Window
from domain.people import Principal
from domain.scopes import Scope
from monitor.load_history import LoadHistories
from response.orderly.energy_quotas import EnergyQuotas


@dataclass(frozen=True, slots=True)
class EnergyGap:
    """expected_kwh : measured so far and forecast after, None where a part of the day is neither; gap_kwh : above the
    quota, below 0 = room; ratio : of what is expected; window : hours that are left of those the policy names, None =
    none; kw : taken off all through the window it closes the gap"""

    quota_kwh: float
    source: str
    expected_kwh: float | None
    gap_kwh: float | None
    ratio: float | None
    window: Window | None
    kw: float | None


class EnergyGaps:
    def __init__(
        self, quotas: EnergyQuotas, histories: LoadHistories, table: OrderlyTable, clock: Clock, zone: ZoneInfo
    ) -> None:
        self._quotas, self._histories, self._table, self._clock, self._zone = quotas, histories, table, clock, zone

    def of(
        self, principal: Principal, scope: Scope, day: date, ts_ms: IntArray, load_kw: FloatArray, *, change: float
    ) -> EnergyGap | None:
        """None without a quota of the day. ts_ms, load_kw : blocks ahead and what is expected of them; change : of the
        quota, as a share"""
        known = self._quotas.standing(scope, day)
        if known is None:
            return None
        quota = known.energy_kwh * (1.0 + change)
        expected = self._expected(principal, scope, day, ts_ms, load_kw)
        window = self._window(day)
        if expected is None:
            return EnergyGap(quota, known.source, None, None, None, window, None)
        gap = expected - quota
        kw = None if window is None else max(gap, 0.0) / ((window.span.end_ms - window.span.start_ms) / HOUR_MS)
        return EnergyGap(quota, known.source, expected, gap, gap / expected, window, kw)

    # -- inside

    def _expected(
        self, principal: Principal, scope: Scope, day: date, ts_ms: IntArray, load_kw: FloatArray
    ) -> float | None:
        span = day_span(day, self._zone)
        ahead = dict(zip(ts_ms.tolist(), load_kw.tolist(), strict=True))
        blocks = range(span.start_ms, span.end_ms, BLOCK_MS)
        if any(ts not in ahead for ts in blocks):
            history = self._histories.history(principal, [scope], day, day)
            measured = dict(zip(history.ts_ms.tolist(), history.demand_kw[0].tolist(), strict=True))
            ahead = measured | ahead
        kw = np.array([ahead.get(ts, np.nan) for ts in blocks])
        return None if np.isnan(kw).any() else float(kw.sum() / 4)

    def _window(self, day: date) -> Window | None:
        rules = self._table.energy
        if rules is None:
            return None
        midnight = datetime.combine(day, time(), self._zone)
        start, end = midnight + timedelta(hours=rules.from_hour), midnight + timedelta(hours=rules.to_hour)
        next_block = from_ms(-(-self._clock.now_ms() // BLOCK_MS) * BLOCK_MS).astimezone(self._zone)
        start = max(start, next_block)
        return Window(start, end) if start < end else None
