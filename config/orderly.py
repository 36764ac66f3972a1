"""Orderly power use (config/policy/orderly.toml): local levels, order of measures, allocation, execution."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from config.policy_table import Table
from domain.errors import Invalid
from domain.orderly import RANKS, Measure, Rank

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Text = Annotated[str, Field(min_length=1)]


class LetterLevel(Table):
    """to_kw : cumulative, with all levels below [kW]"""

    letter: Text
    to_kw: Positive


class LetterEdition(Table):
    """The lettered levels in force from a day on, mildest first."""

    valid_from: date
    source: Text
    level: Annotated[tuple[LetterLevel, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> LetterEdition:
        steps = [level.to_kw for level in self.level]
        if steps != sorted(set(steps)) or len({level.letter for level in self.level}) != len(self.level):
            raise ValueError("levels must stand mildest first, each letter once, with growing to_kw")
        return self

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(level.letter for level in self.level)

    def up_to(self, letter: str) -> tuple[str, ...]:
        """This level and all below. Raises Invalid for a letter that is none."""
        if letter not in self.letters:
            raise Invalid(f"没有等级 {letter} / no level {letter}; there are {', '.join(self.letters)}")
        return self.letters[: self.letters.index(letter) + 1]

    def needed(self, kw: float) -> str:
        """The lowest level that allows ``kw``; the highest where none does, "" for nothing."""
        if kw <= 0:
            return ""
        return next((level.letter for level in self.level if level.to_kw >= kw), self.level[-1].letter)


class RankEntry(Table):
    id: Rank
    label_zh: Text
    label_en: Text
    loss_share: Share
    ramp_min: NotNegative
    source: Text


class MeasureEntry(Table):
    label_zh: Text
    label_en: Text
    rank: Rank
    loss_share: Share
    ramp_min: NotNegative
    source: Text


class StorageEntry(MeasureEntry):
    """depth : share of the capacity that may be discharged for one window"""

    depth: Share


class LightingEntry(MeasureEntry):
    """Hours of the local clock in which it burns; ``to_hour`` may lie on the next day."""

    from_hour: Annotated[float, Field(ge=0, le=24)]
    to_hour: Annotated[float, Field(ge=0, le=24)]


class CoolingEntry(MeasureEntry):
    """set_point_c : raised by so much; per_c_share : of the cooling load, by degree; rotation_share : off in turns"""

    set_point_c: NotNegative
    per_c_share: Share
    rotation_share: Share

    @property
    def share(self) -> float:
        """Of the cooling load that both together take off."""
        return min(1.0, self.set_point_c * self.per_c_share + self.rotation_share)


class AllocationRules(Table):
    minimum_block_kw: NotNegative
    minimum_block_source: Text
    order_step_kw: Positive
    order_step_source: Text
    least_confidence: Share
    least_confidence_source: Text
    unknown_yuan_per_kwh: Positive
    unknown_yuan_source: Text
    fairness_yuan_per_kwh: NotNegative
    fairness_source: Text
    rotation_yuan_per_call: NotNegative
    rotation_days: Annotated[int, Field(ge=1)]
    rotation_source: Text
    relative_gap: Share
    time_limit_s: Positive
    solver_source: Text


class NoticeRules(Table):
    planned_h: NotNegative
    emergency_h: NotNegative
    source: Text


class ExecutionRules(Table):
    tolerance: Share
    points_ok: Share
    tolerance_source: Text
    cap_tolerance: Share
    meter_resolution_kw: NotNegative
    cap_source: Text
    not_reducing_after_min: NotNegative
    not_reducing_source: Text
    baseline: Text
    baseline_old_days: Annotated[int, Field(ge=1)]
    baseline_source: Text


class EnergyRules(Table):
    """On a day short of energy: hours of the local clock in which it is taken off."""

    from_hour: Annotated[int, Field(ge=0, le=23)]
    to_hour: Annotated[int, Field(ge=1, le=24)]
    source: Text

    @model_validator(mode="after")
    def _check(self) -> EnergyRules:
        if self.to_hour <= self.from_hour:
            raise ValueError("to_hour must lie after from_hour")
        return self


class PlanRules(Table):
    margin: Annotated[float, Field(ge=1)]
    margin_source: Text
    share_of_maximum: Share
    share_source: Text
    monitor_share: Share
    control_share: Share
    capability_source: Text
    contradiction: Share
    contradiction_source: Text


class OrderlyTable(Table):
    levels: Annotated[tuple[LetterEdition, ...], Field(min_length=1)]
    rank: tuple[RankEntry, ...]
    storage: StorageEntry
    lighting: LightingEntry
    cooling: CoolingEntry
    allocation: AllocationRules
    notice: NoticeRules
    execution: ExecutionRules
    plan: PlanRules
    energy: EnergyRules | None = None

    @model_validator(mode="after")
    def _check(self) -> OrderlyTable:
        dates = [edition.valid_from for edition in self.levels]
        if dates != sorted(set(dates)):
            raise ValueError("editions of levels must stand in order of valid_from, each day once")
        if tuple(entry.id for entry in self.rank) != RANKS:
            raise ValueError(f"ranks must be {', '.join(RANKS)}, in this order: it is the rule, not a choice")
        return self

    def levels_on(self, day: date) -> LetterEdition:
        valid = [edition for edition in self.levels if edition.valid_from <= day]
        if not valid:
            raise Invalid(f"{day.isoformat()} 没有方案等级 / no lettered levels are in force on {day.isoformat()}")
        return valid[-1]

    def of(self, rank: Rank) -> RankEntry:
        return self.rank[RANKS.index(rank)]

    def by(self, rank: Rank, measure: Measure) -> RankEntry | MeasureEntry:
        """Label, loss and ramp of a measure; what the plan asks of production has those of its rank."""
        soft: dict[Measure, MeasureEntry] = {
            Measure.STORAGE: self.storage,
            Measure.LIGHTING: self.lighting,
            Measure.COOLING: self.cooling,
        }
        return soft.get(measure) or self.of(rank)
