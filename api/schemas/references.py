"""Quota, reference loads and the official level on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from api.schemas.base import Body, Line, ScopeField, Wire
from api.schemas.registry import CellOut
from domain.references import BLOCKS_PER_DAY, OfficialLevel, Quota, Reference
from domain.scopes import Scope

Kw = Annotated[float, Field(gt=0, lt=1e9, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=1, le=366)]


class QuotaBody(Body):
    """One figure for the whole day, or 96 points of 15 minutes; for one day, or each of `days` days."""

    scope: ScopeField
    day: date = Field(examples=["2026-07-28"])
    days: Days = Field(default=1, examples=[1])
    value_kw: Kw | None = Field(default=None, examples=[24000.0])
    points_kw: Annotated[list[Kw], Field(min_length=BLOCKS_PER_DAY, max_length=BLOCKS_PER_DAY)] | None = Field(
        default=None, examples=[None]
    )
    source: Line = Field(examples=["甬能源〔2026〕12号"])

    @field_validator("points_kw", mode="before")
    @classmethod
    def _no_hole(cls, given: object) -> object:
        if isinstance(given, list):
            if len(given) != BLOCKS_PER_DAY:
                raise ValueError(f"用电指标应有 96 点，现有 {len(given)} 点 / a quota has 96 points, not {len(given)}")
            if None in given:
                at = given.index(None) + 1
                raise ValueError(f"用电指标第 {at} 点为空 / point {at} of the quota is empty: a hole is refused")
        return given

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.value_kw is None) == (self.points_kw is None):
            raise ValueError("value_kw 与 96 点 points_kw 只给其一 / give either value_kw or the 96 points_kw")
        return self

    def points(self) -> tuple[float, ...]:
        return tuple(self.points_kw) if self.points_kw is not None else (self.value_kw or 0.0,) * BLOCKS_PER_DAY


class QuotaOut(Wire):
    scope: str
    day: date
    points_kw: list[float]
    source: str
    actor: str
    revision: int

    @classmethod
    def of(cls, quota: Quota) -> Self:
        return cls(
            scope=str(quota.scope),
            day=quota.day,
            points_kw=list(quota.points_kw),
            source=quota.source,
            actor=quota.actor,
            revision=quota.revision,
        )


class QuotaAnswer(Wire):
    """`quota` is null when none was entered: that is "no quota", not "within quota"."""

    scope: str = Field(examples=["district"])
    day: date
    quota: QuotaOut | None
    superseded: list[QuotaOut] = Field(description="earlier revisions, newest first")

    @classmethod
    def of(cls, scope: Scope, day: date, quota: Quota | None, history: list[Quota]) -> Self:
        earlier = sorted((q for q in history if q != quota), key=lambda q: -q.revision)
        return cls(
            scope=str(scope),
            day=day,
            quota=QuotaOut.of(quota) if quota is not None else None,
            superseded=[QuotaOut.of(q) for q in earlier],
        )


class QuotaList(Wire):
    items: list[QuotaOut]


class QuotaImportOut(Wire):
    """What an import did, or with `dry_run` would do. With errors nothing is written."""

    written: bool
    quotas: list[QuotaOut]
    errors: list[CellOut] = Field(description="every mistake, by cell")


class ReferenceBody(Body):
    scope: ScopeField
    kind: Literal["record", "last_year_maximum", "expected_maximum"] = Field(examples=["record"])
    value_kw: Kw = Field(examples=[26255.0])
    on: date = Field(description="the day it was reached, or from which it holds", examples=["2025-07-28"])
    source: Line = Field(examples=["供电公司日报 2025-07-28"])

    def domain(self, actor: str) -> Reference:
        return Reference(Scope.parse(self.scope), self.kind, self.value_kw, self.on, self.source, actor)


class ReferenceOut(Wire):
    scope: str
    kind: str
    value_kw: float
    on: date
    source: str
    actor: str
    revision: int

    @classmethod
    def of(cls, reference: Reference) -> Self:
        return cls(
            scope=str(reference.scope),
            kind=reference.kind,
            value_kw=reference.value_kw,
            on=reference.on,
            source=reference.source,
            actor=reference.actor,
            revision=reference.revision,
        )


class ReferenceList(Wire):
    items: list[ReferenceOut]


class LevelBody(Body):
    """The level declared by province or city; we never compute it."""

    level: Line = Field(examples=["Ⅳ级（蓝色）"])
    document: Line = Field(examples=["浙能源〔2026〕8号"])
    start: date = Field(examples=["2026-07-28"])
    end: date | None = Field(default=None, description="last day; null: until further notice", examples=[None])

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"the level ends on {self.end}, before it starts on {self.start}")
        return self

    def domain(self, actor: str) -> OfficialLevel:
        return OfficialLevel(self.level, self.document, self.start, self.end, actor)


class LevelOut(Wire):
    level: str
    document: str
    start: date
    end: date | None
    actor: str

    @classmethod
    def of(cls, level: OfficialLevel) -> Self:
        return cls(level=level.level, document=level.document, start=level.start, end=level.end, actor=level.actor)


class LevelAnswer(Wire):
    """`level` is null when none was declared for the day."""

    day: date
    level: LevelOut | None
