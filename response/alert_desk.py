"""Alerts as people see and acknowledge them: scope checks and the audit entry are here, not at the edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from domain.alerts import ACTIVE_STATES, Alert, AlertKind
from domain.clock import Clock
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.events import AlertChanged, Bus
from domain.people import Principal
from domain.scopes import Scope, enterprise_scope
from response import episode as life
from response.rules import RuleState
from storage.ledger_ports import AlertLedger, AuditLedger
from storage.page import Page

LONGEST_NOTE = 500


class Acknowledging(Protocol):
    """The engine of the same process. Without one the desk writes to the ledger and the engine takes it from there."""

    def acknowledge(self, alert_id: str, actor: str, note: str) -> Alert: ...

    def unacknowledge(self, alert_id: str) -> Alert: ...

    def rule_states(self) -> tuple[RuleState, ...]: ...


class AlertDesk:
    def __init__(
        self,
        *,
        alerts: AlertLedger,
        audit: AuditLedger,
        clock: Clock,
        bus: Bus,
        engine: Acknowledging | None = None,
    ) -> None:
        self._alerts = alerts
        self._audit = audit
        self._clock = clock
        self._bus = bus
        self._engine = engine

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
        """Newest first. An enterprise gets its own alerts; asking for another scope is Forbidden."""
        if scope is not None:
            principal.require_scope(scope)
        elif principal.enterprise is not None:
            scope = enterprise_scope(principal.enterprise)
        return self._alerts.list(active=active, kind=kind, scope=scope, since=since, cursor=cursor, limit=limit)

    def get(self, principal: Principal, alert_id: str) -> Alert:
        """NotFound also for an alert the principal may not know of."""
        found = self._alerts.alert(alert_id)
        if found is not None:
            try:
                principal.require_scope(found.scope)
            except Forbidden:
                found = None
        if found is None:
            raise NotFound(f"there is no alert {alert_id}")
        return found

    def acknowledge(self, principal: Principal, alert_id: str, note: str = "") -> Alert:
        """Say that somebody deals with it. The alert stays until the load itself is down."""
        before = self._changeable(principal, alert_id)
        note = note.strip()
        if len(note) > LONGEST_NOTE:
            raise Invalid(f"the note has {len(note)} characters; at most {LONGEST_NOTE} are kept")
        self._record(principal, "alert.acknowledge", before, {"acknowledged_by": principal.name, "note": note})
        if self._engine is not None:
            return self._engine.acknowledge(alert_id, principal.name, note)
        return self._write(life.acknowledge(self._episode(alert_id), principal.name, note, self._clock.now()))

    def unacknowledge(self, principal: Principal, alert_id: str) -> Alert:
        """Take an acknowledgement back: the alert asks for attention again."""
        before = self._changeable(principal, alert_id)
        if before.acknowledged_by is None:
            raise Conflict(f"alert {alert_id} is not acknowledged")
        self._record(principal, "alert.unacknowledge", before, {"acknowledged_by": None, "note": ""})
        if self._engine is not None:
            return self._engine.unacknowledge(alert_id)
        return self._write(life.unacknowledge(self._episode(alert_id), self._clock.now()))

    def rules(self, principal: Principal) -> tuple[RuleState, ...]:
        """Which rules can speak now, and why the others cannot; empty where the engine runs in another process."""
        states = () if self._engine is None else self._engine.rule_states()
        if principal.enterprise is None:
            return states
        own = enterprise_scope(principal.enterprise)
        return tuple(s for s in states if s.scope == own)

    def _changeable(self, principal: Principal, alert_id: str) -> Alert:
        found = self.get(principal, alert_id)
        principal.require_write()
        if found.state not in ACTIVE_STATES:
            raise Conflict(f"alert {alert_id} is {found.state}: only an active alert can be acknowledged")
        return found

    def _record(self, principal: Principal, action: str, before: Alert, after: dict[str, str | None]) -> None:
        # Before the change: an entry too many after a crash is better than a change nobody is named for.
        was = {"acknowledged_by": before.acknowledged_by, "note": before.note}
        self._audit.record(principal.name, action, f"alert:{before.id}", was, after)

    def _episode(self, alert_id: str) -> life.Episode:
        for alert, memory in self._alerts.unfinished():
            if alert.id == alert_id:
                return life.from_memory(alert, memory)
        raise Conflict(f"alert {alert_id} ended a moment ago")

    def _write(self, moved: life.Episode) -> Alert:
        kept = replace(moved, announced=True)
        self._alerts.save(kept.alert, life.to_memory(kept))
        self._bus.publish(AlertChanged(kept.alert))
        return kept.alert
