"""Forecasts and how they did."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Caller, Officer, ServicesDep
from api.parameters import FromDay, ScopeText, ToDay, days_of, instant, scope_of
from api.schemas.forecast import ForecastOut, ScopeScoresOut, ScoresList
from api.schemas.runs import RunOut
from domain.scopes import Scope
from monitor.forecasting import LONGEST_HOURS, USUAL_HOURS

router = APIRouter(tags=["forecast"])
At = Annotated[
    str | None,
    Query(
        max_length=40,
        description="the instant of issue, nothing after it is read; left out, the last full hour",
        examples=["2026-07-28T08:00:00+08:00"],
    ),
]
Hours = Annotated[int, Query(ge=1, le=LONGEST_HOURS, description="how far ahead [h]")]


@router.get("/forecast", summary="Load of the next hours and days, with its uncertainty")
def forecast(
    caller: Caller, services: ServicesDep, scope: ScopeText = "", at: At = None, hours: Hours = USUAL_HOURS
) -> ForecastOut:
    issue = instant(at, services.zone) if at else None
    found = services.forecasts.forecast(caller, scope_of(scope, caller), at=issue, hours=hours)
    return ForecastOut.of(found, services.zone)


@router.post("/forecast", status_code=202, summary="The forecast of everybody in the background, with progress")
def issue(caller: Officer, services: ServicesDep, at: At = None, hours: Hours = USUAL_HOURS) -> RunOut:
    instant_of = instant(at, services.zone) if at else None
    run = services.forecasts.submit(services.runs, caller, at=instant_of, hours=hours)
    return RunOut.of(run, services.zone)


@router.get("/forecast/scores", summary="How earlier forecasts did, beside the same time a week before")
def scores(
    caller: Caller,
    services: ServicesDep,
    scope: ScopeText = "",
    days: Annotated[int, Query(ge=1, le=400, description="mornings of the last so many days")] = 28,
) -> ScoresList:
    found = services.forecast_book.scores(caller, Scope.asked(scope), days=days)
    return ScoresList(items=[ScopeScoresOut.of(each) for each in found])


@router.post("/forecast/scores", status_code=202, summary="Issue and score past mornings in the background")
def rescore(caller: Officer, services: ServicesDep, start: FromDay = None, end: ToDay = None) -> RunOut:
    """Each from what was known at its eight o'clock; a morning that was issued stays as it was."""
    first, last = days_of(start, end, now=services.clock.now(), zone=services.zone)
    return RunOut.of(services.forecast_book.submit(services.runs, caller, first, last), services.zone)
