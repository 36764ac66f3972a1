"""The dated table of gap levels (config/policy/gap_levels.toml)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.policy_table import Table
from domain.errors import Invalid

Text = Annotated[str, Field(min_length=1)]


class GapLevel(Table):
    """One level. ``from_ratio`` is a share of the period's expected maximum; ``begins`` says if it belongs to it."""

    name: Text
    roman: Text
    label_zh: Text
    label_en: Text
    colour: Annotated[str, Field(pattern="^#[0-9a-f]{6}$")]
    from_ratio: Annotated[float, Field(ge=0, lt=1)]
    begins: Literal["at", "above"]
    source: Text

    def holds(self, ratio: float) -> bool:
        """Whether a gap of ``ratio`` reaches this level."""
        return ratio >= self.from_ratio if self.begins == "at" else ratio > self.from_ratio


class GapLevelEdition(Table):
    """The levels in force from a day on, mildest first."""

    valid_from: date
    source: Text
    level: Annotated[tuple[GapLevel, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_order(self) -> GapLevelEdition:
        bounds = [level.from_ratio for level in self.level]
        if bounds != sorted(set(bounds)):
            raise ValueError(f"levels must stand mildest first with growing from_ratio, not {bounds}")
        if len({level.name for level in self.level}) != len(self.level):
            raise ValueError("two levels have the same name")
        return self


class GapLevelTable(Table):
    edition: Annotated[tuple[GapLevelEdition, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_dates(self) -> GapLevelTable:
        dates = [edition.valid_from for edition in self.edition]
        if dates != sorted(set(dates)):
            raise ValueError("editions must stand in order of valid_from, each day once")
        return self

    def on(self, day: date) -> GapLevelEdition:
        """The edition in force on ``day``. Raises Invalid for a day before the first."""
        valid = [edition for edition in self.edition if edition.valid_from <= day]
        if not valid:
            raise Invalid(
                f"no gap levels are in force on {day.isoformat()}: the first are of {self.edition[0].valid_from}"
            )
        return valid[-1]
