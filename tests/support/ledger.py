"""A ledger in memory: registry, references and alerts by the words of their ports, for tests above storage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np

from domain.alerts import ACTIVE_STATES, Alert, AlertKind, AlertState
from domain.instants import Span, to_ms
from domain.references import DayReferences, OfficialLevel, Quota, Reference
from domain.registry import Account, Enterprise, Meter, Registry
from domain.scopes import Scope
from monitor.block_rows import concat_rows
from storage.ledger_ports import AuditEntry
from storage.page import Page
from storage.ports import DemandRows
from storage.readings.demand_rows import no_demand, take_demand
from storage.revision_ports import DirtyMark, SupersededRows


class MemoryRegistry:
    def __init__(self, registry: Registry | None = None) -> None:
        self._registry = registry or Registry()

    def registry(self) -> Registry:
        return self._registry

    def set(self, registry: Registry) -> None:
        """Replace the whole registry; the revision grows."""
        self._registry = replace(registry, revision=self._registry.revision + 1)

    def put_versions(
        self,
        actor: str,
        *,
        enterprises: Sequence[Enterprise] = (),
        accounts: Sequence[Account] = (),
        meters: Sequence[Meter] = (),
        source: str = "",
    ) -> Registry:
        present = self._registry
        self._registry = Registry(
            present.revision + 1,
            _merged(present.enterprises, enterprises),
            _merged(present.accounts, accounts),
            _merged(present.meters, meters),
        )
        return self._registry


def _merged(present: Sequence[Any], added: Sequence[Any]) -> tuple[Any, ...]:
    versions = {(v.id, v.valid_from): v for v in (*present, *added)}
    return tuple(versions[key] for key in sorted(versions))


class MemoryReferences:
    def __init__(self) -> None:
        self._quotas: dict[tuple[Scope, date], list[Quota]] = defaultdict(list)
        self._references: list[Reference] = []
        self._levels: list[OfficialLevel] = []

    def put_quota(self, quota: Quota) -> Quota:
        history = self._quotas[quota.scope, quota.day]
        history.append(replace(quota, revision=len(history) + 1))
        return history[-1]

    def quota(self, scope: Scope, day: date) -> Quota | None:
        history = self._quotas.get((scope, day))
        return history[-1] if history else None

    def quota_history(self, scope: Scope, day: date) -> list[Quota]:
        return list(self._quotas.get((scope, day), ()))

    def in_force(self, day: date) -> DayReferences:
        quotas = {scope: history[-1] for (scope, on), history in self._quotas.items() if on == day}
        known = sorted((r for r in self._references if r.on <= day), key=lambda r: (r.on, r.revision))
        return DayReferences(quotas, {(r.scope, r.kind): r for r in known})

    def put_reference(self, reference: Reference) -> Reference:
        same = [
            r for r in self._references if (r.scope, r.kind, r.on) == (reference.scope, reference.kind, reference.on)
        ]
        self._references.append(replace(reference, revision=len(same) + 1))
        return self._references[-1]

    def reference(self, scope: Scope, kind: str, day: date) -> Reference | None:
        known = [r for r in self._references if r.scope == scope and r.kind == kind and r.on <= day]
        return max(known, key=lambda r: (r.on, r.revision), default=None)

    def references(self, scope: Scope) -> list[Reference]:
        return [r for r in self._references if r.scope == scope]

    def put_official_level(self, level: OfficialLevel) -> OfficialLevel:
        self._levels.append(level)
        return level

    def official_level(self, day: date) -> OfficialLevel | None:
        known = [level for level in self._levels if level.start <= day and (level.end is None or day <= level.end)]
        return known[-1] if known else None


class MemoryAlerts:
    def __init__(self) -> None:
        self.saved: dict[str, tuple[Alert, Mapping[str, Any]]] = {}

    def save(self, alert: Alert, memory: Mapping[str, Any]) -> None:
        self.saved[alert.id] = (alert, dict(memory))

    def unfinished(self) -> list[tuple[Alert, Mapping[str, Any]]]:
        done = (AlertState.RESOLVED, AlertState.NORMAL)
        return [(alert, memory) for alert, memory in self.saved.values() if alert.state not in done]

    def alert(self, alert_id: str) -> Alert | None:
        found = self.saved.get(alert_id)
        return found[0] if found else None

    def list(
        self,
        *,
        active: bool | None = None,
        kind: AlertKind | None = None,
        scope: Scope | None = None,
        since: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[Alert]:
        wanted = [
            alert
            for alert, _ in self.saved.values()
            if (active is None or active == (alert.state in ACTIVE_STATES))
            and (kind is None or alert.kind is kind)
            and (scope is None or alert.scope == scope)
            and (since is None or alert.changed_at >= since)
        ]
        ordered = sorted(wanted, key=lambda alert: (alert.started_at, alert.id), reverse=True)
        start = int(cursor or 0)
        following = str(start + limit) if start + limit < len(ordered) else None
        return Page(tuple(ordered[start : start + limit]), following, len(ordered))


class MemoryAudit:
    def __init__(self) -> None:
        self.written: list[AuditEntry] = []

    def record(
        self,
        actor: str,
        action: str,
        subject: str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        at = datetime.now().astimezone()
        self.written.append(AuditEntry(len(self.written) + 1, at, actor, action, subject, before, after))

    def entries(
        self, *, subject: str | None = None, actor: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[AuditEntry]:
        wanted = [
            entry
            for entry in reversed(self.written)
            if (subject is None or entry.subject == subject) and (actor is None or entry.actor == actor)
        ]
        start = int(cursor or 0)
        following = str(start + limit) if start + limit < len(wanted) else None
        return Page(tuple(wanted[start : start + limit]), following, len(wanted))


class MemorySuperseded:
    def __init__(self) -> None:
        self._rows: dict[tuple[Scope, int, int], tuple[DemandRows, int]] = {}

    def keep(self, rows: DemandRows, at: datetime) -> None:
        for i, scope in enumerate(rows.scope):
            key = (scope, int(rows.ts_ms[i]), int(rows.revision[i]))
            self._rows.setdefault(key, (take_demand(rows, [i]), to_ms(at)))

    def prune(self, until: datetime) -> int:
        old = [key for key, (_, at_ms) in self._rows.items() if at_ms < to_ms(until)]
        for key in old:
            del self._rows[key]
        return len(old)

    def read(self, scopes: Sequence[Scope], span: Span) -> SupersededRows:
        wanted = [
            self._rows[key]
            for key in sorted(self._rows, key=lambda k: (str(k[0]), *k[1:]))
            if key[0] in scopes and span.start_ms <= key[1] < span.end_ms
        ]
        rows = concat_rows([row for row, _ in wanted]) if wanted else no_demand()
        return SupersededRows(rows, np.array([at for _, at in wanted], dtype=np.int64))


class MemoryDirty:
    def __init__(self) -> None:
        self._marks: dict[int, DirtyMark] = {}
        self._next = 1

    def mark(self, marks: Sequence[DirtyMark]) -> None:
        for mark in marks:
            self._marks[self._next] = replace(mark, id=self._next)
            self._next += 1

    def pending(self) -> list[DirtyMark]:
        return list(self._marks.values())

    def done(self, ids: Sequence[int]) -> None:
        for each in ids:
            self._marks.pop(each, None)


class MemoryLedger:
    """The parts of ``storage.ledger_ports.Ledger`` that monitor and response use."""

    def __init__(self, registry: Registry | None = None) -> None:
        self.registry = MemoryRegistry(registry)
        self.references = MemoryReferences()
        self.alerts = MemoryAlerts()
        self.audit = MemoryAudit()
        self.superseded = MemorySuperseded()
        self.dirty = MemoryDirty()
