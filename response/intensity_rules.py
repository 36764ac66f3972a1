"""Rules on energy intensity: the level of the 晴雨表 that fell, and enterprises above a standard of their sector."""

from __future__ import annotations

from config.alert_policy import AlertEdition, StepRule
from domain.alerts import AlertKind
from domain.scopes import DISTRICT
from response.intensity.standing import IntensityStanding
from response.known_figures import Known, count_of, judged
from response.rules import Basis, RuleState, RuleStatus, Verdicts

LEVEL, LIMIT = "intensity_level", "intensity_limit"
#: The level on track; the rule counts the levels below it.
BEST = 3
NOT_YET = ("尚未做过夜间测算", "no night has worked it out yet")


def judge_intensity(found: IntensityStanding | None, edition: AlertEdition) -> Verdicts:
    """found : as the last night left it; None or an unknown level holds the state"""
    if found is None:
        return Verdicts((), (_state(LEVEL, *NOT_YET), _state(LIMIT, *NOT_YET)))
    if found.month is None or found.level is None:
        level = Verdicts((), (_state(LEVEL, found.reason, found.reason),))
    else:
        name = f"{found.month:%Y年1-}{found.month.month}月{found.label}"
        below = Known(float(BEST - found.level), "levels", name, f"{found.month:%Y-%m} {found.label}")
        level = _judged(LEVEL, edition.intensity_level, below)
    if not found.judged:
        why = "没有可与标准比较的企业", "no enterprise could be compared with a standard"
        return level + Verdicts((), (_state(LIMIT, *why),))
    return level + _judged(LIMIT, edition.intensity_limit, count_of(found.above, "enterprises"))


def _state(rule: str, zh: str, en: str) -> RuleState:
    return RuleState(rule, AlertKind.INTENSITY, DISTRICT, RuleStatus.NO_DATA, zh, en)


def _judged(rule: str, policy: StepRule, known: Known) -> Verdicts:
    return judged(rule, AlertKind.INTENSITY, DISTRICT, policy, Basis.INTENSITY, known)
