"""Backfill requests in the ledger: they are the queue, the record and the proof of an answer in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from domain.backfill import Backfill, BackfillState
from domain.clock import Clock
from domain.instants import Span
from storage.ledger.audit import Trace, write_traces
from storage.ledger.backfill_tables import backfill
from storage.ledger.database import Database
from storage.ledger.pages import page_of, parse_serial
from storage.page import Page

_OPEN = (BackfillState.WAITING.value, BackfillState.SENT.value)


def _made(row: RowMapping) -> Backfill:
    return Backfill(**{**row, "state": BackfillState(row["state"])})


class SqlBackfills:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def ask(self, actor: str, meter: str, spans: Sequence[Span], reason: str) -> list[Backfill]:
        """One request for each span, all or none."""
        now = self._clock.now()
        blank: dict[str, Any] = {"topic": "", "payload": "", "rows_before": 0, "rows_received": 0, "note": ""}
        made = []
        with self._database.writing() as connection:
            for span in spans:
                values = {
                    "meter": meter,
                    "start": span.start,
                    "end": span.end,
                    "actor": actor,
                    "reason": reason,
                    "state": BackfillState.WAITING.value,
                    "made_at": now,
                    **blank,
                }
                key = connection.execute(sa.insert(backfill).values(values)).inserted_primary_key
                assert key is not None
                made.append(int(key[0]))
            span_told = {"from": spans[0].start.isoformat(), "to": spans[-1].end.isoformat(), "reason": reason}
            trace = Trace("backfill.ask", f"meter:{meter}", None, {**span_told, "requests": made})
            write_traces(connection, self._clock, actor, [trace])
            rows = connection.execute(sa.select(backfill).where(backfill.c.id.in_(made)).order_by(backfill.c.id))
            return [_made(row) for row in rows.mappings()]

    def open(self) -> list[Backfill]:
        """Waiting and sent, oldest first."""
        query = sa.select(backfill).where(backfill.c.state.in_(_OPEN)).order_by(backfill.c.id)
        with self._database.reading() as connection:
            return [_made(row) for row in connection.execute(query).mappings()]

    def touching(self, meter: str, span: Span) -> list[Backfill]:
        """Every request of this meter that overlaps the span, whatever became of it."""
        query = sa.select(backfill).where(
            backfill.c.meter == meter, backfill.c.start < span.end, backfill.c.end > span.start
        )
        with self._database.reading() as connection:
            return [_made(row) for row in connection.execute(query.order_by(backfill.c.id)).mappings()]

    def list(self, *, meter: str | None = None, cursor: str | None = None, limit: int = 100) -> Page[Backfill]:
        """Newest first."""
        return page_of(
            self._database,
            backfill,
            wanted=backfill.c.meter == meter if meter is not None else sa.true(),
            after=backfill.c.id < parse_serial(cursor) if cursor is not None else sa.true(),
            order=(backfill.c.id.desc(),),
            limit=limit,
            make=_made,
            cursor_of=lambda item: str(item.id),
        )

    def take(self, request: int, topic: str, payload: str, rows_before: int) -> bool:
        """Mark it sent, before it is; false when another process was first."""
        values = {
            "state": BackfillState.SENT.value,
            "sent_at": self._clock.now(),
            "topic": topic,
            "payload": payload,
            "rows_before": rows_before,
            "note": "",
        }
        return self._change(request, BackfillState.WAITING, values)

    def note(self, request: int, note: str, rows_received: int) -> None:
        with self._database.writing() as connection:
            changed = sa.update(backfill).where(backfill.c.id == request)
            connection.execute(changed.values(note=note, rows_received=rows_received))

    def close(self, request: int, before: BackfillState, state: BackfillState, rows_received: int, note: str) -> bool:
        closed = {"state": state.value, "closed_at": self._clock.now(), "rows_received": rows_received, "note": note}
        return self._change(request, before, closed)

    def _change(self, request: int, before: BackfillState, values: dict[str, Any]) -> bool:
        statement = sa.update(backfill).where(backfill.c.id == request, backfill.c.state == before.value)
        with self._database.writing() as connection:
            return connection.execute(statement.values(values)).rowcount == 1
