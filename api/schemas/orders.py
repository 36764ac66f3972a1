"""Wire form of orders, and of what is done with them."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from api.schemas.base import Body, Line, Name, Wire, local_or_none
from api.schemas.orderly_lists import NeedBody
from api.schemas.orderly_windows import WINDOW, WindowBody, WindowOut
from domain.orderly import Order, OrderLine, Rank, Target
from response.orderly.orders import NewOrder
from response.orderly.revising import Changes

#: As a reader of the API's document would copy it.
LINE = {"enterprise": "E001", "rank": "avoid", "kw": 800.0}


class OrderLineBody(Body):
    enterprise: Name
    rank: Rank
    target: Target = Target.REDUCTION
    kw: float = Field(ge=0, lt=1e9)
    measure: str = Field(default="", max_length=200)

    def line(self) -> OrderLine:
        return OrderLine(self.enterprise, self.rank, self.target, self.kw, measure=self.measure)


class OrderBody(Body):
    """``need``: its list is solved and ordered as ``target``; or ``windows`` and ``lines`` as an officer wrote them."""

    instruction: str = Field(default="", max_length=200)
    need: NeedBody | None = Field(default=None, examples=[None])
    target: Target = Field(default=Target.REDUCTION, description="of the lines of a need")
    windows: list[WindowBody] = Field(default_factory=list, max_length=50, examples=[[WINDOW]])
    lines: list[OrderLineBody] = Field(default_factory=list, max_length=2000, examples=[[LINE]])
    plan: str = Field(default="", max_length=20)
    level: str = Field(default="", max_length=16)
    series: str = Field(default="", max_length=40)
    outside_level: str = Field(default="", max_length=200)
    drill: bool = False

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        written = bool(self.windows or self.lines or self.plan or self.level or self.series or self.outside_level)
        if self.need is not None and written:
            raise ValueError("名单由 need 分解，不再另给时段、名单或等级 / a need names windows, plan and level itself")
        if self.need is None and not (self.windows and self.lines):
            raise ValueError("须有时段和名单，或 need / give windows and lines, or a need")
        return self

    def order(self) -> NewOrder:
        """As it is written out."""
        return NewOrder(
            tuple(each.line() for each in self.lines),
            tuple(each.window() for each in self.windows),
            self.instruction,
            plan=self.plan,
            level=self.level,
            series=self.series,
            outside_level=self.outside_level,
            drill=self.drill,
        )


class RevisionBody(Body):
    """All windows or lines anew; or with ``hours``, ``kw`` and ``dropped`` what differs."""

    officer: Name | None = None
    windows: list[WindowBody] | None = Field(default=None, max_length=50)
    lines: list[OrderLineBody] | None = Field(default=None, max_length=2000)
    hours: WindowBody | None = Field(default=None, description="the hours of that day from now on")
    kw: dict[str, float] = Field(default_factory=dict, description="by enterprise; who is not on it joins")
    dropped: list[Name] = Field(default_factory=list, max_length=2000, description="who leaves the list")

    def changes(self) -> Changes:
        return Changes(None if self.hours is None else self.hours.window(), self.kw, tuple(self.dropped))


class ConfirmBody(Body):
    officer: str = Field(default="", max_length=64, description="who confirms it, by name; a drill needs none")


class LiftBody(ConfirmBody):
    reason: Line = Field(description="number of the lifting instruction, or why", examples=["甬电调〔2026〕8号"])


class OrderLineOut(Wire):
    enterprise: str
    rank: str
    target: str = Field(description="cap: 压至 | reduction: 压降")
    kw: float
    measure: str
    why_zh: str
    why_en: str


class OrderOut(Wire):
    id: str
    series: str
    revision: int
    instruction: str
    plan: str
    level: str
    windows: list[WindowOut]
    items: list[OrderLineOut]
    state: str = Field(description="prepared | issued | lifted")
    actor: str
    confirmed_by: str
    issued_at: datetime | None
    lifted_at: datetime | None
    lift_reason: str
    outside_level: str
    drill: bool

    @classmethod
    def of(cls, order: Order, zone: ZoneInfo) -> Self:
        lines = [
            OrderLineOut(
                enterprise=line.enterprise,
                rank=line.rank,
                target=line.target,
                kw=line.kw,
                measure=line.measure,
                why_zh=line.why[0],
                why_en=line.why[1],
            )
            for line in order.lines
        ]
        return cls(
            id=order.id,
            series=order.series,
            revision=order.revision,
            instruction=order.instruction,
            plan=order.plan,
            level=order.level,
            windows=[WindowOut.of(each, zone) for each in order.windows],
            items=lines,
            state=order.state,
            actor=order.actor,
            confirmed_by=order.confirmed_by,
            issued_at=local_or_none(order.issued_at, zone),
            lifted_at=local_or_none(order.lifted_at, zone),
            lift_reason=order.lift_reason,
            outside_level=order.outside_level,
            drill=order.drill,
        )


class OrderList(Wire):
    items: list[OrderOut]
