"""Wire models of anomalies and growth."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Wire, local, local_or_none, number
from domain.anomalies import KeptAnomaly
from monitor.behaviour import FoundAnomaly, ScopeGrowth


class AnomalyOut(Wire):
    scope: str
    name: str
    day: date
    kind: str = Field(description="residual | flat | step | night_base | balance")
    value_kw: float | None
    usual_kw: float | None = Field(description="what this site does on such a day")
    z: float | None = Field(description="robust deviations from the weeks before; 0 for a flat line")

    @classmethod
    def of(cls, found: FoundAnomaly) -> Self:
        return cls(
            scope=str(found.scope),
            name=found.name,
            day=found.day,
            kind=str(found.kind),
            value_kw=number(found.value_kw),
            usual_kw=number(found.usual_kw),
            z=number(found.z),
        )


class KeptAnomalyOut(AnomalyOut):
    id: int
    found_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    note: str

    @classmethod
    def of_kept(cls, kept: KeptAnomaly, zone: ZoneInfo) -> Self:
        return cls(
            id=kept.id,
            scope=str(kept.scope),
            name=kept.name,
            day=kept.day,
            kind=kept.kind,
            value_kw=kept.value_kw,
            usual_kw=kept.usual_kw,
            z=kept.z,
            found_at=local(kept.found_at, zone),
            acknowledged_by=kept.acknowledged_by,
            acknowledged_at=local_or_none(kept.acknowledged_at, zone),
            note=kept.note,
        )


class KeptAnomaliesList(Wire):
    items: list[KeptAnomalyOut]


class AnomaliesList(Wire):
    items: list[AnomalyOut]


class GrowthOut(Wire):
    """Shares of the earlier figure, side by side; null: too little is known, `reason` says what."""

    scope: str
    first: date
    last: date
    same_date: float | None = Field(description="against the same dates a year before", examples=[0.074])
    same_weekday: float | None = Field(description="against the same weekdays, 364 days before", examples=[0.081])
    heat: float | None = Field(description="part of same_weekday that temperature explains", examples=[0.05])
    corrected: float | None = Field(description="same_weekday less heat", examples=[0.031])
    coverage: float
    reason: str

    @classmethod
    def of(cls, found: ScopeGrowth) -> Self:
        figures = {
            name: number(getattr(found.growth, name)) for name in ("same_date", "same_weekday", "heat", "corrected")
        }
        return cls(
            scope=str(found.scope),
            first=found.first,
            last=found.last,
            coverage=round(found.growth.coverage, 4),
            reason=found.growth.reason,
            **figures,
        )
