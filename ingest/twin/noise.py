"""Chance without a stream: the value at a place depends on the seed and the place alone.

Random generators must be stepped; a twin that can be asked for any minute of any year must not depend on what was
asked before. So every draw is a hash of its coordinates (splitmix64, Steele et al., OOPSLA 2014).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from domain.arrays import FloatArray

UintArray = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _mix(x: UintArray) -> UintArray:
    # Wrapping around is the point of the multiplication; NumPy wraps arrays silently.
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    return x ^ (x >> np.uint64(31))


def uniform(seed: int, *places: npt.ArrayLike) -> FloatArray:
    """Even draws in (0, 1), one per place; the places broadcast against each other and may be negative."""
    state: UintArray = np.array([seed], dtype=np.int64).astype(np.uint64)
    for place in places:
        state = _mix(state + _GOLDEN + np.atleast_1d(np.asarray(place, dtype=np.int64)).astype(np.uint64))
    return np.asarray(((_mix(state) >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53)


def normal(seed: int, *places: npt.ArrayLike) -> FloatArray:
    """Standard normal draws, one per place."""
    return np.asarray(ndtri(uniform(seed, *places)), dtype=np.float64)


def smooth(seed: int, row: npt.ArrayLike, at: FloatArray) -> FloatArray:
    """Normal draws at whole places, straight between them.

    row : shape (n,), which series; at : shape (t,), places, a unit apart where the draws stand
    Returns shape (n, t), variance 2/3 on average
    """
    rows = np.asarray(row, dtype=np.int64)[:, None]
    floor = np.floor(at)
    first, share = int(floor[0]), at - floor
    knots = normal(seed, rows, np.arange(first, int(floor[-1]) + 2, dtype=np.int64)[None, :])
    left = (floor - first).astype(np.int64)
    return np.asarray(knots[:, left] * (1 - share) + knots[:, left + 1] * share)
