"""A total and its parts made to add up, each moved in proportion to how wrong it usually is.

With forecasts T of the total and p_i of the parts, error variances v_T and v_i, independent errors, the least-squares
adjustment under sum p'_i = T' (MinT with a diagonal matrix; Wickramasuriya, Athanasopoulos, Hyndman 2019, eq. 9) is
    p'_i = p_i + v_i / (v_T + sum v) (T - sum p) ,   T' = sum p'_i                                         (1)
"""

from __future__ import annotations

import numpy as np

from domain.arrays import FloatArray


def reconcile(
    total_kw: FloatArray, parts_kw: FloatArray, total_variance: FloatArray, parts_variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Equation (1), step by step.

    total_kw : shape (h,); parts_kw : shape (s, h) [kW]
    total_variance : shape (h,); parts_variance : shape (s, h) [kW2]
    Returns the total, shape (h,), and the parts, shape (s, h); NaN in a step leaves that step NaN in all of them
    """
    missing = total_kw - parts_kw.sum(axis=0)
    whole = total_variance + parts_variance.sum(axis=0)
    even = np.full(parts_kw.shape, 1.0 / max(1, len(parts_kw)))
    share = np.divide(parts_variance, whole, out=even, where=whole > 0)
    parts = parts_kw + share * missing
    return np.asarray(parts.sum(axis=0)), parts
