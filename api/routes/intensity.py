"""Energy intensity. The desk checks who may see what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Caller, ServicesDep
from api.schemas.intensity import IntensityOut
from domain.ids import EnterpriseId
from domain.months import Window
from domain.months import span_of_months as span
from response.intensity.desk import Grouping

router = APIRouter(tags=["intensity"])
First = Annotated[str | None, Query(alias="from", max_length=7, description="first month", examples=["2026-01"])]
Last = Annotated[str | None, Query(alias="to", max_length=7, description="last month, included", examples=["2026-06"])]
Windowed = Annotated[Window | None, Query(description="in place of `from`: what ends with `to`")]
ScopeYear = Annotated[
    int | None, Query(ge=1949, le=2200, description="only what was above scale (规上) in that year, in both periods")
]
Enterprises = Annotated[list[str] | None, Query(alias="enterprise", max_length=64, examples=[["E001"]])]


@router.get("/intensity", summary="Energy use and intensity in both bases, against the year before")
def intensity(
    caller: Caller,
    services: ServicesDep,
    start: First = None,
    end: Last = None,
    window: Windowed = None,
    by: Grouping = Grouping.DISTRICT,
    scope_year: ScopeYear = None,
    enterprise: Enterprises = None,
) -> IntensityOut:
    first, last = span(start, end, window)
    chosen = None if enterprise is None else [EnterpriseId(each) for each in enterprise]
    answer = services.intensity.figures(caller, first, last, by=by, scope_year=scope_year, enterprises=chosen)
    return IntensityOut.of(answer)
