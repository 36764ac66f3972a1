"""Load of a scope: the signed sum of its members, as measured and as estimated for the silent.

A landlord's scope counts its main meter with +1 and a tenant's sub-meter with -1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.coverage import Covered, share
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.errors import Invalid

#: How far the errors of two silent members move together (weather moves them all, the rest is their own).
#: Ours; between 0 (independent: band too narrow on a hot day) and 1 (band too wide for many small members).
SHARED_ERROR = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """Measured plus the usual value of the silent, with an 80 % band. Shapes (t,) [kW]; NaN = no usual value known."""

    value_kw: FloatArray
    low_kw: FloatArray
    high_kw: FloatArray


def _check(power_kw: FloatArray, signs: IntArray) -> None:
    if power_kw.ndim != 2 or signs.shape != (power_kw.shape[0],):
        raise Invalid(f"powers of shape {power_kw.shape} need one sign a member, not signs of shape {signs.shape}")


def signed_sum(power_kw: FloatArray, signs: IntArray, *, expected: BoolArray | None = None) -> Covered:
    """Measured load of a scope and the share of its expected members it stands on.

    power_kw : shape (m, t), members x instants; NaN = missing [kW]
    signs : shape (m,), +1 or -1
    expected : shape (m,) or (m, t), which members should have reported; None = all
    Returns shape (t,) [kW]: the sum of what was heard, NaN where nobody was. While coverage is below 1 it is no more
    than a lower bound (and, where a member with -1 is silent, not even that)
    """
    _check(power_kw, signs)
    due = _due(power_kw, expected)
    heard = due & ~np.isnan(power_kw)
    total = (np.where(heard, power_kw, 0.0) * signs[:, None]).sum(axis=0)
    count = np.asarray(heard.sum(axis=0), dtype=np.float64)
    return Covered(np.where(count > 0, total, np.nan), share(count, np.asarray(due.sum(axis=0), dtype=np.float64)))


def _due(power_kw: FloatArray, expected: BoolArray | None) -> BoolArray:
    if expected is None:
        return np.ones(power_kw.shape, dtype=np.bool_)
    return np.broadcast_to(expected if expected.ndim == 2 else expected[:, None], power_kw.shape)


def _combined(half_kw: FloatArray, *, shared: float) -> FloatArray:
    """Half-width of a sum whose parts have half-widths ``half_kw`` (m, t) and pairwise correlation ``shared``:
    h^2 = (1 - rho) * sum h_i^2 + rho * (sum h_i)^2."""
    together = half_kw.sum(axis=0)
    return np.asarray(np.sqrt((1 - shared) * np.square(half_kw).sum(axis=0) + shared * np.square(together)))


def estimated_sum(
    power_kw: FloatArray,
    signs: IntArray,
    *,
    usual_kw: FloatArray,
    usual_low_kw: FloatArray,
    usual_high_kw: FloatArray,
    expected: BoolArray | None = None,
    shared_error: float = SHARED_ERROR,
) -> Estimate:
    """Measured load plus the usual value of the expected members that are silent.

    power_kw : shape (m, t); NaN = missing [kW]; signs : shape (m,); expected : as in ``signed_sum``
    usual_kw, usual_low_kw, usual_high_kw : shape (m, t), usual value with its 10 and 90 % quantiles; NaN = unknown [kW]
    shared_error : correlation of the members' errors, 0...1
    Returns shape (t,). NaN where the usual value of a silent member is unknown: no band is better than a wrong one.
    Where all were heard the band closes on the measured sum
    """
    _check(power_kw, signs)
    silent = _due(power_kw, expected) & np.isnan(power_kw)
    heard = _due(power_kw, expected) & ~np.isnan(power_kw)
    sign = signs[:, None].astype(np.float64)
    value = (np.where(heard, power_kw, 0.0) * sign).sum(axis=0) + (np.where(silent, usual_kw, 0.0) * sign).sum(axis=0)
    above = np.where(silent, usual_high_kw - usual_kw, 0.0)
    below = np.where(silent, usual_kw - usual_low_kw, 0.0)
    # A member that is subtracted pushes the sum up when it is lower than usual.
    up = _combined(np.where(sign > 0, above, below), shared=shared_error)
    down = _combined(np.where(sign > 0, below, above), shared=shared_error)
    return Estimate(value, value - down, value + up)
