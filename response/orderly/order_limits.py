"""What no order may do, whoever confirms it: the guarded, the protected, security load, past hours, the same twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from config.orderly import OrderlyTable
from domain.clock import Clock
from domain.errors import Conflict, Forbidden, Invalid
from domain.instants import local_date
from domain.orderly import Guard, Instruction, Order, OrderLine, OrderState, Target, Window
from domain.registry import Enterprise
from response.orderly.level_names import letter_of
from storage.ledger_ports import RegistryLedger
from storage.orderly_ports import OrderlyLedger


def ordered_in(orders: Iterable[Order], windows: Sequence[Window]) -> dict[str, str]:
    """Who stands on an order in force in hours that overlap these, and on which."""
    overlapping = (
        order
        for order in orders
        if order.state is OrderState.ISSUED and any(a.overlaps(b) for a in order.windows for b in windows)
    )
    return {line.enterprise: order.id for order in overlapping for line in order.lines}


class OrderLimits:
    def __init__(
        self, ledger: OrderlyLedger, registry: RegistryLedger, table: OrderlyTable, clock: Clock, zone: ZoneInfo
    ) -> None:
        self._ledger, self._registry, self._table = ledger, registry, table
        self._clock, self._zone = clock, zone

    def refuse(self, order: Order, before: Order | None = None) -> None:
        """before : as it stands, where it is revised. Raises NotFound for an enterprise nobody knows, Conflict and
        Invalid for what it may not be ordered."""
        self._refuse_past(order, before)
        day = local_date(order.start, self._zone)
        view = self._registry.registry().view(day)
        days = {local_date(window.start, self._zone) for window in order.windows}
        guarded = {guard.enterprise for guard in self._ledger.guards.all() if any(map(guard.covers, days))}
        for line in order.lines:
            known = view.enterprise(line.enterprise)
            if line.enterprise in guarded:
                raise Conflict(f"{known.name} 正在保供电 / {known.name} is guarded")
            if known.protected_class:
                raise Conflict(f"{known.name} 属受保护类别 / {known.name} is of a protected class")
            _refuse_amount(line, known)
        others = (other for other in self._ledger.orders.all() if other.id != order.id)
        ordered = ordered_in(others, order.windows)
        if both := sorted({line.enterprise for line in order.lines} & ordered.keys()):
            name, other = view.enterprise(both[0]).name, ordered[both[0]]
            raise Conflict(f"与调度令 {other} 时段重叠：{name} / overlaps order {other}: {name}")

    def refuse_guard(self, guard: Guard) -> None:
        """A site that an order in force names on these days leaves the order first, so that it hears of it."""
        now = self._clock.now()
        for order in self._ledger.orders.all():
            named = {line.enterprise for line in order.lines}
            if order.state is not OrderState.ISSUED or guard.enterprise not in named:
                continue
            ahead = (window for window in order.windows if window.end > now)
            if any(guard.covers(local_date(window.start, self._zone)) for window in ahead):
                raise Conflict(
                    f"{guard.enterprise} 在调度令 {order.id} 名单中，请先移出或解除 / "
                    f"{guard.enterprise} is on order {order.id}: take it off or lift the order first"
                )

    def refuse_level(self, order: Order, cited: Instruction | None) -> None:
        """Raises Forbidden where its level is beyond that of the instruction and nobody answers for it."""
        levels = self._table.levels_on(local_date(order.start, self._zone))
        approved = "" if cited is None else letter_of(cited.level, levels)
        own = letter_of(order.level, levels)
        if own and approved and own not in levels.up_to(approved) and not order.outside_level.strip():
            raise Forbidden(
                f"等级 {own} 超出指令 {order.instruction} 的 {approved}，须写明理由和批准人 / "
                f"level {own} is beyond {approved} of the instruction: a reason and an approver are needed"
            )

    def _refuse_past(self, order: Order, before: Order | None) -> None:
        """New windows are not over; those that have begun are kept, at most ended sooner or later."""
        now, standing = self._clock.now(), () if before is None else before.windows
        for window in order.windows:
            if window not in standing and window.end <= now:
                raise Invalid("时段已经过去 / these hours are over")
        kept = {window.start for window in order.windows}
        if any(window.start <= now and window.start not in kept for window in standing):
            raise Invalid(
                "已开始的时段不能移走，只能提前结束或解除 / hours that have begun stay: end them sooner, or lift"
            )


def _refuse_amount(line: OrderLine, known: Enterprise) -> None:
    security = known.security_load_kw
    if line.target is Target.CAP:
        if security is not None and line.kw < security:
            raise Invalid(
                f"{known.name} 限值 {line.kw:g} kW 低于保安负荷 {security:g} kW / "
                f"the cap is below the security load of {security:g} kW"
            )
        return
    if line.kw <= 0:
        raise Invalid(f"{known.name} 压降须大于 0 / a reduction is more than 0")
    highest = max(known.summer_max_kw or 0.0, known.winter_max_kw or 0.0)
    most = highest - (security or 0.0) + (known.storage_kw or 0.0)
    if highest and line.kw > most:
        raise Invalid(
            f"{known.name} 压降 {line.kw:,.0f} kW 大于最大负荷减保安负荷 {most:,.0f} kW / "
            f"the reduction is above maximum load less security load, {most:,.0f} kW"
        )
