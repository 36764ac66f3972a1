"""The baseline of a series of ordered days, fixed before the first of them: 96 figures an enterprise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.baselines.days import DayTable
from analytics.baselines.days import Window as Blocks
from analytics.baselines.registry import method_of
from config.calendar import DayKind
from config.policy import Policy
from domain.clock import Clock
from domain.errors import NotFound
from domain.instants import BLOCK_S
from domain.local_days import local_days
from domain.orderly import FrozenBaseline
from domain.people import Principal
from domain.scopes import Scope
from monitor.load_history import LoadHistories, ReductionSource
from storage.ledger_ports import RegistryLedger

SLOTS = 86_400 // BLOCK_S


class Freezer:
    """reductions : what events and orders took off, estimates included: such days are no samples"""

    def __init__(
        self,
        histories: LoadHistories,
        registry: RegistryLedger,
        reductions: ReductionSource,
        policy: Policy,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._registry = registry
        self._histories, self._reductions, self._policy = histories, reductions, policy
        self._clock, self._zone = clock, zone

    def freeze(self, principal: Principal, series: str, scopes: Sequence[Scope], day: date) -> FrozenBaseline:
        """By the method of the policy, from the days before ``day`` alone; an enterprise without enough has None."""
        method = self._policy.orderly.execution.baseline
        entry = next((each for each in self._policy.baselines.method if each.id == method), None)
        if entry is None:
            raise NotFound(f"没有基线方法 {method} / there is no baseline method {method}")
        first = day - timedelta(days=getattr(entry, "lookback_days", 45) + 1)
        view = self._registry.registry().view(day)
        known = [scope for scope in scopes if view.members(scope)]
        kw: dict[str, tuple[float | None, ...]] = {scope.id: (None,) * SLOTS for scope in scopes}
        samples: dict[str, tuple[date, ...]] = {scope.id: () for scope in scopes}
        if known:
            table = self._table(principal, known, first, day)
            found = method_of(entry)(table, len(table.works) - 1, Blocks(0, SLOTS))
            days = [first + timedelta(days=n) for n in range(len(table.works))]
            for row, scope in enumerate(known):
                values = found.base_kw[row].tolist()
                kw[scope.id] = tuple(None if np.isnan(value) else float(value) for value in values)
                samples[scope.id] = tuple(d for d, used in zip(days, found.days[row].tolist(), strict=False) if used)
        return FrozenBaseline(series, day, self._clock.now(), method, kw, samples)

    def _table(self, principal: Principal, scopes: Sequence[Scope], first: date, day: date) -> DayTable:
        """The day itself is there for its kind only; its load is not read."""
        history = self._histories.history(principal, scopes, first, day - timedelta(days=1))
        days = local_days(first, day, self._zone)
        called = self._reductions(history.scopes, history.ts_ms) + history.reduction_kw
        kinds = [self._policy.calendar.kind(each) for each in days.days]
        load = days.on_clock(history.demand_kw, history.ts_ms)
        event = np.nan_to_num(days.on_clock(called, history.ts_ms)).max(axis=2) > 0
        return DayTable(
            load_kw=load,
            works=np.array([kind.works for kind in kinds], dtype=np.bool_),
            holiday=np.array([kind is DayKind.HOLIDAY for kind in kinds], dtype=np.bool_),
            event=np.asarray(event),
            outage=np.zeros(event.shape, dtype=np.bool_),
            temperature_c=np.full((len(days), SLOTS), np.nan),
            step_s=BLOCK_S,
        )
