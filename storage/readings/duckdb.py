"""Readings in an embedded DuckDB file: one process, one writer, as many readers as threads.

There is no primary key: it would make a batch cost ten milliseconds and the file four times its size. The one writer
looks up the rows it touches within the batch's time range instead, which DuckDB's zone maps keep short.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import Unavailable
from domain.instants import BLOCK_S, Span
from domain.quality import Quality
from domain.readings import QUANTITIES, ReadingBatch
from domain.scopes import Scope, ScopeKind
from domain.vee import VeeBatch
from storage.ports import DEMAND_QUALITIES, NO_ROW, DayRows, DemandMatrix, DemandRows, ReadingMatrix, WriteOutcome
from storage.readings.day_rows import fields_of, last_day_of_each
from storage.readings.demand_matrices import empty_matrix, place
from storage.readings.demand_rows import MEASURES, demand_rows, in_order, last_of_each, measures_of
from storage.readings.duckdb_days import DAY_TABLES, days_of, days_question, put_days
from storage.readings.grid import empty_grid, reading_matrix
from storage.readings.merge import Merge, merge, quality_codes
from storage.readings.screening import require_keepable, require_quantity, require_storable, screen
from storage.schema import DEMAND, QUALITY, READING, READING_FIELDS, READING_TAG, RECEIVED, VEE, VEE_TAG, VEE_TEXTS

_READING_COLUMNS = ", ".join((READING_TAG, "ts_ms", *READING_FIELDS, QUALITY, RECEIVED))
_DEMAND_COLUMNS = ", ".join(("scope", "id", "ts_ms", *MEASURES, "quality", "revision"))
_VEE_COLUMNS = ", ".join(VeeBatch.__slots__)
_TABLES = (
    f"CREATE TABLE IF NOT EXISTS {READING} ({READING_TAG} VARCHAR NOT NULL, ts_ms BIGINT NOT NULL, "
    + ", ".join(f"{field} DOUBLE" for field in READING_FIELDS)
    + f", {QUALITY} VARCHAR NOT NULL, {RECEIVED} BIGINT NOT NULL)",
    f"CREATE TABLE IF NOT EXISTS {DEMAND} (scope VARCHAR NOT NULL, id VARCHAR NOT NULL, ts_ms BIGINT NOT NULL, "
    + ", ".join(f"{field} DOUBLE" for field in MEASURES)
    + ", quality VARCHAR NOT NULL, revision BIGINT NOT NULL)",
    *DAY_TABLES,
    f"CREATE TABLE IF NOT EXISTS {VEE} ({VEE_TAG} VARCHAR NOT NULL, ts_ms BIGINT NOT NULL, revision BIGINT NOT NULL, "
    "raw_kw DOUBLE, value_kw DOUBLE, flag VARCHAR NOT NULL, rule VARCHAR NOT NULL, actor VARCHAR NOT NULL, "
    "at_ms BIGINT NOT NULL)",
)
_QUALITY_TEXTS = np.array([quality.text for quality in Quality], dtype=object)
# The database must be opened again after these; the others leave it usable.
_BROKEN = (duckdb.FatalException, duckdb.InternalException, duckdb.ConnectionException)


class DuckDbStore:
    """``path`` : the file, made with its folder if absent. Raises Unavailable when it cannot be opened."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._gate = threading.RLock()
        self._writing = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._closed = False
        self._connect()

    def write(self, batch: ReadingBatch) -> WriteOutcome:
        good, rejected = screen(batch)
        rows = batch.take(good)
        if not len(rows):
            return WriteOutcome(0, 0, tuple(rejected))
        with self._writing, self._cursor() as cursor:
            merged = merge(rows, self._stored(cursor, rows))
            if len(merged.written):
                self._commit(cursor, merged)
        outcome = merged.outcome()
        return WriteOutcome(outcome.accepted, outcome.repeats, (*rejected, *outcome.rejected))

    def read(self, meters: Sequence[str], span: Span, *, limit: int | None = None) -> ReadingBatch:
        table = self._query(
            f"SELECT {_READING_COLUMNS} FROM {READING} WHERE ts_ms >= $start AND ts_ms < $end "
            f"AND {READING_TAG} IN (SELECT unnest($meters)) ORDER BY ts_ms, {READING_TAG}"
            + (f" LIMIT {limit:d}" if limit is not None else ""),
            {"start": span.start_ms, "end": span.end_ms, "meters": list(set(meters))},
        )
        return _batch_of(table)

    def matrix(self, meters: Sequence[str], span: Span, *, step_s: int, quantity: str) -> ReadingMatrix:
        require_quantity(quantity)
        empty_grid(meters, span, step_s)
        table = self._query(
            f"SELECT {READING_TAG}, ts_ms, {quantity}, {QUALITY} FROM {READING} WHERE ts_ms >= $start AND ts_ms < $end "
            f"AND {quantity} IS NOT NULL AND ts_ms % $step = 0 AND {READING_TAG} IN (SELECT unnest($meters))",
            {"start": span.start_ms, "end": span.end_ms, "step": step_s * 1000, "meters": list(set(meters))},
        )
        return reading_matrix(
            meters,
            span,
            step_s,
            meter=_texts(table, READING_TAG),
            ts_ms=_numbers(table, "ts_ms"),
            values=_numbers(table, quantity),
            quality=quality_codes(table.column(QUALITY).to_pylist()),
        )

    def latest(self, meters: Sequence[str]) -> ReadingBatch:
        table = self._query(
            f"WITH newest AS (SELECT {READING_TAG}, max(ts_ms) AS ts_ms FROM {READING} "
            f"WHERE {READING_TAG} IN (SELECT unnest($meters)) GROUP BY {READING_TAG}) "
            f"SELECT r.* FROM {READING} r SEMI JOIN newest USING ({READING_TAG}, ts_ms) ORDER BY {READING_TAG}",
            {"meters": list(set(meters))},
        )
        return _batch_of(table)

    def write_demand(self, rows: DemandRows) -> None:
        require_storable(rows)
        rows = last_of_each(rows)
        if not len(rows):
            return
        columns: dict[str, Any] = {"scope": [s.kind.value for s in rows.scope], "id": [s.id for s in rows.scope]}
        columns["ts_ms"] = rows.ts_ms
        for name, values in zip(MEASURES, measures_of(rows), strict=True):
            columns[name] = pa.array(values, from_pandas=True)
        columns["quality"] = pa.array(rows.quality, type=pa.string())
        columns["revision"] = rows.revision
        with self._writing, self._cursor() as cursor:
            cursor.register("incoming", pa.table(columns))
            with _transaction(cursor):
                cursor.execute(
                    f"DELETE FROM {DEMAND} d USING incoming i WHERE d.scope = i.scope AND d.id = i.id "
                    "AND d.ts_ms = i.ts_ms AND d.ts_ms BETWEEN ? AND ?",
                    [int(rows.ts_ms.min()), int(rows.ts_ms.max())],
                )
                cursor.execute(f"INSERT INTO {DEMAND} SELECT {_DEMAND_COLUMNS} FROM incoming")

    def read_demand(self, scopes: Sequence[Scope], span: Span) -> DemandRows:
        table = self._query(
            f"SELECT {_DEMAND_COLUMNS} FROM {DEMAND} WHERE ts_ms >= $start AND ts_ms < $end "
            "AND scope || ':' || id IN (SELECT unnest($scopes))",
            {
                "start": span.start_ms,
                "end": span.end_ms,
                "scopes": list({f"{scope.kind.value}:{scope.id}" for scope in scopes}),
            },
        )
        found = zip(table.column("scope").to_pylist(), table.column("id").to_pylist(), strict=True)
        rows = demand_rows(
            [Scope(ScopeKind(kind), ident) for kind, ident in found],
            _numbers(table, "ts_ms"),
            [_numbers(table, name) for name in MEASURES],
            _texts(table, "quality"),
            _numbers(table, "revision"),
        )
        return in_order(rows, scopes)

    def write_days(self, rows: DayRows) -> None:
        require_storable(rows)
        fields_of(rows.series)
        rows = last_day_of_each(rows)
        if not len(rows):
            return
        with self._writing, self._cursor() as cursor, _transaction(cursor):
            put_days(cursor, rows)

    def read_days(self, series: str, scopes: Sequence[Scope], span: Span) -> DayRows:
        return days_of(series, self._query(*days_question(series, scopes, span)), scopes)

    def write_vee(self, rows: VeeBatch) -> None:
        require_keepable(rows)
        if not len(rows):
            return
        columns = {name: getattr(rows, name) for name in VeeBatch.__slots__}
        for name, values in columns.items():
            if values.dtype == object:
                columns[name] = pa.array(values, type=pa.string())
            elif values.dtype == np.float64:
                columns[name] = pa.array(values, from_pandas=True)
        with self._writing, self._cursor() as cursor:
            cursor.register("incoming", pa.table(columns))
            with _transaction(cursor):
                cursor.execute(
                    f"INSERT INTO {VEE} SELECT {_VEE_COLUMNS} FROM incoming i ANTI JOIN (SELECT * FROM {VEE} "
                    f"WHERE ts_ms BETWEEN ? AND ?) v USING ({VEE_TAG}, ts_ms, revision)",
                    [int(rows.ts_ms.min()), int(rows.ts_ms.max())],
                )

    def read_vee(self, meters: Sequence[str], span: Span, *, history: bool = False) -> VeeBatch:
        table = self._query(
            f"SELECT {_VEE_COLUMNS} FROM {VEE} WHERE ts_ms >= $start AND ts_ms < $end "
            f"AND {VEE_TAG} IN (SELECT unnest($meters))",
            {"start": span.start_ms, "end": span.end_ms, "meters": list(set(meters))},
        )
        texts = (VEE_TAG, *VEE_TEXTS)
        rows = VeeBatch(**{n: _texts(table, n) if n in texts else _numbers(table, n) for n in VeeBatch.__slots__})
        return rows.in_order() if history else rows.newest()

    def demand_matrix(self, scopes: Sequence[Scope], span: Span) -> DemandMatrix:
        ts_ms = span.grid_ms(BLOCK_S)
        matrix = empty_matrix(scopes, ts_ms)
        if not ts_ms.size or not scopes:
            return matrix
        names = pa.table(
            {
                "scope": [scope.kind.value for scope in scopes],
                "id": [scope.id for scope in scopes],
                "line": np.arange(len(scopes), dtype=np.int64),
            }
        )
        with self._cursor() as cursor:
            cursor.register("wanted", names)
            table = cursor.sql(
                f"SELECT w.line, d.ts_ms, d.demand_kw, d.estimate_kw, d.quality, d.revision FROM {DEMAND} d "
                "JOIN wanted w ON d.scope = w.scope AND d.id = w.id WHERE d.ts_ms >= ? AND d.ts_ms < ?",
                params=[span.start_ms, span.end_ms],
            ).to_arrow_table()
        quality = pc.index_in(table.column("quality"), value_set=pa.array(DEMAND_QUALITIES)).fill_null(NO_ROW)
        place(
            matrix,
            _numbers(table, "line"),
            _numbers(table, "ts_ms"),
            demand_kw=_numbers(table, "demand_kw"),
            estimate_kw=_numbers(table, "estimate_kw"),
            quality=quality.to_numpy().astype(np.int8),
            revision=_numbers(table, "revision"),
        )
        return matrix

    def extent(self, table: str, key: str) -> tuple[int | None, int | None, int]:
        """Oldest and newest instant of one of our tables and how many values of ``key`` it has."""
        query = f"SELECT min(ts_ms) AS oldest, max(ts_ms) AS newest, count(DISTINCT {key}) AS keys FROM {table}"
        row = self._query(query, {}).to_pylist()[0]
        return row["oldest"], row["newest"], row["keys"]

    def ping(self) -> str:
        version = self._query("SELECT version() AS version", {}).column("version")[0].as_py()
        return f"DuckDB {version}"

    def close(self) -> None:
        """Ends at once what other threads still ask; they see Unavailable."""
        with self._writing, self._gate:
            self._closed = True
            self._drop()

    def _stored(self, cursor: duckdb.DuckDBPyConnection, rows: ReadingBatch) -> ReadingBatch:
        cursor.register("keys", pa.table({READING_TAG: pa.array(rows.meter, type=pa.string()), "ts_ms": rows.ts_ms}))
        found = cursor.sql(
            f"SELECT r.* FROM {READING} r SEMI JOIN keys USING ({READING_TAG}, ts_ms) WHERE r.ts_ms BETWEEN ? AND ?",
            params=[int(rows.ts_ms.min()), int(rows.ts_ms.max())],
        )
        return _batch_of(found.to_arrow_table())

    def _commit(self, cursor: duckdb.DuckDBPyConnection, merged: Merge) -> None:
        cursor.register("incoming", _table_of(merged.written))
        with _transaction(cursor):
            if merged.fills.any():
                filled = merged.written.take(merged.fills)
                cursor.register("filled", _table_of(filled))
                cursor.execute(
                    f"DELETE FROM {READING} r USING filled f WHERE r.{READING_TAG} = f.{READING_TAG} "
                    "AND r.ts_ms = f.ts_ms AND r.ts_ms BETWEEN ? AND ?",
                    [int(filled.ts_ms.min()), int(filled.ts_ms.max())],
                )
            cursor.execute(f"INSERT INTO {READING} SELECT {_READING_COLUMNS} FROM incoming")

    def _query(self, sql: str, params: Mapping[str, Any]) -> pa.Table:
        # to_arrow_table releases the interpreter while it runs; fetchnumpy would hold up every other thread.
        with self._cursor() as cursor:
            return cursor.sql(sql, params=dict(params)).to_arrow_table()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own for the calling thread, with DuckDB's errors in our words."""
        try:
            with self._gate:
                cursor = self._connect().cursor()
            with cursor:
                yield cursor
        except _BROKEN as error:
            with self._gate:
                self._drop()
            raise Unavailable(self._advice(error)) from error
        except (duckdb.OperationalError, duckdb.OutOfMemoryException) as error:
            raise Unavailable(self._advice(error)) from error

    def _connect(self) -> duckdb.DuckDBPyConnection:
        if self._closed:
            raise Unavailable(f"the store {self._path} is closed")
        if self._connection is None:
            connection = None
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                connection = duckdb.connect(self._path)
                for statement in _TABLES:
                    connection.execute(statement)
            except (duckdb.Error, OSError) as error:
                if connection is not None:
                    connection.close()
                raise Unavailable(self._advice(error)) from error
            self._connection = connection
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _advice(self, error: Exception) -> str:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        if "set lock" in text:
            todo = "another process has it open (DuckDB serves one): stop that process, or use an influxdb:// store"
        elif "No space left" in text or "File too large" in text or "disk" in text.lower():
            todo = "the disk is full: free space; nothing acknowledged is lost and writing resumes by itself"
        elif "not a valid DuckDB" in text:
            todo = "the file is something else: set store.url to another path"
        else:
            todo = "check the path of store.url, its permissions and the disk"
        return f"the readings file {self._path} does not answer: {todo} ({text})"


