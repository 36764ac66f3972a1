"""Questions about load over weeks and years. Each goes to the desk, which checks the scope.

The answers of these questions are plain values (``monitor.analysis_answers``), so their wire form is their own schema.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from api.auth import Caller, Officer, ServicesDep
from api.parameters import FromDay, ScopeText, ToDay, plausible_day, scope_of
from api.schemas.runs import RunOut
from domain.errors import Invalid
from domain.instants import local_date
from domain.scopes import Scope
from monitor.analyses import span_of_days
from monitor.analysis_answers import (
    Characteristics,
    Coincidence,
    CoolingReport,
    DriftReport,
    DurationCurve,
    PowerFactors,
    ShapeReport,
    TariffSplit,
)
from monitor.cooling_report import HotDayQuestion

router = APIRouter(tags=["load analyses"])
Points = Annotated[int, Query(ge=2, le=1001, description="points of the curve, its ends included")]
By = Annotated[Literal["enterprise", "street", "sector", "substation", "feeder"], Query(description="parts looked at")]
Period = Annotated[Literal["week", "month", "quarter", "year", "span"], Query(description="a row each")]
Temperature = Annotated[
    float | None, Query(ge=-30, le=55, description="highest of the day asked about [degC]", examples=[40.0])
]
Yesterday = Annotated[float | None, Query(ge=-30, le=55, description="of the day before; the same if left out")]
Working = Annotated[bool, Query(description="whether the day is worked")]
Kind = Annotated[Literal["shapes", "drift", "cooling", "characteristics"], Query()]


@dataclass(frozen=True, slots=True)
class Asked:
    """The scope and the days, both inclusive."""

    scope: Scope
    first: date
    last: date


def _asked(usual_days: int) -> Callable[..., Asked]:
    """Days left out are the ``usual_days`` that end yesterday: today is not over."""

    def asked(
        caller: Caller, services: ServicesDep, scope: ScopeText = "", start: FromDay = None, end: ToDay = None
    ) -> Asked:
        yesterday = local_date(services.clock.now(), services.zone) - timedelta(days=1)
        for day in (start, end):
            if day is not None:
                plausible_day(day)
        first, last = span_of_days(start, end, yesterday, usual_days)
        return Asked(scope_of(scope, caller), first, last)

    return asked


def _question(
    temperature_c: Temperature = None, yesterday_c: Yesterday = None, working: Working = True
) -> HotDayQuestion | None:
    if temperature_c is None:
        if yesterday_c is not None:
            raise Invalid("yesterday_c without temperature_c; say how hot the day itself is")
        return None
    return HotDayQuestion(temperature_c, temperature_c if yesterday_c is None else yesterday_c, working)


OfYear = Annotated[Asked, Depends(_asked(365))]
OfMonth = Annotated[Asked, Depends(_asked(30))]
HotDay = Annotated[HotDayQuestion | None, Depends(_question)]


@router.get("/load/characteristics", summary="Load characteristics by week, month, quarter and year, and typical days")
def characteristics(caller: Caller, services: ServicesDep, asked: OfYear) -> Characteristics:
    return services.analyses.characteristics(caller, asked.scope, asked.first, asked.last)


@router.get("/load/duration", summary="Load duration curve")
def duration(
    caller: Caller,
    services: ServicesDep,
    asked: OfYear,
    points: Points = 101,
) -> DurationCurve:
    return services.analyses.duration(caller, asked.scope, asked.first, asked.last, points=points)


@router.get("/load/tou", summary="Energy by tariff period, month by month, under the schedules in force")
def tou(caller: Caller, services: ServicesDep, asked: OfMonth) -> TariffSplit:
    return services.analyses.tou(caller, asked.scope, asked.first, asked.last)


@router.get("/load/power-factor", summary="Power factor and its adjustment, month by month")
def power_factor(caller: Caller, services: ServicesDep, asked: OfMonth) -> PowerFactors:
    return services.analyses.power_factor(caller, asked.scope, asked.first, asked.last)


@router.get("/load/coincidence", summary="Coincidence and diversity factor, and who made the peak, for any period")
def coincidence(
    caller: Caller,
    services: ServicesDep,
    asked: OfMonth,
    by: By = "enterprise",
    period: Period = "month",
) -> Coincidence:
    return services.analyses.coincidence(caller, asked.scope, asked.first, asked.last, by=by, period=period)


@router.get("/load/shapes", summary="Load-shape classes of a group, by rule and by likeness")
def shapes(caller: Caller, services: ServicesDep, asked: OfYear) -> ShapeReport:
    return services.analyses.shapes(caller, asked.scope, asked.first, asked.last)


@router.get("/load/drift", summary="Lasting steps in how sites use power, with the day they began")
def drift(caller: Caller, services: ServicesDep, asked: OfYear) -> DriftReport:
    return services.analyses.drift(caller, asked.scope, asked.first, asked.last)


@router.get("/load/cooling", summary="Cooling sensitivities, and a day of a given temperature with who drives it")
def cooling(
    caller: Caller,
    services: ServicesDep,
    asked: OfYear,
    question: HotDay,
) -> CoolingReport:
    return services.analyses.cooling(caller, asked.scope, asked.first, asked.last, question)


@router.post("/load/analyses", status_code=202, summary="The same in the background; the result is kept")
def analyse(
    caller: Officer,
    services: ServicesDep,
    kind: Kind,
    asked: OfYear,
    question: HotDay,
) -> RunOut:
    run = services.analyses.submit(services.runs, caller, kind, asked.scope, asked.first, asked.last, question)
    return RunOut.of(run, services.zone)
