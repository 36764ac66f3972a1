"""Rules on orders in force: enterprises that take nothing off, lie below their security load, or fell silent."""

from __future__ import annotations

from collections.abc import Sequence

from config.alert_policy import AlertEdition, StepRule
from domain.alerts import AlertKind
from domain.scopes import MONITORED
from response.known_figures import count_of, judged
from response.orderly.troubles import OrderTroubles
from response.rules import NOTHING, Basis, Verdicts

NOT_REDUCING, BELOW_SECURITY, SILENT = "order_not_reducing", "order_below_security", "order_silent"


def judge_orders(found: OrderTroubles, edition: AlertEdition) -> Verdicts:
    """Without an order in force there is no case, and what stood ends."""
    if not found.orders:
        return NOTHING
    return (
        _judged(NOT_REDUCING, edition.order_not_reducing, found.not_reducing)
        + _judged(BELOW_SECURITY, edition.order_below_security, found.below_security)
        + _judged(SILENT, edition.order_silent, found.silent)
    )


def _judged(rule: str, policy: StepRule, names: Sequence[str]) -> Verdicts:
    return judged(rule, AlertKind.ORDER, MONITORED, policy, Basis.ORDER, count_of(names, "enterprises"))
