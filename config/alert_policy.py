"""The dated table of alert rules (config/policy/alerts.toml)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.policy_table import Table, load_table
from domain.alerts import Severity
from domain.errors import Invalid

Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Share = Annotated[float, Field(ge=0, lt=1)]
GAP_LEVEL_NAMES = frozenset({"blue", "yellow", "orange", "red"})


class Step(Table):
    """One threshold: ``at`` is a share of the rule's base; ``begins`` says whether the bound itself raises."""

    at: Annotated[float, Field(ge=0, le=10)]
    severity: Severity
    begins: Literal["at", "above"] = "at"


class Rule(Table):
    """What every rule has: its meaning, its source and its hysteresis (see the head of alerts.toml)."""

    meaning: Text
    source: Text
    minimum_s: Seconds
    hold_s: Seconds
    clear_below: Share


class StepRule(Rule):
    """A rule with thresholds of its own. ``shown_scopes`` are shown as unjudged when the base is not entered."""

    step: Annotated[tuple[Step, ...], Field(min_length=1)]
    shown_scopes: tuple[Literal["district", "monitored"], ...] = ()

    @model_validator(mode="after")
    def _check_order(self) -> StepRule:
        bounds = [step.at for step in self.step]
        if bounds != sorted(set(bounds)):
            raise ValueError(f"steps must stand mildest first with growing at, not {bounds}")
        return self


class ProjectionRule(StepRule):
    """``minimum_minutes`` of the block must have been seen before its projection is judged."""

    minimum_minutes: Annotated[int, Field(ge=1, le=15)]


class CapacityRule(StepRule):
    """``lowest_power_factor`` bounds the kVA from above where no reactive power is measured."""

    lowest_power_factor: Annotated[float, Field(gt=0, le=1)]


class LagRule(StepRule):
    """``old_s`` : from this age on a reading that waits is late; the base of the steps."""

    old_s: Annotated[float, Field(gt=0, le=86_400)]


class GapRule(Rule):
    """Thresholds come from gap_levels.toml; ``severity`` maps the level's name."""

    severity: dict[str, Severity]
    shown_scopes: tuple[Literal["district", "monitored"], ...] = ()

    @model_validator(mode="after")
    def _check_names(self) -> GapRule:
        missing = sorted(GAP_LEVEL_NAMES - self.severity.keys())
        if missing:
            raise ValueError(f"no severity for gap level {', '.join(missing)}")
        return self


class CoarseRule(Table):
    """Above ``share`` of a scope's load on intervals longer than a quarter, rules judge told quarters."""

    meaning: Text
    source: Text
    share: Annotated[float, Field(ge=0, le=1)]


class AlertEdition(Table):
    """All rules, in force from a day on."""

    valid_from: date
    source: Text
    coarse: CoarseRule
    load_quota: StepRule
    load_quota_projection: ProjectionRule
    load_record: StepRule
    gap_level: GapRule
    capacity: CapacityRule
    approved_demand: StepRule
    meter_silent: StepRule
    data_fault: StepRule
    data_flow: StepRule
    anomaly: StepRule
    intensity_level: StepRule
    intensity_limit: StepRule
    order_not_reducing: StepRule
    order_below_security: StepRule
    order_silent: StepRule
    journal_full: StepRule
    journal_lag: LagRule


class AlertPolicy(Table):
    edition: Annotated[tuple[AlertEdition, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_dates(self) -> AlertPolicy:
        dates = [edition.valid_from for edition in self.edition]
        if dates != sorted(set(dates)):
            raise ValueError("editions must stand in order of valid_from, each day once")
        return self

    def on(self, day: date) -> AlertEdition:
        """The edition in force on ``day``. Raises Invalid for a day before the first."""
        valid = [edition for edition in self.edition if edition.valid_from <= day]
        if not valid:
            raise Invalid(
                f"no alert rules are in force on {day.isoformat()}: the first are of {self.edition[0].valid_from}"
            )
        return valid[-1]


def load_alert_policy(directory: Path | None = None) -> AlertPolicy:
    """The shipped rules, or those of the district's policy folder. Raises Invalid with every mistake listed."""
    return load_table("alerts.toml", AlertPolicy, directory)
