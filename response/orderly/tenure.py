"""Who was under an order when, and with what line: a revision holds from the first whole block after it was made.

Nobody is judged, or said to have borne something, for hours of which nobody had told it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.instants import BLOCK_MS, Span, floor_ms, from_ms, to_ms
from domain.orderly import Order, OrderLine, OrderState
from storage.orderly_ports import OrderlyLedger

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """A line, and the hours of the windows in which it stood so, none of them empty."""

    line: OrderLine
    spans: tuple[Span, ...]

    @property
    def hours(self) -> float:
        return sum(span.end_ms - span.start_ms for span in self.spans) / 3_600_000


def held(history: Sequence[Order]) -> tuple[Held, ...]:
    """history : revisions of one order, oldest first; those not issued hold nobody. Newer lines come later."""
    issued = [each for each in history if each.state is not OrderState.PREPARED]
    begins = [_from(each) for each in issued]
    found = []
    for number, order in enumerate(issued):
        until = begins[number + 1] if number + 1 < len(issued) else order.lifted_at or LAST
        cut = ((max(w.start, begins[number]), min(w.end, until)) for w in order.windows)
        if spans := tuple(Span(start, end) for start, end in cut if start < end):
            found += [Held(line, spans) for line in order.lines]
    return tuple(found)


def revisions(ledger: OrderlyLedger, order: Order) -> Sequence[Order]:
    """Of an order that was never revised the newest record tells everything, and nothing more is read."""
    return [order] if order.revised_at is None else ledger.orders.history(order.id)


def borne(ledger: OrderlyLedger, span: Span, until: datetime) -> Iterator[tuple[Order, Held]]:
    """What orders that begin in a span asked of whom ``until`` then; drills are no burden, nor is what was lifted
    before it began."""
    for order in ledger.orders.all():
        if order.state is not OrderState.PREPARED and not order.drill and span.start <= order.start < span.end:
            for each in held(revisions(ledger, order)):
                if spans := tuple(_cut(each.spans, until)):
                    yield order, Held(each.line, spans)


def _cut(spans: Iterable[Span], until: datetime) -> Iterator[Span]:
    return (Span(each.start, min(each.end, until)) for each in spans if each.start < until)


def _from(order: Order) -> datetime:
    if order.revised_at is None:
        return FIRST
    made_ms = to_ms(order.revised_at)
    return from_ms(floor_ms(made_ms + BLOCK_MS - 1, BLOCK_MS))
