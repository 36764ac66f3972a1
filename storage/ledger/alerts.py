"""Alerts with the memory of their state machine: what a restart needs is what people see."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from domain.alerts import ACTIVE_STATES, Alert, AlertKind, AlertState, Severity
from domain.errors import Invalid
from domain.instants import from_ms, to_ms
from domain.scopes import Scope
from storage.ledger import tables
from storage.ledger.database import Database
from storage.ledger.pages import page_of, parse_serial
from storage.page import Page


def _figure(value: float | None) -> float | None:
    # PostgreSQL keeps NaN and SQLite makes it NULL; a missing figure is missing on both.
    return value if value is not None and math.isfinite(value) else None


def _row(alert: Alert, memory: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {f.name: getattr(alert, f.name) for f in fields(alert)}
    row |= {name: row[name].value for name in ("kind", "severity", "state")}
    row |= {"scope": str(alert.scope), "value": _figure(alert.value), "threshold": _figure(alert.threshold)}
    return {**row, "members": list(alert.members), "memory": dict(memory)}


def _alert(row: RowMapping) -> Alert:
    data = {f.name: row[f.name] for f in fields(Alert)}
    data["kind"] = AlertKind(data["kind"])
    data["severity"] = Severity(data["severity"])
    data["state"] = AlertState(data["state"])
    data["scope"] = Scope.parse(data["scope"])
    data["members"] = tuple(data["members"])
    return Alert(**data)


def _cursor_of(alert: Alert) -> str:
    # Milliseconds would lose the order of alerts started within one; the id decides there.
    return f"{to_ms(alert.started_at)}.{alert.started_at.microsecond % 1000:03d}~{alert.id}"


def _after(cursor: str) -> sa.ColumnElement[bool]:
    stamp, _, ident = cursor.partition("~")
    whole, _, micro = stamp.partition(".")
    if not ident or len(whole) > 15:
        raise Invalid(f"cursor {cursor[:40]!r} did not come from this list; start again without one")
    started = from_ms(parse_serial(whole))
    started = started.replace(microsecond=started.microsecond + min(parse_serial(micro), 999))
    table = tables.alert
    return sa.or_(table.c.started_at < started, sa.and_(table.c.started_at == started, table.c.id < ident))


class SqlAlerts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, alert: Alert, memory: Mapping[str, Any]) -> None:
        table = tables.alert
        row = _row(alert, memory)
        with self._database.writing() as connection:
            present = connection.execute(sa.update(table).where(table.c.id == alert.id).values(row))
            if present.rowcount == 0:
                connection.execute(sa.insert(table), row)

    def unfinished(self) -> list[tuple[Alert, Mapping[str, Any]]]:
        table = tables.alert
        # A crash between saving an end and announcing it must not lose the announcement.
        unannounced = table.c.memory["announced"].as_boolean() == sa.false()
        query = sa.select(table).where(sa.or_(table.c.state != AlertState.RESOLVED.value, unannounced))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.c.started_at, table.c.id)).mappings()
            return [(_alert(row), row["memory"]) for row in rows]

    def alert(self, alert_id: str) -> Alert | None:
        query = sa.select(tables.alert).where(tables.alert.c.id == alert_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return _alert(row) if row is not None else None

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
        """Newest first. ``since`` is compared with the start; ``active`` False = neither firing nor about to clear."""
        table = tables.alert
        # A pending excess that came to nothing goes back to normal; it never was an alert.
        wanted: list[sa.ColumnElement[bool]] = [table.c.state != AlertState.NORMAL.value]
        if active is not None:
            states = sorted(state.value for state in ACTIVE_STATES)
            wanted.append(table.c.state.in_(states) if active else table.c.state.not_in(states))
        if kind is not None:
            wanted.append(table.c.kind == kind.value)
        if scope is not None:
            wanted.append(table.c.scope == str(scope))
        if since is not None:
            wanted.append(table.c.started_at >= since)
        return page_of(
            self._database,
            table,
            wanted=sa.and_(*wanted),
            after=_after(cursor) if cursor is not None else sa.true(),
            order=(table.c.started_at.desc(), table.c.id.desc()),
            limit=limit,
            make=_alert,
            cursor_of=_cursor_of,
        )
