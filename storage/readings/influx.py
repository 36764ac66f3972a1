"""Readings in InfluxDB 1.x, or in a later one that answers InfluxQL.

InfluxDB overwrites what has the same series and instant, so what is stored is looked up before rows that could meet
it. A meter's newest instant is remembered: rows beyond it meet nothing, and the usual batch costs no look-up.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from config.settings import StoreSettings
from domain.arrays import IntArray
from domain.errors import Unavailable
from domain.instants import HOUR_MS, Span
from domain.readings import QUANTITIES, ReadingBatch
from domain.scopes import Scope, ScopeKind
from domain.vee import VeeBatch
from storage.ports import DayRows, DemandMatrix, DemandRows, ReadingMatrix, WriteOutcome
from storage.readings.demand_matrices import matrix_in_pieces
from storage.readings.demand_rows import MEASURES, demand_rows, in_order, last_of_each, measures_of, take_demand
from storage.readings.grid import empty_grid, reading_matrix
from storage.readings.influx_client import InfluxClient
from storage.readings.influx_days import InfluxDays
from storage.readings.influx_lines import demand_lines, reading_lines, vee_lines
from storage.readings.influx_query import (
    READING_COLUMNS,
    TERMS_PER_QUERY,
    VEE_COLUMNS,
    demand_query,
    in_parts,
    latest_query,
    rows_query,
    vee_query,
)
from storage.readings.merge import merge, quality_codes
from storage.readings.screening import require_keepable, require_quantity, require_storable, screen
from storage.schema import DEMAND, QUALITY, READING_TAG, RECEIVED, VEE_TAG, VEE_TEXTS

PAGE_ROWS = 500_000
# Late rows further apart than this are looked up separately: one stray row must not pull a year into memory.
_GAP_MS = 6 * HOUR_MS
_DEMAND_COLUMNS = (*MEASURES, "quality", "revision", "scope", "id")


class InfluxStore:
    """``page_rows`` : most rows asked of the server at once.

    ``alone`` False where other processes write readings of the same meters: what is newest is then theirs to change,
    and every batch is looked up.
    """

    def __init__(self, settings: StoreSettings, *, page_rows: int = PAGE_ROWS, alone: bool = True) -> None:
        self._alone = alone
        self._client = InfluxClient(settings)
        self._page_rows = page_rows
        self._writing = threading.Lock()
        self._newest_ms: dict[str, int] = {}
        self._days = InfluxDays(self._client)

    def ensure(self) -> None:
        """Make the database or bucket with its retention now; otherwise the first use does."""
        self._client.ensure()

    def write(self, batch: ReadingBatch) -> WriteOutcome:
        good, rejected = screen(batch)
        rows = batch.take(good)
        if not len(rows):
            return WriteOutcome(0, 0, tuple(rejected))
        with self._writing:
            merged = merge(rows, self._met(rows))
            try:
                refused = self._client.write(reading_lines(merged.written))
                self._confirm(merged.written, refused)
            except Unavailable:
                # Part of it may be stored: only the server knows now.
                for meter in set(rows.meter):
                    self._newest_ms.pop(meter, None)
                raise
            for meter, ts_ms in zip(merged.written.meter, merged.written.ts_ms.tolist(), strict=True):
                if ts_ms > self._newest_ms.get(meter, ts_ms):
                    self._newest_ms[meter] = ts_ms
        outcome = merged.outcome(refused)
        return WriteOutcome(outcome.accepted, outcome.repeats, (*rejected, *outcome.rejected))

    def read(self, meters: Sequence[str], span: Span, *, limit: int | None = None) -> ReadingBatch:
        tables = [
            table
            for part in in_parts(meters)
            for table in self._pages(READING_COLUMNS, part, span.start_ms, span.end_ms, limit)
        ]
        rows = _batch_of(tables)
        # Texts sort as Python sorts them, which is not how the server orders equal instants.
        _, name = np.unique(rows.meter.astype(str), return_inverse=True)
        return rows.take(np.lexsort((name, rows.ts_ms))[:limit])

    def matrix(self, meters: Sequence[str], span: Span, *, step_s: int, quantity: str) -> ReadingMatrix:
        require_quantity(quantity)
        empty_grid(meters, span, step_s)
        columns = (quantity, QUALITY)
        tables = [
            table for part in in_parts(meters) for table in self._pages(columns, part, span.start_ms, span.end_ms, None)
        ]
        return reading_matrix(
            meters,
            span,
            step_s,
            meter=_texts(tables, READING_TAG),
            ts_ms=_whole_numbers(tables, "time"),
            values=_numbers(tables, quantity),
            quality=quality_codes(_texts(tables, QUALITY).tolist()),
        )

    def latest(self, meters: Sequence[str]) -> ReadingBatch:
        columns = (*READING_COLUMNS, READING_TAG)
        tables = [self._client.query(latest_query(READING_COLUMNS, part), columns) for part in in_parts(meters)]
        rows = _batch_of(tables)
        return rows.take(np.argsort(rows.meter))

    def write_demand(self, rows: DemandRows) -> None:
        require_storable(rows)
        rows = last_of_each(rows)
        with self._writing:
            self._delete_stale(rows)
            refused = self._client.write(demand_lines(rows))
        if refused:
            reason, detail = next(iter(refused.values()))
            raise Unavailable(f"InfluxDB refused {len(refused)} demand rows ({reason}): {detail}")

    def read_demand(self, scopes: Sequence[Scope], span: Span) -> DemandRows:
        wanted = sorted(set(scopes))
        tables = [
            table
            for i in range(0, len(wanted), TERMS_PER_QUERY)
            for table in self._demand_pages(wanted[i : i + TERMS_PER_QUERY], span.start_ms, span.end_ms)
        ]
        kinds, ids = _texts(tables, "scope"), _texts(tables, "id")
        rows = demand_rows(
            [Scope(ScopeKind(kind), ident) for kind, ident in zip(kinds, ids, strict=True)],
            _whole_numbers(tables, "time"),
            [_numbers(tables, name) for name in MEASURES],
            _texts(tables, "quality"),
            _whole_numbers(tables, "revision"),
        )
        return in_order(rows, scopes)

    def write_days(self, rows: DayRows) -> None:
        with self._writing:
            self._days.write(rows)

    def read_days(self, series: str, scopes: Sequence[Scope], span: Span) -> DayRows:
        return self._days.read(series, scopes, span)

    def write_vee(self, rows: VeeBatch) -> None:
        require_keepable(rows)
        refused = self._client.write(vee_lines(rows), precision="ns")
        if refused:
            reason, detail = next(iter(refused.values()))
            raise Unavailable(f"InfluxDB refused {len(refused)} revisions ({reason}): {detail}")

    def read_vee(self, meters: Sequence[str], span: Span, *, history: bool = False) -> VeeBatch:
        tables = [t for part in in_parts(meters) for t in self._vee_pages(part, span.start_ms, span.end_ms)]
        texts = (VEE_TAG, *VEE_TEXTS)
        columns: dict[str, Any] = {"ts_ms": _whole_numbers(tables, "time")}
        for name in VEE_COLUMNS:
            whole = name in ("revision", "at_ms")
            read = _texts if name in texts else _whole_numbers if whole else _numbers
            columns[name] = read(tables, name)
        rows = VeeBatch(**columns)
        return rows.in_order() if history else rows.newest()

    def demand_matrix(self, scopes: Sequence[Scope], span: Span) -> DemandMatrix:
        return matrix_in_pieces(self.read_demand, scopes, span)

    def ping(self) -> str:
        return f"InfluxDB {self._client.version()}"

    def close(self) -> None:
        self._client.close()

    def _confirm(self, rows: ReadingBatch, refused: Mapping[int, object]) -> None:
        """Ask for the first and the last row of what was just acknowledged; raises Unavailable where one is missing.

        InfluxDB 1.x and 2.x free the cache of a shard they hold for idle every ten seconds without a look at the write
        that is under way; it is acknowledged, and then no question finds it, and a later snapshot drops it from the
        disk too (docs/stores.md). A batch goes into a shard's cache as a whole, so its edges speak for it.
        """
        kept = np.setdiff1d(np.arange(len(rows)), np.array(sorted(refused), dtype=np.int64))
        if not len(kept):
            return
        ts_ms = rows.ts_ms[kept]
        for i in {int(kept[ts_ms.argmin()]), int(kept[ts_ms.argmax()])}:
            start_ms = int(rows.ts_ms[i])
            query = rows_query((RECEIVED,), [str(rows.meter[i])], start_ms, start_ms + 1, 1)
            if not self._client.query(query, (RECEIVED, READING_TAG)).num_rows:
                raise Unavailable("InfluxDB acknowledged a batch and does not have it; it is written again")

    def _met(self, rows: ReadingBatch) -> ReadingBatch:
        """Stored rows that the batch could meet."""
        late = self._behind_the_newest(rows) if self._alone else rows
        if not len(late):
            return late
        order = np.argsort(late.ts_ms, kind="stable")
        runs = np.split(order, np.flatnonzero(np.diff(late.ts_ms[order]) > _GAP_MS) + 1)
        return ReadingBatch.concat([self._lookup(late, run) for run in runs])

    def _behind_the_newest(self, rows: ReadingBatch) -> ReadingBatch:
        unknown = {meter for meter in rows.meter if meter not in self._newest_ms}
        if unknown:
            newest = self.latest(list(unknown))
            self._newest_ms.update(dict.fromkeys(unknown, -1))
            self._newest_ms.update(zip(newest.meter, newest.ts_ms.tolist(), strict=True))
        marks = np.fromiter((self._newest_ms[meter] for meter in rows.meter), dtype=np.int64, count=len(rows))
        return rows.take(rows.ts_ms <= marks)

    def _lookup(self, late: ReadingBatch, run: IntArray) -> ReadingBatch:
        start_ms, end_ms = int(late.ts_ms[run[0]]), int(late.ts_ms[run[-1]]) + 1
        parts = in_parts(late.meter[run])
        return _batch_of([t for part in parts for t in self._pages(READING_COLUMNS, part, start_ms, end_ms, None)])

    def _pages(
        self, columns: Sequence[str], meters: Sequence[str], start_ms: int, end_ms: int, limit: int | None
    ) -> Iterator[pa.Table]:
        """Rows by time, a page at a time. A full page may end inside an instant, which is then asked again whole."""
        wanted = (*columns, READING_TAG)
        while start_ms < end_ms and (limit is None or limit > 0):
            rows = self._page_rows if limit is None else min(self._page_rows, limit)
            page = self._client.query(rows_query(columns, meters, start_ms, end_ms, rows), wanted)
            if page.num_rows < rows:
                yield page
                return
            last_ms = int(page.column("time")[-1].as_py())
            page = page.filter(pc.less(page.column("time"), last_ms))
            yield page
            edge = self._client.query(rows_query(columns, meters, last_ms, last_ms + 1, len(meters)), wanted)
            yield edge
            limit = None if limit is None else limit - page.num_rows - edge.num_rows
            start_ms = last_ms + 1

    def _demand_pages(self, scopes: Sequence[Scope], start_ms: int, end_ms: int) -> Iterator[pa.Table]:
        while start_ms < end_ms:
            page = self._client.query(demand_query(scopes, start_ms, end_ms, self._page_rows), _DEMAND_COLUMNS)
            if page.num_rows < self._page_rows:
                yield page
                return
            last_ms = int(page.column("time")[-1].as_py())
            yield page.filter(pc.less(page.column("time"), last_ms))
            yield self._client.query(demand_query(scopes, last_ms, last_ms + 1, len(scopes)), _DEMAND_COLUMNS)
            start_ms = last_ms + 1

    def _vee_pages(self, meters: Sequence[str], start_ms: int, end_ms: int) -> Iterator[pa.Table]:
        """As ``_pages``: revisions are few, but an edited year may fill more than one page."""
        while start_ms < end_ms:
            page = self._client.query(vee_query(meters, start_ms, end_ms, self._page_rows), VEE_COLUMNS)
            if page.num_rows < self._page_rows:
                yield page
                return
            last_ms = int(page.column("time")[-1].as_py())
            yield page.filter(pc.less(page.column("time"), last_ms))
            # Every revision of every meter at this one instant.
            yield self._client.query(vee_query(meters, last_ms, last_ms + 1, PAGE_ROWS), VEE_COLUMNS)
            start_ms = last_ms + 1

    def _delete_stale(self, rows: DemandRows) -> None:
        """A field left out of a write keeps its old value: rows that lose a figure are deleted first."""
        missing = np.isnan(np.array(measures_of(rows))).T
        lacking = np.flatnonzero(missing.any(axis=1))
        if not len(lacking):
            return
        some = take_demand(rows, lacking)
        start_ms, end_ms = int(some.ts_ms.min()), int(some.ts_ms.max()) + 1
        absent = {(s, int(t)): missing[i] for s, t, i in zip(some.scope, some.ts_ms, lacking, strict=True)}
        scopes = sorted(set(some.scope))
        for i in range(0, len(scopes), TERMS_PER_QUERY):
            for table in self._demand_pages(scopes[i : i + TERMS_PER_QUERY], start_ms, end_ms):
                held = ~np.isnan(np.array([_numbers([table], name) for name in MEASURES])).T
                kinds, ids, stamps = (table.column(name).to_pylist() for name in ("scope", "id", "time"))
                for k, (kind, ident, ts_ms) in enumerate(zip(kinds, ids, stamps, strict=True)):
                    scope = Scope(ScopeKind(kind), ident)
                    if (held[k] & absent.get((scope, ts_ms), False)).any():
                        self._client.delete_row(DEMAND, scope, ts_ms)


def _numbers(tables: Sequence[pa.Table], name: str) -> Any:
    parts = [table.column(name).to_numpy().astype(np.float64) for table in tables]
    return np.concatenate(parts) if parts else np.zeros(0)


def _whole_numbers(tables: Sequence[pa.Table], name: str) -> Any:
    return np.nan_to_num(_numbers(tables, name)).astype(np.int64)


def _texts(tables: Sequence[pa.Table], name: str) -> Any:
    return np.array([text for table in tables for text in table.column(name).to_pylist()], dtype=object)


def _batch_of(tables: Sequence[pa.Table]) -> ReadingBatch:
    ts_ms = _whole_numbers(tables, "time")
    return ReadingBatch(
        meter=_texts(tables, READING_TAG),
        ts_ms=ts_ms,
        values=np.array([_numbers(tables, name) for name in QUANTITIES]).T.reshape(len(ts_ms), len(QUANTITIES)),
        quality=quality_codes(_texts(tables, QUALITY).tolist()),
        received_ms=_whole_numbers(tables, RECEIVED),
    )
