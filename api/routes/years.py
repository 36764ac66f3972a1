"""Questions over years, answered from the roll-ups. The desk checks the scope."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Caller, ServicesDep
from api.parameters import FromDay, ScopeText, ToDay, days_of, scope_of
from api.schemas.years import YearOnYearList, YearOnYearOut

router = APIRouter(tags=["load"])


@router.get("/load/year-on-year", summary="A span of days against the same days a year before")
def year_on_year(
    caller: Caller, services: ServicesDep, scope: ScopeText = "", start: FromDay = None, end: ToDay = None
) -> YearOnYearList:
    first, last = days_of(start, end, now=services.clock.now(), zone=services.zone)
    found = services.years.year_on_year(caller, [scope_of(scope, caller)], first, last)
    return YearOnYearList(items=[YearOnYearOut.of(one) for one in found])
