"""Rows of ``demand_15m`` set into matrices of scopes x blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np

from domain.arrays import CodeArray, FloatArray, IntArray
from domain.errors import Invalid
from domain.instants import BLOCK_MS, BLOCK_S, Span
from domain.scopes import Scope
from storage.ports import DEMAND_QUALITIES, NO_ROW, DemandMatrix, DemandRows

#: A piece is as long as keeps its rows, which are objects, well under a gigabyte.
ROWS_PER_PIECE = 300_000
_CODES = {text: code for code, text in enumerate(DEMAND_QUALITIES)}


def empty_matrix(scopes: Sequence[Scope], ts_ms: IntArray) -> DemandMatrix:
    if len(set(scopes)) != len(scopes):
        raise Invalid("a matrix holds each scope once")
    shape = (len(scopes), len(ts_ms))
    return DemandMatrix(
        tuple(scopes),
        ts_ms,
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, NO_ROW, dtype=np.int8),
        np.zeros(shape, dtype=np.int32),
    )


def place(
    matrix: DemandMatrix,
    line: IntArray,
    ts_ms: IntArray,
    *,
    demand_kw: FloatArray,
    estimate_kw: FloatArray,
    quality: CodeArray,
    revision: IntArray,
) -> None:
    """Set rows into the matrix; those off its grid are left out. line : places in ``matrix.scopes``, shape (n,)."""
    offset = ts_ms - matrix.ts_ms[0]
    column = offset // BLOCK_MS
    use = (offset % BLOCK_MS == 0) & (column >= 0) & (column < len(matrix.ts_ms))
    at = (line[use], column[use])
    matrix.demand_kw[at] = demand_kw[use]
    matrix.estimate_kw[at] = estimate_kw[use]
    matrix.quality[at] = quality[use]
    matrix.revision[at] = revision[use]


def matrix_in_pieces(
    read: Callable[[Sequence[Scope], Span], DemandRows], scopes: Sequence[Scope], span: Span
) -> DemandMatrix:
    """The matrix from a store's own ``read_demand``, a stretch of time after the other."""
    matrix = empty_matrix(scopes, span.grid_ms(BLOCK_S))
    if not matrix.ts_ms.size or not scopes:
        return matrix
    line_of = {scope: line for line, scope in enumerate(matrix.scopes)}
    length = timedelta(milliseconds=max(1, ROWS_PER_PIECE // len(scopes)) * BLOCK_MS)
    start = span.start
    while start < span.end:
        piece = Span(start, min(start + length, span.end))
        rows = read(scopes, piece)
        place(
            matrix,
            np.fromiter((line_of[scope] for scope in rows.scope), dtype=np.int64, count=len(rows)),
            rows.ts_ms,
            demand_kw=rows.demand_kw,
            estimate_kw=rows.estimate_kw,
            quality=np.fromiter((_CODES.get(text, NO_ROW) for text in rows.quality), dtype=np.int8, count=len(rows)),
            revision=rows.revision,
        )
        start = piece.end
    return matrix
