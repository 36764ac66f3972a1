"""The gap against the quota, slot by slot, and the level it would mean: a reference (测算参考), never the official one.

Source: domain facts 1.3: g = max over the period of (expected demand - quota) / expected maximum demand of the period
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.gap_levels import GapLevel, GapLevelEdition
from domain.arrays import FloatArray
from domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class WorstSlot:
    """at : index of the slot with the largest gap (the first of equals); gap_kw : may be below 0, which is room
    ratio : gap over the period's expected maximum; judged : slots that had both load and quota"""

    at: int
    gap_kw: float
    ratio: float
    judged: int


def gap_ratio(load_kw: FloatArray, quota_kw: FloatArray, *, expected_maximum_kw: float) -> FloatArray:
    """Gap of each slot as a share of the period's expected maximum.

    load_kw, quota_kw : shape (n,), load (measured, estimated or forecast) and quota of each slot; NaN = unknown [kW]
    expected_maximum_kw : expected maximum demand of the whole period, not of the slot and not the quota [kW]
    Returns shape (n,), below 0 where there is room; NaN where load or quota is unknown: no quota is not "no gap"
    """
    if not expected_maximum_kw > 0:
        raise Invalid(f"an expected maximum of {expected_maximum_kw} kW is not above zero")
    return np.asarray((load_kw - quota_kw) / expected_maximum_kw)


def worst_slot(load_kw: FloatArray, quota_kw: FloatArray, *, expected_maximum_kw: float) -> WorstSlot | None:
    """The slot that gives the period its level; arguments as in ``gap_ratio``. None when no slot can be judged."""
    ratio = gap_ratio(load_kw, quota_kw, expected_maximum_kw=expected_maximum_kw)
    judged = int((~np.isnan(ratio)).sum())
    if judged == 0:
        return None
    at = int(np.nanargmax(ratio))
    return WorstSlot(at, float(load_kw[at] - quota_kw[at]), float(ratio[at]), judged)


def gap_level(ratio: float, edition: GapLevelEdition) -> GapLevel | None:
    """The highest level a gap of ``ratio`` reaches; None = no gap. NaN is refused: unknown is not "no gap"."""
    if np.isnan(ratio):
        raise Invalid("an unknown gap has no level")
    reached = [level for level in edition.level if level.holds(ratio)]
    return reached[-1] if reached else None
