"""Wire form of the gap ahead."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Wire, local, local_all, number
from api.schemas.energy_quota import EnergyGapOut
from api.schemas.orderly_windows import WindowOut
from response.orderly.gap import GapDay, GapSeries


class GapDayOut(Wire):
    day: date
    worst_at: datetime
    gap_p50_kw: float = Field(description="at the worst slot; below 0 is room")
    gap_p90_kw: float
    ratio: float = Field(description="of the period's expected maximum")
    colour: str = Field(description="测算参考; the official level is declared by instruction; empty: none")
    letter: str = Field(description="lowest lettered level that allows the gap; empty: none is needed")
    windows: list[WindowOut] = Field(description="slots in which the expected load passes the quota")
    short_kwh: float
    probability: float | None = Field(description="of passing the quota in any slot; null under what-if")

    @classmethod
    def of(cls, day: GapDay, zone: ZoneInfo) -> Self:
        return cls(
            day=day.day,
            worst_at=local(day.worst_at, zone),
            gap_p50_kw=day.gap_p50_kw,
            gap_p90_kw=day.gap_p90_kw,
            ratio=day.ratio,
            colour="" if day.level is None else day.level.name,
            letter=day.letter,
            windows=[WindowOut.of(each, zone) for each in day.windows],
            short_kwh=day.short_kwh,
            probability=day.probability,
        )


class GapOut(Wire):
    """Restored forecast against quota by slots of 15 minutes."""

    scope: str
    issued_at: datetime
    expected_maximum_kw: float
    expected_by: str
    ts: list[datetime]
    p10_kw: list[float]
    p50_kw: list[float]
    p90_kw: list[float]
    quota_kw: list[float | None]
    days: list[GapDayOut] = Field(description="those with a quota of power")
    energy_days: list[EnergyGapOut] = Field(description="those with a quota of energy")
    notes: list[str] = Field(description="what each change did, or could not do, and days without a quota of power")

    @classmethod
    def of(cls, gap: GapSeries, zone: ZoneInfo) -> Self:
        return cls(
            scope=str(gap.scope),
            issued_at=local(gap.issued_at, zone),
            expected_maximum_kw=gap.expected_maximum_kw,
            expected_by=gap.expected_by,
            ts=local_all(gap.ts_ms, zone),
            p10_kw=gap.p10_kw.tolist(),
            p50_kw=gap.p50_kw.tolist(),
            p90_kw=gap.p90_kw.tolist(),
            quota_kw=[number(value) for value in gap.quota_kw.tolist()],
            days=[GapDayOut.of(day, zone) for day in gap.days],
            energy_days=[EnergyGapOut.of(day, zone) for day in gap.energy],
            notes=list(gap.notes),
        )
