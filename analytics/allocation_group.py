"""The choice inside one group of options of equal rank: least loss of value added and least unevenness.

minimise    h (loss + tie) x  +  rotation calls y  +  fairness z
subject to  sum confidence x >= needed;  least y <= x <= most y;  x >= floor;  z >= h x - allowance;  y in {0, 1}
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.optimize as so
import scipy.sparse as sp

from domain.arrays import FloatArray

#: Nothing is free: among equals the smaller order is the better one [yuan/kWh].
TIE_YUAN_PER_KWH = 0.001


@dataclass(frozen=True, slots=True)
class Weights:
    """hours : length of the window; fairness_yuan_per_kwh : price of a kWh above the even share of the season
    rotation_yuan_per_call : price of calling once more, for each call of the last days
    relative_gap, time_limit_s : where the solver may stop"""

    hours: float
    fairness_yuan_per_kwh: float
    rotation_yuan_per_call: float
    relative_gap: float = 1e-4
    time_limit_s: float = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Shape (k,) each. floor_kw : pinned; allowance_kwh : what it may give until the even share is reached [kWh]"""

    floor_kw: FloatArray
    most_kw: FloatArray
    least_kw: FloatArray
    confidence: FloatArray
    loss_yuan_per_kwh: FloatArray
    allowance_kwh: FloatArray
    recent_calls: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class GroupChoice:
    """kw : shape (k,); relative_gap : cost above the best bound known, as a share of the cost; cost : [yuan]"""

    kw: FloatArray
    method: str
    relative_gap: float
    cost: float


def cost_of(group: Group, kw: FloatArray, weights: Weights) -> float:
    """What the programme minimises [yuan]"""
    energy_kwh = weights.hours * kw
    loss = float(((group.loss_yuan_per_kwh + TIE_YUAN_PER_KWH) * energy_kwh).sum())
    calls = float(group.recent_calls[kw > 0].sum()) * weights.rotation_yuan_per_call
    uneven = float(np.maximum(0.0, energy_kwh - group.allowance_kwh).sum()) * weights.fairness_yuan_per_kwh
    return loss + calls + uneven


def choose(group: Group, needed_kw: float, weights: Weights) -> GroupChoice:
    """The programme solved by HiGHS; the greedy choice with its gap where HiGHS finds none in its time."""
    found = _solve(group, needed_kw, weights, whole=True)
    if found is None or found.x is None:
        return greedy(group, needed_kw, weights)
    count = len(group.most_kw)
    called = found.x[count : 2 * count] > 0.5
    kw = np.where(called, np.clip(found.x[:count], group.least_kw, group.most_kw), 0.0)
    kw = np.maximum(kw, group.floor_kw)
    cost = cost_of(group, kw, weights)
    bound = getattr(found, "mip_dual_bound", None)
    return GroupChoice(kw, "milp", _gap(cost, cost if bound is None else float(bound)), cost)


def greedy(group: Group, needed_kw: float, weights: Weights) -> GroupChoice:
    """Cheapest by kW that counts, each filled as far as needed; measured against the relaxed programme's bound."""
    full = (group.loss_yuan_per_kwh + TIE_YUAN_PER_KWH) * weights.hours * group.most_kw
    full = full + group.recent_calls * weights.rotation_yuan_per_call
    full = full + weights.fairness_yuan_per_kwh * np.maximum(0, weights.hours * group.most_kw - group.allowance_kwh)
    counted = group.confidence * group.most_kw
    price = np.divide(full, counted, out=np.full(len(full), np.inf), where=counted > 0)
    kw = group.floor_kw.copy()
    for place in np.argsort(price, kind="stable").tolist():
        missing = needed_kw - float((group.confidence * kw).sum())
        if missing <= 0 or counted[place] <= 0:
            break
        wanted = max(float(group.least_kw[place]), kw[place] + missing / float(group.confidence[place]))
        kw[place] = min(float(group.most_kw[place]), wanted)
    cost = cost_of(group, kw, weights)
    relaxed = _solve(group, needed_kw, weights, whole=False)
    bound = float(relaxed.fun) if relaxed is not None and relaxed.x is not None else 0.0
    return GroupChoice(kw, "greedy", _gap(cost, bound), cost)


def _gap(cost: float, bound: float) -> float:
    return max(0.0, cost - bound) / cost if cost > 0 else 0.0


def _solve(group: Group, needed_kw: float, weights: Weights, *, whole: bool) -> so.OptimizeResult | None:
    count = len(group.most_kw)
    one, none = sp.identity(count, format="csr"), sp.csr_matrix((count, count))
    cost = np.concatenate(
        [
            weights.hours * (group.loss_yuan_per_kwh + TIE_YUAN_PER_KWH),
            group.recent_calls * weights.rotation_yuan_per_call,
            np.full(count, weights.fairness_yuan_per_kwh),
        ]
    )
    rows = sp.vstack(
        [
            sp.hstack([one, -sp.diags(group.most_kw), none]),  # x <= most y
            sp.hstack([one, -sp.diags(group.least_kw), none]),  # x >= least y
            sp.hstack([weights.hours * one, none, -one]),  # h x - z <= allowance
            sp.csr_matrix(np.concatenate([group.confidence, np.zeros(2 * count)])[None]),
        ],
        format="csr",
    )
    free, zero = np.full(count, np.inf), np.zeros(count)
    low = np.concatenate([-free, zero, -free, [needed_kw]])
    high = np.concatenate([zero, free, group.allowance_kwh, [np.inf]])
    lowest = np.concatenate([group.floor_kw, (group.floor_kw > 0).astype(np.float64), zero])
    highest = np.concatenate([group.most_kw, np.ones(count), free])
    integral = np.concatenate([zero, np.full(count, float(whole)), zero])
    found = so.milp(
        cost,
        constraints=so.LinearConstraint(rows, low, high),
        bounds=so.Bounds(lowest, highest),
        integrality=integral,
        options={"mip_rel_gap": weights.relative_gap, "time_limit": weights.time_limit_s},
    )
    return found if found.x is not None else None
