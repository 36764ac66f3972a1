"""What no order may do, whoever confirms it: the guarded, the protected, security load, the same hours twice."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from domain.errors import Conflict, Invalid
from domain.instants import local_date
from domain.orderly import Order, OrderLine, OrderState, Target
from domain.registry import Enterprise, RegistryView
from storage.ledger_ports import RegistryLedger
from storage.orderly_ports import OrderlyLedger


class OrderLimits:
    def __init__(self, ledger: OrderlyLedger, registry: RegistryLedger, zone: ZoneInfo) -> None:
        self._ledger, self._registry, self._zone = ledger, registry, zone

    def refuse(self, order: Order) -> None:
        """Raises NotFound for an enterprise nobody knows, Conflict and Invalid for what it may not be ordered."""
        day = local_date(order.start, self._zone)
        view = self._registry.registry().view(day)
        days = {local_date(window.start, self._zone) for window in order.windows} or {day}
        guarded = {guard.enterprise for guard in self._ledger.guards.all() if any(map(guard.covers, days))}
        for line in order.lines:
            known = view.enterprise(line.enterprise)
            if line.enterprise in guarded:
                raise Conflict(f"{known.name} 正在保供电 / {known.name} is guarded")
            if known.protected_class:
                raise Conflict(f"{known.name} 属受保护类别 / {known.name} is of a protected class")
            _refuse_below_security(line, known)
        for other in self._ledger.orders.all():
            if other.id != order.id and other.state is OrderState.ISSUED:
                _refuse_twice(order, other, view)


def _refuse_below_security(line: OrderLine, known: Enterprise) -> None:
    security = known.security_load_kw
    if line.target is Target.CAP and security is not None and line.kw < security:
        raise Invalid(
            f"{known.name} 限值 {line.kw:g} kW 低于保安负荷 {security:g} kW / "
            f"the cap is below the security load of {security:g} kW"
        )


def _refuse_twice(order: Order, other: Order, view: RegistryView) -> None:
    both = {line.enterprise for line in other.lines} & {line.enterprise for line in order.lines}
    if both and any(a.overlaps(b) for a in other.windows for b in order.windows):
        name = view.enterprise(min(both)).name
        raise Conflict(f"与调度令 {other.id} 时段重叠：{name} / overlaps order {other.id}: {name}")
