"""What running orders take off, into ledger and store block by block, and settled once their meters have told."""

from __future__ import annotations

import logging
from datetime import timedelta

from domain.clock import Clock
from domain.errors import Unavailable
from domain.instants import BLOCK_MS
from domain.orderly import Order, OrderState
from domain.people import SYSTEM
from monitor.changed_rows import write_changed
from response.orderly.desk import OrderlyDesk
from response.orderly.execution_answers import OrderExecution
from response.orderly.executions import CLOSED_AFTER_MS
from response.orderly.troubles import OrderTroubles, troubles
from storage.ports import ReadingStore

log = logging.getLogger(__name__)

#: So long after its last window an order is looked at again: next-day meters have told by then.
SETTLED_AFTER = timedelta(days=3)


class OrderTurns:
    """Called every second; works once a block."""

    def __init__(self, desk: OrderlyDesk, store: ReadingStore, clock: Clock) -> None:
        self._desk, self._store, self._clock = desk, store, clock
        self._last = -1
        self._troubles = OrderTroubles(0)

    def troubles(self) -> OrderTroubles:
        """Of the orders in force, as of the newest block."""
        return self._troubles

    def tick(self) -> None:
        block = (self._clock.now_ms() - CLOSED_AFTER_MS) // BLOCK_MS
        if block == self._last:
            return
        self._last = block
        orders = [order for order in self._desk.orders.orders(SYSTEM) if self._under_way(order)]
        try:
            running = [found for order in orders if self._in_force((found := self._follow(order)).order)]
            self._troubles = troubles(running)
        except Unavailable as error:
            log.warning("orders wait for the next block: %s", error)
            self._last = -1

    def _follow(self, order: Order) -> OrderExecution:
        found = self._desk.executions.follow(order)
        if not order.drill:
            write_changed(self._store, found.rows)
        return found.execution

    def _in_force(self, order: Order) -> bool:
        now = self._clock.now()
        return order.state is OrderState.ISSUED and any(w.start <= now < w.end for w in order.windows)

    def _under_way(self, order: Order) -> bool:
        now = self._clock.now()
        return order.state is not OrderState.PREPARED and order.start < now < order.end + SETTLED_AFTER
