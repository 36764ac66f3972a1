"""The weather as it is known, or as it was known at an earlier instant."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Caller, ServicesDep
from api.parameters import From, To, instant, span_of
from api.schemas.weather import WeatherOut

router = APIRouter(tags=["weather"])
Issue = Annotated[
    str | None,
    Query(
        max_length=40,
        description="instant: what was known then, forecasts included; left out, measured values only",
        examples=["2026-07-28T08:00:00+08:00"],
    ),
]


@router.get("/weather", summary="Hourly temperature, as known or as forecast")
def weather(
    _: Caller, services: ServicesDep, start: From = None, end: To = None, as_known_at: Issue = None
) -> WeatherOut:
    span = span_of(start, end, now=services.clock.now(), zone=services.zone)
    if as_known_at is None:
        return WeatherOut.of(services.weather.known(span), None, services.zone)
    issue = instant(as_known_at, services.zone)
    return WeatherOut.of(services.weather.as_known_at(issue, span), issue, services.zone)
