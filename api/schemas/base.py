"""What all wire models share: instants with the district's offset, figures, pages, problem documents."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Generic, Self, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.arrays import IntArray
from domain.instants import from_ms
from domain.series import Figure
from storage.page import Page

T = TypeVar("T")

#: Control characters reach logs, files and databases that refuse them.
PLAIN = r"^[^\x00-\x1f\x7f]*$"
#: Text people write into the ledger: trimmed.
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=PLAIN)]
#: A name that may be left empty.
NameOrEmpty = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64, pattern=PLAIN)]
ScopeField = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=PLAIN), Field(examples=["district"])
]


class Wire(BaseModel):
    """Answers: built by us, never by the caller."""

    model_config = ConfigDict(frozen=True)


class Body(BaseModel):
    """Requests: an unknown key is a mistake worth telling."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone)


def local_or_none(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if moment is None else moment.astimezone(zone)


def local_all(ts_ms: IntArray, zone: ZoneInfo) -> list[datetime]:
    return [from_ms(int(ts)).astimezone(zone) for ts in ts_ms]


def number(value: float | np.float64 | None) -> float | None:
    """NaN and infinities have no JSON: they are null, as missing is."""
    return None if value is None or not math.isfinite(value) else float(value)


class FigureOut(Wire):
    """A number and the share of data it stands on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"value": 24312.5, "coverage": 0.98, "reason": "", "estimated": False}]}
    )

    value: float | None = Field(description="null: too little data, `reason` says why")
    coverage: float = Field(description="share of the expected data, 0...1")
    reason: str = ""
    estimated: bool = False

    @classmethod
    def of(cls, figure: Figure) -> Self:
        return cls(
            value=number(figure.value),
            coverage=number(figure.coverage) or 0.0,
            reason=figure.reason,
            estimated=figure.estimated,
        )


class PageOut(Wire, Generic[T]):
    """A page of a longer list; ask again with `cursor` = `next_cursor` until that is null."""

    items: list[T]
    next_cursor: str | None = Field(examples=["MTIw"])
    total: int | None = Field(description="entries in all pages; null where counting would cost a scan", examples=[100])

    @classmethod
    def of(cls, page: Page[object], items: Iterable[T]) -> Self:
        return cls(items=list(items), next_cursor=page.next_cursor, total=page.total)


class FieldProblem(Wire):
    where: str = Field(examples=["query.limit"])
    message: str = Field(examples=["Input should be less than or equal to 500"])


class Problem(Wire):
    """An error (RFC 9457, application/problem+json)."""

    type: str = Field(examples=["/api/problems/not-found"])
    title: str = Field(examples=["未找到 / Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["enterprise E999 is not in the registry"])
    instance: str = Field(examples=["/api/v1/enterprises/E999"])
    reference: str = Field(description="also in the log and in X-Request-ID", examples=["5f0c9a1b2c3d"])
    errors: list[FieldProblem] | None = Field(default=None, description="each refused field")
    reason: str | None = Field(default=None, description="for insufficient data")
    coverage: float | None = Field(default=None, description="for insufficient data, the share there is")
