"""Rows to a matrix of meters x instants, the same way for every adapter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domain.arrays import CodeArray, FloatArray, IntArray, TextArray
from domain.errors import Invalid
from domain.instants import Span
from domain.quality import Quality
from domain.series import Matrix
from storage.ports import ReadingMatrix

#: 100,000 meters x 96 blocks x 10 days; beyond this a caller has lost count and the process would lose its memory.
MOST_CELLS = 100_000_000


def reading_matrix(
    meters: Sequence[str],
    span: Span,
    step_s: int,
    *,
    meter: TextArray,
    ts_ms: IntArray,
    values: FloatArray,
    quality: CodeArray,
) -> ReadingMatrix:
    """meter, ts_ms, values, quality : shape (n,), one quantity; rows off the grid and NaN values are ignored."""
    grid = empty_grid(meters, span, step_s)
    out = np.full((len(meters), len(grid)), np.nan)
    codes = np.full(out.shape, Quality.OK, dtype=np.int8)
    if len(ts_ms) and out.size:
        first: dict[str, int] = {}
        source = [first.setdefault(m, i) for i, m in enumerate(meters)]
        line = np.fromiter((first.get(m, -1) for m in meter), dtype=np.int64, count=len(meter))
        column, off = np.divmod(ts_ms - grid[0], step_s * 1000)
        on = (line >= 0) & (off == 0) & (column >= 0) & (column < len(grid)) & ~np.isnan(values)
        out[line[on], column[on]] = values[on]
        codes[line[on], column[on]] = quality[on]
        if len(first) < len(source):
            out, codes = out[source], codes[source]
    return ReadingMatrix(Matrix(tuple(meters), grid, step_s, out), codes)


def empty_grid(meters: Sequence[str], span: Span, step_s: int) -> IntArray:
    if step_s <= 0:
        raise Invalid(f"a step of {step_s} s is no step: give seconds above 0")
    cells = len(meters) * ((span.end_ms - span.start_ms) // (step_s * 1000) + 1)
    if cells > MOST_CELLS:
        raise Invalid(f"{cells:,} cells are more than {MOST_CELLS:,}: ask for fewer meters, days or a longer step")
    return span.grid_ms(step_s)
