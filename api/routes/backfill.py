"""Asking devices for readings they have kept, and what became of it."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Officer, ServicesDep
from api.parameters import Paging
from api.schemas.backfill import BackfillBody, BackfillList, BackfillOut
from api.schemas.base import PLAIN, PageOut
from domain.errors import Invalid
from domain.instants import Span

router = APIRouter(tags=["backfill"])
MeterText = Annotated[str | None, Query(max_length=64, pattern=PLAIN, description="only this meter")]


@router.get("/backfills", summary="Requests for kept readings, newest first")
def backfills(caller: Officer, services: ServicesDep, paging: Paging, meter: MeterText = None) -> PageOut[BackfillOut]:
    page = services.backfills.list(caller, meter=meter, cursor=paging.cursor, limit=paging.limit)
    return PageOut[BackfillOut].of(page, [BackfillOut.of(request, services.zone) for request in page.items])


@router.post("/backfills", status_code=201, summary="Ask a meter's device for what it has kept of a span")
def ask(body: BackfillBody, caller: Officer, services: ServicesDep) -> BackfillList:
    if body.start.tzinfo is None or body.end.tzinfo is None:
        raise Invalid("start and end need an offset, as in 2026-07-28T08:00:00+08:00")
    span = Span(body.start.astimezone(UTC), body.end.astimezone(UTC))
    made = services.backfills.ask(caller, body.meter, span, body.reason)
    return BackfillList(items=[BackfillOut.of(request, services.zone) for request in made])
