"""From the policy table of a district to the methods it names."""

from __future__ import annotations

from analytics.baselines.adjustment import Adjustment
from analytics.baselines.court import Candidate
from analytics.baselines.day_matching import DayMatching
from analytics.baselines.estimate import Method
from analytics.baselines.regression import TemperatureRegression
from analytics.baselines.rolling import Rolling
from analytics.baselines.same_day import HoursAround, PointBefore
from analytics.baselines.similar_days import MatchDays, WeatherDays
from config.baselines import (
    SAME_DAY,
    AdjustmentRule,
    AnyMethod,
    BaselineTable,
    DayMatchingMethod,
    HoursAroundMethod,
    MatchDaysMethod,
    PointBeforeMethod,
    RollingMethod,
    WeatherDaysMethod,
)

ADJUSTED = "+adjusted"


def method_of(entry: AnyMethod) -> Method:
    """The method a table's entry describes."""
    match entry:
        case DayMatchingMethod():
            own = DayMatching.__dataclass_fields__
            return DayMatching(**{name: value for name, value in entry if name in own})
        case PointBeforeMethod():
            return PointBefore()
        case HoursAroundMethod():
            return HoursAround()
        case MatchDaysMethod():
            return MatchDays(entry.days, entry.lookback_days)
        case WeatherDaysMethod():
            return WeatherDays(entry.days, entry.lookback_days)
        case RollingMethod():
            return Rolling(entry.weight, entry.lookback_days)
        case _:
            return TemperatureRegression(entry.lookback_days, entry.half_life_days)


def rule_of(rule: AdjustmentRule) -> Adjustment:
    return Adjustment(rule.kind, rule.cap, rule.from_hours, rule.to_hours)


def candidates(table: BaselineTable, *, adjusted: bool) -> list[Candidate]:
    """Every method unadjusted, and with its own adjustment too where the programme allows it."""
    found = [Candidate(entry.id, method_of(entry), same_day=isinstance(entry, SAME_DAY)) for entry in table.method]
    if adjusted:
        found += [
            Candidate(entry.id + ADJUSTED, method_of(entry), rule_of(entry.adjustment), same_day=True)
            for entry in table.method
            if entry.adjustment is not None
        ]
    return found
