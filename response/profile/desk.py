"""What is known of one enterprise, gathered for a visit (企业用电画像)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from domain.clock import Clock
from domain.ids import EnterpriseId
from domain.instants import Span, day_span, from_ms, local_date
from domain.people import Principal
from domain.report import Document
from domain.scopes import Scope, enterprise_scope
from monitor.access import require
from monitor.analyses import LoadAnalyses
from monitor.analysis_answers import Characteristics, PeriodLoad
from monitor.baseline_answers import CourtReport
from monitor.baseline_data import ClockWindow
from monitor.baselines import KIND as COURT
from monitor.baselines import BaselineDesk
from monitor.potentials import PotentialDesk
from monitor.runs import Runs
from response.profile.facts import EnterpriseProfile, PastEvent
from response.profile.page import profile_document
from storage.ledger_ports import AuditLedger, RegistryLedger
from storage.reduction_ports import ReductionLedger

YEAR_DAYS = 365
#: A verdict of the court older than this is heard again.
COURT_DAYS = 60
EVENT_DAYS = 730
MOST_EVENTS = 4
WINDOW = ClockWindow.parse("14:00-18:00")


class ProfileDesk:
    def __init__(
        self,
        *,
        registry: RegistryLedger,
        audit: AuditLedger,
        reductions: ReductionLedger,
        analyses: LoadAnalyses,
        potentials: PotentialDesk,
        baselines: BaselineDesk,
        runs: Runs,
        render: Callable[[Document], bytes],
        zone: ZoneInfo,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._audit = audit
        self._reductions = reductions
        self._analyses = analyses
        self._potentials = potentials
        self._baselines = baselines
        self._runs = runs
        self._render = render
        self._zone = zone
        self._clock = clock

    def docx(
        self, principal: Principal, enterprise_id: EnterpriseId, day: date | None = None, *, reveal: bool = False
    ) -> bytes:
        """The page as Word; asked and raises as ``document``."""
        return self._render(self.document(principal, enterprise_id, day, reveal=reveal))

    def document(
        self, principal: Principal, enterprise_id: EnterpriseId, day: date | None = None, *, reveal: bool = False
    ) -> Document:
        """The page, as it can be written on ``day`` (today): of the year before it, with the potential of the day.

        reveal : contacts in full, for officers; it is recorded. Raises Forbidden, NotFound, Unavailable
        """
        profile = self.profile(principal, enterprise_id, day, reveal=reveal)
        made_at = self._clock.now().astimezone(self._zone)
        return profile_document(profile, self._baselines.methods(), made_at)

    def profile(
        self, principal: Principal, enterprise_id: EnterpriseId, day: date | None = None, *, reveal: bool = False
    ) -> EnterpriseProfile:
        day = day or local_date(self._clock.now(), self._zone)
        scope, registry = enterprise_scope(enterprise_id), self._registry.registry()
        require(principal, scope, registry, day)
        view = registry.view(day)
        enterprise = view.enterprise(enterprise_id)
        if reveal:
            principal.require_write()
            self._audit.record(principal.name, "contacts.reveal", f"enterprise:{enterprise_id}")
        last = day - timedelta(days=1)
        first = last - timedelta(days=YEAR_DAYS - 1)
        found, shapes, cooling = self._analyses.portrait(principal, scope, first, last)
        span = WINDOW.on(day, self._zone)
        (window,) = self._potentials.of(principal, [enterprise_id], day, span.start_ms, span.end_ms)
        return EnterpriseProfile(
            enterprise=enterprise,
            accounts=view.accounts_of(enterprise_id),
            day=day,
            first=first,
            last=last,
            period=_period(found),
            whole=next(each for each in found.periods if each.kind == "span"),
            typical=found.typical,
            shape=shapes.sites[0],
            cooling=cooling.sites[0],
            court=self._court(principal, scope, last),
            hours=self._potentials.by_hour(principal, enterprise_id, day),
            window=window,
            events=self._events(scope, last),
            reveal=reveal,
        )

    def _court(self, principal: Principal, scope: Scope, last: date) -> CourtReport:
        """The kept verdict where it is new enough, else one heard now."""
        if principal.sees_all():
            kept = self._runs.latest(principal, COURT, str(scope))
            if kept is not None:
                report = TypeAdapter(CourtReport).validate_json(kept.body)
                if report.window == str(WINDOW) and timedelta() <= last - report.last < timedelta(days=COURT_DAYS):
                    return report
        return self._baselines.score(principal, scope, last, WINDOW)

    def _events(self, scope: Scope, last: date) -> tuple[PastEvent, ...]:
        end = day_span(last, self._zone).end
        kept = self._reductions.reductions(Span(end - timedelta(days=EVENT_DAYS), end), verified_only=False)
        found = [
            PastEvent(
                source=each.source,
                begin=local_date(from_ms(int(each.ts_ms.min())), self._zone),
                hours=len(each.ts_ms) / 4,
                mean_kw=float(each.reduction_kw.mean()),
                verified=each.verified,
            )
            for each in kept
            if each.scope == scope and len(each.ts_ms)
        ]
        return tuple(sorted(found, key=lambda event: event.begin, reverse=True)[:MOST_EVENTS])


def _period(found: Characteristics) -> PeriodLoad:
    """The year, or where too little of it is known the quarter, month or week of which most is."""
    for kind in ("span", "quarter", "month", "week"):
        known = [each for each in found.periods if each.kind == kind and not each.reason]
        if known:
            return max(known, key=lambda each: (each.counted, each.last))
    return next(each for each in found.periods if each.kind == "span")
