"""Demand of days nobody watched live, derived from readings and kept, so that the next question finds rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise

import numpy as np

from domain.arrays import BoolArray, IntArray
from domain.instants import Span, from_ms
from monitor.block_rows import concat_rows, revise
from monitor.derivation import Derivation
from storage.ports import NO_ROW, DemandMatrix, DemandRows, ReadingStore
from storage.revision_ports import SupersededLedger

#: Share of the work done, 0...1.
Told = Callable[[float], None]


def keep_derived(
    store: ReadingStore,
    derivation: Derivation,
    span: Span,
    *,
    superseded: SupersededLedger,
    now: datetime,
    on_progress: Told = lambda _share: None,
) -> int:
    """Write the demand of every scope over a span, from its readings; the number of rows that are new or changed.

    Rows that stand already keep their revision; what others replace is kept in the ledger. Raises Unavailable.
    """
    kept = 0
    whole = span.end_ms - span.start_ms
    silent_until_ms = span.start_ms
    for day in derivation.days(span):
        if day.end_ms > silent_until_ms:
            rows = [block for block in derivation.rows(day) if block.coverage.any()]
            if rows:
                kept += _keep(store, concat_rows(rows), superseded, now)
            else:
                # Months may lie before the first reading: not every question is to look at each of their days.
                silent_until_ms = derivation.silent_until_ms(day.end_ms)
        on_progress((day.end_ms - span.start_ms) / whole)
    return kept


def _keep(store: ReadingStore, rows: DemandRows, superseded: SupersededLedger, now: datetime) -> int:
    revised = revise(store, rows)
    if len(revised.rows):
        superseded.keep(revised.superseded, now)
        store.write_demand(revised.rows)
    return len(revised.rows)


def absent_days(matrix: DemandMatrix, day_starts_ms: IntArray) -> Iterator[Span]:
    """Runs of days of which no scope of the matrix has a row. day_starts_ms : shape (d + 1,)"""
    nothing = (matrix.quality == NO_ROW).all(axis=0)
    edges = np.searchsorted(matrix.ts_ms, day_starts_ms)
    absent: BoolArray = np.array([bool(nothing[a:b].all()) for a, b in pairwise(edges.tolist())])
    bounds = np.flatnonzero(np.diff(np.r_[False, absent, False].astype(np.int8)))
    for first, end in zip(bounds[::2].tolist(), bounds[1::2].tolist(), strict=True):
        yield Span(from_ms(int(day_starts_ms[first])), from_ms(int(day_starts_ms[end])))
