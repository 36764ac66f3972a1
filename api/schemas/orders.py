"""Wire form of orders, and of what is done with them."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, Line, Name, Wire, local_or_none
from api.schemas.orderly_windows import WINDOW, WindowBody, WindowOut
from domain.orderly import Order, Rank, Target
from response.orderly.revising import Changes

#: As a reader of the API's document would copy it.
LINE = {"enterprise": "E001", "rank": "avoid", "kw": 800.0}


class OrderLineBody(Body):
    enterprise: Name
    rank: Rank
    target: Target = Target.REDUCTION
    kw: float = Field(ge=0, lt=1e9)
    measure: str = Field(default="", max_length=200)


class OrderBody(Body):
    """``need``: the list is solved again and ordered; or ``lines`` as the officer wrote them."""

    instruction: str = Field(default="", max_length=200)
    windows: list[WindowBody] = Field(min_length=1, max_length=50, examples=[[WINDOW]])
    lines: list[OrderLineBody] = Field(min_length=1, max_length=2000, examples=[[LINE]])
    plan: str = Field(default="", max_length=20)
    level: str = Field(default="", max_length=16)
    series: str = Field(default="", max_length=40)
    outside_level: str = Field(default="", max_length=200)
    drill: bool = False


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
