"""Messages and rows that were refused, kept as they came until someone replays or discards them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import RowMapping

from domain.clock import Clock
from domain.errors import Conflict, Invalid, NotFound
from storage.ledger import tables
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.pages import page_of, parse_serial
from storage.ledger_ports import Quarantined
from storage.page import Page

HELD = "held"
CLOSED_STATES = ("replayed", "discarded")


def _keepable(text: str) -> str:
    """What strangers sent may hold NUL or half a surrogate, which PostgreSQL refuses: it is shown escaped."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def _digest(item: Quarantined) -> str:
    texts = (item.topic, item.reason, item.meter or "")
    parts = [item.payload, *(text.encode("utf-8", "backslashreplace") for text in texts)]
    return hashlib.sha256(b"".join(len(part).to_bytes(8) + part for part in parts)).hexdigest()


def _insert_once(dialect: str) -> sa.Executable:
    """A kill between here and the journal's place, or a broker that sends again, must not hold a message twice."""
    held = sa.text(f"state = '{HELD}'")
    if dialect == "postgresql":
        return postgresql.insert(tables.quarantine).on_conflict_do_nothing(index_elements=["digest"], index_where=held)
    return sqlite.insert(tables.quarantine).on_conflict_do_nothing(index_elements=["digest"], index_where=held)


def _item(row: RowMapping) -> Quarantined:
    return Quarantined(
        id=row["id"],
        at=row["at"],
        topic=row["topic"],
        payload=bytes(row["payload"]),
        reason=row["reason"],
        detail=row["detail"],
        meter=row["meter"],
        state=row["state"],
    )


class SqlQuarantine:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def hold(self, items: Sequence[Quarantined]) -> None:
        rows = [
            {
                "at": item.at,
                "topic": _keepable(item.topic),
                "payload": item.payload,
                "reason": item.reason,
                "detail": _keepable(item.detail),
                "meter": _keepable(item.meter) if item.meter is not None else None,
                "state": HELD,
                "digest": _digest(item),
            }
            for item in items
        ]
        if not rows:
            return
        with self._database.writing() as connection:
            connection.execute(_insert_once(connection.dialect.name), rows)

    def held(
        self, *, state: str | None = HELD, reason: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Quarantined]:
        """Newest first; ``state`` None shows all."""
        table = tables.quarantine
        wanted: list[sa.ColumnElement[bool]] = [sa.true()]
        if state is not None:
            wanted.append(table.c.state == state)
        if reason is not None:
            wanted.append(table.c.reason == reason)
        return page_of(
            self._database,
            table,
            wanted=sa.and_(*wanted),
            after=table.c.id < parse_serial(cursor) if cursor is not None else sa.true(),
            order=(table.c.id.desc(),),
            limit=limit,
            make=_item,
            cursor_of=lambda item: str(item.id),
        )

    def item(self, item_id: int) -> Quarantined | None:
        query = sa.select(tables.quarantine).where(tables.quarantine.c.id == item_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return _item(row) if row is not None else None

    def close_item(self, actor: str, item_id: int, state: str) -> None:
        if state not in CLOSED_STATES:
            raise Invalid(f"a quarantined item is closed as {' or '.join(CLOSED_STATES)}, not {state!r}")
        table = tables.quarantine
        with self._database.writing() as connection:
            now = connection.execute(sa.select(table.c.state).where(table.c.id == item_id)).scalar_one_or_none()
            if now is None:
                raise NotFound(f"there is no quarantined item {item_id}")
            if now != HELD:
                raise Conflict(f"quarantined item {item_id} is {now} already")
            connection.execute(sa.update(table).where(table.c.id == item_id).values(state=state))
            trace = Trace("quarantine.close", f"quarantine:{item_id}", {"state": now}, {"state": state})
            write_traces(connection, self._clock, actor, [trace])

    def counts(self) -> Mapping[str, int]:
        table = tables.quarantine
        query = sa.select(table.c.reason, sa.func.count()).where(table.c.state == HELD).group_by(table.c.reason)
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query.order_by(table.c.reason))}
