"""Answers to the questions people ask of load. Every number carries the coverage it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.arrays import FloatArray, IntArray, TextArray
from domain.ids import EnterpriseId
from domain.scopes import Scope
from domain.series import Figure


@dataclass(frozen=True, slots=True)
class Projection:
    """Where the running 15-minute block will end. ``minutes`` of it have been seen; the band is 80 %."""

    block_start: datetime
    minutes: int
    demand_kw: float
    low_kw: float
    high_kw: float


@dataclass(frozen=True, slots=True)
class CurrentLoad:
    """A scope now.

    as_of : the newest closed minute, None when nothing has arrived; stale : older than it should be
    instantaneous_kw : display only; sliding_demand_kw : mean of the last 15 closed minutes, measured
    estimate_kw, low, high : measured plus the usual value of the silent; None when no usual value is known
    quota_kw : of the running block, None = no quota; record_kw : None = not entered
    gap_ratio : (load - quota) / expected maximum of the period, our reference calculation (测算参考)
    """

    scope: Scope
    as_of: datetime | None
    stale: bool
    instantaneous_kw: Figure
    sliding_demand_kw: Figure
    estimate_kw: float | None
    estimate_low_kw: float | None
    estimate_high_kw: float | None
    projection: Projection | None
    today_maximum_kw: Figure
    today_maximum_at: datetime | None
    quota_kw: float | None
    quota_source: str
    record_kw: float | None
    record_source: str
    last_year_maximum_kw: float | None
    gap_kw: float | None
    gap_ratio: float | None
    gap_level: str
    official_level: str
    official_document: str
    silent_meters: tuple[str, ...]
    expected_meters: int
    monitored_share: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """15-minute demand of a scope, block starts in ``ts_ms``; NaN = insufficient data. ``quota_kw`` NaN = no quota.

    reduction_kw : by events and orders, estimates of running ones included, None where there was none [kW]
    energy_kwh : measured and estimated energy of the block; as_of : the moment whose knowledge this is, None = now
    """

    scope: Scope
    ts_ms: IntArray
    demand_kw: FloatArray
    coverage: FloatArray
    estimate_kw: FloatArray
    estimate_low_kw: FloatArray
    estimate_high_kw: FloatArray
    quality: TextArray
    revision: IntArray
    quota_kw: FloatArray
    energy_kwh: FloatArray
    as_of: datetime | None = None
    reduction_kw: FloatArray | None = None

    @property
    def restored_kw(self) -> FloatArray:
        """What would have been drawn without events and orders [kW]"""
        return self.demand_kw if self.reduction_kw is None else self.demand_kw + self.reduction_kw


@dataclass(frozen=True, slots=True, eq=False)
class EnterpriseDemands:
    """Demand of enterprises side by side: rows as in ``enterprises``, columns are the blocks that begin at ``ts_ms``.

    demand_kw, coverage : shape (enterprises, blocks); NaN and 0 where nothing is known [kW], [0...1]
    """

    enterprises: tuple[EnterpriseId, ...]
    ts_ms: IntArray
    demand_kw: FloatArray
    coverage: FloatArray


@dataclass(frozen=True, slots=True)
class DayIndices:
    """Daily load characteristics (domain: daily indices); a Figure without value says why."""

    scope: Scope
    day: date
    maximum_kw: Figure
    maximum_at: datetime | None
    minimum_kw: Figure
    minimum_at: datetime | None
    mean_kw: Figure
    energy_kwh: Figure
    load_factor: Figure
    minimum_load_factor: Figure
    peak_valley_kw: Figure
    peak_valley_ratio: Figure


@dataclass(frozen=True, slots=True)
class PeakShare:
    """An enterprise at the instant of the coincident peak; ``own_maximum_kw`` of the same span."""

    scope: Scope
    name: str
    demand_kw: float | None
    share: float | None
    own_maximum_kw: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class CoincidentPeak:
    """The peak of a group, and who made it. Judged on complete measured blocks only."""

    scope: Scope
    at: datetime
    demand_kw: float
    coverage: float
    coincidence_factor: float | None
    shares: tuple[PeakShare, ...]
    skipped_blocks: int


@dataclass(frozen=True, slots=True)
class MeterQuality:
    """Data quality of one meter over a span. ``expected`` counts intervals by its registry version."""

    meter: str
    enterprise: str | None
    received: int
    expected: int
    suspect: int
    completeness: float
    last_ts: datetime | None
    silent: bool
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BriefNumber:
    """One number of the 快报 line and the page or API path it comes from."""

    text: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Brief:
    """The copy-ready 快报 line. ``complete`` is false when a number is missing; the text then says so."""

    text_zh: str
    text_en: str
    numbers: tuple[BriefNumber, ...]
    complete: bool
