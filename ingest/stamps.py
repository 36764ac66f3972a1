"""From the stamp a meter writes to the start of its interval."""

from __future__ import annotations

import numpy as np

from domain.arrays import IntArray
from domain.registry import Stamp
from ingest.resolution import STAMPS

_END, _INSTANT = STAMPS.index(Stamp.END), STAMPS.index(Stamp.INSTANT)


def interval_start(ts_ms: IntArray, stamp: IntArray, interval_ms: IntArray) -> tuple[IntArray, IntArray]:
    """Start of each reading's interval on the meter's grid, and how far the stamp lay off that grid [ms].

    A stamp of start or end goes to the nearest grid point (meters are seconds late), an instant into the interval
    that holds it.
    """
    nominal = np.where(stamp == _END, ts_ms - interval_ms, ts_ms)
    nearest = (nominal + interval_ms // 2) // interval_ms * interval_ms
    start = np.where(stamp == _INSTANT, ts_ms // interval_ms * interval_ms, nearest)
    off = np.where(stamp == _INSTANT, 0, np.abs(nominal - nearest))
    return start, off
