"""Readings in this process' memory: the model the other adapters are compared with, and a store for short trials.

It follows the words of the port row by row and shares no merging code with the others, so that it can prove them wrong.
"""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from domain.errors import Unavailable
from domain.instants import Span
from domain.quality import Quality
from domain.readings import QUANTITIES, Reading, ReadingBatch
from domain.scopes import Scope
from domain.vee import VeeBatch, VeeRow
from storage.ports import DayRows, DemandMatrix, DemandRows, ReadingMatrix, RejectedRow, WriteOutcome
from storage.readings.day_rows import day_rows, fields_of, last_day_of_each, no_days
from storage.readings.demand_matrices import matrix_in_pieces
from storage.readings.demand_rows import demand_rows, last_of_each, measures_of, no_demand
from storage.readings.grid import empty_grid, reading_matrix
from storage.readings.screening import require_keepable, require_quantity, require_storable, screen

_DemandRow = tuple[tuple[float, ...], str, int]


class MemoryStore:
    def __init__(self) -> None:
        self._rows: dict[str, dict[int, Reading]] = defaultdict(dict)
        self._demand: dict[tuple[Scope, int], _DemandRow] = {}
        self._days: dict[tuple[str, Scope, int], tuple[tuple[float, ...], int]] = {}
        self._vee: dict[tuple[int, str, int], VeeRow] = {}
        self._lock = threading.Lock()
        self._open = True

    def write(self, batch: ReadingBatch) -> WriteOutcome:
        good, rejected = screen(batch)
        accepted = repeats = 0
        with self._lock:
            self._require_open()
            for row in batch.take(good).rows():
                stored = self._rows[row.meter].get(row.ts_ms)
                merged = row if stored is None else _filled(stored, row)
                if merged is None:
                    detail = "another value is stored for this meter and instant"
                    held = ReadingBatch.of([stored]) if stored is not None else None
                    rejected.append(RejectedRow(ReadingBatch.of([row]), "conflict", detail, held))
                elif merged is stored:
                    repeats += 1
                else:
                    accepted += 1
                    self._rows[row.meter][row.ts_ms] = merged
        return WriteOutcome(accepted, repeats, tuple(rejected))

    def read(self, meters: Sequence[str], span: Span, *, limit: int | None = None) -> ReadingBatch:
        with self._lock:
            self._require_open()
            found = [
                row
                for meter in set(meters)
                for row in self._rows.get(meter, {}).values()
                if span.start_ms <= row.ts_ms < span.end_ms
            ]
        return ReadingBatch.of(sorted(found, key=lambda r: (r.ts_ms, r.meter))[:limit])

    def matrix(self, meters: Sequence[str], span: Span, *, step_s: int, quantity: str) -> ReadingMatrix:
        require_quantity(quantity)
        empty_grid(meters, span, step_s)
        rows = self.read(meters, span)
        values = rows.values[:, QUANTITIES.index(quantity)]
        return reading_matrix(
            meters, span, step_s, meter=rows.meter, ts_ms=rows.ts_ms, values=values, quality=rows.quality
        )

    def latest(self, meters: Sequence[str]) -> ReadingBatch:
        with self._lock:
            self._require_open()
            return ReadingBatch.of(self._rows[m][max(self._rows[m])] for m in sorted(set(meters)) if self._rows.get(m))

    def write_demand(self, rows: DemandRows) -> None:
        require_storable(rows)
        rows = last_of_each(rows)
        measures = np.array(measures_of(rows)).T
        with self._lock:
            self._require_open()
            for i, scope in enumerate(rows.scope):
                row = (tuple(measures[i].tolist()), str(rows.quality[i]), int(rows.revision[i]))
                self._demand[scope, int(rows.ts_ms[i])] = row

    def read_demand(self, scopes: Sequence[Scope], span: Span) -> DemandRows:
        place = {scope: i for i, scope in reversed(list(enumerate(scopes)))}
        with self._lock:
            self._require_open()
            found = sorted(
                (place[scope], ts, scope, row)
                for (scope, ts), row in self._demand.items()
                if scope in place and span.start_ms <= ts < span.end_ms
            )
        if not found:
            return no_demand()
        return demand_rows(
            [scope for _, _, scope, _ in found],
            np.array([ts for _, ts, _, _ in found], dtype=np.int64),
            list(np.array([row[0] for *_, row in found]).T),
            np.array([row[1] for *_, row in found], dtype=object),
            np.array([row[2] for *_, row in found], dtype=np.int64),
        )

    def write_days(self, rows: DayRows) -> None:
        require_storable(rows)
        fields_of(rows.series)
        rows = last_day_of_each(rows)
        with self._lock:
            self._require_open()
            for i, scope in enumerate(rows.scope):
                row = (tuple(rows.values[i].tolist()), int(rows.revision[i]))
                self._days[rows.series, scope, int(rows.ts_ms[i])] = row

    def read_days(self, series: str, scopes: Sequence[Scope], span: Span) -> DayRows:
        place = {scope: i for i, scope in reversed(list(enumerate(scopes)))}
        with self._lock:
            self._require_open()
            found = sorted(
                (place[scope], ts, scope, row)
                for (name, scope, ts), row in self._days.items()
                if name == series and scope in place and span.start_ms <= ts < span.end_ms
            )
        if not found:
            return no_days(series)
        return day_rows(
            series,
            [scope for _, _, scope, _ in found],
            np.array([ts for _, ts, _, _ in found], dtype=np.int64),
            np.array([row[0] for *_, row in found]),
            np.array([row[1] for *_, row in found], dtype=np.int64),
        )

    def write_vee(self, rows: VeeBatch) -> None:
        require_keepable(rows)
        with self._lock:
            self._require_open()
            for row in rows.rows():
                self._vee.setdefault((row.ts_ms, row.meter, row.revision), row)

    def read_vee(self, meters: Sequence[str], span: Span, *, history: bool = False) -> VeeBatch:
        with self._lock:
            self._require_open()
            wanted = set(meters)
            found = [
                row
                for (ts_ms, meter, _), row in sorted(self._vee.items())
                if meter in wanted and span.start_ms <= ts_ms < span.end_ms
            ]
        last = {(row.ts_ms, row.meter): row for row in found}
        return VeeBatch.of(found if history else last.values())

    def demand_matrix(self, scopes: Sequence[Scope], span: Span) -> DemandMatrix:
        return matrix_in_pieces(self.read_demand, scopes, span)

    def ping(self) -> str:
        self._require_open()
        return "memory (nothing is kept after the process ends)"

    def close(self) -> None:
        self._open = False

    def _require_open(self) -> None:
        if not self._open:
            raise Unavailable("the in-memory store is closed")


def _filled(stored: Reading, row: Reading) -> Reading | None:
    """``stored`` itself for a repeat, a fuller row, or None for a conflict."""
    values = []
    for old, new in zip(stored.values, row.values, strict=True):
        if not math.isnan(old) and not math.isnan(new) and old != new:
            return None
        values.append(new if math.isnan(old) else old)
    if all(math.isnan(old) == math.isnan(now) for old, now in zip(stored.values, values, strict=True)):
        return stored
    quality = Quality(max(stored.quality, row.quality))
    return Reading(row.meter, row.ts_ms, tuple(values), quality, stored.received_ms)
