"""Who makes the peak: the coincident peak of a group and each member's share at that instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import BoolArray, FloatArray
from domain.errors import Invalid


@dataclass(frozen=True, slots=True, eq=False)
class Coincidence:
    """at : index of the block with the group's maximum (the first of equals); peak_kw : that maximum [kW]
    member_kw, share : shape (m,), each member at that block and as a share of the peak (NaN for a peak of 0)
    own_maximum_kw : shape (m,), largest measured block of each member in the span, NaN = none [kW]
    coincidence_factor : peak / sum of the members' maxima over the same blocks; None where that sum is not above 0
    judged, skipped : number of blocks that were complete, and that were not
    """

    at: int
    peak_kw: float
    member_kw: FloatArray
    share: FloatArray
    own_maximum_kw: FloatArray
    coincidence_factor: float | None
    judged: int
    skipped: int


def coincident_peak(demand_kw: FloatArray, *, usable: BoolArray | None = None) -> Coincidence | None:
    """Coincident peak of a group, judged only on blocks in which every member was measured.

    demand_kw : shape (m, t), signed demand of members x blocks; NaN = missing [kW]
    usable : shape (t,), blocks that may set a maximum (no estimate, no suspect value in them); None = all
    Returns None when no block is complete: a dip of the heard is not a valley and their maximum is not the peak
    Source: domain facts 4.2: K_c = max_t sum_i P_i(t) / sum_i max_t P_i(t) <= 1; share P_i(t*) / sum_i P_i(t*)
    """
    if demand_kw.ndim != 2 or demand_kw.shape[0] == 0:
        raise Invalid(f"a group needs members x blocks, not an array of shape {demand_kw.shape}")
    complete = ~np.isnan(demand_kw).any(axis=0)
    if usable is not None:
        complete &= usable
    judged = int(complete.sum())
    if judged == 0:
        return None
    total = np.where(complete, np.where(complete, demand_kw, 0.0).sum(axis=0), -np.inf)
    at = int(np.argmax(total))
    peak = float(total[at])
    member = demand_kw[:, at].copy()
    sum_of_maxima = float(demand_kw[:, complete].max(axis=1).sum())
    own = np.where(np.isnan(demand_kw), -np.inf, demand_kw).max(axis=1)
    return Coincidence(
        at=at,
        peak_kw=peak,
        member_kw=member,
        share=member / peak if peak != 0 else np.full(member.shape, np.nan),
        own_maximum_kw=np.where(np.isinf(own), np.nan, own),
        coincidence_factor=peak / sum_of_maxima if sum_of_maxima > 0 else None,
        judged=judged,
        skipped=demand_kw.shape[1] - judged,
    )
