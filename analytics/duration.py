"""Load duration curve (持续负荷曲线): how much of the time the load was at least so high."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.verdicts import Verdict, first_of
from domain.arrays import CodeArray, FloatArray

POINTS = 201


@dataclass(frozen=True, slots=True, eq=False)
class Duration:
    """share : shape (q,), share of the measured time, 0...1, growing; demand_kw : shape (s, q), the load reached or
    passed for that share, falling; NaN where too little was measured; coverage : shape (s,); measured_h : shape (s,)
    """

    share: FloatArray
    demand_kw: FloatArray
    coverage: FloatArray
    measured_h: FloatArray
    verdict: CodeArray


def duration_curve(
    demand_kw: FloatArray, *, step_s: int, points: int = POINTS, minimum_coverage: float = 0.9
) -> Duration:
    """Duration curves of many sites.

    demand_kw : shape (s, b), mean power of each block; NaN = missing [kW]
    points : points of the curve, its ends included, by linear interpolation between measured blocks
    minimum_coverage : share of blocks that must be measured
    """
    sites, blocks = demand_kw.shape
    ordered = np.sort(demand_kw, axis=1)  # NaN last
    count = (~np.isnan(demand_kw)).sum(axis=1)
    coverage = count / max(blocks, 1)
    enough = (count > 0) & (coverage >= minimum_coverage - 1e-9)
    share = np.linspace(0.0, 1.0, points)
    curve = np.full((sites, points), np.nan)
    if blocks:
        place = (1.0 - share)[None, :] * np.maximum(count - 1, 0)[:, None]
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(count - 1, 0)[:, None])
        low = np.take_along_axis(ordered, below, axis=1)
        curve = low + (np.take_along_axis(ordered, above, axis=1) - low) * (place - below)
    return Duration(
        share=share,
        demand_kw=np.where(enough[:, None], curve, np.nan),
        coverage=coverage,
        measured_h=count * (step_s / 3600.0),
        verdict=first_of((Verdict.NO_DATA, count == 0), (Verdict.INCOMPLETE, ~enough)),
    )
