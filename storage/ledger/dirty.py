"""Stretches whose demand is to be derived again; they wait here over a restart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.clock import Clock
from storage.ledger.database import Database
from storage.ledger.revision_tables import dirty_interval
from storage.revision_ports import DirtyMark

IDS_PER_STATEMENT = 500


def insert_marks(connection: Connection, marks: Sequence[DirtyMark], at: datetime) -> None:
    """Within a transaction of the caller."""
    values = [
        {
            "start_ms": mark.start_ms,
            "end_ms": mark.end_ms,
            "meters": None if mark.meters is None else sorted(mark.meters),
            "cause": mark.cause,
            "at": at,
        }
        for mark in marks
    ]
    if values:
        connection.execute(sa.insert(dirty_interval), values)


class SqlDirty:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def mark(self, marks: Sequence[DirtyMark]) -> None:
        if marks:
            with self._database.writing() as connection:
                insert_marks(connection, marks, self._clock.now())

    def pending(self) -> list[DirtyMark]:
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(dirty_interval).order_by(dirty_interval.c.id)).mappings().all()
        return [
            DirtyMark(
                row["start_ms"],
                row["end_ms"],
                None if row["meters"] is None else frozenset(row["meters"]),
                row["cause"],
                row["id"],
            )
            for row in rows
        ]

    def done(self, ids: Sequence[int]) -> None:
        if not ids:
            return
        with self._database.writing() as connection:
            for first in range(0, len(ids), IDS_PER_STATEMENT):
                part = list(ids[first : first + IDS_PER_STATEMENT])
                connection.execute(sa.delete(dirty_interval).where(dirty_interval.c.id.in_(part)))
