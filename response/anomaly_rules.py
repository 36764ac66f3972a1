"""The rule on anomalies: days of enterprises that nobody has looked at yet, as one alert for information."""

from __future__ import annotations

from collections.abc import Sequence

from config.alert_policy import AlertEdition
from domain.alerts import AlertKind
from domain.anomalies import KeptAnomaly
from domain.scopes import MONITORED
from response.known_figures import count_of, judged
from response.rules import Basis, Verdicts

RULE = "anomaly"


def judge_anomalies(found: Sequence[KeptAnomaly], edition: AlertEdition) -> Verdicts:
    """found : the open ones, newest first"""
    names = list(dict.fromkeys(each.name for each in found))
    days = count_of(names, "days", len(found))
    return judged(RULE, AlertKind.ANOMALY, MONITORED, edition.anomaly, Basis.ANOMALIES, days)
