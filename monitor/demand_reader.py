"""Demand of scopes on a grid of blocks: from ``demand_15m``, and from readings where no row was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from domain.arrays import BoolArray, FloatArray, IntArray, TextArray
from domain.instants import BLOCK_MS, BLOCK_S, Span, from_ms
from domain.scopes import Scope
from monitor.block_rows import INSUFFICIENT
from monitor.derivation import Derivation
from storage.ports import DemandRows, ReadingStore


@dataclass(frozen=True, slots=True, eq=False)
class DemandGrid:
    """Scopes x blocks, shape (s, b) each; NaN, coverage 0, ``insufficient`` and revision 0 where nothing is known."""

    scopes: tuple[Scope, ...]
    ts_ms: IntArray
    demand_kw: FloatArray
    coverage: FloatArray
    estimate_kw: FloatArray
    estimate_low_kw: FloatArray
    estimate_high_kw: FloatArray
    quality: TextArray
    revision: IntArray
    energy_kwh: FloatArray

    def blank(self, where: BoolArray) -> None:
        """Nothing is known there."""
        for name in _NUMBERS:
            getattr(self, name)[where] = np.nan
        self.coverage[where] = 0.0
        self.quality[where] = INSUFFICIENT
        self.revision[where] = 0


_NUMBERS = ("demand_kw", "estimate_kw", "estimate_low_kw", "estimate_high_kw", "energy_kwh")


class DemandReader:
    def __init__(self, store: ReadingStore, derivation: Derivation) -> None:
        self._store = store
        self._derivation = derivation

    def stored(self, scopes: Sequence[Scope], span: Span) -> DemandGrid:
        """Blocks that begin in the span, as they are written; nothing is derived. Raises Unavailable."""
        ts_ms = span.grid_ms(BLOCK_S)
        grid = _empty(tuple(scopes), ts_ms)
        if ts_ms.size:
            whole = Span(from_ms(int(ts_ms[0])), from_ms(int(ts_ms[-1]) + BLOCK_MS))
            place(grid, self._store.read_demand(scopes, whole))
        return grid

    def grid(self, scopes: Sequence[Scope], span: Span, *, until_ms: int) -> DemandGrid:
        """Blocks that begin in the span. Those that ended before ``until_ms`` and of which the first scope has no row
        are derived from readings, for all the scopes. Raises Unavailable."""
        grid = self.stored(scopes, span)
        ts_ms = grid.ts_ms
        if not ts_ms.size:
            return grid
        absent = (grid.revision[0] == 0) & (ts_ms + BLOCK_MS <= until_ms)
        for run in _runs(ts_ms, absent):
            for rows in self._derivation.rows(run, scopes=tuple(scopes)):
                place(grid, rows, only_absent=True)
        return grid


def _empty(scopes: tuple[Scope, ...], ts_ms: IntArray) -> DemandGrid:
    shape = (len(scopes), len(ts_ms))
    figures = [np.full(shape, np.nan) for _ in range(5)]
    return DemandGrid(
        scopes,
        ts_ms,
        figures[0],
        np.zeros(shape),
        figures[1],
        figures[2],
        figures[3],
        np.full(shape, INSUFFICIENT, dtype=object),
        np.zeros(shape, dtype=np.int64),
        figures[4],
    )


def place(grid: DemandGrid, rows: DemandRows, chosen: IntArray | None = None, *, only_absent: bool = False) -> None:
    """Put rows (all, or the ``chosen`` ones) into the grid; those outside it are left out."""
    row_of = {scope: i for i, scope in enumerate(grid.scopes)}
    line = np.fromiter((row_of.get(scope, -1) for scope in rows.scope), dtype=np.int64, count=len(rows))
    column = (rows.ts_ms - grid.ts_ms[0]) // BLOCK_MS
    use = (line >= 0) & (column >= 0) & (column < len(grid.ts_ms))
    if chosen is not None:
        use &= np.isin(np.arange(len(rows)), chosen)
    if only_absent:
        use[use] = grid.revision[line[use], column[use]] == 0
    at = (line[use], column[use])
    for name in (*_NUMBERS, "coverage", "quality", "revision"):
        getattr(grid, name)[at] = getattr(rows, name)[use]


def _runs(ts_ms: IntArray, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Iterator[Span]:
    """Spans of neighbouring chosen blocks."""
    at = np.flatnonzero(chosen)
    for part in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1):
        if part.size:
            yield Span(from_ms(int(ts_ms[part[0]])), from_ms(int(ts_ms[part[-1]]) + BLOCK_MS))
