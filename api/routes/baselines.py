"""Baselines by every method, and the court that judges the methods on days nothing was called.

The answers are plain values (``monitor.baseline_answers``), so their wire form is their own schema.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from api.auth import Caller, Officer, ServicesDep
from api.parameters import DayText, ScopeText, plausible_day, scope_of
from api.schemas.base import PLAIN
from api.schemas.runs import RunOut
from api.services import Services
from domain.instants import local_date
from domain.scopes import Scope
from monitor.baseline_answers import BaselineReport, BaselineReports, CourtReport, MethodList
from monitor.baseline_data import ClockWindow
from monitor.baselines import MOST_DAYS, MOST_PLACEBO_DAYS, MOST_SCOPES

router = APIRouter(tags=["baselines"])
ScopeName = Annotated[str, StringConstraints(max_length=100, pattern=PLAIN)]
WindowText = Annotated[str, Query(max_length=11, description="on whole quarter hours, district time")]
Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="how many days, the last of them `day`")]
Placebo = Annotated[
    int | None, Query(ge=1, le=MOST_PLACEBO_DAYS, description="workdays judged; left out, what the policy says")
]
USUAL = "14:00-18:00"


def _day(day: date | None, services: Services) -> date:
    """Left out, yesterday: today is not over."""
    yesterday = local_date(services.clock.now(), services.zone) - timedelta(days=1)
    return yesterday if day is None else plausible_day(day)


@router.get("/baselines/methods", summary="The methods, official ones marked")
def methods(caller: Caller, services: ServicesDep) -> MethodList:  # noqa: ARG001
    return services.baselines.methods()


@router.get("/baselines", summary="Baseline of a scope on a day by every method, with sample days and refusals")
def baselines(
    caller: Caller,
    services: ServicesDep,
    scope: ScopeText = "",
    day: DayText = None,
    days: Days = 1,
    window: WindowText = USUAL,
) -> BaselineReport:
    chosen = scope_of(scope, caller)
    return services.baselines.compute(caller, chosen, _day(day, services), ClockWindow.parse(window), days=days)


@router.get("/baselines/many", summary="The same of several scopes in one question")
def many(
    caller: Caller,
    services: ServicesDep,
    scope: Annotated[list[ScopeName], Query(min_length=1, max_length=MOST_SCOPES)],
    day: DayText = None,
    days: Days = 1,
    window: WindowText = USUAL,
) -> BaselineReports:
    chosen = [Scope.parse(each) for each in dict.fromkeys(scope)]
    asked = ClockWindow.parse(window)
    return BaselineReports(services.baselines.compute_each(caller, chosen, _day(day, services), asked, days=days))


@router.get("/baselines/score", summary="Every method judged on placebo days; chosen on earlier ones, scored on later")
def score(
    caller: Caller,
    services: ServicesDep,
    scope: ScopeText = "",
    day: DayText = None,
    days: Placebo = None,
    window: WindowText = USUAL,
) -> CourtReport:
    chosen = scope_of(scope, caller)
    return services.baselines.score(caller, chosen, _day(day, services), ClockWindow.parse(window), days=days)


@router.post("/baselines/score", status_code=202, summary="The same in the background; the result is kept")
def court(
    caller: Officer,
    services: ServicesDep,
    scope: ScopeText = "",
    day: DayText = None,
    days: Placebo = None,
    window: WindowText = USUAL,
) -> RunOut:
    asked = ClockWindow.parse(window)
    run = services.baselines.submit(
        services.runs, caller, scope_of(scope, caller), _day(day, services), asked, days=days
    )
    return RunOut.of(run, services.zone)
