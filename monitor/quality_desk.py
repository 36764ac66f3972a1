"""Questions about data quality: a day as it was judged or as it is now, a span of days, the revisions of a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from analytics.data_quality import QualityCounts, rates
from config.data_quality import INDICATORS, QualityTable, Target
from domain.clock import Clock
from domain.errors import Invalid
from domain.instants import day_span, local_date
from domain.people import Principal
from domain.scopes import DISTRICT, Scope, ScopeKind
from domain.series import Figure
from monitor.access import require
from monitor.quality_days import meter_days
from monitor.quality_judge import groups_of, month_of, rows_of, sum_of
from storage.ledger_ports import RegistryLedger
from storage.ports import ReadingStore
from storage.quality_ports import MeterDay, QualityLedger

MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Indicator:
    """One rate against its target. met : None where there is no value or no target."""

    key: str
    figure: Figure
    target: Target
    met: bool | None


@dataclass(frozen=True, slots=True)
class ScopeQuality:
    scope: Scope
    day: date
    counts: QualityCounts
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class QualityDay:
    """judged_at : None for a day not judged yet, whose figures are of now; revision 0 then."""

    day: date
    judged_at: datetime | None
    revision: int
    scopes: tuple[ScopeQuality, ...]


class QualityQuestions(Protocol):
    def day(
        self, principal: Principal, day: date, *, meters: bool = False, revision: int | None = None
    ) -> QualityDay: ...

    def history(self, principal: Principal, scope: Scope, first: date, last: date) -> list[ScopeQuality]: ...

    def revisions(self, principal: Principal, day: date) -> list[tuple[int, datetime, int]]: ...


class QualityDesk:
    """An enterprise sees itself and its meters; the district's figures are for staff."""

    def __init__(
        self,
        *,
        store: ReadingStore,
        registry: RegistryLedger,
        quality: QualityLedger,
        policy: QualityTable,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._registry = registry
        self._quality = quality
        self._policy = policy
        self._clock = clock
        self._zone = zone

    def day(self, principal: Principal, day: date, *, meters: bool = False, revision: int | None = None) -> QualityDay:
        """The district first, enterprises worst first, then (``meters``) meters worst first."""
        month = self._quality.days(day.replace(day=1), day, until_revision=revision)
        rows = rows_of(month, day)
        judged_at = max((row.judged_at for row in rows if row.judged_at is not None), default=None)
        if not rows:
            if revision is not None:
                raise Invalid(f"{day.isoformat()} has no revision {revision}; leave it out to see how it stands now")
            rows = self._now(day)
            month = [*month, *rows]
        seen, seen_month = self._visible(principal, rows), self._visible(principal, month)
        of_month = groups_of(seen_month, meters=meters)
        found = [
            self._answer(scope, day, own, of_month[scope])
            for scope, own in groups_of(seen, meters=meters).items()
            if scope != DISTRICT or principal.sees_all()
        ]
        newest = max((row.revision for row in rows), default=0)
        return QualityDay(day, judged_at, newest, tuple(sorted(found, key=_worst_first)))

    def history(self, principal: Principal, scope: Scope, first: date, last: date) -> list[ScopeQuality]:
        """The judged days of one scope, each at its newest revision; a day nobody judged is not among them."""
        if not 0 <= (last - first).days < MOST_DAYS:
            raise Invalid(f"ask for 1 to {MOST_DAYS} days")
        if scope.kind not in (ScopeKind.DISTRICT, ScopeKind.ENTERPRISE, ScopeKind.METER):
            raise Invalid("data quality is kept for the district, enterprises and meters")
        require(principal, scope, self._registry.registry(), last, first)
        rows = self._quality.days(first.replace(day=1), last)
        own = groups_of(self._visible(principal, rows)).get(scope, [])
        found = []
        for day in sorted({row.day for row in own if row.day >= first}):
            month = [row for row in own if day.replace(day=1) <= row.day <= day]
            found.append(self._answer(scope, day, rows_of(own, day), month))
        return found

    def revisions(self, principal: Principal, day: date) -> list[tuple[int, datetime, int]]:
        require(principal, DISTRICT, self._registry.registry(), day)
        return self._quality.revisions(day)

    def _now(self, day: date) -> list[MeterDay]:
        if day > local_date(self._clock.now(), self._zone):
            return []
        view = self._registry.registry().view(day)
        return meter_days(self._store, view, day_span(day, self._zone), self._clock.now_ms(), self._policy.on(day))

    @staticmethod
    def _visible(principal: Principal, rows: Sequence[MeterDay]) -> list[MeterDay]:
        return [row for row in rows if principal.sees_all() or row.enterprise == principal.enterprise]

    def _answer(self, scope: Scope, day: date, rows: Sequence[MeterDay], month: Sequence[MeterDay]) -> ScopeQuality:
        edition = self._policy.on(day)
        counts = sum_of(rows)
        made = rates(counts)
        figures = {
            "completeness": made.completeness,
            "online": made.online,
            "success": made.success,
            "timely": made.timely,
            "clock": made.clock,
            "monthly_deviation": month_of(month),
        }
        indicators = tuple(
            Indicator(key, figures[key], edition.target(key), edition.target(key).met(figures[key].value))
            for key in INDICATORS
        )
        return ScopeQuality(scope, day, counts, indicators)


_PLACES = {ScopeKind.DISTRICT: 0, ScopeKind.ENTERPRISE: 1, ScopeKind.METER: 2}


def _worst_first(quality: ScopeQuality) -> tuple[int, float, str]:
    completeness = quality.indicators[0].figure.value
    return _PLACES[quality.scope.kind], 2.0 if completeness is None else completeness, quality.scope.id
