"""Wire form of instructions of city and power company."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from api.schemas.base import Body, Line, Wire, local
from api.schemas.orderly_windows import WindowBody, WindowOut
from domain.orderly import Instruction, InstructionKind


class InstructionBody(Body):
    number: Line = Field(examples=["甬电调〔2026〕7号"])
    issuer: Line = Field(examples=["宁波市能源局"])
    kind: InstructionKind = Field(examples=["start"])
    received_at: AwareDatetime = Field(examples=["2026-07-28T11:05:00+08:00"])
    level: str = Field(default="", max_length=16)
    reduction_kw: float | None = Field(default=None, gt=0, lt=1e9)
    windows: list[WindowBody] = Field(default_factory=list, max_length=50)
    lifts: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=1000)

    def instruction(self) -> Instruction:
        given = {name: getattr(self, name) for name in type(self).model_fields if name != "windows"}
        return Instruction(**given, actor="", windows=tuple(each.window() for each in self.windows))


class InstructionOut(Wire):
    number: str
    issuer: str
    kind: str
    received_at: datetime
    actor: str
    level: str
    reduction_kw: float | None
    windows: list[WindowOut]
    lifts: str
    note: str

    @classmethod
    def of(cls, given: Instruction, zone: ZoneInfo) -> Self:
        own = {name: getattr(given, name) for name in cls.model_fields}
        own["windows"] = [WindowOut.of(each, zone) for each in given.windows]
        return cls(**own | {"received_at": local(given.received_at, zone)})


class InstructionList(Wire):
    items: list[InstructionOut]
