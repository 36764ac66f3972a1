"""From the policy table of a district to the methods it names."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.baselines.adjustment import Adjustment
from analytics.baselines.court import Candidate
from analytics.baselines.day_matching import DayMatching
from analytics.baselines.estimate import Method
from analytics.baselines.regression import TemperatureRegression
from analytics.baselines.rolling import Rolling
from analytics.baselines.same_day import HoursAround, PointBefore
from analytics.baselines.similar_days import MatchDays, WeatherDays
from analytics.baselines.stacking import Stacked
from analytics.baselines.temperature_check import TemperatureChecked
from config.baselines import (
    AFTERWARDS,
    COMBINATIONS,
    SAME_DAY,
    AdjustmentRule,
    AnyMethod,
    BaselineTable,
    DayMatchingMethod,
    HoursAroundMethod,
    MatchDaysMethod,
    PointBeforeMethod,
    RollingMethod,
    StackedMethod,
    TemperatureCheckedMethod,
    WeatherDaysMethod,
)
from domain.errors import Invalid

ADJUSTED = "+adjusted"


def method_of(entry: AnyMethod) -> Method:
    """The method an entry describes by itself. Raises Invalid for a combination, which needs its members."""
    match entry:
        case StackedMethod() | TemperatureCheckedMethod():
            raise Invalid(
                f"{entry.id} 由其他方法组成，不能单独计算 / {entry.id} is made of others and is none by itself"
            )
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


def _made(entry: AnyMethod, table: BaselineTable) -> Method:
    single = [each for each in table.method if not isinstance(each, COMBINATIONS)]
    if isinstance(entry, StackedMethod):
        return Stacked(_of_the_day(single), entry.days, entry.shrinkage)
    if isinstance(entry, TemperatureCheckedMethod):
        before = [each for each in single if not isinstance(each, SAME_DAY)]
        members = tuple(Candidate(each.id, method_of(each)) for each in before)
        return TemperatureChecked(members, entry.days, entry.nearest, entry.cap)
    return method_of(entry)


def _of_the_day(single: Sequence[AnyMethod]) -> tuple[Candidate, ...]:
    """Whoever reads the event day, but nothing after the event begins."""
    points = [each for each in single if isinstance(each, SAME_DAY) and not isinstance(each, AFTERWARDS)]
    return (
        *(Candidate(each.id, method_of(each), same_day=True) for each in points),
        *(
            Candidate(each.id + ADJUSTED, method_of(each), rule_of(each.adjustment), same_day=True)
            for each in single
            if each.adjustment is not None
        ),
    )


def rule_of(rule: AdjustmentRule) -> Adjustment:
    return Adjustment(rule.kind, rule.cap, rule.from_hours, rule.to_hours)


def candidates(table: BaselineTable, *, adjusted: bool) -> list[Candidate]:
    """Every method unadjusted, and with its own adjustment too where the programme allows it."""
    found = [Candidate(each.id, _made(each, table), same_day=isinstance(each, SAME_DAY)) for each in table.method]
    if adjusted:
        found += [
            Candidate(entry.id + ADJUSTED, _made(entry, table), rule_of(entry.adjustment), same_day=True)
            for entry in table.method
            if entry.adjustment is not None
        ]
    return found
