"""Wire form of a need and of the list it becomes."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Wire, local
from api.schemas.orderly_windows import WindowBody
from domain.scopes import Scope
from response.orderly.allocation_answers import AllocationAnswer, Need
from response.orderly.candidates import Wishes


class NeedBody(WindowBody):
    kw: float = Field(gt=0, lt=1e9, examples=[3000.0])
    level: str = Field(default="", max_length=4, description="empty: the one the need itself asks for")
    plan: str = Field(default="", max_length=20, description="empty: the approved plan of the year")
    approved_level: str = Field(default="", max_length=4)
    outside_level: str = Field(default="", max_length=200, description="why the approved level is left")
    approver: str = Field(default="", max_length=64)
    scope: str = Field(default="", max_length=100, description="feeder or substation; empty: the district")
    pinned: dict[str, float] = Field(
        default_factory=dict, description="at least so many kW each, 0 as the solver likes"
    )
    excluded: dict[str, str] = Field(default_factory=dict, description="reason by enterprise")

    def need(self) -> Need:
        return Need(
            self.kw,
            self.window(),
            level=self.level,
            plan=self.plan,
            wishes=Wishes(self.pinned, self.excluded),
            approved_level=self.approved_level,
            outside_level=self.outside_level,
            approver=self.approver,
            scope=Scope.asked(self.scope),
        )


class ListLineOut(Wire):
    enterprise: str
    name: str
    rank: str = Field(description="dr | shift | avoid | curtail")
    kind: str = Field(description="storage | lighting | cooling | planned")
    order_kw: float
    counted_kw: float = Field(description="what may be counted on: order times confidence")
    confidence: float
    expected_kw: float | None
    security_kw: float | None
    yuan: float = Field(description="value added lost in the window")
    measure: str
    why_zh: str
    why_en: str


class SparedOut(Wire):
    enterprise: str
    name: str
    code: str = Field(examples=["protected"])
    most_kw: float
    why_zh: str
    why_en: str


class AllocationOut(Wire):
    plan: str
    level: str
    kw: float
    start: datetime
    end: datetime
    counted_kw: float
    missing_kw: float = Field(description="0: the list suffices")
    missing_zh: list[str]
    missing_en: list[str]
    method: str = Field(description="milp | greedy | all | none")
    relative_gap: float | None = Field(description="of the choice to the best bound known")
    loss_yuan: float
    listed_loss_yuan: float = Field(description="of the same need in the order of the list alone")
    uneven_kwh: float = Field(description="above the even share of the season")
    items: list[ListLineOut]
    spared: list[SparedOut]

    @classmethod
    def of(cls, found: AllocationAnswer, zone: ZoneInfo) -> Self:
        return cls(
            plan=found.plan,
            level=found.level,
            kw=found.need.kw,
            start=local(found.need.window.start, zone),
            end=local(found.need.window.end, zone),
            counted_kw=found.counted_kw,
            missing_kw=found.missing_kw,
            missing_zh=[zh for zh, _ in found.missing],
            missing_en=[en for _, en in found.missing],
            method=found.method,
            relative_gap=found.relative_gap,
            loss_yuan=found.loss_yuan,
            listed_loss_yuan=found.listed_loss_yuan,
            uneven_kwh=found.uneven_kwh,
            items=[
                ListLineOut(
                    enterprise=line.enterprise,
                    name=line.name,
                    rank=line.rank,
                    kind=line.kind,
                    order_kw=line.order_kw,
                    counted_kw=line.counted_kw,
                    confidence=line.confidence,
                    expected_kw=line.expected_kw,
                    security_kw=line.security_kw,
                    yuan=line.yuan,
                    measure=line.measure,
                    why_zh=line.why[0],
                    why_en=line.why[1],
                )
                for line in found.lines
            ],
            spared=[
                SparedOut(
                    enterprise=each.enterprise,
                    name=each.name,
                    code=each.code,
                    most_kw=each.most_kw,
                    why_zh=each.why[0],
                    why_en=each.why[1],
                )
                for each in found.spared
            ],
        )
