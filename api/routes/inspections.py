"""走访, 双随机抽查 with its lots, and guards (保供电)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Officer, ServicesDep, Staff
from api.schemas.base import PLAIN
from api.schemas.inspections import (
    DoneBody,
    GuardBody,
    GuardList,
    GuardOut,
    LotBody,
    LotList,
    LotOut,
    VisitBody,
    VisitList,
    VisitOut,
)
from domain.orderly import Guard

router = APIRouter(prefix="/orderly", tags=["orderly"])


@router.get("/guards", summary="保供电: sites that are not called")
def guards(caller: Staff, services: ServicesDep) -> GuardList:
    found = services.orderly.orders.guards(caller)
    return GuardList(items=[GuardOut.model_validate(each, from_attributes=True) for each in found])


@router.post("/guards", summary="Guard a site in these days", status_code=201)
def guard(body: GuardBody, caller: Officer, services: ServicesDep) -> GuardOut:
    kept = services.orderly.orders.guard(caller, Guard(body.enterprise, body.first, body.last, body.reason, ""))
    return GuardOut.model_validate(kept, from_attributes=True)


@router.get("/visits", summary="走访, 双随机 and checks on site, the last first")
def visits(caller: Staff, services: ServicesDep) -> VisitList:
    return VisitList(items=[VisitOut.of(each, services.zone) for each in services.orderly.visits.visits(caller)])


@router.post("/visits", summary="Record a visit with its finding", status_code=201)
def record_visit(body: VisitBody, caller: Officer, services: ServicesDep) -> VisitOut:
    return VisitOut.of(services.orderly.visits.record(caller, body.visit()), services.zone)


@router.post("/visits/{visit}", summary="What was to follow is done, or is not after all")
def follow_up(
    visit: Annotated[str, Path(max_length=40, pattern=PLAIN)], body: DoneBody, caller: Officer, services: ServicesDep
) -> VisitOut:
    return VisitOut.of(services.orderly.visits.follow_up(caller, visit, done=body.done), services.zone)


@router.get("/lots", summary="双随机: lots drawn, the last first")
def lots(caller: Staff, services: ServicesDep) -> LotList:
    return LotList(items=[LotOut.of(each, services.zone) for each in services.orderly.visits.lots(caller)])


@router.post("/lots", summary="Draw enterprises and two officers for each; the seed is kept", status_code=201)
def draw(body: LotBody, caller: Officer, services: ServicesDep) -> LotOut:
    lot = services.orderly.visits.draw(caller, body.count, tuple(body.officers))
    return LotOut.of(lot, services.zone)
