"""Stretches whose demand is to be derived again; they wait here over a restart."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from domain.clock import Clock
from storage.ledger.database import Database
from storage.ledger.revision_tables import dirty_interval
from storage.revision_ports import DirtyMark

IDS_PER_STATEMENT = 500


class SqlDirty:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def mark(self, marks: Sequence[DirtyMark]) -> None:
        at = self._clock.now()
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
            with self._database.writing() as connection:
                connection.execute(sa.insert(dirty_interval), values)

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
