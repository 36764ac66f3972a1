"""Dated rules of energy review and key energy users (config/policy/energy_review.toml)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from config.energy_factors import Text
from config.policy_table import Table
from domain.energy import Basis
from domain.errors import Invalid

Amount = Annotated[float, Field(gt=0)]


class KeyUserClass(Table):
    """designated : holds only for enterprises that were named"""

    label_zh: Text
    from_tce: Amount
    basis: Basis
    designated: bool
    source: Text


class Designated(Table):
    enterprises: tuple[str, ...] = ()


class ReviewRule(Table):
    """Limits below which, all of them, a project needs no review of its own; None = no such test."""

    valid_from: date
    below_tce: Amount
    below_kwh: Amount | None = None
    below_coal_t: Amount | None = None
    province_from_tce: Amount
    basis: Basis
    carbon: bool
    source: Text


class Warning(Table):
    """Shares of the approved amount from which a project's run-rate is told; months : fewer tell nothing"""

    attention_from: Amount
    exceeded_from: Amount
    minimum_months: Annotated[int, Field(ge=1, le=12)]
    source: Text


class EnergyReviewTable(Table):
    key_user: Annotated[tuple[KeyUserClass, ...], Field(min_length=1)]
    designated: Designated = Designated()
    rule: Annotated[tuple[ReviewRule, ...], Field(min_length=1)]
    warning: Warning

    @model_validator(mode="after")
    def _in_order(self) -> EnergyReviewTable:
        dates = [each.valid_from for each in self.rule]
        if dates != sorted(set(dates)):
            raise ValueError("rules stand in order of valid_from, each day once")
        if self.warning.attention_from >= self.warning.exceeded_from:
            raise ValueError("attention_from must lie below exceeded_from")
        return self

    def on(self, day: date) -> ReviewRule:
        valid = [each for each in self.rule if each.valid_from <= day]
        if not valid:
            raise Invalid(f"{day.isoformat()} 没有节能审查规定 / no rule of energy review is in force on that day")
        return valid[-1]
