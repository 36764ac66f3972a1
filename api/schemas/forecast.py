"""Wire models of forecasts and their scores."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Wire, local, local_all, number
from monitor.forecast_answers import DayOutlook, LoadForecast
from monitor.forecast_book import ScopeScores


class ForecastPoint(Wire):
    at: datetime = Field(description="start of the 15-minute block")
    p10_kw: float
    p50_kw: float
    p90_kw: float
    quota_kw: float | None
    quota_probability: float | None = Field(description="of passing the quota in this block, 0...1; null without quota")


class OutlookOut(Wire):
    day: date
    peak_p10_kw: float
    peak_p50_kw: float
    peak_p90_kw: float
    peak_at: datetime = Field(description="block in which the highest load is expected")
    quota_probability: float | None = Field(description="of passing the quota in any block of the day")
    whole: bool = Field(description="false: part of the day lay before the issue; its measured highest counts too")

    @classmethod
    def of(cls, day: DayOutlook, zone: ZoneInfo) -> Self:
        return cls(
            day=day.day,
            peak_p10_kw=round(day.peak_p10_kw, 3),
            peak_p50_kw=round(day.peak_p50_kw, 3),
            peak_p90_kw=round(day.peak_p90_kw, 3),
            peak_at=local(day.peak_at, zone),
            quota_probability=day.quota_probability,
            whole=day.whole,
        )


class UnmodelledOut(Wire):
    name: str
    reason: str


class ForecastOut(Wire):
    scope: str
    issued_at: datetime = Field(description="nothing that came after this instant was used")
    method: str = Field(description="regression | usual_days (between 14 and 28 days of load)")
    coherent: bool = Field(description="enterprises and total add up")
    coverage: float = Field(description="share of the last 56 days that was there")
    temperature: str = Field(description="known after the issue: forecast | none")
    days: list[OutlookOut]
    points: list[ForecastPoint]
    unmodelled: list[UnmodelledOut] = Field(description="in the total, but too little is known of each by itself")
    data_digest: str

    @classmethod
    def of(cls, forecast: LoadForecast, zone: ZoneInfo) -> Self:
        points = [
            ForecastPoint(
                at=at,
                p10_kw=round(float(forecast.p10_kw[i]), 3),
                p50_kw=round(float(forecast.p50_kw[i]), 3),
                p90_kw=round(float(forecast.p90_kw[i]), 3),
                quota_kw=number(forecast.quota_kw[i]),
                quota_probability=number(forecast.quota_probability[i]),
            )
            for i, at in enumerate(local_all(forecast.ts_ms, zone))
        ]
        return cls(
            scope=str(forecast.scope),
            issued_at=local(forecast.issued_at, zone),
            method=forecast.method,
            coherent=forecast.coherent,
            coverage=round(forecast.coverage, 4),
            temperature=forecast.temperature,
            days=[OutlookOut.of(day, zone) for day in forecast.days],
            points=points,
            unmodelled=[UnmodelledOut(name=name, reason=reason) for name, reason in forecast.unmodelled],
            data_digest=forecast.data_digest,
        )


class ScopeScoresOut(Wire):
    """Means over the scored mornings. Skill is 1 - error / error of the same time a week before: 0 is no better."""

    scope: str
    issues: int = Field(description="mornings scored")
    hour_kw: float | None = Field(description="mean absolute error one hour ahead")
    hour_skill: float | None
    day_kw: float | None = Field(description="mean absolute error of the next 24 hours")
    day_skill: float | None
    peak_kw: float | None = Field(description="mean absolute error of the highest block of the next day")
    peak_skill: float | None
    covered: float | None = Field(description="share of blocks between P10 and P90; 0.8 is promised")
    pinball_kw: float | None
    relative_day_error: float | None = Field(description="day_kw over the mean load")

    @classmethod
    def of(cls, scores: ScopeScores) -> Self:
        values = {name: number(getattr(scores, name)) for name in cls.model_fields if name not in ("scope", "issues")}
        return cls(scope=str(scores.scope), issues=scores.issues, **values)


class ScoresList(Wire):
    items: list[ScopeScoresOut]
