"""The rule on anomalies: days of enterprises that nobody has looked at yet, as one alert for information."""

from __future__ import annotations

from collections.abc import Sequence

from config.alert_policy import AlertEdition
from domain.alerts import AlertKind
from domain.anomalies import KeptAnomaly
from domain.scopes import MONITORED
from response.observations import Bounds
from response.rules import Basis, Case, RuleState, RuleStatus, Subject, Verdicts, thresholds_of, timing_of

RULE = "anomaly"
#: Names told in the message.
NAMED = 5


def judge_anomalies(found: Sequence[KeptAnomaly], edition: AlertEdition) -> Verdicts:
    """found : the open ones, newest first"""
    policy = edition.anomaly
    count = float(len(found))
    names = list(dict.fromkeys(each.name for each in found))
    more = len(names) > NAMED
    case = Case(
        Subject(RULE, MONITORED),
        AlertKind.ANOMALY,
        thresholds_of(policy.step, policy.clear_below),
        timing_of(policy),
        Bounds(count, count),
        count,
        1.0,
        "days",
        Basis.ANOMALIES,
        1.0,
        complete=True,
        name_zh="、".join(names[:NAMED]) + ("等" if more else ""),
        name_en=", ".join(names[:NAMED]) + (" and others" if more else ""),
    )
    return Verdicts((case,), (RuleState(RULE, AlertKind.ANOMALY, MONITORED, RuleStatus.JUDGED),))
