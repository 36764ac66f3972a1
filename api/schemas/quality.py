"""Wire models of the data-quality indicators."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import FigureOut, Wire, local, local_or_none
from monitor.quality_desk import Indicator, QualityDay, ScopeQuality


class IndicatorOut(Wire):
    """One rate, 0...1, against its target."""

    key: str = Field(examples=["completeness"])
    name_zh: str = Field(examples=["采集完整率"])
    name_en: str
    figure: FigureOut
    at_least: float | None
    at_most: float | None
    met: bool | None = Field(description="null: no value or no target")
    source: str = Field(description="where the target comes from")

    @classmethod
    def of(cls, one: Indicator) -> Self:
        target = one.target
        return cls(
            key=one.key,
            name_zh=target.name_zh,
            name_en=target.name_en,
            figure=FigureOut.of(one.figure),
            at_least=target.at_least,
            at_most=target.at_most,
            met=one.met,
            source=target.source,
        )


class QualityScopeOut(Wire):
    scope: str = Field(examples=["enterprise:E001"])
    day: date
    expected: int = Field(description="intervals due by the meters' configuration of that day")
    received: int
    valid: int
    meters: int = Field(description="meters due")
    online: int = Field(description="of which at least one reading came")
    indicators: list[IndicatorOut]

    @classmethod
    def of(cls, quality: ScopeQuality) -> Self:
        counts = quality.counts
        return cls(
            scope=str(quality.scope),
            day=quality.day,
            expected=counts.expected,
            received=counts.received,
            valid=counts.valid,
            meters=counts.meters,
            online=counts.online,
            indicators=[IndicatorOut.of(one) for one in quality.indicators],
        )


class QualityDayOut(Wire):
    """A day as it was judged, or as it stands now where `judged_at` is null."""

    day: date
    judged_at: datetime | None
    revision: int = Field(description="0: not judged yet")
    scopes: list[QualityScopeOut]

    @classmethod
    def of(cls, found: QualityDay, zone: ZoneInfo) -> Self:
        return cls(
            day=found.day,
            judged_at=local_or_none(found.judged_at, zone),
            revision=found.revision,
            scopes=[QualityScopeOut.of(one) for one in found.scopes],
        )


class QualityHistoryOut(Wire):
    items: list[QualityScopeOut]


class QualityRevisionOut(Wire):
    revision: int
    judged_at: datetime
    meters: int = Field(description="meters that came out otherwise than before")

    @classmethod
    def of(cls, found: tuple[int, datetime, int], zone: ZoneInfo) -> Self:
        return cls(revision=found[0], judged_at=local(found[1], zone), meters=found[2])


class QualityRevisionsOut(Wire):
    items: list[QualityRevisionOut]
