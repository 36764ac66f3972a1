"""The dated table of data-quality indicators (config/policy/data_quality.toml)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from config.policy_table import Table
from domain.errors import Invalid
from domain.quality import Quality

Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[int, Field(ge=0, le=31 * 86_400)]
#: Indicators in the order people read them.
INDICATORS = ("completeness", "online", "success", "timely", "clock", "monthly_deviation")


class Target(Table):
    """What an indicator should be; neither bound = reported only."""

    name_zh: Text
    name_en: Text
    source: Text
    at_least: Share | None = None
    at_most: Share | None = None

    def met(self, value: float | None) -> bool | None:
        """None where there is no value or no target."""
        if value is None or (self.at_least is None and self.at_most is None):
            return None
        return (self.at_least is None or value >= self.at_least - 1e-12) and (
            self.at_most is None or value <= self.at_most + 1e-12
        )


class QualityEdition(Table):
    valid_from: date
    source: Text
    prompt_s: Seconds
    next_day_prompt_s: Seconds
    valid: tuple[str, ...]
    judge_after_s: Seconds
    settle_s: Seconds
    completeness: Target
    online: Target
    success: Target
    timely: Target
    clock: Target
    monthly_deviation: Target

    @field_validator("valid")
    @classmethod
    def _check_flags(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = {quality.text for quality in Quality}
        unknown = sorted(set(names) - known)
        if unknown or not names:
            raise ValueError(
                f"unknown flags {', '.join(unknown) or '(none given)'}; known are {', '.join(sorted(known))}"
            )
        return names

    @property
    def valid_codes(self) -> tuple[int, ...]:
        return tuple(int(Quality.parse(name)) for name in self.valid)

    def target(self, indicator: str) -> Target:
        found: Target = getattr(self, indicator)
        return found


class QualityTable(Table):
    edition: Annotated[tuple[QualityEdition, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_dates(self) -> QualityTable:
        dates = [edition.valid_from for edition in self.edition]
        if dates != sorted(set(dates)):
            raise ValueError("editions must stand in order of valid_from, each day once")
        return self

    def on(self, day: date) -> QualityEdition:
        valid = [edition for edition in self.edition if edition.valid_from <= day]
        if not valid:
            raise Invalid(f"no data-quality targets are in force on {day.isoformat()}")
        return valid[-1]
