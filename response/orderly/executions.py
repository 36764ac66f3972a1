"""How an order is carried out, live and afterwards: figures of everyone, who to call now, and what it took off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.execution import Ordered, Tolerances, judge_execution
from config.orderly import ExecutionRules
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.clock import Clock
from domain.errors import Forbidden
from domain.instants import BLOCK_MS, BLOCK_S, MINUTE_MS, Span, floor_ms, from_ms, local_date, to_ms
from domain.orderly import FrozenBaseline, Order, OrderLine, OrderState, Target
from domain.people import SYSTEM, Principal
from domain.reductions import Reduction
from domain.registry import DataClass, RegistryView
from domain.scopes import Scope, enterprise_scope
from monitor.live import LiveLoads
from monitor.load_history import LoadHistories
from response.orderly.execution_answers import OrderExecution, OrderRead, answer
from response.orderly.order_curves import order_rows
from response.orderly.order_notices import reference_of
from response.orderly.orders import OrderDesk
from response.orderly.tenure import Held, held
from storage.ledger_ports import RegistryLedger
from storage.ports import DayRows
from storage.reduction_ports import ReductionLedger

#: A point is due so long after its end: the engine has closed it then, grace included. One that nobody has told yet
#: is still under way, until the second of the two: then silence counts against those who are silent.
CLOSED_AFTER_MS, SILENT_AFTER_MS = MINUTE_MS, 5 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Followed:
    """rows : of ``order_15m``; reduced : how many enterprises took something off"""

    execution: OrderExecution
    rows: DayRows
    reduced: int


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
        *,
        live: LiveLoads | None = None,
    ) -> None:
        """live : the engine of this process, None where it runs in another"""
        self._orders, self._histories, self._registry = orders, histories, registry
        self._reductions, self._rules, self._clock, self._zone = reductions, rules, clock, zone
        self._live = live

    def of(self, principal: Principal, order_id: str, *, at: datetime | None = None) -> OrderExecution:
        """An enterprise sees itself alone. Raises NotFound, Unavailable."""
        order = self._orders.get(principal, order_id)
        if order.state is OrderState.PREPARED:
            raise Forbidden(f"调度令 {order_id} 尚未下达 / order {order_id} is not issued yet")
        now = min(at or self._clock.now(), self._clock.now())
        read = self._read(principal, order, now)
        view = self._registry.registry().view(local_date(order.start, self._zone))
        return answer(order, now, read, view, self._rules, self._zone, reveal=principal.may_write())

    def follow(self, order: Order) -> Followed:
        """An issued order once more: how it stands, and what it took off put into the ledger of reductions, so that
        gap, level and forecast see the need; settled once the day of a block is over and its meters have told. A drill
        takes nothing off. Raises Unavailable."""
        now = self._clock.now()
        read = self._read(SYSTEM, order, now)
        view = self._registry.registry().view(local_date(order.start, self._zone))
        execution = answer(order, now, read, view, self._rules, self._zone, reveal=False)
        found = [] if order.drill else self._reduced(order, read, now)
        if found:
            self._reductions.put_reductions(SYSTEM.name, found)
        return Followed(execution, order_rows(read), len({each.scope for each in found}))

    # -- inside

    def _reduced(self, order: Order, read: OrderRead, now: datetime) -> list[Reduction]:
        today_ms = to_ms(datetime.combine(local_date(now, self._zone), datetime.min.time(), self._zone))
        found = []
        for row, scope in enumerate(read.scopes):
            valid = read.judged.valid[row]
            for verified, own in ((True, valid & (read.ts_ms < today_ms)), (False, valid & (read.ts_ms >= today_ms))):
                if own.any():
                    kw = read.judged.reduction_kw[row, own]
                    found.append(Reduction(scope, read.ts_ms[own], kw, reference_of(order.id), verified))
        return found

    def _read(self, principal: Principal, order: Order, now: datetime) -> OrderRead:
        history = self._orders.revisions(principal, order)
        tenures = held(history)
        now_on = {line.enterprise for line in order.lines}
        left = {line.enterprise: line for each in history for line in each.lines if line.enterprise not in now_on}
        lines = (*order.lines, *left.values())
        ts_ms = _points(tenures)
        kw, is_cap = _asked(tenures, lines, ts_ms)
        scopes = tuple(enterprise_scope(line.enterprise) for line in lines)
        frozen = self._orders.baseline(order.series)
        first, last = local_date(order.start, self._zone), local_date(order.end, self._zone)
        view = self._registry.registry().view(first)
        load_kw = self._load(scopes, first, last, ts_ms, view)
        over = _over(ts_ms, load_kw, to_ms(now))
        due = over & ~(self._read_later(scopes, view)[:, None] & np.isnan(load_kw) & ~self._told_by_now(ts_ms, now))
        ordered = Ordered(
            is_cap=is_cap,
            kw=kw,
            baseline_kw=self._baseline(frozen, scopes, ts_ms),
            load_kw=load_kw,
            due=due,
            pending=np.asarray((over & ~due & np.isfinite(kw)).any(axis=1)),
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
        live = tuple(None if self._live is None else self._live.load(scope) for scope in scopes)
        return OrderRead(ts_ms, lines, scopes, ordered, judge_execution(ordered, tolerances), frozen, live)

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

    def _read_later(self, scopes: Sequence[Scope], view: RegistryView) -> BoolArray:
        """Enterprises whose meters are all read the next day."""
        classes = [{view.meters[meter].data_class for meter, _ in view.members(scope)} for scope in scopes]
        return np.array([bool(each) and DataClass.REAL_TIME not in each for each in classes], dtype=np.bool_)

    def _told_by_now(self, ts_ms: IntArray, now: datetime) -> BoolArray:
        """Points that a meter read the next day has told by now, or is silent about."""
        today = local_date(now, self._zone)
        days = [local_date(from_ms(int(ts)), self._zone) for ts in ts_ms]
        return np.array([today > day + timedelta(days=1) for day in days], dtype=np.bool_)


def _over(ts_ms: IntArray, load_kw: FloatArray, now_ms: int) -> BoolArray:
    over_ms = now_ms - (ts_ms + BLOCK_MS)
    told = np.isfinite(load_kw).any(axis=0)
    return np.asarray((over_ms >= CLOSED_AFTER_MS) & (told | (over_ms >= SILENT_AFTER_MS)))


def _whole(span: Span) -> IntArray:
    """Starts of the whole blocks in it: of one that a lifting cuts, most was asked of nobody."""
    first = floor_ms(span.start_ms + BLOCK_MS - 1, BLOCK_MS)
    return np.arange(first, span.end_ms - BLOCK_MS + 1, BLOCK_MS, dtype=np.int64)


def _points(tenures: Sequence[Held]) -> IntArray:
    """Starts of the blocks in which anybody was under the order."""
    blocks = [_whole(span) for each in tenures for span in each.spans]
    return np.unique(np.concatenate(blocks)) if blocks else np.zeros(0, dtype=np.int64)


def _asked(tenures: Sequence[Held], lines: Sequence[OrderLine], ts_ms: IntArray) -> tuple[FloatArray, BoolArray]:
    """What each was asked at each point, NaN = nothing then, and whether it was a cap. Shape (n, t) each."""
    kw = np.full((len(lines), len(ts_ms)), np.nan)
    is_cap = np.zeros(kw.shape, dtype=np.bool_)
    row = {line.enterprise: number for number, line in enumerate(lines)}
    for each in tenures:
        for span in each.spans:
            place = np.searchsorted(ts_ms, _whole(span))
            kw[row[each.line.enterprise], place] = each.line.kw
            is_cap[row[each.line.enterprise], place] = each.line.target is Target.CAP
    return kw, is_cap


def _security(view: RegistryView, scope: Scope) -> float:
    known = view.enterprises.get(scope.id)  # type: ignore[call-overload]
    return np.nan if known is None or known.security_load_kw is None else float(known.security_load_kw)
