"""Backfill requests as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, Line, Name, Wire, local, local_or_none
from domain.backfill import Backfill, BackfillState


class BackfillBody(Body):
    meter: Name = Field(examples=["M001"])
    start: datetime = Field(description="with offset", examples=["2026-07-28T08:00:00+08:00"])
    end: datetime = Field(description="with offset; not included", examples=["2026-07-28T10:00:00+08:00"])
    reason: Line = Field(default="", examples=["the line was cut"])


class BackfillOut(Wire):
    """One request to a device for what it has kept of [start, end)."""

    id: int = Field(examples=[7])
    meter: str = Field(examples=["M001"])
    start: datetime
    end: datetime
    actor: str = Field(description="who asked; automatic: the program, after a gap")
    reason: str
    state: BackfillState
    made_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    topic: str = Field(description="empty until it was sent")
    payload: str
    rows_received: int = Field(description="readings of the span stored since it was sent")
    note: str = Field(description="what it waits for, or why it was given up")

    @classmethod
    def of(cls, request: Backfill, zone: ZoneInfo) -> Self:
        return cls(
            id=request.id,
            meter=request.meter,
            start=local(request.start, zone),
            end=local(request.end, zone),
            actor=request.actor,
            reason=request.reason,
            state=request.state,
            made_at=local(request.made_at, zone),
            sent_at=local_or_none(request.sent_at, zone),
            closed_at=local_or_none(request.closed_at, zone),
            topic=request.topic,
            payload=request.payload,
            rows_received=request.rows_received,
            note=request.note,
        )


class BackfillList(Wire):
    items: list[BackfillOut]
