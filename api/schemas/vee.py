"""Validation, estimation and editing on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, Wire, local, local_all, local_or_none, number
from domain.instants import from_ms
from monitor.vee_desk import VeeDay
from storage.vee_ports import FlagRow, VeeChange

Reason = Annotated[str, Field(min_length=1, max_length=500, examples=["抄表核对，工单 2026-0711"])]
Meter = Annotated[str, Field(min_length=1, max_length=64, examples=["M001"])]


class FlagOut(Wire):
    """What a rule found. `accepted_by` : a person has seen it and leaves the readings as they are."""

    id: int
    meter: str
    rule: str = Field(examples=["spike"])
    start: datetime
    end: datetime
    value: float | None
    bound: float | None
    text_zh: str
    text_en: str
    found_at: datetime | None
    accepted_by: str | None
    accepted_at: datetime | None
    note: str

    @classmethod
    def of(cls, flag: FlagRow, zone: ZoneInfo) -> Self:
        return cls(
            id=flag.id,
            meter=flag.meter,
            rule=flag.rule,
            start=local(from_ms(flag.start_ms), zone),
            end=local(from_ms(flag.end_ms), zone),
            value=number(flag.value),
            bound=number(flag.bound),
            text_zh=flag.text_zh,
            text_en=flag.text_en,
            found_at=local_or_none(flag.found_at, zone),
            accepted_by=flag.accepted_by,
            accepted_at=local_or_none(flag.accepted_at, zone),
            note=flag.note,
        )


class FlagList(Wire):
    """`next_cursor` null on the last page."""

    items: list[FlagOut]
    next_cursor: str | None
    total: int | None


class VeePoint(Wire):
    """One interval. `raw_kw` is what was received and never changes; `effective_kw` is what counts."""

    at: datetime
    raw_kw: float | None
    raw_quality: str = Field(description="empty: nothing was received", examples=["ok"])
    effective_kw: float | None
    quality: str
    flag: str = Field(description="estimated, edited, accepted, excluded or withdrawn; empty: no revision")
    rule: str
    revision: int = Field(description="number of the change; 0: none")
    actor: str


class VeeDayOut(Wire):
    meter: str
    day: date
    step_s: int
    points: list[VeePoint]

    @classmethod
    def of(cls, day: VeeDay, zone: ZoneInfo) -> Self:
        points = [
            VeePoint(
                at=at,
                raw_kw=number(day.raw_kw[i]),
                raw_quality=str(day.raw_quality[i]),
                effective_kw=number(day.effective_kw[i]),
                quality=str(day.quality[i]),
                flag=str(day.flag[i]),
                rule=str(day.rule[i]),
                revision=int(day.revision[i]),
                actor=str(day.actor[i]),
            )
            for i, at in enumerate(local_all(day.ts_ms, zone))
        ]
        return cls(meter=day.meter, day=day.day, step_s=day.step_s, points=points)


class ChangeOut(Wire):
    """One change by a run or a person; its id is the revision of every interval it wrote."""

    id: int
    at: datetime
    actor: str
    kind: str = Field(examples=["set"])
    reason: str
    meters: list[str]
    start: datetime
    end: datetime
    undoes: int | None
    rows: int

    @classmethod
    def of(cls, change: VeeChange, zone: ZoneInfo) -> Self:
        return cls(
            id=change.id,
            at=local(change.at, zone),
            actor=change.actor,
            kind=change.kind,
            reason=change.reason,
            meters=list(change.meters),
            start=local(change.span.start, zone),
            end=local(change.span.end, zone),
            undoes=change.undoes,
            rows=change.rows,
        )


class EditIn(Body):
    """Intervals of the meter that begin in [start, end)."""

    meter: Meter
    start: datetime = Field(examples=["2026-07-28T14:00:00+08:00"])
    end: datetime = Field(examples=["2026-07-28T14:15:00+08:00"])
    action: Literal["set", "scale", "accept", "exclude"] = Field(examples=["exclude"])
    value: float | None = Field(default=None, description="kW for set, factor for scale")
    reason: Reason


class UndoIn(Body):
    reason: Reason


class AcceptIn(Body):
    note: Reason


class VeeRunIn(Body):
    first: date = Field(alias="from", examples=["2026-07-27"])
    last: date = Field(alias="to", examples=["2026-07-28"])
    meters: list[Meter] | None = Field(default=None, max_length=10_000)
