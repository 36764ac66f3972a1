"""Division that answers NaN, without a warning, where there is nothing to divide by."""

from __future__ import annotations

import numpy as np

from domain.arrays import BoolArray, FloatArray, IntArray


def ratio(part: FloatArray | IntArray, whole: FloatArray | IntArray, where: BoolArray | None = None) -> FloatArray:
    """``part / whole`` elementwise; NaN where ``where`` is false and where the whole is 0. Broadcasts."""
    part, whole = np.broadcast_arrays(np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64))
    chosen = (whole != 0) if where is None else np.broadcast_to(where, part.shape) & (whole != 0)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=chosen))