@contextmanager
def _transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Leaving it by an error closes the cursor with its transaction open, which rolls back."""
    cursor.execute("BEGIN TRANSACTION")
    yield
    cursor.execute("COMMIT")


def _numbers(table: pa.Table, name: str) -> Any:
    """Column as NumPy, NULL as NaN; a copy, because Arrow's memory is read-only."""
    return np.array(table.column(name).to_numpy())


def _texts(table: pa.Table, name: str) -> Any:
    return np.array(table.column(name).to_pylist(), dtype=object)


def _table_of(rows: ReadingBatch) -> pa.Table:
    columns: dict[str, Any] = {READING_TAG: pa.array(rows.meter, type=pa.string()), "ts_ms": rows.ts_ms}
    for k, name in enumerate(QUANTITIES):
        columns[name] = pa.array(np.ascontiguousarray(rows.values[:, k]), from_pandas=True)
    columns[QUALITY] = pa.array(_QUALITY_TEXTS[rows.quality], type=pa.string())
    columns[RECEIVED] = rows.received_ms
    return pa.table(columns)


def _batch_of(table: pa.Table) -> ReadingBatch:
    return ReadingBatch(
        meter=_texts(table, READING_TAG),
        ts_ms=_numbers(table, "ts_ms"),
        values=np.column_stack([_numbers(table, name).astype(np.float64) for name in QUANTITIES]),
        quality=quality_codes(table.column(QUALITY).to_pylist()),
        received_ms=_numbers(table, RECEIVED),
    )
