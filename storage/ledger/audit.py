"""The audit log: who changed what, when, from what to what. It can be added to and read, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from domain.clock import Clock
from domain.errors import Invalid
from storage.ledger import tables
from storage.ledger.database import Database
from storage.ledger.pages import page_of, parse_serial
from storage.ledger_ports import AuditEntry
from storage.page import Page


@dataclass(frozen=True, slots=True)
class Trace:
    """An entry to be written: ``before`` None = made, ``after`` None = ended."""

    action: str
    subject: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def write_traces(connection: Connection, clock: Clock, actor: str, traces: Iterable[Trace]) -> None:
    """Inside the transaction of the write itself: neither stands without the other (invariant 13)."""
    if not actor.strip():
        raise Invalid("a change needs the name of who makes it")
    at = clock.now()
    rows = [
        {
            "at": at,
            "actor": actor,
            "action": trace.action,
            "subject": trace.subject,
            "before": trace.before,
            "after": trace.after,
        }
        for trace in traces
    ]
    if rows:
        connection.execute(sa.insert(tables.audit), rows)


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        before=row["before"],
        after=row["after"],
    )


class SqlAudit:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record(
        self,
        actor: str,
        action: str,
        subject: str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        with self._database.writing() as connection:
            write_traces(connection, self._clock, actor, [Trace(action, subject, before, after)])

    def entries(
        self, *, subject: str | None = None, actor: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[AuditEntry]:
        """Newest first."""
        audit = tables.audit
        wanted = sa.and_(
            sa.true(),
            *([audit.c.subject == subject] if subject is not None else []),
            *([audit.c.actor == actor] if actor is not None else []),
        )
        after = audit.c.id < parse_serial(cursor) if cursor is not None else sa.true()
        return page_of(
            self._database,
            audit,
            wanted=wanted,
            after=after,
            order=(audit.c.id.desc(),),
            limit=limit,
            make=_entry,
            cursor_of=lambda entry: str(entry.id),
        )
