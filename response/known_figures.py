"""Rules on a figure that is known whole, such as a count or an age: the same case for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.alert_policy import StepRule
from domain.alerts import AlertKind
from domain.scopes import Scope
from response.observations import Bounds
from response.rules import Basis, Case, RuleState, RuleStatus, Subject, Verdicts, thresholds_of, timing_of

#: Names told in the message.
NAMED = 5


@dataclass(frozen=True, slots=True)
class Known:
    """value, base : in ``unit``; the base is what 100 % means. name_zh, name_en : what the message tells of it"""

    value: float
    unit: str
    name_zh: str
    name_en: str
    base: float = 1.0


def count_of(names: Sequence[str], unit: str, value: int | None = None) -> Known:
    """How many there are, the first of them by name. value : the count where a name stands for several"""
    more = len(names) > NAMED
    return Known(
        float(len(names) if value is None else value),
        unit,
        "、".join(names[:NAMED]) + ("等" if more else ""),
        ", ".join(names[:NAMED]) + (" and others" if more else ""),
    )


def judged(rule: str, kind: AlertKind, scope: Scope, policy: StepRule, basis: Basis, known: Known) -> Verdicts:
    share = known.value / known.base
    case = Case(
        Subject(rule, scope),
        kind,
        thresholds_of(policy.step, policy.clear_below),
        timing_of(policy),
        Bounds(share, share),
        known.value,
        known.base,
        known.unit,
        basis,
        1.0,
        complete=True,
        name_zh=known.name_zh,
        name_en=known.name_en,
    )
    return Verdicts((case,), (RuleState(rule, kind, scope, RuleStatus.JUDGED),))
