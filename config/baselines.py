"""The baseline methods of a district (config/policy/baselines.toml), each with its source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.policy_table import Table

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0)]


class AdjustmentRule(Table):
    kind: Literal["ratio", "additive"]
    cap: Annotated[float, Field(gt=0)]
    from_hours: Annotated[float, Field(gt=0, le=12)]
    to_hours: Annotated[float, Field(ge=0, le=12)]

    @model_validator(mode="after")
    def _check_hours(self) -> AdjustmentRule:
        if self.to_hours >= self.from_hours:
            raise ValueError("from_hours must lie before to_hours: 4 and 1 are the hours from four to one before")
        return self


class _Method(Table):
    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    name_zh: Text
    name_en: Text
    official: bool
    source: Text
    adjustment: AdjustmentRule | None = None


class DayMatchingMethod(_Method):
    kind: Literal["day_matching"]
    workdays: Count
    other_days: Count
    lookback_days: Count
    gap_days: Annotated[int, Field(ge=0)] = 0
    keep_workdays: Count | None = None
    keep_other_days: Count | None = None
    rank_by: Literal["window", "day"] = "window"
    low_share: Share = 0.0
    low_reference: Literal["mean", "highest_hour"] = "mean"
    low_point: Share = 0.0
    high_point: Annotated[float, Field(gt=0)] = float("inf")
    minimum_days: Count = 3


class PointBeforeMethod(_Method):
    kind: Literal["point_before"]


class HoursAroundMethod(_Method):
    kind: Literal["hours_around"]


class MatchDaysMethod(_Method):
    kind: Literal["match_days"]
    days: Count
    lookback_days: Count


class WeatherDaysMethod(_Method):
    kind: Literal["weather_days"]
    days: Count
    lookback_days: Count


class RollingMethod(_Method):
    kind: Literal["rolling"]
    weight: Annotated[float, Field(gt=0, lt=1)]
    lookback_days: Count


class RegressionMethod(_Method):
    kind: Literal["regression"]
    lookback_days: Count
    half_life_days: Annotated[float, Field(gt=0)]


class StackedMethod(_Method):
    """Of every other method that reads the event day up to the event alone, weighted by site."""

    kind: Literal["stacked"]
    days: Count
    shrinkage: Annotated[float, Field(gt=0)]


class TemperatureCheckedMethod(_Method):
    """Mean of the methods that read the days before alone, checked on the days nearest in temperature."""

    kind: Literal["temperature_checked"]
    days: Count
    nearest: Count
    cap: Annotated[float, Field(gt=0, lt=1)]


AnyMethod = Annotated[
    DayMatchingMethod
    | PointBeforeMethod
    | HoursAroundMethod
    | MatchDaysMethod
    | WeatherDaysMethod
    | RollingMethod
    | RegressionMethod
    | StackedMethod
    | TemperatureCheckedMethod,
    Field(discriminator="kind"),
]


#: Kinds that read the load of the event day itself.
SAME_DAY = (PointBeforeMethod, HoursAroundMethod, MatchDaysMethod, StackedMethod)
#: Of them, those that read hours after the event: known only when these are over.
AFTERWARDS = (HoursAroundMethod, MatchDaysMethod)
#: Kinds that are made of the others of the table.
COMBINATIONS = (StackedMethod, TemperatureCheckedMethod)


class CourtRules(Table):
    first_choice_share: Annotated[float, Field(gt=0, lt=1)]
    newest_choice_days: Count
    minimum_events: Count
    placebo_days: Count
    favour_combination: Annotated[float, Field(ge=0, lt=1)]
    favour_source: Text
    accept_rrmse: Annotated[float, Field(gt=0)]
    accept_rrmse_source: Text
    warn_bias: Annotated[float, Field(gt=0)]
    warn_bias_source: Text


class BaselineTable(Table):
    """config/policy/baselines.toml"""

    court: CourtRules
    method: Annotated[tuple[AnyMethod, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_ids(self) -> BaselineTable:
        ids = [method.id for method in self.method]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"method ids stand twice: {', '.join(twice)}")
        if not any(method.official for method in self.method):
            raise ValueError("at least one method must be official")
        return self

    def favour(self) -> dict[str, float]:
        """By combination, the share by which a single method must be better to be chosen instead of it."""
        return {each.id: self.court.favour_combination for each in self.method if isinstance(each, COMBINATIONS)}

    def before_the_day(self) -> frozenset[str]:
        """Methods that read nothing of the event day: a baseline by them can be frozen when an event is announced."""
        return frozenset(each.id for each in self.method if not isinstance(each, (*SAME_DAY, *COMBINATIONS)))
