"""Questions about load over weeks and years. Each goes to the desk, which checks the scope.

The answers of these questions are plain values (``monitor.analysis_answers``), so their wire form is their own schema.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.auth import Caller, Officer, ServicesDep
from api.parameters import FromDay, ScopeText, ToDay, plausible_day, scope_of
from api.schemas.runs import RunOut
from api.services import Services
from domain.errors import Invalid
from domain.instants import local_date
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


def _days(first: date | None, last: date | None, services: Services, *, usual_days: int) -> tuple[date, date]:
    """Both inclusive; left out, the ``usual_days`` that end yesterday: today is not over."""
    yesterday = local_date(services.clock.now(), services.zone) - timedelta(days=1)
    for day in (first, last):
        if day is not None:
            plausible_day(day)
    return span_of_days(first, last, yesterday, usual_days)


def _question(temperature_c: float | None, yesterday_c: float | None, working: bool) -> HotDayQuestion | None:
    if temperature_c is None:
        if yesterday_c is not None:
            raise Invalid("yesterday_c without temperature_c; say how hot the day itself is")
        return None
    return HotDayQuestion(temperature_c, temperature_c if yesterday_c is None else yesterday_c, working)


@router.get("/load/characteristics", summary="Load characteristics by week, month, quarter and year, and typical days")
def characteristics(
    caller: Caller, services: ServicesDep, scope: ScopeText = "", start: FromDay = None, end: ToDay = None
) -> Characteristics:
    first, last = _days(start, end, services, usual_days=365)
    return services.analyses.characteristics(caller, scope_of(scope, caller), first, last)


@router.get("/load/duration", summary="Load duration curve")
def duration(
    caller: Caller,
    services: ServicesDep,
    scope: ScopeText = "",
    start: FromDay = None,
    end: ToDay = None,
    points: Points = 101,
) -> DurationCurve:
    first, last = _days(start, end, services, usual_days=365)
    return services.analyses.duration(caller, scope_of(scope, caller), first, last, points=points)


@router.get("/load/tou", summary="Energy by tariff period, month by month, under the schedules in force")
def tou(
    caller: Caller, services: ServicesDep, scope: ScopeText = "", start: FromDay = None, end: ToDay = None
) -> TariffSplit:
    first, last = _days(start, end, services, usual_days=30)
    return services.analyses.tou(caller, scope_of(scope, caller), first, last)


@router.get("/load/power-factor", summary="Power factor and its adjustment, month by month")
def power_factor(
    caller: Caller, services: ServicesDep, scope: ScopeText = "", start: FromDay = None, end: ToDay = None
) -> PowerFactors:
    first, last = _days(start, end, services, usual_days=30)
    return services.analyses.power_factor(caller, scope_of(scope, caller), first, last)


@router.get("/load/coincidence", summary="Coincidence and diversity factor, and who made the peak, for any period")
def coincidence(
    caller: Caller,
    services: ServicesDep,
    scope: ScopeText = "",
    start: FromDay = None,
    end: ToDay = None,
    by: By = "enterprise",
    period: Period = "month",
) -> Coincidence:
    first, last = _days(start, end, services, usual_days=30)
    return services.analyses.coincidence(caller, scope_of(scope, caller), first, last, by=by, period=period)


@router.get("/load/shapes", summary="Load-shape classes of a group, by rule and by likeness")
def shapes(
    caller: Caller, services: ServicesDep, scope: ScopeText = "", start: FromDay = None, end: ToDay = None
) -> ShapeReport:
    first, last = _days(start, end, services, usual_days=365)
    return services.analyses.shapes(caller, scope_of(scope, caller), first, last)


@router.get("/load/drift", summary="Lasting steps in how sites use power, with the day they began")
def drift(
    caller: Caller, services: ServicesDep, scope: ScopeText = "", start: FromDay = None, end: ToDay = None
) -> DriftReport:
    first, last = _days(start, end, services, usual_days=365)
    return services.analyses.drift(caller, scope_of(scope, caller), first, last)


@router.get("/load/cooling", summary="Cooling sensitivities, and a day of a given temperature with who drives it")
def cooling(
    caller: Caller,
    services: ServicesDep,
    scope: ScopeText = "",
    start: FromDay = None,
    end: ToDay = None,
    temperature_c: Temperature = None,
    yesterday_c: Yesterday = None,
    working: Working = True,
) -> CoolingReport:
    first, last = _days(start, end, services, usual_days=365)
    question = _question(temperature_c, yesterday_c, working)
    return services.analyses.cooling(caller, scope_of(scope, caller), first, last, question)


@router.post("/load/analyses", status_code=202, summary="The same in the background; the result is kept")
def analyse(
    caller: Officer,
    services: ServicesDep,
    kind: Kind,
    scope: ScopeText = "",
    start: FromDay = None,
    end: ToDay = None,
    temperature_c: Temperature = None,
    yesterday_c: Yesterday = None,
    working: Working = True,
) -> RunOut:
    first, last = _days(start, end, services, usual_days=365)
    chosen, question = scope_of(scope, caller), _question(temperature_c, yesterday_c, working)
    run = services.analyses.submit(services.runs, caller, kind, chosen, first, last, question)
    return RunOut.of(run, services.zone)
