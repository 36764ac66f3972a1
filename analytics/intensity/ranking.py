"""Ranks and outliers within a group. Robust: the median and the MAD do not move with the outlier they are to find."""

from __future__ import annotations

import numpy as np

from domain.arrays import FloatArray, IntArray

#: MAD of a normal distribution times this is its standard deviation.
MAD_TO_SIGMA = 1.4826


def ranks(values: FloatArray) -> IntArray:
    """1 for the smallest; equal values share the better rank; 0 for NaN. Shape (n,)"""
    known = ~np.isnan(values)
    found = np.zeros(values.shape, dtype=np.int64)
    found[known] = np.searchsorted(np.sort(values[known]), values[known], side="left") + 1
    return found


def robust_z(values: FloatArray) -> FloatArray:
    """How many robust standard deviations of the logarithm a positive value lies from the median.

    values : shape (n,), NaN or not above zero = unknown. Returns shape (n,), NaN where unknown, and everywhere when
    the known ones hardly differ: then nothing stands out. Intensities spread by factors, hence the logarithm.
    """
    known = np.nan_to_num(values) > 0
    logs = np.log(np.where(known, values, np.nan))
    if not known.any():
        return logs
    centre = np.nanmedian(logs)
    spread = MAD_TO_SIGMA * np.nanmedian(np.abs(logs - centre))
    return np.asarray((logs - centre) / spread) if spread > 1e-9 else np.full(values.shape, np.nan)
