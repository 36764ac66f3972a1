"""Wire form of 电量指标 and of a day measured against it."""

from __future__ import annotations

from datetime import date
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, Wire
from api.schemas.orderly_windows import WindowOut
from domain.orderly import EnergyQuota
from response.orderly.gap import EnergyDay


class EnergyQuotaBody(Body):
    scope: str = Field(default="district", max_length=100, examples=["district"])
    day: date = Field(examples=["2026-07-29"])
    energy_mwh: float = Field(gt=0, lt=1e7, examples=[4200.0])
    source: str = Field(
        min_length=1, max_length=200, description="document it comes from", examples=["甬电调〔2026〕9号"]
    )

    def quota(self) -> EnergyQuota:
        return EnergyQuota(self.scope, self.day, self.energy_mwh * 1000, self.source, "")


class EnergyQuotaOut(Wire):
    scope: str
    day: date
    energy_mwh: float
    source: str
    actor: str
    withdrawn: bool

    @classmethod
    def of(cls, found: EnergyQuota) -> Self:
        return cls(
            scope=found.scope,
            day=found.day,
            energy_mwh=found.energy_kwh / 1000,
            source=found.source,
            actor=found.actor,
            withdrawn=found.withdrawn,
        )


class EnergyQuotaList(Wire):
    items: list[EnergyQuotaOut]


class EnergyGapOut(Wire):
    day: date
    quota_kwh: float
    source: str
    expected_kwh: float | None = Field(description="measured so far and forecast after; null where neither is known")
    gap_kwh: float | None = Field(description="above the quota; below 0 is room")
    ratio: float | None = Field(description="of what is expected")
    window: WindowOut | None = Field(description="hours that are left of those the policy names")
    kw: float | None = Field(description="taken off all through the window it closes the gap")
    colour: str = Field(description="测算参考, from the share of energy; empty: none")
    letter: str = Field(description="lowest lettered level that allows the kW; empty: none is needed")

    @classmethod
    def of(cls, day: EnergyDay, zone: ZoneInfo) -> Self:
        found = day.gap
        return cls(
            day=day.day,
            colour="" if day.level is None else day.level.name,
            letter=day.letter,
            quota_kwh=found.quota_kwh,
            source=found.source,
            expected_kwh=found.expected_kwh,
            gap_kwh=found.gap_kwh,
            ratio=found.ratio,
            window=None if found.window is None else WindowOut.of(found.window, zone),
            kw=found.kw,
        )
