"""Wire form of the season account and of rehearsals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import Field

from api.schemas.base import Body, Name, ScopeField, Wire
from domain.scopes import Scope
from response.orderly.fairness import SeasonLine
from response.orderly.rehearsed import Rehearsal, Season


class SeasonLineOut(Wire):
    enterprise: str
    name: str
    calls: int
    hours: float
    orderly_kwh: float
    dr_kwh: float
    size_kw: float | None
    even_kwh: float | None = Field(description="what it would have given, were the season shared by size")
    loss_yuan: float | None
    dr_income_yuan: float | None
    estimated: bool

    @classmethod
    def of(cls, line: SeasonLine) -> Self:
        return cls.model_validate(line, from_attributes=True)


class SeasonOut(Wire):
    year: int
    items: list[SeasonLineOut]


class RehearsedDayOut(Wire):
    day: date
    start: datetime
    end: datetime
    need_kw: float
    level: str
    called: int
    ordered_kw: float
    missing_kw: float = Field(description="what the plan could not close; 0: closed")
    loss_yuan: float
    listed_loss_yuan: float
    storage_kw: float = Field(description="of ordered_kw")
    lighting_kw: float
    cooling_kw: float = Field(description="flexible cooling, of the cooling load of that day's temperature")


class RehearsedSiteOut(Wire):
    enterprise: str
    name: str
    calls: int
    hours: float
    energy_kwh: float
    loss_yuan: float


class RehearsalOut(Wire):
    plan: str
    scope: str
    first: date
    last: date
    quota_by: str
    days_with_gap: int
    days_closed: int
    ordered_kwh: float
    missing_kwh: float
    loss_yuan: float
    listed_loss_yuan: float = Field(description="of the same days in the order of the plan alone")
    days: list[RehearsedDayOut]
    sites: list[RehearsedSiteOut]
    data_digest: str
    soft_kwh: float = Field(description="of ordered_kwh by storage, lighting and flexible cooling")
    cooling_sites: int = Field(description="enterprises whose cooling load could be told, none included")

    @classmethod
    def of(cls, found: Rehearsal) -> Self:
        return cls.model_validate(found, from_attributes=True)


class RehearsalList(Wire):
    items: list[RehearsalOut]


class RehearsalBody(Body):
    plans: list[Name] = Field(min_length=1, max_length=4, examples=[["2026-1", "2026-2"]])
    first: date = Field(examples=["2026-07-01"])
    last: date = Field(examples=["2026-08-31"])
    quota_share: float = Field(default=0.9, gt=0, le=1, description="where no quota was entered")
    scope: ScopeField = "monitored"

    def season(self) -> Season:
        return Season(self.first, self.last, self.quota_share, Scope.parse(self.scope))
