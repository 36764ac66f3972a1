"""What the forecast desk answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from analytics.forecast_scores import ForecastScore
from domain.arrays import FloatArray, IntArray
from domain.scopes import Scope


@dataclass(frozen=True, slots=True)
class DayOutlook:
    """One local day of a forecast. peak_* : its highest block; quota_probability : of passing quota in any block, None
    without a quota; whole : whether the forecast covers the whole day"""

    day: date
    peak_p10_kw: float
    peak_p50_kw: float
    peak_p90_kw: float
    peak_at: datetime
    quota_probability: float | None
    whole: bool


@dataclass(frozen=True, slots=True, eq=False)
class LoadForecast:
    """issued_at : nothing after it was read; ts_ms : shape (h,), block starts; p10_kw, p50_kw, p90_kw : shape (h,) [kW]
    quota_kw, quota_probability : shape (h,), NaN where there is no quota; method : regression | usual_days
    coherent : whether enterprises and total were made to add up; coverage : share of the last 56 days that is there
    temperature : forecast | none, what was known of it after the issue
    unmodelled : enterprises that are part of the total only, with the reason
    """

    scope: Scope
    issued_at: datetime
    ts_ms: IntArray
    p10_kw: FloatArray
    p50_kw: FloatArray
    p90_kw: FloatArray
    quota_kw: FloatArray
    quota_probability: FloatArray
    days: tuple[DayOutlook, ...]
    method: str
    coherent: bool
    coverage: float
    temperature: str
    unmodelled: tuple[tuple[str, str], ...]
    data_digest: str


@dataclass(frozen=True, slots=True)
class KeptScore:
    """The score of one kept forecast."""

    scope: Scope
    issued_at: datetime
    method: str
    score: ForecastScore
