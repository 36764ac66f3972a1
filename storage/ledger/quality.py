"""Data quality as it was judged: rows are added and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from analytics.data_quality import QualityCounts
from domain.clock import Clock
from storage.ledger.database import Database
from storage.ledger.quality_tables import quality_day
from storage.quality_ports import MeterDay

COUNTS = tuple(f.name for f in fields(QualityCounts))


def _row(row: RowMapping) -> MeterDay:
    return MeterDay(
        row["day"],
        row["meter"],
        row["enterprise"],
        tuple(row[name] for name in COUNTS),
        row["energy_kwh"],
        row["register_kwh"],
        row["revision"],
        row["judged_at"],
    )


class SqlQuality:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, rows: Sequence[MeterDay]) -> int:
        kept = 0
        now = self._clock.now()
        with self._database.writing() as connection:
            for day in sorted({row.day for row in rows}):
                newest = {row.meter: row for row in _newest(connection, day, day, None)}
                revision = max((row.revision for row in newest.values()), default=0) + 1
                changed = [
                    row
                    for row in rows
                    if row.day == day and (row.meter not in newest or not row.same_as(newest[row.meter]))
                ]
                if changed:
                    connection.execute(sa.insert(quality_day), [_values(row, revision, now) for row in changed])
                kept += len(changed)
        return kept

    def days(self, first: date, last: date, *, until_revision: int | None = None) -> list[MeterDay]:
        with self._database.reading() as connection:
            return _newest(connection, first, last, until_revision)

    def revisions(self, day: date) -> list[tuple[int, datetime, int]]:
        table = quality_day.c
        query = (
            sa.select(table.revision, sa.func.min(table.judged_at).label("at"), sa.func.count().label("meters"))
            .where(table.day == day)
            .group_by(table.revision)
            .order_by(table.revision)
        )
        with self._database.reading() as connection:
            return [(row.revision, row.at, row.meters) for row in connection.execute(query)]

    def judged(self) -> tuple[date, date] | None:
        query = sa.select(sa.func.min(quality_day.c.day), sa.func.max(quality_day.c.day))
        with self._database.reading() as connection:
            first, last = connection.execute(query).one()
        return None if first is None else (first, last)


def _newest(connection: Connection, first: date, last: date, until_revision: int | None) -> list[MeterDay]:
    table = quality_day
    within: list[sa.ColumnElement[bool]] = [table.c.day.between(first, last)]
    if until_revision is not None:
        within.append(table.c.revision <= until_revision)
    newest = (
        sa.select(table.c.day, table.c.meter, sa.func.max(table.c.revision).label("revision"))
        .where(*within)
        .group_by(table.c.day, table.c.meter)
        .subquery()
    )
    query = (
        sa.select(table)
        .join(
            newest,
            (table.c.day == newest.c.day) & (table.c.meter == newest.c.meter) & (table.c.revision == newest.c.revision),
        )
        .order_by(table.c.day, table.c.meter)
    )
    return [_row(row) for row in connection.execute(query).mappings()]


def _values(row: MeterDay, revision: int, now: datetime) -> dict[str, object]:
    return {
        "day": row.day,
        "meter": row.meter,
        "revision": revision,
        "enterprise": row.enterprise,
        "judged_at": now,
        **dict(zip(COUNTS, row.counts, strict=True)),
        "energy_kwh": row.energy_kwh,
        "register_kwh": row.register_kwh,
    }
