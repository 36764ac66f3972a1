"""Demand-response programmes and the district's own subsidy (config/policy/programmes.toml), dated."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.policy_table import Table
from domain.dr import Commitment, Direction, Lead, Terms
from domain.errors import Invalid, NotFound

Text = Annotated[str, Field(min_length=1)]
Money = Annotated[float, Field(ge=0)]
Kw = Annotated[float, Field(ge=0)]
Minutes = Annotated[int, Field(ge=0, le=7 * 1440)]
Share = Annotated[float, Field(gt=0)]


class Edition(Table):
    valid_from: date
    source: Text
    baseline: Text
    rule: Literal[1, 2]
    response_share: Annotated[float, Field(gt=0, le=1)]
    minimum_minutes: Minutes
    paid_share: Annotated[float, Field(ge=1)]
    price_yuan_per_kwh: Money | None = None
    price_low_yuan_per_kwh: Money = 0.0
    price_high_yuan_per_kwh: Money | None = None
    capacity_yuan_per_kw_month: Money = 0.0
    #: 50 kW industry, 20 kW other: Shandong pilot, domain facts 2.4.
    minimum_kw_industry: Kw = 50.0
    minimum_kw_other: Kw = 20.0
    notice_minutes: Minutes
    reply_minutes: Minutes
    rebound_minutes: Minutes = 120
    rebound_share: Share = 0.1
    #: R1 and M of one market's rule, domain facts 2.4; a factor of 0 is off.
    penalty_share: Share = 0.5
    penalty_factor: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> Edition:
        if self.reply_minutes > self.notice_minutes:
            raise ValueError("replies would be due before the latest invitation: reply_minutes is above notice_minutes")
        high = float("inf") if self.price_high_yuan_per_kwh is None else self.price_high_yuan_per_kwh
        if self.price_yuan_per_kwh is not None and not self.price_low_yuan_per_kwh <= self.price_yuan_per_kwh <= high:
            raise ValueError("price_yuan_per_kwh lies outside its band")
        return self


class Programme(Table):
    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    name_zh: Text
    name_en: Text
    direction: Direction
    lead: Lead
    commitment: Commitment
    edition: Annotated[tuple[Edition, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_dates(self) -> Programme:
        dates = [edition.valid_from for edition in self.edition]
        if dates != sorted(set(dates)):
            raise ValueError("editions must stand in order of valid_from, each day once")
        return self

    def terms(self, day: date) -> Terms:
        """Raises Invalid before its first day."""
        valid = [edition for edition in self.edition if edition.valid_from <= day]
        if not valid:
            raise Invalid(f"{self.name_zh} 在 {day.isoformat()} 尚未生效 / {self.id} is not in force on that day")
        own = valid[-1].model_dump(exclude={"valid_from", "price_low_yuan_per_kwh", "price_high_yuan_per_kwh"})
        return Terms(
            programme=self.id,
            name_zh=self.name_zh,
            name_en=self.name_en,
            edition=valid[-1].valid_from,
            direction=self.direction,
            lead=self.lead,
            commitment=self.commitment,
            **own,
        )


class SubsidyEdition(Table):
    """publicity_days : how long a 公示 stands before money moves"""

    valid_from: date
    price_yuan_per_kwh: Money
    yearly_cap_yuan: Money
    publicity_days: Annotated[int, Field(ge=0, le=60)]
    source: Text


class ProgrammeTable(Table):
    programme: Annotated[tuple[Programme, ...], Field(min_length=1)]
    subsidy: tuple[SubsidyEdition, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> ProgrammeTable:
        ids = [programme.id for programme in self.programme]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"programme ids stand twice: {', '.join(twice)}")
        dates = [edition.valid_from for edition in self.subsidy]
        if dates != sorted(set(dates)):
            raise ValueError("subsidies must stand in order of valid_from, each day once")
        return self

    def by_id(self, programme: str) -> Programme:
        found = next((each for each in self.programme if each.id == programme), None)
        if found is None:
            known = ", ".join(each.id for each in self.programme)
            raise NotFound(f"没有需求响应项目 {programme[:80]} / there is no such programme; known are {known}")
        return found

    def subsidy_on(self, day: date) -> SubsidyEdition | None:
        """None where the district adds nothing."""
        valid = [edition for edition in self.subsidy if edition.valid_from <= day]
        return valid[-1] if valid else None

    def unknown_baselines(self, frozen: frozenset[str]) -> list[str]:
        """Mistakes of editions whose baseline is none of ``frozen``, the methods that can be frozen beforehand."""
        return [
            f"programmes.toml: {programme.id}: baseline {edition.baseline!r} is no single method that reads nothing of "
            f"the event day; known are {', '.join(sorted(frozen))}"
            for programme in self.programme
            for edition in programme.edition
            if edition.baseline not in frozen
        ]
