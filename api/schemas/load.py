"""Answers about load on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field

from api.schemas.base import FigureOut, Wire, local, local_all, local_or_none, number
from domain.quality import Quality
from domain.readings import QUANTITIES, ReadingBatch
from monitor.answers import (
    Brief,
    CoincidentPeak,
    CurrentLoad,
    Curve,
    DayIndices,
    MeterQuality,
    PeakShare,
    Projection,
)
from monitor.as_known import Superseded


class ReadingOut(Wire):
    """One reading as stored; a quantity the meter did not send is null."""

    meter: str = Field(examples=["M001"])
    at: datetime = Field(description="start of the meter's interval", examples=["2026-07-28T14:00:00+08:00"])
    power_kw: float | None
    reactive_kvar: float | None
    power_factor: float | None
    energy_import_kwh: float | None
    energy_export_kwh: float | None
    voltage_v: float | None
    current_a: float | None
    quality: str = Field(examples=["ok"])

    @classmethod
    def all_of(cls, batch: ReadingBatch, zone: ZoneInfo) -> list[Self]:
        instants = local_all(batch.ts_ms, zone)
        return [
            cls(
                meter=str(batch.meter[i]),
                at=instants[i],
                quality=Quality(int(batch.quality[i])).text,
                **{name: number(batch.values[i, column]) for column, name in enumerate(QUANTITIES)},
            )
            for i in range(len(batch))
        ]


class ProjectionOut(Wire):
    """Where the running 15-minute block will end; the band is 80 %."""

    block_start: datetime
    minutes: int = Field(description="minutes of the block already seen")
    demand_kw: float
    low_kw: float
    high_kw: float

    @classmethod
    def of(cls, projection: Projection, zone: ZoneInfo) -> Self:
        return cls(
            block_start=local(projection.block_start, zone),
            minutes=projection.minutes,
            demand_kw=projection.demand_kw,
            low_kw=projection.low_kw,
            high_kw=projection.high_kw,
        )


class CurrentOut(Wire):
    """A scope now. Rules judge the sliding demand and the projection; the instantaneous figure is display only."""

    scope: str = Field(examples=["district"])
    as_of: datetime | None = Field(description="newest closed minute; null: nothing has arrived")
    stale: bool
    instantaneous_kw: FigureOut
    sliding_demand_kw: FigureOut
    estimate_kw: float | None = Field(description="measured plus the usual value of the silent")
    estimate_low_kw: float | None
    estimate_high_kw: float | None
    projection: ProjectionOut | None
    today_maximum_kw: FigureOut
    today_maximum_at: datetime | None
    quota_kw: float | None = Field(description="of the running block; null: no quota")
    quota_source: str
    record_kw: float | None
    record_source: str
    last_year_maximum_kw: float | None
    gap_kw: float | None
    gap_ratio: float | None = Field(description="our reference calculation (测算参考), not the declared level")
    gap_level: str
    official_level: str = Field(description="declared by province or city")
    official_document: str
    silent_meters: list[str]
    expected_meters: int
    monitored_share: float | None

    @classmethod
    def of(cls, load: CurrentLoad, zone: ZoneInfo) -> Self:
        return cls(
            scope=str(load.scope),
            as_of=local_or_none(load.as_of, zone),
            stale=load.stale,
            instantaneous_kw=FigureOut.of(load.instantaneous_kw),
            sliding_demand_kw=FigureOut.of(load.sliding_demand_kw),
            estimate_kw=number(load.estimate_kw),
            estimate_low_kw=number(load.estimate_low_kw),
            estimate_high_kw=number(load.estimate_high_kw),
            projection=ProjectionOut.of(load.projection, zone) if load.projection is not None else None,
            today_maximum_kw=FigureOut.of(load.today_maximum_kw),
            today_maximum_at=local_or_none(load.today_maximum_at, zone),
            quota_kw=number(load.quota_kw),
            quota_source=load.quota_source,
            record_kw=number(load.record_kw),
            record_source=load.record_source,
            last_year_maximum_kw=number(load.last_year_maximum_kw),
            gap_kw=number(load.gap_kw),
            gap_ratio=number(load.gap_ratio),
            gap_level=load.gap_level,
            official_level=load.official_level,
            official_document=load.official_document,
            silent_meters=list(load.silent_meters),
            expected_meters=load.expected_meters,
            monitored_share=number(load.monitored_share),
        )


class CurvePoint(Wire):
    at: datetime = Field(description="start of the 15-minute block")
    demand_kw: float | None = Field(description="null: insufficient data")
    coverage: float | None
    estimate_kw: float | None
    estimate_low_kw: float | None
    estimate_high_kw: float | None
    quality: str
    revision: int
    quota_kw: float | None = Field(description="null: no quota")
    energy_kwh: float | None = Field(description="measured and estimated energy; null: insufficient data")
    restored_kw: float | None = Field(
        description="measured plus what events and orders took off; null on days without any"
    )


class CurveOut(Wire):
    """15-minute block demand."""

    scope: str = Field(examples=["enterprise:E001"])
    step_s: int = Field(examples=[900])
    as_of: datetime | None = Field(description="the moment whose knowledge this is; null: now")
    points: list[CurvePoint]

    @classmethod
    def of(cls, curve: Curve, zone: ZoneInfo) -> Self:
        points = [
            CurvePoint(
                at=at,
                demand_kw=number(curve.demand_kw[i]),
                coverage=number(curve.coverage[i]),
                estimate_kw=number(curve.estimate_kw[i]),
                estimate_low_kw=number(curve.estimate_low_kw[i]),
                estimate_high_kw=number(curve.estimate_high_kw[i]),
                quality=str(curve.quality[i]),
                revision=int(curve.revision[i]),
                quota_kw=number(curve.quota_kw[i]),
                energy_kwh=number(curve.energy_kwh[i]),
                restored_kw=number(curve.restored_kw[i]) if curve.reduction_kw is not None else None,
            )
            for i, at in enumerate(local_all(curve.ts_ms, zone))
        ]
        return cls(scope=str(curve.scope), step_s=900, as_of=local_or_none(curve.as_of, zone), points=points)


class RevisionOut(Wire):
    """A figure of a block that was replaced; revision 0 means nothing was known of the block until then."""

    at: datetime = Field(description="start of the 15-minute block")
    revision: int
    demand_kw: float | None = Field(description="null: insufficient data")
    coverage: float
    estimate_kw: float | None
    quality: str
    superseded_at: datetime = Field(description="when the next revision took its place")

    @classmethod
    def of(cls, figure: Superseded, zone: ZoneInfo) -> Self:
        return cls(
            at=local(figure.start, zone),
            revision=figure.revision,
            demand_kw=number(figure.demand_kw),
            coverage=number(figure.coverage) or 0.0,
            estimate_kw=number(figure.estimate_kw),
            quality=figure.quality,
            superseded_at=local(figure.ended, zone),
        )


class RevisionsList(Wire):
    items: list[RevisionOut]


class IndicesOut(Wire):
    """Daily load characteristics; a figure without value says why."""

    scope: str = Field(examples=["district"])
    day: date
    maximum_kw: FigureOut
    maximum_at: datetime | None
    minimum_kw: FigureOut
    minimum_at: datetime | None
    mean_kw: FigureOut
    energy_kwh: FigureOut
    load_factor: FigureOut
    minimum_load_factor: FigureOut
    peak_valley_kw: FigureOut
    peak_valley_ratio: FigureOut

    @classmethod
    def of(cls, indices: DayIndices, zone: ZoneInfo) -> Self:
        return cls(
            scope=str(indices.scope),
            day=indices.day,
            maximum_kw=FigureOut.of(indices.maximum_kw),
            maximum_at=local_or_none(indices.maximum_at, zone),
            minimum_kw=FigureOut.of(indices.minimum_kw),
            minimum_at=local_or_none(indices.minimum_at, zone),
            mean_kw=FigureOut.of(indices.mean_kw),
            energy_kwh=FigureOut.of(indices.energy_kwh),
            load_factor=FigureOut.of(indices.load_factor),
            minimum_load_factor=FigureOut.of(indices.minimum_load_factor),
            peak_valley_kw=FigureOut.of(indices.peak_valley_kw),
            peak_valley_ratio=FigureOut.of(indices.peak_valley_ratio),
        )


class IndicesList(Wire):
    items: list[IndicesOut]


class ShareOut(Wire):
    """An enterprise at the instant of the coincident peak."""

    scope: str
    name: str
    demand_kw: float | None
    share: float | None
    own_maximum_kw: float | None
    coverage: float

    @classmethod
    def of(cls, share: PeakShare) -> Self:
        return cls(
            scope=str(share.scope),
            name=share.name,
            demand_kw=number(share.demand_kw),
            share=number(share.share),
            own_maximum_kw=number(share.own_maximum_kw),
            coverage=number(share.coverage) or 0.0,
        )


class PeakOut(Wire):
    """The coincident peak of a group, and who made it. Judged on complete measured blocks only."""

    scope: str = Field(examples=["monitored"])
    at: datetime
    demand_kw: float
    coverage: float
    coincidence_factor: float | None
    shares: list[ShareOut]
    skipped_blocks: int

    @classmethod
    def of(cls, peak: CoincidentPeak, zone: ZoneInfo) -> Self:
        return cls(
            scope=str(peak.scope),
            at=local(peak.at, zone),
            demand_kw=peak.demand_kw,
            coverage=peak.coverage,
            coincidence_factor=number(peak.coincidence_factor),
            shares=[ShareOut.of(share) for share in peak.shares],
            skipped_blocks=peak.skipped_blocks,
        )


class QualityOut(Wire):
    """Data quality of one meter over the day, worst first in the list."""

    meter: str
    enterprise: str | None
    received: int
    expected: int
    suspect: int
    completeness: float
    last_at: datetime | None
    silent: bool
    faults: list[str]

    @classmethod
    def of(cls, quality: MeterQuality, zone: ZoneInfo) -> Self:
        return cls(
            meter=quality.meter,
            enterprise=quality.enterprise,
            received=quality.received,
            expected=quality.expected,
            suspect=quality.suspect,
            completeness=number(quality.completeness) or 0.0,
            last_at=local_or_none(quality.last_ts, zone),
            silent=quality.silent,
            faults=list(quality.faults),
        )


class BriefNumberOut(Wire):
    text: str
    label: str
    href: str


class BriefOut(Wire):
    """The copy-ready 快报 line; `complete` is false when a number is missing, and the text then says so."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "text_zh": "截至14:30全区负荷25.1MW，占指标104.6%",
                    "text_en": "As of 14:30 the district draws 25.1 MW, 104.6 % of quota",
                    "numbers": [{"text": "25.1", "label": "district", "href": "/api/v1/load/current?scope=district"}],
                    "complete": True,
                }
            ]
        }
    )

    text_zh: str
    text_en: str
    numbers: list[BriefNumberOut]
    complete: bool

    @classmethod
    def of(cls, brief: Brief) -> Self:
        numbers = [BriefNumberOut(text=n.text, label=n.label, href=n.href) for n in brief.numbers]
        return cls(text_zh=brief.text_zh, text_en=brief.text_en, numbers=numbers, complete=brief.complete)


class ScopesOut(Wire):
    items: list[str] = Field(examples=[["district", "monitored", "enterprise:E001"]])
