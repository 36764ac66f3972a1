"""How an order is carried out, live and afterwards: figures of everyone, who to call now, and what it took off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.execution import Execution, Ordered, Standing, Tolerances, judge_execution
from config.orderly import ExecutionRules
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.clock import Clock
from domain.errors import Forbidden
from domain.instants import BLOCK_MS, BLOCK_S, from_ms, local_date, to_ms
from domain.orderly import FrozenBaseline, Order, OrderState, Target
from domain.people import SYSTEM, Principal
from domain.reductions import Reduction
from domain.registry import DataClass, RegistryView
from domain.scopes import Scope, enterprise_scope
from monitor.load_history import LoadHistories
from response.orderly.orders import OrderDesk, reference_of
from storage.ledger_ports import RegistryLedger
from storage.reduction_ports import ReductionLedger


@dataclass(frozen=True, slots=True)
class EnterpriseExecution:
    """Figures at the newest due point and over all of them; None = not known or not judged [kW, kWh, shares]"""

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
        """Who to call, by missing kW: those that give too little, and those of whom nothing is heard."""
        late = (Standing.NOT_REDUCING, Standing.SHORT, Standing.NO_DATA)
        return tuple(sorted((e for e in self.items if e.standing in late), key=lambda e: -e.missing_kw))


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    ts_ms: IntArray
    scopes: tuple[Scope, ...]
    ordered: Ordered
    judged: Execution
    frozen: FrozenBaseline | None


class ExecutionDesk:
    def __init__(
        self,
        orders: OrderDesk,
        histories: LoadHistories,
        registry: RegistryLedger,
        reductions: ReductionLedger,
        rules: ExecutionRules,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._orders, self._histories, self._registry = orders, histories, registry
        self._reductions, self._rules, self._clock, self._zone = reductions, rules, clock, zone

    def of(self, principal: Principal, order_id: str, *, at: datetime | None = None) -> OrderExecution:
        """An enterprise sees itself alone. Raises NotFound, Unavailable."""
        order = self._orders.get(principal, order_id)
        if order.state is OrderState.PREPARED:
            raise Forbidden(f"调度令 {order_id} 尚未下达 / order {order_id} is not issued yet")
        now = min(at or self._clock.now(), self._clock.now())
        read = self._read(order, now)
        return self._answer(principal, order, now, read)

    def keep_reductions(self, order: Order) -> int:
        """What the order took off, into the ledger of reductions, so that gap, level and forecast see the need; settled
        once the day of a block is over and its meters have told. Returns how many enterprises have any."""
        if order.drill or order.state is OrderState.PREPARED:
            return 0
        read = self._read(order, self._clock.now())
        today_ms = to_ms(datetime.combine(local_date(self._clock.now(), self._zone), datetime.min.time(), self._zone))
        found = []
        for row, scope in enumerate(read.scopes):
            valid = read.judged.valid[row]
            for verified, own in ((True, valid & (read.ts_ms < today_ms)), (False, valid & (read.ts_ms >= today_ms))):
                if own.any():
                    kw = read.judged.reduction_kw[row, own]
                    found.append(Reduction(scope, read.ts_ms[own], kw, reference_of(order.id), verified))
        if found:
            self._reductions.put_reductions(SYSTEM.name, found)
        return len({each.scope for each in found})

    # -- inside

    def _read(self, order: Order, now: datetime) -> _Read:
        ts_ms = _points(order)
        scopes = tuple(enterprise_scope(line.enterprise) for line in order.lines)
        frozen = self._orders.baseline(order.series)
        first, last = local_date(order.start, self._zone), local_date(from_ms(int(ts_ms[-1])), self._zone)
        view = self._registry.registry().view(first)
        ordered = Ordered(
            is_cap=np.array([line.target is Target.CAP for line in order.lines], dtype=np.bool_),
            kw=np.array([line.kw for line in order.lines], dtype=np.float64),
            baseline_kw=self._baseline(frozen, scopes, ts_ms),
            load_kw=self._load(scopes, first, last, ts_ms, view),
            due=(ts_ms + BLOCK_MS <= to_ms(now)) & (ts_ms < to_ms(order.end)),
            pending=self._pending(scopes, view, first, now),
            security_kw=np.array([_security(view, scope) for scope in scopes], dtype=np.float64),
            minutes=np.asarray((ts_ms - to_ms(order.start)) / 60_000, dtype=np.float64),
            step_min=BLOCK_S / 60,
        )
        rules = self._rules
        tolerances = Tolerances(
            rules.tolerance,
            rules.cap_tolerance,
            rules.meter_resolution_kw,
            rules.points_ok,
            rules.not_reducing_after_min,
        )
        return _Read(ts_ms, scopes, ordered, judge_execution(ordered, tolerances), frozen)

    def _baseline(self, frozen: FrozenBaseline | None, scopes: Sequence[Scope], ts_ms: IntArray) -> FloatArray:
        found = np.full((len(scopes), len(ts_ms)), np.nan)
        if frozen is None:
            return found
        local = [from_ms(int(ts)).astimezone(self._zone) for ts in ts_ms]
        slots = [moment.hour * 4 + moment.minute // 15 for moment in local]
        for row, scope in enumerate(scopes):
            if scope.id in frozen.kw:
                kw = frozen.kw[scope.id]
                found[row] = [np.nan if (value := kw[slot]) is None else value for slot in slots]
        return found

    def _load(
        self, scopes: Sequence[Scope], first: date, last: date, ts_ms: IntArray, view: RegistryView
    ) -> FloatArray:
        found = np.full((len(scopes), len(ts_ms)), np.nan)
        known = [row for row, scope in enumerate(scopes) if view.members(scope)]
        if not known:
            return found
        history = self._histories.history(SYSTEM, [scopes[row] for row in known], first, last)
        place = np.searchsorted(history.ts_ms, ts_ms)
        inside = (place < len(history.ts_ms)) & (history.ts_ms[np.minimum(place, len(history.ts_ms) - 1)] == ts_ms)
        rows = np.array(known, dtype=np.int64)
        found[np.ix_(rows, np.flatnonzero(inside))] = history.demand_kw[:, place[inside]]
        return found

    def _pending(self, scopes: Sequence[Scope], view: RegistryView, first: date, now: datetime) -> BoolArray:
        """Enterprises without a live meter, until the day after."""
        over = local_date(now, self._zone) > first + timedelta(days=1)
        late = []
        for scope in scopes:
            classes = {view.meters[meter].data_class for meter, _ in view.members(scope)}
            late.append(not over and bool(classes) and DataClass.REAL_TIME not in classes)
        return np.array(late, dtype=np.bool_)

    def _answer(self, principal: Principal, order: Order, now: datetime, read: _Read) -> OrderExecution:
        judged, due = read.judged, read.ordered.due
        at = int(np.flatnonzero(due)[-1]) if due.any() else -1
        view = self._registry.registry().view(local_date(order.start, self._zone))
        counted = judged.judged
        age = None if read.frozen is None else (local_date(now, self._zone) - read.frozen.day).days
        items = tuple(
            _item(order, row, read, at, view, reveal=principal.may_write()) for row in range(len(order.lines))
        )
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
            ordered=len(order.lines),
            judged=int(counted.sum()),
            pending=int(read.ordered.pending.sum()),
            already_below=int((judged.standing == Standing.ALREADY_BELOW).sum()),
            excess_kwh=float(judged.excess_kwh.sum()),
            baseline_method="" if read.frozen is None else read.frozen.method,
            baseline_at=None if read.frozen is None else read.frozen.made_at,
            baseline_age_days=age,
            old_baseline=age is not None and age >= self._rules.baseline_old_days,
            items=items,
        )


def _points(order: Order) -> IntArray:
    """Starts of the blocks of all windows, in order."""
    windows = sorted(order.windows, key=lambda w: w.start)
    return np.concatenate([window.span.grid_ms(BLOCK_S) for window in windows])


def _security(view: RegistryView, scope: Scope) -> float:
    known = view.enterprises.get(scope.id)  # type: ignore[call-overload]
    return np.nan if known is None or known.security_load_kw is None else float(known.security_load_kw)


def _item(order: Order, row: int, read: _Read, at: int, view: RegistryView, *, reveal: bool) -> EnterpriseExecution:
    line, judged = order.lines[row], read.judged
    known = view.enterprise(line.enterprise)
    contact = known.contacts[0] if known.contacts else None

    def newest(values: FloatArray) -> float | None:
        return None if at < 0 else _number(float(values[row, at]))

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
        rate=_number(float(judged.rate[row])) if judged.judged[row] else None,
        in_place=bool(judged.in_place[row]) if judged.judged[row] else None,
        timeliness_min=_number(float(judged.timeliness_min[row])),
        excess_kwh=float(judged.excess_kwh[row]),
        reduction_kwh=float(np.nansum(judged.reduction_kw[row])) / 4,
        valid_points=int(judged.valid[row].sum()),
        due_points=int(read.ordered.due.sum()),
        below_security=bool(judged.below_security[row]),
        contact="" if contact is None else contact.name,
        phone="" if contact is None else contact.phone if reveal else contact.masked_phone,
    )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
