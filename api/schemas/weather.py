"""Wire models of the weather."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Wire, local, local_all, number
from domain.instants import from_ms
from monitor.weather import HourlyWeather


class WeatherHour(Wire):
    hour: datetime = Field(description="start of the hour")
    temperature_c: float | None = Field(description="mean of the hour; null: nothing is known", examples=[34.5])
    humidity_percent: float | None = Field(examples=[62.0])
    forecast: bool = Field(description="true where only a forecast is known")
    issued_at: datetime | None = Field(description="when the value was said")


class WeatherGap(Wire):
    start: datetime
    end: datetime


class WeatherOut(Wire):
    as_known_at: datetime | None = Field(description="null: measured values only")
    coverage: float = Field(description="share of the hours with a temperature, 0...1")
    hours: list[WeatherHour]
    gaps: list[WeatherGap]

    @classmethod
    def of(cls, weather: HourlyWeather, as_known_at: datetime | None, zone: ZoneInfo) -> Self:
        hours = [
            WeatherHour(
                hour=hour,
                temperature_c=number(weather.temperature_c[i]),
                humidity_percent=number(weather.humidity_percent[i]),
                forecast=bool(weather.forecast[i]),
                issued_at=local(from_ms(int(weather.issued_ms[i])), zone) if weather.issued_ms[i] else None,
            )
            for i, hour in enumerate(local_all(weather.ts_ms, zone))
        ]
        return cls(
            as_known_at=None if as_known_at is None else local(as_known_at, zone),
            coverage=round(weather.coverage, 4),
            hours=hours,
            gaps=[WeatherGap(start=local(gap.start, zone), end=local(gap.end, zone)) for gap in weather.gaps],
        )
