"""Rules on orders in force: enterprises that take nothing off, lie below their security load, or fell silent."""

from __future__ import annotations

from collections.abc import Sequence

from config.alert_policy import AlertEdition, StepRule
from domain.alerts import AlertKind
from domain.scopes import MONITORED
from response.observations import Bounds
from response.orderly.troubles import OrderTroubles
from response.rules import Basis, Case, RuleState, RuleStatus, Subject, Verdicts, thresholds_of, timing_of

NOT_REDUCING, BELOW_SECURITY, SILENT = "order_not_reducing", "order_below_security", "order_silent"
#: Names told in the message.
NAMED = 5


def judge_orders(found: OrderTroubles, edition: AlertEdition) -> Verdicts:
    """Without an order in force there is no case, and what stood ends."""
    if not found.orders:
        return Verdicts((), ())
    return (
        _judged(NOT_REDUCING, edition.order_not_reducing, found.not_reducing)
        + _judged(BELOW_SECURITY, edition.order_below_security, found.below_security)
        + _judged(SILENT, edition.order_silent, found.silent)
    )


def _judged(rule: str, policy: StepRule, names: Sequence[str]) -> Verdicts:
    count, more = float(len(names)), len(names) > NAMED
    case = Case(
        Subject(rule, MONITORED),
        AlertKind.ORDER,
        thresholds_of(policy.step, policy.clear_below),
        timing_of(policy),
        Bounds(count, count),
        count,
        1.0,
        "enterprises",
        Basis.ORDER,
        1.0,
        complete=True,
        name_zh="、".join(names[:NAMED]) + ("等" if more else ""),
        name_en=", ".join(names[:NAMED]) + (" and others" if more else ""),
    )
    return Verdicts((case,), (RuleState(rule, AlertKind.ORDER, MONITORED, RuleStatus.JUDGED),))
