"""Answers about load over weeks and years. Plain values: what has none says why in ``reason``.

Dates are local days; kW, kWh and hours are in the names. A figure that rests on fewer days than the period has is an
estimate by the days that count (``counted`` of ``days``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class PeriodLoad:
    """A week, month, quarter, year or the whole span; ``days`` are those of it that were asked for."""

    kind: str
    first: date
    last: date
    days: int
    counted: int
    reason: str
    maximum_kw: float | None
    maximum_on: date | None
    restored_maximum_kw: float | None
    minimum_kw: float | None
    minimum_on: date | None
    mean_kw: float | None
    energy_kwh: float | None
    load_factor: float | None
    mean_load_factor: float | None
    minimum_load_factor: float | None
    imbalance: float | None
    maximum_peak_valley_kw: float | None
    maximum_peak_valley_ratio: float | None
    mean_peak_valley_ratio: float | None


@dataclass(frozen=True, slots=True)
class NearMaximum:
    """Hours with at least ``share`` of the year's maximum."""

    share: float
    hours: float | None


@dataclass(frozen=True, slots=True)
class YearLoad:
    """A calendar year; ``product`` is gamma x sigma x rho, beside the load factor it approaches."""

    year: int
    days: int
    counted: int
    reason: str
    maximum_kw: float | None
    maximum_on: date | None
    energy_kwh: float | None
    load_factor: float | None
    utilisation_h: float | None
    mean_load_factor: float | None
    imbalance: float | None
    season_factor: float | None
    product: float | None
    near_maximum: tuple[NearMaximum, ...]


@dataclass(frozen=True, slots=True)
class TypicalLoad:
    """A typical day: 96 points in the order of the clock, None = not measured; ``on`` the days it was made of."""

    kind: str
    days: int
    on: tuple[date, ...]
    reason: str
    curve_kw: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Characteristics:
    scope: str
    first: date
    last: date
    event_days: int
    announced: bool
    periods: tuple[PeriodLoad, ...]
    years: tuple[YearLoad, ...]
    typical: tuple[TypicalLoad, ...]
    data_digest: str


@dataclass(frozen=True, slots=True)
class DurationPoint:
    share: float
    hours: float
    demand_kw: float | None


@dataclass(frozen=True, slots=True)
class DurationCurve:
    scope: str
    first: date
    last: date
    coverage: float
    measured_h: float
    reason: str
    points: tuple[DurationPoint, ...]
    data_digest: str


@dataclass(frozen=True, slots=True)
class BandLoad:
    """``price_ratio`` over the flat price, None where the edition does not give it."""

    band: str
    energy_kwh: float
    share: float | None
    hours: float
    mean_kw: float | None
    price_ratio: float | None


@dataclass(frozen=True, slots=True)
class TariffPeriod:
    """A month, or the part of it under one edition. ``exempt`` : why the bands do not apply to this enterprise"""

    first: date
    last: date
    edition: str
    source: str
    confidence: str
    exempt: str
    coverage: float
    reason: str
    bands: tuple[BandLoad, ...]


@dataclass(frozen=True, slots=True)
class TariffSplit:
    scope: str
    first: date
    last: date
    periods: tuple[TariffPeriod, ...]
    data_digest: str


@dataclass(frozen=True, slots=True)
class PowerFactorMonth:
    """``adjustment`` : share of basic and energy charge, above 0 is paid more. Our calculation, not a bill."""

    first: date
    last: date
    active_kwh: float | None
    reactive_kvarh: float | None
    coverage: float
    power_factor: float | None
    standard: float | None
    adjustment: float | None
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class PowerFactors:
    scope: str
    months: tuple[PowerFactorMonth, ...]


