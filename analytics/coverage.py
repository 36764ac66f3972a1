"""The share of data a figure stands on. Missing is not zero, and an average over nothing is not a number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.steps import steps_per_block
from domain.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """Values with the share of the data they stand on.

    value : mean (or sum) of what was there; NaN where nothing was
    coverage : same shape, 0...1
    """

    value: FloatArray
    coverage: FloatArray

    def sufficient(self, minimum: float) -> FloatArray:
        """The values, NaN where coverage is below ``minimum``."""
        # A share such as 54/60 must pass a minimum of 0.9 whatever the last bit of the division says.
        return np.where(self.coverage >= minimum - 1e-9, self.value, np.nan)


def share(part: FloatArray, whole: FloatArray) -> FloatArray:
    """``part / whole`` elementwise, 0 where the whole is 0: of nothing expected, nothing was heard. Broadcasts."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole != 0)


def present_share(values: FloatArray, *, axis: int = -1) -> FloatArray:
    """Share of values that are there along ``axis``; shape of ``values`` without it; 0 for an empty axis."""
    count = np.asarray((~np.isnan(values)).sum(axis=axis), dtype=np.float64)
    return share(count, np.asarray(float(values.shape[axis])))


def mean_of_present(values: FloatArray, *, axis: int = -1) -> Covered:
    """Mean of what is there along ``axis``, with its coverage.

    values : any shape; NaN = missing
    Returns arrays of that shape without ``axis``; the mean is NaN, and coverage 0, where nothing is there
    """
    there = ~np.isnan(values)
    count = np.asarray(there.sum(axis=axis), dtype=np.float64)
    total = np.where(there, values, 0.0).sum(axis=axis)
    mean = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return Covered(mean, share(count, np.asarray(float(values.shape[axis]))))


def block_coverage(present: BoolArray, *, step_s: int, block_s: int) -> FloatArray:
    """Share of steps that are there in each whole block.

    present : shape (..., n); step_s, block_s : block a multiple of step [s]
    Returns shape (..., n // (block_s // step_s)), 0...1
    """
    per_block = steps_per_block(step_s=step_s, block_s=block_s)
    whole = present.shape[-1] // per_block
    blocks = present[..., : whole * per_block].reshape(*present.shape[:-1], whole, per_block)
    return np.asarray(blocks.mean(axis=-1), dtype=np.float64)
