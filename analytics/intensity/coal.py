"""Coal equivalents of energy use (综合能耗). Sources: GB/T 2589-2020; domain facts 5.1-5.3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import FloatArray

KGCE_PER_TCE = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class CoalUse:
    """Of any shape. full_tce : all energy use; assessed_tce : less what the rule takes off (考核口径)

    by_carrier_tce : full use with the carriers as last axis
    """

    full_tce: FloatArray
    assessed_tce: FloatArray
    by_carrier_tce: FloatArray


def coal_use(
    consumption: FloatArray,
    kgce_per_unit: FloatArray,
    *,
    certified: FloatArray | None = None,
) -> CoalUse:
    """Coal equivalent of use in carriers' own units.

    consumption : shape (..., c), use as energy of c carriers, feedstock already off; NaN = unknown
    kgce_per_unit : broadcast against it [kgce]
    certified : shape of consumption, part that the assessment leaves out (certified non-fossil); None = nothing
    Unknown use of one carrier makes the sum unknown: missing is not zero.
    """
    by_carrier = consumption * kgce_per_unit / KGCE_PER_TCE
    full = by_carrier.sum(axis=-1)
    if certified is None:
        return CoalUse(full, full.copy(), by_carrier)
    off = (certified * kgce_per_unit / KGCE_PER_TCE).sum(axis=-1)
    return CoalUse(full, full - off, by_carrier)


def with_feedstock(coal: FloatArray, feedstock: FloatArray, kgce_per_unit: FloatArray) -> FloatArray:
    """Full amount with raw-material use put back, for rules before it was taken off. Shapes as in coal_use [tce]"""
    return np.asarray(coal + (feedstock * kgce_per_unit / KGCE_PER_TCE).sum(axis=-1))


def reconciliation_tce(electricity_kwh: FloatArray, *, equivalent_kgce: float, calorific_kgce: float) -> FloatArray:
    """What lies between the two bases: equivalent less calorific amount of the electricity [tce].

    With heat and fuels alike in both bases this row makes the two totals agree.
    """
    return np.asarray(electricity_kwh * (equivalent_kgce - calorific_kgce) / KGCE_PER_TCE)


def single_months(cumulative: FloatArray) -> FloatArray:
    """Months out of figures cumulated since January.

    cumulative : shape (..., 12), NaN = not reported
    Returns the same shape: a month after a gap is NaN, for its figure holds those of the gap too (February often)
    """
    before = np.concatenate([np.zeros((*cumulative.shape[:-1], 1)), cumulative[..., :-1]], axis=-1)
    return np.asarray(cumulative - before)
