"""Rules on energy intensity: the level of the 晴雨表 that fell, and enterprises above a standard of their sector."""

from __future__ import annotations

from config.alert_policy import AlertEdition, StepRule
from domain.alerts import AlertKind
from domain.scopes import DISTRICT
from response.intensity.standing import IntensityStanding
from response.observations import Bounds
from response.rules import Basis, Case, RuleState, RuleStatus, Subject, Verdicts, thresholds_of, timing_of

LEVEL, LIMIT = "intensity_level", "intensity_limit"
#: The level on track; the rule counts the levels below it.
BEST = 3
#: Names told in the message.
NAMED = 5
NOT_YET = ("尚未做过夜间测算", "no night has worked it out yet")


def judge_intensity(found: IntensityStanding | None, edition: AlertEdition) -> Verdicts:
    """found : as the last night left it; None or an unknown level holds the state"""
    if found is None:
        return Verdicts((), (_state(LEVEL, *NOT_YET), _state(LIMIT, *NOT_YET)))
    if found.month is None or found.level is None:
        level = Verdicts((), (_state(LEVEL, found.reason, found.reason),))
    else:
        below = float(BEST - found.level)
        name = f"{found.month:%Y年1-}{found.month.month}月{found.label}"
        level = _judged(LEVEL, edition.intensity_level, below, "levels", name, f"{found.month:%Y-%m} {found.label}")
    if not found.judged:
        why = "没有可与标准比较的企业", "no enterprise could be compared with a standard"
        return level + Verdicts((), (_state(LIMIT, *why),))
    more = len(found.above) > NAMED
    zh = "、".join(found.above[:NAMED]) + ("等" if more else "")
    en = ", ".join(found.above[:NAMED]) + (" and others" if more else "")
    return level + _judged(LIMIT, edition.intensity_limit, float(len(found.above)), "enterprises", zh, en)


def _state(rule: str, zh: str, en: str) -> RuleState:
    return RuleState(rule, AlertKind.INTENSITY, DISTRICT, RuleStatus.NO_DATA, zh, en)


def _judged(rule: str, policy: StepRule, value: float, unit: str, name_zh: str, name_en: str) -> Verdicts:
    case = Case(
        Subject(rule, DISTRICT),
        AlertKind.INTENSITY,
        thresholds_of(policy.step, policy.clear_below),
        timing_of(policy),
        Bounds(value, value),
        value,
        1.0,
        unit,
        Basis.INTENSITY,
        1.0,
        complete=True,
        name_zh=name_zh,
        name_en=name_en,
    )
    return Verdicts((case,), (RuleState(rule, AlertKind.INTENSITY, DISTRICT, RuleStatus.JUDGED),))
