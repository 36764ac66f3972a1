"""The dated rules of validation, estimation and editing (config/policy/vee.toml)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from config.policy_table import Table
from domain.errors import Invalid

Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]


class _Rule(Table):
    meaning: Text
    source: Text


class DuplicateRule(_Rule):
    most: Count


class EqualRule(_Rule):
    hours: Positive
    tolerance: Share


class ZeroRule(_Rule):
    hours: Positive
    usual_share: Share


class IntervalRule(_Rule):
    share: Share


class SpikeRule(_Rule):
    ratio: Positive
    robust_z: Positive
    floor_kw: Positive


class HistoryRule(_Rule):
    low: Share
    high: Annotated[float, Field(gt=1)]
    days: Annotated[int, Field(gt=0)]


class MultiplierRule(_Rule):
    tolerance: Share
    least: Annotated[float, Field(gt=1)]


class NegativeRule(_Rule):
    least_kw: Positive


class SumCheckRule(_Rule):
    tolerance: Share
    resolution_kwh: Positive


class UnitRule(_Rule):
    factor: Annotated[float, Field(gt=1)]


class ProlongedRule(_Rule):
    share: Share
    days: Annotated[int, Field(gt=0)]


class SiblingRule(_Rule):
    days: Annotated[int, Field(gt=0)]


class EstimationRule(Table):
    source: Text
    line_hours: Positive
    like_day_hours: Positive
    like_days: Annotated[int, Field(gt=0)]
    history_days: Annotated[int, Field(gt=0, le=366)]
    side_hours: Positive
    scale_low: Positive
    scale_high: Positive
    catch_up: bool

    @model_validator(mode="after")
    def _check_order(self) -> EstimationRule:
        if self.line_hours > self.like_day_hours:
            raise ValueError("line_hours must not be above like_day_hours")
        if self.scale_low > self.scale_high:
            raise ValueError("scale_low must not be above scale_high")
        return self


class VeeEdition(Table):
    """The rules in force from a day on."""

    valid_from: date
    source: Text
    duplicate: DuplicateRule
    equal: EqualRule
    zero: ZeroRule
    interval: IntervalRule
    spike: SpikeRule
    history: HistoryRule
    multiplier: MultiplierRule
    negative: NegativeRule
    sum_check: SumCheckRule
    unit: UnitRule
    prolonged: ProlongedRule
    sibling: SiblingRule
    estimation: EstimationRule


class VeeTable(Table):
    edition: Annotated[tuple[VeeEdition, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_dates(self) -> VeeTable:
        dates = [edition.valid_from for edition in self.edition]
        if dates != sorted(set(dates)):
            raise ValueError("editions must stand in order of valid_from, each day once")
        return self

    def on(self, day: date) -> VeeEdition:
        """The edition in force on ``day``. Raises Invalid for a day before the first."""
        valid = [edition for edition in self.edition if edition.valid_from <= day]
        if not valid:
            raise Invalid(
                f"no VEE rules are in force on {day.isoformat()}: the first are of {self.edition[0].valid_from}"
            )
        return valid[-1]
