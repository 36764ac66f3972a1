"""Wire models of 复盘."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Wire
from domain.instants import from_ms
from response.dr.review_answer import Review


class MomentOut(Wire):
    at: datetime
    what: str = Field(description="step, instruction, order, notice, reply or alert")
    source: str = Field(description="the event, order, instruction or scope it is of")
    who: str
    text: str


class ReviewOut(Wire):
    day: date
    scope: str
    ts: list[datetime]
    load_kw: list[float | None]
    reduction_kw: list[float]
    band_kw: list[float] = Field(description="half width of the 80 % band of restored load")
    peak_kw: float | None
    peak_at: datetime | None
    restored_peak_kw: float | None
    restored_low_kw: float | None
    restored_high_kw: float | None
    restored_peak_at: datetime | None
    coverage: float
    drill: bool
    text: str
    moments: list[MomentOut]

    @classmethod
    def of(cls, found: Review, zone: ZoneInfo) -> Self:
        own = (
            "day",
            "scope",
            "peak_kw",
            "restored_peak_kw",
            "restored_low_kw",
            "restored_high_kw",
            "coverage",
            "drill",
        )
        return cls(
            ts=[from_ms(ms).astimezone(zone) for ms in found.ts_ms],
            load_kw=list(found.load_kw),
            reduction_kw=list(found.reduction_kw),
            band_kw=list(found.band_kw),
            text=found.text,
            peak_at=_at(found.peak_ms, zone),
            restored_peak_at=_at(found.restored_peak_ms, zone),
            moments=[
                MomentOut(at=from_ms(m.at_ms).astimezone(zone), what=m.what, source=m.source, who=m.who, text=m.text)
                for m in found.moments
            ],
            **{name: getattr(found, name) for name in own},
        )


def _at(ms: int | None, zone: ZoneInfo) -> datetime | None:
    return None if ms is None else from_ms(ms).astimezone(zone)
