"""When whom was told to take load off: demand-response events and orders, as the baselines have to know them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.dr_states import EventState
from domain.instants import Span, from_ms, local_date, to_ms
from domain.orderly import OrderState
from domain.scopes import Scope, enterprise_scope
from monitor.restored import may_touch
from storage.dr_ports import DrLedger
from storage.ledger_ports import RegistryLedger
from storage.orderly_ports import OrderlyLedger

#: States in which an event was, or is, asking for load.
ASKING = frozenset(EventState) - {EventState.DRAFT, EventState.CANCELLED}
LONGEST_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Call:
    """Load asked of an enterprise, or of some of its accounts, in [start_ms, end_ms).

    told_ms : when it was first told; None = not known
    """

    scope: Scope
    start_ms: int
    end_ms: int
    told_ms: int | None
    source: str


class Calls(Protocol):
    def calls(self, scope: Scope, span: Span) -> list[Call]:
        """Those that overlap the span, of the enterprise or of any that a total is made of; drills too, for who is
        asked in a drill may do it."""
        ...


class KeptCalls:
    """From the ledger."""

    def __init__(self, events: DrLedger, orderly: OrderlyLedger, registry: RegistryLedger, zone: ZoneInfo) -> None:
        self._events = events
        self._orderly = orderly
        self._registry = registry
        self._zone = zone

    def calls(self, scope: Scope, span: Span) -> list[Call]:
        view = self._registry.registry().view(local_date(from_ms(span.end_ms - 1), self._zone))
        touches = may_touch(scope, view)
        found = [*self._of_events(span), *self._of_orders()]
        return [
            each
            for each in found
            if touches(each.scope) and each.start_ms < span.end_ms and each.end_ms > span.start_ms
        ]

    def _of_events(self, span: Span) -> Iterator[Call]:
        for event in self._events.events_between(span.start_ms - LONGEST_MS, span.end_ms):
            if event.state in ASKING:
                for each in event.participants:
                    yield Call(each.scope, event.start_ms, event.end_ms, event.announced_ms, event.source)

    def _of_orders(self) -> Iterator[Call]:
        for order in self._orderly.orders.all():
            if order.state is OrderState.PREPARED:
                continue
            told_ms = None if order.issued_at is None else to_ms(order.issued_at)
            for window in order.windows:
                for line in order.lines:
                    enterprise = enterprise_scope(line.enterprise)
                    yield Call(enterprise, window.span.start_ms, window.span.end_ms, told_ms, f"order:{order.id}")
