"""What an order in force needs somebody for: who takes nothing off, who lies below its security load, who is silent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analytics.execution import Standing
from response.orderly.execution_answers import OrderExecution


@dataclass(frozen=True, slots=True)
class OrderTroubles:
    """Names of enterprises, those that miss the most first; orders : how many are in force"""

    orders: int
    not_reducing: tuple[str, ...] = ()
    below_security: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


def troubles(executions: Iterable[OrderExecution]) -> OrderTroubles:
    """Of orders in force; drills are none."""
    found = [each for each in executions if not each.order.drill]
    items = sorted((item for each in found for item in each.items), key=lambda item: -item.missing_kw)

    def named(*standings: Standing) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.name for item in items if item.standing in standings))

    below = tuple(dict.fromkeys(item.name for item in items if item.below_security))
    return OrderTroubles(len(found), named(Standing.NOT_REDUCING), below, named(Standing.NO_DATA))
