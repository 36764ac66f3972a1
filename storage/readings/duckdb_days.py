"""Series of days in DuckDB: one table each, a row replaced by deleting it in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from domain.instants import Span
from domain.scopes import Scope, ScopeKind
from storage.ports import DayRows
from storage.readings.day_rows import day_rows, days_in_order, fields_of
from storage.schema import DAY_SERIES, REVISION

DAY_TABLES = tuple(
    f"CREATE TABLE IF NOT EXISTS {series} (scope VARCHAR NOT NULL, id VARCHAR NOT NULL, ts_ms BIGINT NOT NULL, "
    + ", ".join(f"{field} DOUBLE" for field in fields)
    + f", {REVISION} BIGINT NOT NULL)"
    for series, fields in DAY_SERIES.items()
)


def put_days(cursor: duckdb.DuckDBPyConnection, rows: DayRows) -> None:
    """Within the caller's transaction."""
    fields = fields_of(rows.series)
    columns: dict[str, Any] = {"scope": [s.kind.value for s in rows.scope], "id": [s.id for s in rows.scope]}
    columns["ts_ms"] = rows.ts_ms
    for k, name in enumerate(fields):
        columns[name] = pa.array(np.ascontiguousarray(rows.values[:, k]), from_pandas=True)
    columns[REVISION] = rows.revision
    cursor.register("incoming", pa.table(columns))
    cursor.execute(
        f"DELETE FROM {rows.series} d USING incoming i WHERE d.scope = i.scope AND d.id = i.id "
        "AND d.ts_ms = i.ts_ms AND d.ts_ms BETWEEN ? AND ?",
        [int(rows.ts_ms.min()), int(rows.ts_ms.max())],
    )
    cursor.execute(f"INSERT INTO {rows.series} SELECT {', '.join(columns)} FROM incoming")


def days_question(series: str, scopes: Sequence[Scope], span: Span) -> tuple[str, dict[str, Any]]:
    names = ", ".join(("scope", "id", "ts_ms", *fields_of(series), REVISION))
    return (
        f"SELECT {names} FROM {series} WHERE ts_ms >= $start AND ts_ms < $end "
        "AND scope || ':' || id IN (SELECT unnest($scopes))",
        {
            "start": span.start_ms,
            "end": span.end_ms,
            "scopes": list({f"{scope.kind.value}:{scope.id}" for scope in scopes}),
        },
    )


def days_of(series: str, table: pa.Table, scopes: Sequence[Scope]) -> DayRows:
    found = zip(table.column("scope").to_pylist(), table.column("id").to_pylist(), strict=True)
    values = [np.array(table.column(name).to_numpy(), dtype=np.float64) for name in fields_of(series)]
    rows = day_rows(
        series,
        [Scope(ScopeKind(kind), ident) for kind, ident in found],
        np.array(table.column("ts_ms").to_numpy()),
        np.column_stack(values),
        np.array(table.column(REVISION).to_numpy()),
    )
    return days_in_order(rows, scopes)
