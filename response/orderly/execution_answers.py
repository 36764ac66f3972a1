"""What is told of an order's execution: of the whole, and of each enterprise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.execution import Execution, Ordered, Standing
from config.orderly import ExecutionRules
from domain.arrays import FloatArray, IntArray
from domain.instants import local_date, to_ms
from domain.orderly import FrozenBaseline, Order, OrderLine, Target
from domain.registry import RegistryView
from domain.scopes import Scope
from monitor.live import ScopeLoad

SLIDING = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class EnterpriseExecution:
    """None = not known or not judged [kW, kWh, shares].

    baseline_kw ... missing_kw : at the newest due point; mean_*_kw : over the due points that are valid
    now_kw : of the minute ``now_at``, between two points; provisional, and it judges nothing
    """

    enterprise: str
    name: str
    target: Target
    order_kw: float
    standing: Standing
    baseline_kw: float | None
    target_kw: float | None
    load_kw: float | None
    ordered_kw: float | None
    reduction_kw: float | None
    missing_kw: float
    mean_ordered_kw: float | None
    mean_reduction_kw: float | None
    now_kw: float | None
    now_at: datetime | None
    now_missing_kw: float | None
    rate: float | None
    in_place: bool | None
    timeliness_min: float | None
    excess_kwh: float
    reduction_kwh: float
    valid_points: int
    due_points: int
    below_security: bool
    contact: str
    phone: str


@dataclass(frozen=True, slots=True)
class OrderExecution:
    """at : what was due then; total_*_kw : at the newest due point, of the judged; baseline_age_days : since it was
    frozen; old_baseline : whether that is more than the policy likes; pending : meters read the next day"""

    order: Order
    at: datetime
    due_points: int
    points: int
    total_rate: float | None
    in_place_rate: float | None
    valid_share: float | None
    total_ordered_kw: float
    total_reduction_kw: float
    ordered: int
    judged: int
    pending: int
    already_below: int
    excess_kwh: float
    baseline_method: str
    baseline_at: datetime | None
    baseline_age_days: int | None
    old_baseline: bool
    items: tuple[EnterpriseExecution, ...]

    @property
    def call_now(self) -> tuple[EnterpriseExecution, ...]:
        """Who to call while a window runs, by missing kW: who gives too little, and of whom nothing is heard."""
        running = any(window.start <= self.at < min(window.end, self.order.end) for window in self.order.windows)
        if not running:
            return ()
        late = (Standing.NOT_REDUCING, Standing.SHORT, Standing.NO_DATA)
        return tuple(sorted((e for e in self.items if e.standing in late), key=lambda e: -e.missing_kw))


@dataclass(frozen=True, slots=True, eq=False)
class OrderRead:
    """lines : of everybody who is or was on the order, as they stood last; scopes : their loads
    live : what the engine knows now of each scope, None = nothing"""

    ts_ms: IntArray
    lines: tuple[OrderLine, ...]
    scopes: tuple[Scope, ...]
    ordered: Ordered
    judged: Execution
    frozen: FrozenBaseline | None
    live: tuple[ScopeLoad | None, ...]


def answer(
    order: Order,
    now: datetime,
    read: OrderRead,
    view: RegistryView,
    rules: ExecutionRules,
    zone: ZoneInfo,
    *,
    reveal: bool,
) -> OrderExecution:
    """reveal : telephone numbers are given whole"""
    judged, due = read.judged, np.asarray(read.ordered.due.any(axis=0))
    at = int(np.flatnonzero(due)[-1]) if due.any() else -1
    counted = judged.judged
    age = None if read.frozen is None else (local_date(now, zone) - read.frozen.day).days
    items = tuple(_item(order, row, read, at, now, view, reveal=reveal) for row in range(len(read.lines)))
    return OrderExecution(
        order=order,
        at=now,
        due_points=int(due.sum()),
        points=len(due),
        total_rate=_number(judged.total_rate),
        in_place_rate=_number(judged.in_place_rate),
        valid_share=_number(judged.valid_share),
        total_ordered_kw=0.0 if at < 0 else float(np.nansum(judged.ordered_kw[counted, at])),
        total_reduction_kw=0.0 if at < 0 else float(np.nansum(judged.reduction_kw[counted, at])),
        ordered=len(read.lines),
        judged=int(counted.sum()),
        pending=int(read.ordered.pending.sum()),
        already_below=int((judged.standing == Standing.ALREADY_BELOW).sum()),
        excess_kwh=float(judged.excess_kwh.sum()),
        baseline_method="" if read.frozen is None else read.frozen.method,
        baseline_at=None if read.frozen is None else read.frozen.made_at,
        baseline_age_days=age,
        old_baseline=age is not None and age >= rules.baseline_old_days,
        items=items,
    )


def _item(
    order: Order, row: int, read: OrderRead, at: int, now: datetime, view: RegistryView, *, reveal: bool
) -> EnterpriseExecution:
    line, judged = read.lines[row], read.judged
    known = view.enterprise(line.enterprise)
    contact = known.contacts[0] if known.contacts else None
    now_kw, now_at, now_missing = _now(order, row, read, now)

    def newest(values: FloatArray) -> float | None:
        return None if at < 0 else _number(float(values[row, at]))

    def mean(values: FloatArray) -> float | None:
        own = values[row, judged.valid[row]]
        return _number(float(own.mean())) if len(own) else None

    return EnterpriseExecution(
        enterprise=line.enterprise,
        name=known.name,
        target=line.target,
        order_kw=line.kw,
        standing=Standing(int(judged.standing[row])),
        baseline_kw=newest(read.ordered.baseline_kw),
        target_kw=newest(judged.target_kw),
        load_kw=newest(read.ordered.load_kw),
        ordered_kw=newest(judged.ordered_kw),
        reduction_kw=newest(judged.reduction_kw),
        missing_kw=float(judged.missing_kw[row]),
        mean_ordered_kw=mean(judged.ordered_kw),
        mean_reduction_kw=mean(judged.reduction_kw),
        now_kw=now_kw,
        now_at=now_at,
        now_missing_kw=now_missing,
        rate=_number(float(judged.rate[row])) if judged.judged[row] else None,
        in_place=bool(judged.in_place[row]) if judged.judged[row] else None,
        timeliness_min=_number(float(judged.timeliness_min[row])),
        excess_kwh=float(judged.excess_kwh[row]),
        reduction_kwh=float(np.nansum(judged.reduction_kw[row])) / 4,
        valid_points=int(judged.valid[row].sum()),
        due_points=int((read.ordered.due[row] & np.isfinite(read.ordered.kw[row])).sum()),
        below_security=bool(judged.below_security[row]),
        contact="" if contact is None else contact.name,
        phone="" if contact is None else contact.phone if reveal else contact.masked_phone,
    )


def _now(order: Order, row: int, read: OrderRead, now: datetime) -> tuple[float | None, datetime | None, float | None]:
    """Load of the newest minute in a window, its instant, and what is missing to the target of that quarter."""
    live = read.live[row]
    if live is None or not order.start <= now < order.end:
        return None, None, None
    minute_ms = to_ms(live.minute)
    inside = np.flatnonzero(read.ts_ms <= minute_ms)
    if not len(inside):
        return None, None, None
    # A demand of fifteen minutes says nothing of an order that is younger.
    kw = live.sliding_kw if live.minute - order.start >= SLIDING else live.instantaneous_kw
    target = float(read.judged.target_kw[row, inside[-1]])
    if kw is None or not np.isfinite(target):
        return kw, live.minute, None
    return kw, live.minute, max(0.0, kw - target)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
