"""The load desk: answers the questions of ``monitor.questions`` from the engine and the store, or the store alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.indices import DailyIndices, daily_indices
from config.policy import Policy
from config.settings import MonitorSettings
from domain.arrays import FloatArray, IntArray
from domain.clock import Clock
from domain.errors import InsufficientData
from domain.ids import EnterpriseId
from domain.instants import (
    BLOCK_MS,
    BLOCK_S,
    MINUTE_MS,
    Span,
    day_span,
    days_span,
    floor_ms,
    from_ms,
    local_date,
    to_ms,
)
from domain.people import Principal
from domain.readings import ReadingBatch
from domain.registry import DataClass, RegistryView
from domain.scopes import DISTRICT, MONITORED, Scope, meter_scope
from domain.series import Figure
from monitor.access import require, visible_enterprises, visible_meters, visible_scopes
from monitor.answers import Brief, CoincidentPeak, CurrentLoad, Curve, DayIndices, EnterpriseDemands, MeterQuality
from monitor.as_known import Superseded, as_known, history_of, kept_since
from monitor.block_rows import OK
from monitor.brief import compose
from monitor.current import CurrentDesk, quota_at
from monitor.demand_reader import DemandGrid, DemandReader
from monitor.derivation import Derivation
from monitor.live import LiveLoads, MeterState, ScopeLoad
from monitor.meter_quality import day_quality
from monitor.peaks import coincident_peak, parts_of
from monitor.projector import Projector
from monitor.restored import Reductions
from monitor.stored_loads import StoredLoads
from monitor.usual_book import UsualBook
from storage.ledger_ports import ReferenceLedger, RegistryLedger
from storage.ports import ReadingStore
from storage.revision_ports import SupersededLedger


class LoadDesk:
    """Implements ``monitor.questions.LoadQuestions``. ``live`` is None in a process without an engine."""

    def __init__(
        self,
        *,
        registry: RegistryLedger,
        references: ReferenceLedger,
        store: ReadingStore,
        clock: Clock,
        policy: Policy,
        settings: MonitorSettings,
        zone: ZoneInfo,
        live: LiveLoads | None = None,
        reductions: Reductions | None = None,
        superseded: SupersededLedger,
    ) -> None:
        self._registry = registry
        self._references = references
        self._store = store
        self._clock = clock
        self._policy = policy
        self._settings = settings
        self._zone = zone
        self._live = live
        self._reductions = reductions
        self._superseded = superseded
        derivation = Derivation(store, registry, zone, minimum_coverage=settings.minimum_coverage)
        self._reader = DemandReader(store, derivation)
        grace_ms = int(settings.grace_s * 1000)
        self._stored = StoredLoads(
            store,
            derivation,
            UsualBook(store, derivation, policy.calendar, zone),
            Projector(derivation, zone),
            clock,
            grace_ms=grace_ms,
        )
        self._current = CurrentDesk(
            references,
            self._reader,
            policy,
            reductions,
            zone,
            minimum_coverage=settings.minimum_coverage,
        )

    # -- questions

    def current(self, principal: Principal, scope: Scope) -> CurrentLoad:
        now = self._clock.now()
        self._require(principal, scope, self._day(now))
        load, states = self._load(scope)
        view = self._view(now)
        members = {str(meter) for meter, _ in view.members(scope)}
        own = [state for state in states if state.meter in members]
        expected = sum(1 for meter in members if view.meter(meter).data_class is DataClass.REAL_TIME)
        return self._current.answer(scope, now, load, own, expected=expected, share=self._share(scope))

    def load_now(self, principal: Principal, scope: Scope) -> ScopeLoad | None:
        self._require(principal, scope, self._day(self._clock.now()))
        return self._load(scope)[0]

    def curve(self, principal: Principal, scope: Scope, span: Span, *, as_of: datetime | None = None) -> Curve:
        self._require(principal, scope, *self._days(span))
        grid = self._grid(scope, span, as_of)
        return Curve(
            scope=scope,
            ts_ms=grid.ts_ms,
            demand_kw=grid.demand_kw[0],
            coverage=grid.coverage[0],
            estimate_kw=grid.estimate_kw[0],
            estimate_low_kw=grid.estimate_low_kw[0],
            estimate_high_kw=grid.estimate_high_kw[0],
            quality=grid.quality[0],
            revision=grid.revision[0],
            quota_kw=self._quota(scope, grid.ts_ms.tolist()),
            energy_kwh=grid.energy_kwh[0],
            as_of=as_of,
            reduction_kw=self._reduction(scope, grid.ts_ms),
        )

    def demands(self, principal: Principal, span: Span) -> EnterpriseDemands:
        view = self._registry.registry().view(self._days(span)[-1])
        scopes = visible_enterprises(principal, view)
        # The sum stands first: whether a block was written shows in it, an enterprise without meters has never a row.
        first = (MONITORED,) if principal.sees_all() else scopes
        rows = (*first, *(scope for scope in scopes if scope not in first))
        grid = self._reader.grid(rows, span, until_ms=self._until_ms())
        own = slice(len(rows) - len(scopes), None)
        return EnterpriseDemands(
            tuple(EnterpriseId(scope.id) for scope in scopes), grid.ts_ms, grid.demand_kw[own], grid.coverage[own]
        )

    def revisions(self, principal: Principal, scope: Scope, span: Span) -> list[Superseded]:
        self._require(principal, scope, *self._days(span))
        return history_of(self._superseded.read((scope,), span))

    def indices(
        self, principal: Principal, scope: Scope, first: date, last: date, *, as_of: datetime | None = None
    ) -> list[DayIndices]:
        self._require(principal, scope, last, first)
        span = days_span(first, last, self._zone)
        grid = self._grid(scope, span, as_of)
        found = []
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            own = day_span(day, self._zone)
            at = (grid.ts_ms >= own.start_ms) & (grid.ts_ms < own.end_ms)
            measured = ~np.isnan(grid.demand_kw[0, at])
            partial = bool((grid.quality[0, at][measured] != OK).any())
            figures = daily_indices(grid.demand_kw[0, at], step_s=BLOCK_S, energy_kwh=grid.energy_kwh[0, at])
            found.append(_day_indices(scope, day, own, figures, partial))
        return found

    def peaks(self, principal: Principal, scope: Scope, span: Span) -> CoincidentPeak:
        self._require(principal, scope, *self._days(span))
        view = self._registry.registry().view(local_date(span.start, self._zone))
        until_ms = self._until_ms()
        parts = [part for part in parts_of(scope, view) if part != scope]
        grid = self._reader.grid((scope, *parts), span, until_ms=until_ms)
        return coincident_peak(grid, view, until_ms=until_ms)

    def readings(self, principal: Principal, meter: str, span: Span, *, limit: int) -> ReadingBatch:
        self._require(principal, meter_scope(meter), *self._days(span))
        return self._store.read([meter], span, limit=limit)

    def quality(self, principal: Principal, day: date) -> list[MeterQuality]:
        registry = self._registry.registry()
        now = self._clock.now()
        today = day == self._day(now)
        states = {state.meter: state for state in self._live.meters()} if today and self._live is not None else {}
        meters = visible_meters(principal, registry, day)
        return day_quality(self._store, registry.view(day), meters, day_span(day, self._zone), now, states)

    def brief(self, principal: Principal) -> Brief:
        """Of the district, or of the monitored load where the district has no series of its own."""
        now = self._clock.now()
        scope = self._view(now).whole()
        current = self.current(principal, scope)
        block = from_ms(floor_ms(to_ms(current.as_of or now), BLOCK_MS))
        before = _year_before(block, self._zone)
        grid = self._reader.grid((scope,), Span(before, before + timedelta(minutes=15)), until_ms=to_ms(now))
        known = grid.demand_kw[0, 0]
        last_year_kw = None if np.isnan(known) else float(known)
        local_before = before.astimezone(self._zone)
        return compose(current, last_year_kw, local_before, now, self._policy.gap_levels, self._zone)

    def scopes(self, principal: Principal) -> list[Scope]:
        return visible_scopes(principal, self._registry.registry(), self._day(self._clock.now()))

    # -- inside

    def _grid(self, scope: Scope, span: Span, as_of: datetime | None) -> DemandGrid:
        """The blocks of one scope as they are known now, or were at ``as_of``."""
        if as_of is None:
            return self._reader.grid((scope,), span, until_ms=self._until_ms())
        since = kept_since(self._clock.now(), self._settings.superseded_days)
        if since is not None and as_of < since:
            raise InsufficientData(
                f"更正前的数值只保留 {self._settings.superseded_days} 天 / replaced figures are kept for "
                f"{self._settings.superseded_days} days (monitor.superseded_days), what was known then is not"
            )
        past = self._superseded.read((scope,), span)
        return as_known(self._reader.stored((scope,), span), past, to_ms(as_of), grace_ms=self._grace_ms())

    def _grace_ms(self) -> int:
        return int(self._settings.grace_s * 1000)

    def _require(self, principal: Principal, scope: Scope, *days: date) -> None:
        require(principal, scope, self._registry.registry(), *days)

    def _day(self, instant: datetime) -> date:
        return local_date(instant, self._zone)

    def _days(self, span: Span) -> tuple[date, ...]:
        first, last = self._day(span.start), self._day(span.end - timedelta(milliseconds=1))
        return (first,) if first == last else (first, last)

    def _view(self, instant: datetime) -> RegistryView:
        return self._registry.registry().view(self._day(instant))

    def _until_ms(self) -> int:
        """Blocks that ended before this should be written; the running one is nobody's yet."""
        return self._clock.now_ms() - int(self._settings.grace_s * 1000)

    def _load(self, scope: Scope) -> tuple[ScopeLoad | None, list[MeterState]]:
        if self._live is not None:
            load = self._live.load(scope)
            if load is not None:
                return load, self._live.meters()
        return self._stored.load(scope)

    def _share(self, scope: Scope) -> float | None:
        """Monitored load as a share of the district's, where both are whole."""
        if self._live is None or scope not in (DISTRICT, MONITORED):
            return None
        district, monitored = self._live.load(DISTRICT), self._live.load(MONITORED)
        if district is None or monitored is None or not district.sliding_kw or monitored.sliding_kw is None:
            return None
        return monitored.sliding_kw / district.sliding_kw

    def _reduction(self, scope: Scope, ts_ms: IntArray) -> FloatArray | None:
        if self._reductions is None:
            return None
        found = self._reductions.series([scope], ts_ms, verified_only=False)[0]
        return found if found.any() else None

    def _quota(self, scope: Scope, starts_ms: Iterable[int]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Quota of each block, NaN = no quota [kW]."""
        known = {}
        points = []
        for start_ms in starts_ms:
            instant = from_ms(start_ms)
            day = self._day(instant)
            if day not in known:
                known[day] = self._references.quota(scope, day)
            points.append(quota_at(known[day], instant, self._zone))
        return np.array([np.nan if point is None else point for point in points], dtype=np.float64)


def _year_before(block: datetime, zone: ZoneInfo) -> datetime:
    local = block.astimezone(zone)
    try:
        earlier = local.replace(year=local.year - 1)
    except ValueError:
        # 29 February has no namesake; the day before is the nearest.
        earlier = local.replace(year=local.year - 1, day=28)
    return from_ms(to_ms(earlier) // MINUTE_MS * MINUTE_MS)


def _day_indices(scope: Scope, day: date, span: Span, indices: DailyIndices, partial: bool) -> DayIndices:
    def at(block: int | None) -> datetime | None:
        return None if block is None else span.start + timedelta(seconds=block * BLOCK_S)

    def figure(given: Figure) -> Figure:
        # A block of which a meter is missing is a part of the load: what rests on it is not wholly measured.
        return Figure(
            given.value, given.coverage, given.reason, given.estimated or (partial and given.value is not None)
        )

    return DayIndices(
        scope=scope,
        day=day,
        maximum_kw=figure(indices.maximum_kw),
        maximum_at=at(indices.maximum_at),
        minimum_kw=figure(indices.minimum_kw),
        minimum_at=at(indices.minimum_at),
        mean_kw=figure(indices.mean_kw),
        energy_kwh=figure(indices.energy_kwh),
        load_factor=figure(indices.load_factor),
        minimum_load_factor=figure(indices.minimum_load_factor),
        peak_valley_kw=figure(indices.peak_valley_kw),
        peak_valley_ratio=figure(indices.peak_valley_ratio),
    )
