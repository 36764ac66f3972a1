"""Whether an order is carried out: target, reduction, 执行率, 到位率, timeliness and 超用电量, by stated definitions.

Source: domain facts 1.6 (proposal); a point complies when the reduction is at least 95 % of the ordered reduction, or,
for a cap, when the load is at most the cap and its tolerance. Nothing here is estimated: a missing reading complies
with nothing, and a meter that is read the next day is pending, not missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from domain.arrays import BoolArray, CodeArray, FloatArray


class Standing(IntEnum):
    """How an enterprise stands; of several that hold the first in this order is given."""

    PENDING = 0  # its meters are read the next day
    NOT_STARTED = 1  # none of its points is due yet
    NO_BASELINE = 2  # a cap cannot be judged against nothing
    ALREADY_BELOW = 3  # its baseline lies below the cap: listed, in no denominator
    NO_DATA = 4  # the newest due point is missing: not compliance
    COMPLIES = 5
    NOT_REDUCING = 6  # since the tolerated minutes, next to nothing has come
    SHORT = 7
    RELEASED = 8  # on the order no more; what it did before counts

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Tolerances:
    """reduction, cap : shares; resolution_kw : of the meters; points_ok : share of points; late_min : minutes until an
    enterprise that gives nothing is called not reducing"""

    reduction: float
    cap: float
    resolution_kw: float
    points_ok: float
    late_min: float


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """n enterprises, t points of ``step_min`` minutes, those of the order's windows in order.

    is_cap : shape (n, t); kw : shape (n, t), the cap (压至) or the reduction (压降), NaN = not on the order then [kW]
    baseline_kw : shape (n, t), frozen before the order, NaN = unknown; load_kw : shape (n, t), NaN = missing [kW]
    due : shape (n, t), points that can be judged; pending : shape (n,), meters read the next day that are not told yet
    security_kw : shape (n,), 保安负荷, NaN = unknown [kW]; minutes : shape (t,), start of each point after the order's
    """

    is_cap: BoolArray
    kw: FloatArray
    baseline_kw: FloatArray
    load_kw: FloatArray
    due: BoolArray
    pending: BoolArray
    security_kw: FloatArray
    minutes: FloatArray
    step_min: float


@dataclass(frozen=True, slots=True, eq=False)
class Execution:
    """target_kw, ordered_kw, reduction_kw : shape (n, t), NaN where unknown [kW]; complies, valid : shape (n, t)

    standing : shape (n,), codes of Standing; rate : shape (n,), volume of each, its points capped at what was ordered
    in_place : shape (n,), whether it did it, False where it cannot be said; judged : shape (n,), whether it counts
    timeliness_min : shape (n,), NaN = not yet; excess_kwh : shape (n,), 超用电量; missing_kw : shape (n,), at the
    newest due point; below_security : shape (n,); total_rate : 执行率, in_place_rate : 到位率, NaN when none is judged
    valid_share : of the due points of the judged
    """

    target_kw: FloatArray
    ordered_kw: FloatArray
    reduction_kw: FloatArray
    complies: BoolArray
    valid: BoolArray
    standing: CodeArray
    rate: FloatArray
    in_place: BoolArray
    judged: BoolArray
    timeliness_min: FloatArray
    excess_kwh: FloatArray
    missing_kw: FloatArray
    below_security: BoolArray
    total_rate: float
    in_place_rate: float
    valid_share: float


def judge_execution(order: Ordered, tolerances: Tolerances) -> Execution:
    """Everything of one order, at one moment."""
    cap, kw = order.is_cap, order.kw
    base, load = order.baseline_kw, order.load_kw
    ordered = np.where(cap, np.maximum(0.0, base - kw), kw)
    target = np.where(cap, kw, base - kw)
    valid = np.isfinite(base) & np.isfinite(load) & np.isfinite(kw) & order.due
    reduction = np.where(valid, np.maximum(0.0, base - load), np.nan)
    allowed = kw + np.maximum(tolerances.cap * kw, tolerances.resolution_kw)
    complies = valid & np.where(cap, load <= allowed, base - load >= (1.0 - tolerances.reduction) * ordered)
    asked = np.nan_to_num(ordered) > 0
    counted = asked & order.due
    judged = np.asarray(counted.any(axis=1))
    done = np.where(valid, np.minimum(np.nan_to_num(reduction), ordered), 0.0)
    due_kw = np.where(counted, ordered, 0.0).sum(axis=1)
    rate = np.divide((done * counted).sum(axis=1), due_kw, out=np.full(len(kw), np.nan), where=due_kw > 0)
    seen, good = (valid & counted).sum(axis=1), (complies & counted).sum(axis=1)
    points = counted.sum(axis=1)
    # Enough valid points, and enough of them compliant: silence is no compliance (missing is not zero).
    in_place = judged & (seen >= tolerances.points_ok * points) & (good >= tolerances.points_ok * seen) & (seen > 0)
    total = float(due_kw[judged].sum())
    return Execution(
        target_kw=target,
        ordered_kw=ordered,
        reduction_kw=reduction,
        complies=complies,
        valid=valid,
        standing=_standing(order, tolerances, ordered, reduction, complies),
        rate=rate,
        in_place=in_place,
        judged=judged,
        timeliness_min=_timeliness(valid & asked & (load <= target), _own_minutes(order)),
        excess_kwh=(np.where(valid, np.maximum(0.0, load - target), 0.0) * order.step_min / 60).sum(axis=1),
        missing_kw=_missing(order, ordered, reduction),
        below_security=np.asarray((valid & (load < order.security_kw[:, None])).any(axis=1)),
        total_rate=float((rate * due_kw)[judged].sum()) / total if total > 0 else float("nan"),
        in_place_rate=float(in_place[judged].mean()) if judged.any() else float("nan"),
        valid_share=float(seen[judged].sum() / points[judged].sum()) if judged.any() else float("nan"),
    )


def _own_minutes(order: Ordered) -> FloatArray:
    """Start of each point after the first point of which the enterprise was told, shape (n, t)."""
    if not len(order.minutes):
        return np.zeros(order.kw.shape)
    first = np.isfinite(order.kw).argmax(axis=1)
    return np.asarray(order.minutes[None, :] - order.minutes[first][:, None])


def _timeliness(reached: BoolArray, minutes: FloatArray) -> FloatArray:
    """Start of the first point at or below the target; NaN = not yet."""
    if not reached.shape[1]:
        return np.full(len(reached), np.nan)
    first = np.take_along_axis(minutes, reached.argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.where(reached.any(axis=1), first, np.nan)


def _newest(due: BoolArray) -> int:
    """The newest point that is due for anybody, -1 where there is none. due : shape (n, t)"""
    over = due.any(axis=0)
    return int(np.flatnonzero(over)[-1]) if over.any() else -1


def _missing(order: Ordered, ordered: FloatArray, reduction: FloatArray) -> FloatArray:
    """At the newest due point; all of it where no reading came [kW]"""
    at = _newest(order.due)
    if at < 0:
        return np.zeros(len(order.kw))
    short = np.maximum(0.0, np.nan_to_num(ordered[:, at]) - np.nan_to_num(reduction[:, at]))
    return np.where(order.pending, 0.0, short)


def _standing(
    order: Ordered, tolerances: Tolerances, ordered: FloatArray, reduction: FloatArray, complies: BoolArray
) -> CodeArray:
    codes = np.full(len(order.kw), Standing.SHORT, dtype=np.int8)
    at = _newest(order.due)
    if at < 0:
        codes[:] = Standing.NOT_STARTED
        codes[order.pending] = Standing.PENDING
        return codes
    late = _own_minutes(order)[:, at] + order.step_min > tolerances.late_min
    little = np.nan_to_num(reduction[:, at]) <= tolerances.reduction * np.nan_to_num(ordered[:, at])
    codes[little & late] = Standing.NOT_REDUCING
    codes[complies[:, at]] = Standing.COMPLIES
    codes[~np.isfinite(order.load_kw[:, at])] = Standing.NO_DATA
    known = np.isfinite(order.baseline_kw).any(axis=1)
    asked = np.isfinite(order.kw)
    caps = (order.is_cap | ~asked).all(axis=1)
    codes[caps & known & (np.nan_to_num(ordered).max(axis=1) <= 0)] = Standing.ALREADY_BELOW
    codes[~known] = Standing.NO_BASELINE
    codes[~asked[:, at]] = Standing.NOT_STARTED
    codes[asked[:, :at].any(axis=1) & ~asked[:, at:].any(axis=1)] = Standing.RELEASED
    codes[order.pending] = Standing.PENDING
    return codes
