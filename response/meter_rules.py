"""Rules on meters: silent, and data faults. One alert for all meters concerned, with its members: 30 silent meters are
one thing to look at, not thirty."""

from __future__ import annotations

from collections.abc import Sequence

from config.alert_policy import AlertEdition, StepRule
from domain.alerts import AlertKind
from domain.scopes import MONITORED
from monitor.live import MeterState
from response.observations import Bounds
from response.roster import Roster
from response.rules import Basis, Case, RuleState, RuleStatus, Subject, Verdicts, thresholds_of, timing_of

#: Codes that are alerted; others that the engine may know are shown on the data-quality page only.
FAULTS = {
    "spike": ("数据跳变", "spike"),
    "frozen": ("数据冻结", "frozen value"),
    "catch_up": ("集中补报", "catch-up after a gap"),
    "clock": ("时钟偏差", "clock deviation"),
    "register": ("示数异常", "register fault"),
    "bad": ("数据不可信", "implausible value"),
}
NOT_LOOKED = ("引擎尚未给出计量点状态", "the engine has not looked at the meters yet")
NO_METERS = ("登记表中没有实时计量点", "the registry has no real-time meter")


def _case(
    rule: str, kind: AlertKind, policy: StepRule, members: Sequence[str], expected: int, names: tuple[str, str]
) -> Case:
    share = len(members) / expected
    return Case(
        Subject(rule, MONITORED),
        kind,
        thresholds_of(policy.step, policy.clear_below),
        timing_of(policy),
        Bounds(share, share),
        float(len(members)),
        float(expected),
        "meters",
        Basis.METER_STATE,
        1.0,
        complete=True,
        name_zh=names[0],
        name_en=names[1],
        members=tuple(sorted(members)),
    )


def judge_meters(meters: Sequence[MeterState], roster: Roster, edition: AlertEdition) -> Verdicts:
    """One case for silence and one for each kind of fault, over the real-time meters in service.

    Shares are of the meters the engine looks at. An empty picture (it has not looked yet) holds every state.
    """
    looked_at = [m for m in meters if m.meter in roster.real_time]
    rules: list[tuple[str, AlertKind]] = [("meter_silent", AlertKind.METER_SILENT)]
    rules += [(f"data_fault.{code}", AlertKind.DATA_FAULT) for code in FAULTS]
    if not looked_at:
        status = RuleStatus.NO_DATA if roster.real_time else RuleStatus.NO_SERIES
        reason = NOT_LOOKED if roster.real_time else NO_METERS
        return Verdicts((), tuple(RuleState(r, k, MONITORED, status, *reason) for r, k in rules))
    cases = []
    for rule, kind in rules:
        code = rule.partition(".")[2]
        if kind is AlertKind.METER_SILENT:
            members = [m.meter for m in looked_at if m.silent_s is not None]
            policy, names = edition.meter_silent, ("计量点失联", "meters silent")
        else:
            members = [m.meter for m in looked_at if code in m.faults]
            policy, names = edition.data_fault, FAULTS[code]
        cases.append(_case(rule, kind, policy, members, len(looked_at), names))
    states = tuple(RuleState(r, k, MONITORED, RuleStatus.JUDGED) for r, k in rules)
    return Verdicts(tuple(cases), states)
