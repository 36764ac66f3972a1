"""Data-quality indicators. The desk checks the scope."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Caller, ServicesDep
from api.parameters import DayText, FromDay, ScopeText, ToDay, days_of, plausible_day, scope_of, today
from api.schemas.quality import (
    QualityDayOut,
    QualityHistoryOut,
    QualityRevisionOut,
    QualityRevisionsOut,
    QualityScopeOut,
)

router = APIRouter(prefix="/quality", tags=["quality"])
Revision = Annotated[int | None, Query(ge=1, le=100_000, description="as it was judged then; absent: the newest")]


@router.get("/day", summary="Data-quality indicators of a day, district first, then enterprises, worst first")
def day(
    caller: Caller, services: ServicesDep, day: DayText = None, meters: bool = False, revision: Revision = None
) -> QualityDayOut:
    chosen = plausible_day(day or today(services.clock.now(), services.zone))
    found = services.quality.day(caller, chosen, meters=meters, revision=revision)
    return QualityDayOut.of(found, services.zone)


@router.get("/history", summary="Data-quality indicators of a scope, day by day, as judged")
def history(
    caller: Caller, services: ServicesDep, scope: ScopeText = "", start: FromDay = None, end: ToDay = None
) -> QualityHistoryOut:
    first, last = days_of(start, end, now=services.clock.now(), zone=services.zone)
    found = services.quality.history(caller, scope_of(scope, caller), first, last)
    return QualityHistoryOut(items=[QualityScopeOut.of(one) for one in found])


@router.get("/revisions", summary="When a day was judged, and how often again")
def revisions(caller: Caller, services: ServicesDep, day: DayText = None) -> QualityRevisionsOut:
    chosen = plausible_day(day or today(services.clock.now(), services.zone))
    found = services.quality.revisions(caller, chosen)
    return QualityRevisionsOut(items=[QualityRevisionOut.of(one, services.zone) for one in found])
