"""The question of dispatchable potential (可调潜力): how much each enterprise could shed or shift in some hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.baselines.days import Window
from analytics.potential import Headroom, able_of, headroom_of, night_base
from analytics.shapes import ShapeClass
from config.policy import Policy
from domain.arrays import FloatArray
from domain.clock import Clock
from domain.errors import Invalid
from domain.ids import EnterpriseId
from domain.instants import BLOCK_MS, day_span, from_ms, local_date
from domain.people import Principal
from domain.potentials import Potential
from domain.registry import RegistryView
from domain.scopes import Scope, enterprise_scope
from monitor.access import require, visible_enterprises
from monitor.load_history import LoadHistories
from monitor.potential_answers import Site, no_data, potential_of
from monitor.potential_data import PotentialData, PotentialReader
from monitor.weather import WeatherHistory
from storage.ledger_ports import RegistryLedger
from storage.reduction_ports import ReductionLedger

#: Further ahead nothing of the day is known but its kind.
MOST_DAYS_AHEAD = 31


class PotentialDesk:
    def __init__(
        self,
        *,
        registry: RegistryLedger,
        histories: LoadHistories,
        weather: WeatherHistory,
        reductions: ReductionLedger,
        policy: Policy,
        zone: ZoneInfo,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._table = policy.potential
        self._zone = zone
        self._clock = clock
        self._reader = PotentialReader(histories, weather, reductions, policy.calendar, policy.characteristics, zone)

    def of(
        self,
        principal: Principal,
        enterprise_ids: Sequence[EnterpriseId] | None,
        day: date,
        start_ms: int,
        end_ms: int,
    ) -> tuple[Potential, ...]:
        """Of these enterprises, or of all the principal sees; in the order given, or that of the registry.

        [start_ms, end_ms) lies within ``day``, a day of the district, on whole quarter hours. Nothing of the day itself
        and nothing after the question is read. Raises Forbidden, NotFound, Unavailable, Invalid
        """
        window = self._window(day, start_ms, end_ms)
        registry = self._registry.registry()
        view = registry.view(day)
        if enterprise_ids is None:
            scopes = list(visible_enterprises(principal, view))
        else:
            scopes = [enterprise_scope(each) for each in dict.fromkeys(enterprise_ids)]
            for scope in scopes:
                require(principal, scope, registry, day)
        measured = [scope for scope in scopes if view.members(scope)]
        found = self._measured(principal, measured, view, day, window, start_ms, end_ms) if measured else {}
        when = (day, start_ms, end_ms)
        return tuple(found[scope] if scope in found else no_data(view.enterprise(scope.id), *when) for scope in scopes)

    # -- inside

    def _measured(
        self,
        principal: Principal,
        scopes: Sequence[Scope],
        view: RegistryView,
        day: date,
        window: Window,
        start_ms: int,
        end_ms: int,
    ) -> dict[Scope, Potential]:
        now = self._clock.now()
        data = self._reader.read(
            principal,
            scopes,
            day,
            window,
            last=min(day, local_date(now, self._zone)) - timedelta(days=1),
            issue=min(now, from_ms(start_ms)),
            reductions_days=self._table.reductions_lookback_days,
        )
        enterprises = [view.enterprise(scope.id) for scope in scopes]
        registered = np.array(
            [np.nan if each.security_load_kw is None else each.security_load_kw for each in enterprises]
        )
        base = self._night_base(data)
        security = np.where(np.isnan(registered), base, registered)
        alike = headroom_of(
            data.table,
            data.day,
            window,
            security,
            days=self._table.like_days.days,
            lookback_days=self._table.like_days.lookback_days,
        )
        able = self._able(data, alike)
        return {
            scope: potential_of(
                enterprises[row],
                day,
                start_ms,
                end_ms,
                Site.of(row, scope, data, alike, security, registered, able, base),
                self._table,
            )
            for row, scope in enumerate(scopes)
        }

    def _night_base(self, data: PotentialData) -> FloatArray:
        rules = self._table.like_days
        return night_base(data.table, data.day, lookback_days=rules.lookback_days, quantile=rules.night_base_quantile)

    def _able(self, data: PotentialData, alike: Headroom) -> FloatArray:
        """By shares of the policy, for those that declared nothing."""
        words = [ShapeClass(int(code)).word for code in data.shapes.code]
        shares = np.array([self._table.of_shape(word).shed for word in words])
        return able_of(alike.usual_kw, data.cooling_kw, shares, self._table.cooling_share)

    def _window(self, day: date, start_ms: int, end_ms: int) -> Window:
        span = day_span(day, self._zone)
        if start_ms % BLOCK_MS or end_ms % BLOCK_MS:
            raise Invalid("时段应为整 15 分钟 / a window begins and ends on a quarter of an hour")
        if not span.start_ms <= start_ms < end_ms <= span.end_ms:
            raise Invalid("时段应在当日之内且止晚于起 / a window lies within its day and ends after it begins")
        today = local_date(self._clock.now(), self._zone)
        if day > today + timedelta(days=MOST_DAYS_AHEAD):
            raise Invalid(f"最多提前 {MOST_DAYS_AHEAD} 天 / at most {MOST_DAYS_AHEAD} days ahead")
        return Window(self._slot(start_ms), self._slot(end_ms - BLOCK_MS) + 1)

    def _slot(self, ts_ms: int) -> int:
        """Place on the clock of the block that begins then."""
        at = from_ms(ts_ms).astimezone(self._zone)
        return (at.hour * 60 + at.minute) * 60_000 // BLOCK_MS
