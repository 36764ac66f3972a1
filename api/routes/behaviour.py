"""What loads did that they do not do, and how they grew."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Caller, ServicesDep
from api.parameters import FromDay, ScopeText, ToDay, days_of, scope_of
from api.schemas.behaviour import AnomaliesList, AnomalyOut, GrowthOut

router = APIRouter(tags=["forecast"])


@router.get("/anomalies", summary="Days that do not fit the weeks before them")
def anomalies(caller: Caller, services: ServicesDep, start: FromDay = None, end: ToDay = None) -> AnomaliesList:
    first, last = days_of(start, end, now=services.clock.now(), zone=services.zone)
    found = services.behaviour.anomalies(caller, first, last)
    return AnomaliesList(items=[AnomalyOut.of(each) for each in found])


@router.get("/load/growth", summary="Growth against last year, three ways side by side")
def growth(
    caller: Caller, services: ServicesDep, scope: ScopeText = "", start: FromDay = None, end: ToDay = None
) -> GrowthOut:
    first, last = days_of(start, end, now=services.clock.now(), zone=services.zone)
    return GrowthOut.of(services.behaviour.growth(caller, scope_of(scope, caller), first, last))
