"""Figures that were replaced, kept as they were: what was known then can be told from what is known now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, RowMapping

from domain.instants import Span, to_ms
from domain.scopes import Scope
from storage.ledger.database import Database
from storage.ledger.revision_tables import demand_superseded
from storage.ports import DemandRows
from storage.revision_ports import SupersededRows

_FIGURES = ("demand_kw", "energy_kwh", "coverage", "estimate_kw", "estimate_low_kw", "estimate_high_kw")
SCOPES_PER_QUERY = 500


class SqlSuperseded:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, rows: DemandRows, at: datetime) -> None:
        if not len(rows):
            return
        columns = {name: getattr(rows, name).tolist() for name in _FIGURES}
        values = [
            {
                "scope": str(scope),
                "start_ms": ts_ms,
                "revision": revision,
                **{name: None if math.isnan(column[i]) else column[i] for name, column in columns.items()},
                "quality": str(rows.quality[i]),
                "superseded_at": at,
            }
            for i, (scope, ts_ms, revision) in enumerate(
                zip(rows.scope, rows.ts_ms.tolist(), rows.revision.tolist(), strict=True)
            )
        ]
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        with self._database.writing() as connection:
            connection.execute(insert(demand_superseded).on_conflict_do_nothing(), values)

    def prune(self, until: datetime) -> int:
        """A scope at a time, by the primary key: no long lock, and no index that every row would pay for."""
        table, removed = demand_superseded, 0
        # A block ends before it is superseded, so only those of before can have been.
        old = table.c.start_ms < to_ms(until)
        with self._database.reading() as connection:
            scopes = connection.execute(sa.select(table.c.scope).where(old).distinct()).scalars().all()
        for scope in scopes:
            gone = sa.delete(table).where(table.c.scope == scope, old, table.c.superseded_at < until)
            with self._database.writing() as connection:
                removed += connection.execute(gone).rowcount
        return removed

    def read(self, scopes: Sequence[Scope], span: Span) -> SupersededRows:
        names = sorted({str(scope) for scope in scopes})
        found: list[RowMapping] = []
        with self._database.reading() as connection:
            for first in range(0, len(names), SCOPES_PER_QUERY):
                found += _rows(connection, names[first : first + SCOPES_PER_QUERY], span)
        return _superseded(found)


def _rows(connection: Connection, names: list[str], span: Span) -> Sequence[RowMapping]:
    table = demand_superseded
    inside = (table.c.start_ms >= span.start_ms, table.c.start_ms < span.end_ms)
    query = sa.select(table).where(table.c.scope.in_(names), *inside)
    return connection.execute(query.order_by(table.c.scope, table.c.start_ms, table.c.revision)).mappings().all()


def _superseded(found: Sequence[RowMapping]) -> SupersededRows:
    def figures(name: str) -> Any:
        return np.array([np.nan if row[name] is None else row[name] for row in found], dtype=np.float64)

    def whole(values: list[int]) -> Any:
        return np.array(values, dtype=np.int64)

    demand, energy, coverage, estimate, low, high = (figures(name) for name in _FIGURES)
    known = {name: Scope.parse(name) for name in {row["scope"] for row in found}}
    rows = DemandRows(
        tuple(known[row["scope"]] for row in found),
        whole([row["start_ms"] for row in found]),
        demand,
        energy,
        coverage,
        estimate,
        low,
        high,
        np.array([row["quality"] for row in found], dtype=object),
        whole([row["revision"] for row in found]),
    )
    return SupersededRows(rows, whole([to_ms(row["superseded_at"]) for row in found]))
