"""The question of dispatchable potential (可调潜力): how much each enterprise could shed or shift in some hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.baselines.days import Window
from config.policy import Policy
from domain.clock import Clock
from domain.errors import Invalid
from domain.ids import EnterpriseId
from domain.instants import BLOCK_MS, HOUR_MS, MINUTE_MS, Span, day_span, from_ms, local_date
from domain.people import Principal
from domain.potentials import HeldAgainst, Potential
from domain.references import ReferenceKind
from domain.registry import Enterprise, RegistryView
from domain.scopes import DISTRICT, Scope, enterprise_scope
from monitor.access import require, visible_enterprises
from monitor.load_history import LoadHistories
from monitor.potential_answers import no_data, potential_of, sites_of
from monitor.potential_data import PotentialData, PotentialReader
from monitor.weather import WeatherHistory
from storage.forecast_ports import ForecastLedger
from storage.ledger_ports import ReferenceLedger, RegistryLedger
from storage.reduction_ports import ReductionLedger

#: Further ahead nothing of the day is known but its kind.
MOST_DAYS_AHEAD = 31


class PotentialDesk:
    def __init__(
        self,
        *,
        registry: RegistryLedger,
        references: ReferenceLedger,
        histories: LoadHistories,
        weather: WeatherHistory,
        reductions: ReductionLedger,
        forecasts: ForecastLedger,
        policy: Policy,
        zone: ZoneInfo,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._references = references
        self._table = policy.potential
        self._zone = zone
        self._clock = clock
        self._reader = PotentialReader(
            histories, weather, reductions, forecasts, policy.calendar, policy.characteristics, zone
        )

    def of(
        self,
        principal: Principal,
        enterprise_ids: Sequence[EnterpriseId] | None,
        day: date,
        start_ms: int,
        end_ms: int,
    ) -> tuple[Potential, ...]:
        """Of these enterprises, or of all the principal sees; in the order given, or that of the registry.

        [start_ms, end_ms) lies within ``day``, a day of the district, on whole quarter hours. Of the day itself only
        the forecast is read that stood when the window began, and nothing that is later than the question.
        Raises Forbidden, NotFound, Unavailable, Invalid
        """
        hours = self._hours(day, start_ms, end_ms)
        registry = self._registry.registry()
        view = registry.view(day)
        if enterprise_ids is None:
            scopes = list(visible_enterprises(principal, view))
        else:
            scopes = [enterprise_scope(each) for each in dict.fromkeys(enterprise_ids)]
            for scope in scopes:
                require(principal, scope, registry, day)
        measured = [scope for scope in scopes if view.members(scope)]
        found = self._measured(principal, measured, view, day, hours) if measured else {}
        return tuple(
            found[scope] if scope in found else no_data(view.enterprise(scope.id), day, hours) for scope in scopes
        )

    def by_hour(self, principal: Principal, enterprise_id: EnterpriseId, day: date) -> tuple[Potential, ...]:
        """One enterprise in every hour of a day; raises as ``of``."""
        return self.hours_of(principal, [enterprise_id], day)[0]

    def hours_of(
        self, principal: Principal, enterprise_ids: Sequence[EnterpriseId], day: date
    ) -> tuple[tuple[Potential, ...], ...]:
        """Of each enterprise every hour of a day, out of one reading; raises as ``of``."""
        registry = self._registry.registry()
        view, whole = registry.view(day), day_span(day, self._zone)
        scopes = [enterprise_scope(each) for each in enterprise_ids]
        for scope in scopes:
            require(principal, scope, registry, day)
        starts = range(whole.start_ms, whole.end_ms, HOUR_MS)
        hours = [self._hours(day, start_ms, min(start_ms + HOUR_MS, whole.end_ms)) for start_ms in starts]
        measured = [scope for scope in scopes if view.members(scope)]
        found: dict[Scope, tuple[Potential, ...]] = {}
        if measured:
            data = self._read(principal, measured, day, issue=min(self._clock.now(), whole.start))
            enterprises = [view.enterprise(scope.id) for scope in measured]
            by_hour = [self._answers(data, enterprises, day, each) for each in hours]
            found = {scope: tuple(hour[i] for hour in by_hour) for i, scope in enumerate(measured)}
        return tuple(
            found[scope] if scope in found else tuple(no_data(view.enterprise(scope.id), day, each) for each in hours)
            for scope in scopes
        )

    def held_against(self, principal: Principal, found: Sequence[Potential], day: date) -> tuple[HeldAgainst, ...]:
        """The sum against the shares of the district's maximum load that rules name; empty where none is entered."""
        principal.require_staff()
        kinds = (ReferenceKind.EXPECTED_MAXIMUM, ReferenceKind.LAST_YEAR_MAXIMUM, ReferenceKind.RECORD)
        known = [self._references.reference(DISTRICT, kind, day) for kind in kinds]
        maximum = next((each for each in known if each is not None), None)
        if maximum is None:
            return ()
        shed = sum(each.known_shed_kw for each in found)
        return tuple(
            HeldAgainst(
                each.id, each.name_zh, each.name_en, each.share, each.share * maximum.value_kw, shed, each.source
            )
            for each in self._table.district
        )

    # -- inside

    def _measured(
        self, principal: Principal, scopes: Sequence[Scope], view: RegistryView, day: date, hours: Span
    ) -> dict[Scope, Potential]:
        data = self._read(principal, scopes, day, issue=min(self._clock.now(), hours.start))
        enterprises = [view.enterprise(scope.id) for scope in scopes]
        return dict(zip(scopes, self._answers(data, enterprises, day, hours), strict=True))

    def _read(self, principal: Principal, scopes: Sequence[Scope], day: date, *, issue: datetime) -> PotentialData:
        today = local_date(self._clock.now(), self._zone)
        return self._reader.read(
            principal,
            scopes,
            day,
            last=min(day, today) - timedelta(days=1),
            issue=issue,
            reductions_days=self._table.reductions_lookback_days,
        )

    def _answers(
        self, data: PotentialData, enterprises: Sequence[Enterprise], day: date, hours: Span
    ) -> list[Potential]:
        window = Window(self._slot(hours.start_ms), self._slot(hours.end_ms - BLOCK_MS) + 1)
        forecast, cooling = self._reader.forecast_kw(data, hours), self._reader.cooling_kw(data, window)
        sites = sites_of(enterprises, data, window, forecast, cooling, self._table)
        return [
            potential_of(enterprise, day, hours, site, self._table)
            for enterprise, site in zip(enterprises, sites, strict=True)
        ]

    def _hours(self, day: date, start_ms: int, end_ms: int) -> Span:
        span = day_span(day, self._zone)
        if start_ms % BLOCK_MS or end_ms % BLOCK_MS:
            raise Invalid("时段应为整 15 分钟 / a window begins and ends on a quarter of an hour")
        if not span.start_ms <= start_ms < end_ms <= span.end_ms:
            raise Invalid("时段应在当日之内且止晚于起 / a window lies within its day and ends after it begins")
        today = local_date(self._clock.now(), self._zone)
        if day > today + timedelta(days=MOST_DAYS_AHEAD):
            raise Invalid(f"最多提前 {MOST_DAYS_AHEAD} 天 / at most {MOST_DAYS_AHEAD} days ahead")
        return Span(from_ms(start_ms), from_ms(end_ms))

    def _slot(self, ts_ms: int) -> int:
        """Place on the clock of the block that begins then."""
        at = from_ms(ts_ms).astimezone(self._zone)
        return (at.hour * 60 + at.minute) * MINUTE_MS // BLOCK_MS
