"""Dispatchable potential of the enterprises in a window of a day."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response

from api.auth import Caller, ServicesDep
from api.parameters import DayText, plausible_day, today
from api.schemas.base import PLAIN
from api.schemas.potential import PotentialsOut
from domain.ids import EnterpriseId
from monitor.baseline_data import ClockWindow

router = APIRouter(tags=["potential"])
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
Id = Annotated[str, Path(max_length=64, pattern=PLAIN)]
Reveal = Annotated[bool, Query(description="officers only: full phone numbers; the look is audited")]
WindowText = Annotated[str, Query(max_length=11, description="on whole quarter hours, district time")]
EnterpriseText = Annotated[
    list[Annotated[str, Query(max_length=100, pattern=PLAIN)]] | None,
    Query(description="may be given several times; left out, every enterprise the caller sees"),
]


@router.get("/potentials", summary="How much each enterprise could shed or shift, with a confidence and its evidence")
def potentials(
    caller: Caller,
    services: ServicesDep,
    day: DayText = None,
    window: WindowText = "14:00-18:00",
    enterprise: EnterpriseText = None,
) -> PotentialsOut:
    zone = services.zone
    asked = today(services.clock.now(), zone) if day is None else plausible_day(day)
    span = ClockWindow.parse(window).on(asked, zone)
    chosen = None if enterprise is None else [EnterpriseId(each) for each in enterprise]
    found = services.potentials.of(caller, chosen, asked, span.start_ms, span.end_ms)
    whole = chosen is None and caller.sees_all()
    against = services.potentials.held_against(caller, found, asked) if whole else ()
    return PotentialsOut.of(found, asked, span, zone, against)


@router.get(
    "/enterprises/{enterprise_id}/profile",
    summary="One page about the enterprise for a visit, as Word",
    response_class=Response,
    responses={200: {"content": {DOCX: {}}, "description": "a .docx"}},
)
def profile(
    enterprise_id: Id, caller: Caller, services: ServicesDep, day: DayText = None, reveal: Reveal = False
) -> Response:
    asked = None if day is None else plausible_day(day)
    content = services.profiles.docx(caller, EnterpriseId(enterprise_id), asked, reveal=reveal)
    name = quote(f"profile-{enterprise_id}.docx")
    return Response(content, media_type=DOCX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})
