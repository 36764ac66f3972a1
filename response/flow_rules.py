"""The rule on ourselves: data no longer flow to the store or the engine, whatever the connection says."""

from __future__ import annotations

from config.alert_policy import AlertEdition
from domain.alerts import AlertKind
from domain.scopes import MONITORED
from monitor.data_flow import DataFlow
from response.known_figures import Known, judged
from response.rules import Basis, RuleState, RuleStatus, Verdicts

RULE = "data_flow"
NO_CANARY = ("未启用数据流探针 (mqtt.canary_s = 0)", "no canary is sent (mqtt.canary_s = 0)")
PARTS = {"store": ("时序库", "the store"), "engine": ("监测引擎", "the engine")}


def judge_flow(flow: DataFlow | None, edition: AlertEdition) -> Verdicts:
    """The age of the newest canary that arrived, against the beats that may be missing."""
    if flow is None:
        state = RuleState(RULE, AlertKind.SYSTEM, MONITORED, RuleStatus.NO_DATA, *NO_CANARY)
        return Verdicts((), (state,))
    stopped = flow.stopped or ("store",)
    age = Known(
        flow.age_s,
        "s",
        "、".join(PARTS[part][0] for part in stopped),
        " and ".join(PARTS[part][1] for part in stopped),
        base=flow.limit_s,
    )
    return judged(RULE, AlertKind.SYSTEM, MONITORED, edition.data_flow, Basis.DATA_FLOW, age)
