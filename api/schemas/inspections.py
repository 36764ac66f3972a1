"""走访, 双随机抽查 and guards on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from api.schemas.base import Body, Line, Name, Wire, local
from domain.inspections import Lot, Visit, VisitKind


class GuardBody(Body):
    enterprise: Name = Field(examples=["E001"])
    first: date = Field(examples=["2026-07-01"])
    last: date = Field(examples=["2026-08-31"])
    reason: Line = Field(examples=["高考保供电"])


class GuardOut(Wire):
    enterprise: str
    first: date
    last: date
    reason: str
    actor: str


class GuardList(Wire):
    items: list[GuardOut]


class VisitBody(Body):
    enterprise: Name = Field(examples=["E001"])
    kind: VisitKind = Field(examples=["survey"])
    at: AwareDatetime = Field(examples=["2026-06-10T10:00:00+08:00"])
    visitors: list[Name] = Field(min_length=1, max_length=10, examples=[["王工", "李工"]])
    finding: str = Field(min_length=1, max_length=2000, examples=["保安负荷与方案一致"])
    follow_up: str = Field(default="", max_length=2000)
    due: date | None = None
    order: str = Field(default="", max_length=40)

    def visit(self) -> Visit:
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return Visit(**given | {"id": "", "actor": "", "visitors": tuple(self.visitors)})


class VisitOut(Wire):
    id: str
    enterprise: str
    kind: str
    at: datetime
    visitors: list[str]
    finding: str
    actor: str
    follow_up: str
    due: date | None
    done: bool = Field(examples=[True])
    order: str

    @classmethod
    def of(cls, visit: Visit, zone: ZoneInfo) -> Self:
        own = {name: getattr(visit, name) for name in cls.model_fields}
        return cls(**own | {"visitors": list(visit.visitors), "at": local(visit.at, zone)})


class VisitList(Wire):
    items: list[VisitOut]


class DoneBody(Body):
    done: bool = Field(examples=[True])


class LotBody(Body):
    count: int = Field(ge=1, le=500, examples=[2])
    officers: list[Name] = Field(min_length=2, max_length=50, examples=[["王工", "李工", "赵工"]])


class LotPairOut(Wire):
    enterprise: str
    officers: list[str]


class LotOut(Wire):
    """``pairs`` come out again from seed, pool and officers: Python's random.Random(seed), the enterprises first."""

    id: str
    day: date
    drawn_at: datetime
    seed: str
    pool: list[str]
    officers: list[str]
    pairs: list[LotPairOut]
    actor: str

    @classmethod
    def of(cls, lot: Lot, zone: ZoneInfo) -> Self:
        own = {name: getattr(lot, name) for name in cls.model_fields}
        pairs = [LotPairOut(enterprise=each.enterprise, officers=list(each.officers)) for each in lot.pairs]
        lists = {"pool": list(lot.pool), "officers": list(lot.officers), "pairs": pairs}
        return cls(**own | lists | {"drawn_at": local(lot.drawn_at, zone)})


class LotList(Wire):
    items: list[LotOut]
