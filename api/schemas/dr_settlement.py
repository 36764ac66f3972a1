"""Verification, objections and evidence of an event on the wire; money is estimated (测算)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, Wire
from api.schemas.dr import Enterprise, local_time
from domain.dr_records import Objection, Settlement, SettlementRow
from domain.instants import from_ms
from response.dr.evidence_check import CheckReport
from response.dr.settlements import differences


class SettlementRowOut(Wire):
    enterprise: str
    promised_kw: float
    baseline_revision: int
    validity: str
    base_mean_kw: float | None
    base_extreme_kw: float | None
    load_mean_kw: float | None
    load_extreme_kw: float | None
    response_kw: float | None
    ratio: float | None
    effective_min: float | None
    energy_kwh: float
    pay_yuan: float | None = Field(description="测算 estimate; the power company settles")
    penalty_yuan: float
    official_verified_kw: float | None
    official_verified_kwh: float | None
    difference_kw: float | None = Field(description="ours less the official")
    accounts: tuple[str, ...] = Field(description="those that took part alone; empty: the whole enterprise")
    member: str

    @classmethod
    def of(cls, row: SettlementRow) -> Self:
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class DifferenceOut(Wire):
    enterprise: str
    validity: tuple[str, str]
    response_kw: tuple[float | None, float | None]
    energy_kwh: tuple[float, float]
    pay_yuan: tuple[float | None, float | None]
    member: str


class SettlementOut(Wire):
    revision: int
    event_version: int
    actor: str
    reason: str
    at: datetime
    pay_is: str = "测算 estimate"
    items: list[SettlementRowOut]
    changed: list[DifferenceOut] = Field(description="against the revision before")

    @classmethod
    def of(cls, found: Settlement, before: Settlement | None, zone: ZoneInfo) -> Self:
        changed = differences(before, found) if before is not None else []
        return cls(
            revision=found.revision,
            event_version=found.event_version,
            actor=found.actor,
            reason=found.reason,
            at=from_ms(found.at_ms).astimezone(zone),
            items=[SettlementRowOut.of(row) for row in found.rows],
            changed=[DifferenceOut(**{n: getattr(d, n) for n in DifferenceOut.model_fields}) for d in changed],
        )


class SettlementList(Wire):
    event: str
    items: list[SettlementOut]

    @classmethod
    def of(cls, event: str, found: list[Settlement], zone: ZoneInfo) -> Self:
        before: list[Settlement | None] = [None, *found]
        items = [SettlementOut.of(each, old, zone) for each, old in zip(found, before, strict=False)]
        return cls(event=event, items=items)


class ObjectionIn(Body):
    enterprise: Enterprise = Field(examples=["E001"])
    text: Annotated[str, Field(min_length=1, max_length=2000, examples=["表计当日有检修记录"])]


class AnswerIn(Body):
    text: Annotated[str, Field(min_length=1, max_length=2000, examples=["经核实，按复核读数重算"])]


class ObjectionOut(Wire):
    id: int
    enterprise: str
    text: str
    raised_by: str
    raised_at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None

    @classmethod
    def of(cls, each: Objection, zone: ZoneInfo) -> Self:
        own = ("id", "enterprise", "text", "raised_by", "answer", "answered_by")
        return cls(
            raised_at=from_ms(each.raised_ms).astimezone(zone),
            answered_at=local_time(each.answered_ms, zone),
            **{name: getattr(each, name) for name in own},
        )


class ObjectionList(Wire):
    items: list[ObjectionOut]


class CheckOut(Wire):
    event: str
    revision: int
    root: str
    sound: bool
    figures: int
    altered_readings: list[str]
    altered_files: list[str]
    differences: list[str]

    @classmethod
    def of(cls, report: CheckReport) -> Self:
        return cls(**{name: getattr(report, name) for name in cls.model_fields})
