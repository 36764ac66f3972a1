"""Hand-written stand-ins for the ports whose real parts have test suites of their own elsewhere."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from domain.alerts import ACTIVE_STATES, Alert, AlertKind, AlertState, Severity
from domain.errors import Conflict, InsufficientData, NotFound, Unavailable
from domain.ids import EnterpriseId
from domain.instants import Span
from domain.people import Principal, Role
from domain.readings import ReadingBatch
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope
from domain.series import Figure
from monitor.answers import (
    Brief,
    BriefNumber,
    CoincidentPeak,
    CurrentLoad,
    Curve,
    DayIndices,
    EnterpriseDemands,
    MeterQuality,
    PeakShare,
    Projection,
)
from monitor.as_known import Superseded
from monitor.live import ScopeLoad
from response.rules import RuleState, RuleStatus
from storage.ledger_ports import Quarantined, QuarantineLedger
from storage.page import Page
from storage.ports import ReadingStore

NOW = datetime(2026, 7, 28, 6, 30, tzinfo=UTC)  # 14:30 in Ningbo


def figure(value: float) -> Figure:
    return Figure(value, 0.98)


def current_load(scope: Scope, *, demand_kw: float = 24_312.5) -> CurrentLoad:
    return CurrentLoad(
        scope=scope,
        as_of=NOW,
        stale=False,
        instantaneous_kw=figure(24_400.0),
        sliding_demand_kw=figure(demand_kw),
        estimate_kw=float("nan"),
        estimate_low_kw=None,
        estimate_high_kw=None,
        projection=Projection(NOW, 5, 24_500.0, 24_100.0, 24_900.0),
        today_maximum_kw=figure(25_000.0),
        today_maximum_at=NOW,
        quota_kw=24_000.0,
        quota_source="doc",
        record_kw=None,
        record_source="",
        last_year_maximum_kw=None,
        gap_kw=312.5,
        gap_ratio=0.013,
        gap_level="Ⅳ",
        official_level="",
        official_document="",
        silent_meters=(),
        expected_meters=4,
        monitored_share=0.82,
    )


def alert(alert_id: str, scope: Scope = DISTRICT, kind: AlertKind = AlertKind.LOAD_QUOTA) -> Alert:
    return Alert(
        id=alert_id,
        kind=kind,
        rule="quota-100",
        scope=scope,
        severity=Severity.SERIOUS,
        state=AlertState.FIRING,
        started_at=NOW,
        changed_at=NOW,
        value=24_312.5,
        threshold=24_000.0,
        unit="kW",
        basis="sliding_demand",
        coverage=0.98,
        message_zh="全区滑动需量 24.31 MW，超过用电指标",
        message_en="district sliding demand 24.31 MW exceeds the quota",
    )


class FakeQuestions:
    """Answers that are recognisable; the scope rule is the real one of Principal."""

    def __init__(self, store: ReadingStore, owners: dict[str, str]) -> None:
        self.store = store
        self.owners = owners
        self.demand_kw = 24_312.5
        self.down = False
        #: Cleared: the question of the load does not return until it is set again.
        self.answering = threading.Event()
        self.answering.set()
        self.asked = threading.Event()

    def _check(self, principal: Principal, scope: Scope) -> None:
        owner = self.owners.get(scope.id) if scope.kind is ScopeKind.METER else None
        principal.require_scope(scope, owner=owner)  # type: ignore[arg-type]
        known = scope in (DISTRICT, MONITORED) or scope.id in {*self.owners, *self.owners.values()}
        if not known:
            raise NotFound(f"there is no scope {scope}")
        if self.down:
            raise Unavailable("the store does not answer; readings wait in the journal")

    def current(self, principal: Principal, scope: Scope) -> CurrentLoad:
        self._check(principal, scope)
        self.asked.set()
        self.answering.wait(20)
        return current_load(scope, demand_kw=self.demand_kw)

    def load_now(self, principal: Principal, scope: Scope) -> ScopeLoad | None:
        self._check(principal, scope)
        kw = self.demand_kw
        return ScopeLoad(scope, NOW, kw, kw, None, 1.0, kw, kw, kw, None)

    def curve(self, principal: Principal, scope: Scope, span: Span, *, as_of: datetime | None = None) -> Curve:
        self._check(principal, scope)
        ts = span.grid_ms(900)
        n = len(ts)
        demand = np.full(n, 20_000.0)
        demand[1:2] = np.nan
        text = np.full(n, "ok", dtype=object)
        return Curve(
            scope, ts, demand, np.ones(n), demand, demand, demand, text, np.ones(n, np.int64), demand, demand / 4, as_of
        )

    def demands(self, principal: Principal, span: Span) -> EnterpriseDemands:
        seen = tuple(EnterpriseId(e) for e in sorted(set(self.owners.values())) if e in (principal.enterprise or e))
        ts = span.grid_ms(900)
        return EnterpriseDemands(seen, ts, np.full((len(seen), len(ts)), 900.0), np.ones((len(seen), len(ts))))

    def revisions(self, principal: Principal, scope: Scope, span: Span) -> list[Superseded]:
        self._check(principal, scope)
        return [Superseded(scope, span.start, 1, None, 0.5, 19_000.0, "insufficient", NOW)]

    def indices(
        self, principal: Principal, scope: Scope, first: date, last: date, *, as_of: datetime | None = None
    ) -> list[DayIndices]:
        self._check(principal, scope)
        none = Figure(None, 0.4, "40 % of the blocks, 90 % are needed")
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        one = figure(1.0)
        return [DayIndices(scope, day, one, NOW, one, NOW, one, one, one, one, none, none) for day in days]

    def peaks(self, principal: Principal, scope: Scope, span: Span) -> CoincidentPeak:
        self._check(principal, scope)
        if span.start.year < 2020:
            raise InsufficientData("no block is complete", coverage=0.25)
        shares = (PeakShare(enterprise_scope("E001"), "甲", 900.0, 0.9, 950.0, 1.0),)
        return CoincidentPeak(scope, NOW, 1_000.0, 1.0, 0.95, shares, 2)

    def readings(self, principal: Principal, meter: str, span: Span, *, limit: int) -> ReadingBatch:
        self._check(principal, Scope(ScopeKind.METER, meter))
        return self.store.read([meter], span, limit=limit)

    def quality(self, principal: Principal, day: date) -> list[MeterQuality]:
        return [
            MeterQuality(meter, owner, 90, 96, 1, 90 / 96, None, silent=False, faults=("spike",))
            for meter, owner in self.owners.items()
            if principal.sees_all() or owner == principal.enterprise
        ]

    def brief(self, principal: Principal) -> Brief:
        if principal.role is Role.ENTERPRISE:
            principal.require_scope(DISTRICT)
        number = BriefNumber("24.3", "district", "/api/v1/load/current?scope=district")
        return Brief("截至14:30全区负荷24.3MW", "As of 14:30 the district draws 24.3 MW", (number,), complete=True)

    def scopes(self, principal: Principal) -> list[Scope]:
        if principal.enterprise is not None:
            return [enterprise_scope(principal.enterprise)]
        return [DISTRICT, MONITORED]


class FakeAlerts:
    """Alerts in a dictionary, with the rules the real desk keeps: scope for looking, role for writing."""

    def __init__(self, *alerts: Alert) -> None:
        self.alerts = {each.id: each for each in alerts}

    def list(
        self,
        principal: Principal,
        *,
        active: bool | None = None,
        kind: AlertKind | None = None,
        scope: Scope | None = None,
        since: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[Alert]:
        wanted = [
            each
            for each in sorted(self.alerts.values(), key=lambda a: a.id)
            if (principal.sees_all() or each.scope == enterprise_scope(str(principal.enterprise)))
            and (active is None or active == (each.state in ACTIVE_STATES))
            and (kind is None or kind is each.kind)
            and (scope is None or scope == each.scope)
            and (since is None or each.changed_at >= since)
        ]
        rest = [each for each in wanted if cursor is None or each.id > cursor]
        following = rest[limit - 1].id if len(rest) > limit else None
        return Page(tuple(rest[:limit]), following, len(wanted))

    def get(self, principal: Principal, alert_id: str) -> Alert:
        found = self.alerts.get(alert_id)
        if found is None:
            raise NotFound(f"there is no alert {alert_id}")
        principal.require_scope(found.scope)
        return found

    def acknowledge(self, principal: Principal, alert_id: str, note: str = "") -> Alert:
        principal.require_write()
        found = self.get(principal, alert_id)
        if found.state is AlertState.ACKNOWLEDGED:
            raise Conflict(f"alert {alert_id} is acknowledged already")
        changed = replace(found, state=AlertState.ACKNOWLEDGED, acknowledged_by=principal.name, note=note)
        self.alerts[alert_id] = changed
        return changed

    def unacknowledge(self, principal: Principal, alert_id: str) -> Alert:
        principal.require_write()
        changed = replace(self.get(principal, alert_id), state=AlertState.FIRING, acknowledged_by=None, note="")
        self.alerts[alert_id] = changed
        return changed

    def rules(self, principal: Principal) -> tuple[RuleState, ...]:
        state = RuleState("quota-100", AlertKind.LOAD_QUOTA, DISTRICT, RuleStatus.NO_QUOTA, "无指标", "no quota")
        return (state,) if principal.sees_all() else ()


class FakeQuarantineDesk:
    """Keeps the replayed ids where the real one appends to the journal."""

    def __init__(self, ledger: QuarantineLedger) -> None:
        self._ledger = ledger
        self.replayed: list[int] = []

    def list(
        self, *, state: str | None = "held", reason: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Quarantined]:
        return self._ledger.held(state=state, reason=reason, cursor=cursor, limit=limit)

    def show(self, item_id: int) -> Quarantined:
        item = self._ledger.item(item_id)
        if item is None:
            raise NotFound(f"there is no item {item_id}")
        return item

    def replay(self, principal: Principal, item_id: int) -> Quarantined:
        self._ledger.close_item(principal.name, item_id, "replayed")
        self.replayed.append(item_id)
        return self.show(item_id)

    def discard(self, principal: Principal, item_id: int) -> Quarantined:
        self._ledger.close_item(principal.name, item_id, "discarded")
        return self.show(item_id)


class SetProbe:
    """A health check whose answer a test sets."""

    def __init__(self) -> None:
        self.answer: str | None = None

    def __call__(self) -> str | None:
        return self.answer