@dataclass(frozen=True, slots=True)
class CoincidencePeriod:
    """The peak of a group in a period: ``coincidence_factor`` = peak / sum of the parts' maxima over the same blocks,
    ``diversity_factor`` its inverse. Only blocks in which every part was measured are judged."""

    first: date
    last: date
    at: datetime | None
    demand_kw: float | None
    coincidence_factor: float | None
    diversity_factor: float | None
    judged_blocks: int
    skipped_blocks: int
    reason: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """A part at the instant of the whole span's peak; ``of_own`` = demand then / its own maximum (峰时贡献)."""

    scope: str
    name: str
    demand_kw: float | None
    share: float | None
    own_maximum_kw: float | None
    of_own: float | None


@dataclass(frozen=True, slots=True)
class Coincidence:
    scope: str
    by: str
    first: date
    last: date
    whole: CoincidencePeriod
    periods: tuple[CoincidencePeriod, ...]
    contributions: tuple[Contribution, ...]
    left_out: tuple[str, ...]
    data_digest: str


@dataclass(frozen=True, slots=True)
class ShapeOf:
    """``shape`` by rule, ``cluster`` by likeness; both empty where ``reason`` says why."""

    scope: str
    name: str
    reason: str
    days: int
    shape: str
    seasonal: bool
    cluster: int | None
    load_factor: float | None
    weekend_ratio: float | None
    night_ratio: float | None
    step_variation: float | None
    seasonal_ratio: float | None
    peak_at: str
    profile: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ClusterOf:
    number: int
    name_zh: str
    name_en: str
    sites: int
    energy_share: float | None
    centre: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ClusterTrial:
    k: int
    silhouette: float
    stability: float


@dataclass(frozen=True, slots=True)
class ShapeReport:
    scope: str
    first: date
    last: date
    sites: tuple[ShapeOf, ...]
    clusters: tuple[ClusterOf, ...]
    silhouette: float | None
    stability: float | None
    tried: tuple[ClusterTrial, ...]
    reason: str
    data_digest: str


@dataclass(frozen=True, slots=True)
class DriftOf:
    scope: str
    name: str
    on: date
    kind: str
    change_kw: float
    change_share: float | None
    score: float
    part_kw: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DriftReport:
    """``judged_days`` : workdays on which a step could have been seen, all sites together"""

    scope: str
    first: date
    last: date
    drifts: tuple[DriftOf, ...]
    judged_sites: int
    judged_days: int
    refused: tuple[tuple[str, str], ...]
    data_digest: str


@dataclass(frozen=True, slots=True)
class CoolingOf:
    """Sensitivity of one site. ``base_day_kw`` : its cooling at the group's peak by the base-day method"""

    scope: str
    name: str
    reason: str
    kw_per_c: float | None
    low_kw_per_c: float | None
    high_kw_per_c: float | None
    base_c: float | None
    yesterday_weight: float | None
    days: int
    warm_days: int
    hottest_c: float | None
    explained: float | None
    base_day_kw: float | None


@dataclass(frozen=True, slots=True)
class HotSite:
    scope: str
    name: str
    load_kw: float
    low_kw: float
    high_kw: float
    cooling_kw: float
    share_of_cooling: float | None


@dataclass(frozen=True, slots=True)
class HotDay:
    """A day of a given highest temperature, at the hour the group peaks: ``load_kw`` is the sum of ``sites``.

    missing : parts that could not be fitted and are not in it; extrapolated : hotter than anything seen
    """

    temperature_c: float
    yesterday_c: float
    working: bool
    load_kw: float | None
    low_kw: float | None
    high_kw: float | None
    cooling_kw: float | None
    confidence: float
    extrapolated: bool
    sites: tuple[HotSite, ...]
    missing: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class CoolingReport:
    """group : of the group's own series, with what nobody monitors; sites : of its parts, whose loads add up to the
    monitored ones; ``peak_*`` : the group's highest block of the span and its cooling by the base-day method"""

    scope: str
    first: date
    last: date
    temperature_days: int
    group: CoolingOf
    sites: tuple[CoolingOf, ...]
    refused: tuple[tuple[str, int], ...]
    peak_at: datetime | None
    peak_kw: float | None
    peak_cooling_kw: float | None
    peak_cooling_share: float | None
    hot_day: HotDay | None
    data_digest: str
