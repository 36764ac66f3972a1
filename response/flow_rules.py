"""The rule on ourselves: data no longer flow to the store or the engine, whatever the connection says."""

from __future__ import annotations

from config.alert_policy import AlertEdition
from domain.alerts import AlertKind
from domain.scopes import MONITORED
from monitor.data_flow import DataFlow
from response.observations import Bounds
from response.rules import Basis, Case, RuleState, RuleStatus, Subject, Verdicts, thresholds_of, timing_of

RULE = "data_flow"
NO_CANARY = ("未启用数据流探针 (mqtt.canary_s = 0)", "no canary is sent (mqtt.canary_s = 0)")
PARTS = {"store": ("时序库", "the store"), "engine": ("监测引擎", "the engine")}


def judge_flow(flow: DataFlow | None, edition: AlertEdition) -> Verdicts:
    """The age of the newest canary that arrived, against the beats that may be missing."""
    if flow is None:
        state = RuleState(RULE, AlertKind.SYSTEM, MONITORED, RuleStatus.NO_DATA, *NO_CANARY)
        return Verdicts((), (state,))
    policy = edition.data_flow
    share = flow.age_s / flow.limit_s
    stopped = flow.stopped or ("store",)
    case = Case(
        Subject(RULE, MONITORED),
        AlertKind.SYSTEM,
        thresholds_of(policy.step, policy.clear_below),
        timing_of(policy),
        Bounds(share, share),
        flow.age_s,
        flow.limit_s,
        "s",
        Basis.DATA_FLOW,
        1.0,
        complete=True,
        name_zh="、".join(PARTS[part][0] for part in stopped),
        name_en=" and ".join(PARTS[part][1] for part in stopped),
    )
    return Verdicts((case,), (RuleState(RULE, AlertKind.SYSTEM, MONITORED, RuleStatus.JUDGED),))
