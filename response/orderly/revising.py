"""What an officer changes in an order under way: the hours of a day, the kW of some, who is on it no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from domain.errors import Invalid
from domain.instants import local_date
from domain.orderly import Order, OrderLine, Rank, Target, Window


@dataclass(frozen=True, slots=True)
class Changes:
    """hours : those of its day from now on, a day without any is added; kw : by enterprise, as the order words it (压降
    or 压至), who is not on it joins; dropped : who leaves it"""

    hours: Window | None = None
    kw: Mapping[str, float] = field(default_factory=dict)
    dropped: Collection[str] = ()


def windows_with(order: Order, hours: Window | None, zone: ZoneInfo) -> tuple[Window, ...]:
    if hours is None:
        return order.windows
    day = local_date(hours.start, zone)
    others = (window for window in order.windows if local_date(window.start, zone) != day)
    return tuple(sorted((*others, hours), key=lambda window: window.start))


def lines_with(order: Order, changes: Changes) -> tuple[OrderLine, ...]:
    """Raises Invalid where somebody is to leave who is not on it, or is to stay and leave."""
    present = {line.enterprise: line for line in order.lines}
    for name in changes.dropped:
        if name not in present:
            raise Invalid(f"{name} 不在调度令 {order.id} 中 / {name} is not in order {order.id}")
        if name in changes.kw:
            raise Invalid(f"{name} 既调整又移出 / {name} is changed and dropped")
    kept = [
        replace(line, kw=changes.kw.get(name, line.kw)) for name, line in present.items() if name not in changes.dropped
    ]
    # What no measure is stated for counts as the last rank.
    target = order.lines[0].target if order.lines else Target.REDUCTION
    joined = [OrderLine(name, Rank.CURTAIL, target, kw) for name, kw in changes.kw.items() if name not in present]
    return (*kept, *joined)
