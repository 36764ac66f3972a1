"""What was refused (quarantine) and who changed what (audit)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from api.auth import Officer, ServicesDep
from api.parameters import Paging
from api.schemas.base import PLAIN, PageOut
from api.schemas.people import AuditOut
from api.schemas.watch import QuarantinedDetail, QuarantinedOut

router = APIRouter()
ItemId = Annotated[int, Path(ge=1, le=2**62)]
Text = Annotated[str | None, Query(max_length=200, pattern=PLAIN)]


@router.get("/quarantine", tags=["quarantine"], summary="Messages and rows that were refused")
def quarantine(
    _: Officer,
    services: ServicesDep,
    paging: Paging,
    state: Literal["held", "replayed", "discarded", "all"] = "held",
    reason: Text = None,
) -> PageOut[QuarantinedOut]:
    page = services.quarantine.list(
        state=None if state == "all" else state, reason=reason, cursor=paging.cursor, limit=paging.limit
    )
    return PageOut[QuarantinedOut].of(page, [QuarantinedOut.of(item, services.zone) for item in page.items])


@router.get("/quarantine/{item_id}", tags=["quarantine"], summary="One refused message with its payload")
def quarantined(item_id: ItemId, _: Officer, services: ServicesDep) -> QuarantinedDetail:
    return QuarantinedDetail.of(services.quarantine.show(item_id), services.zone)


@router.post("/quarantine/{item_id}/replay", tags=["quarantine"], summary="Take the message in once more")
def replay(item_id: ItemId, caller: Officer, services: ServicesDep) -> QuarantinedOut:
    return QuarantinedOut.of(services.quarantine.replay(caller, item_id), services.zone)


@router.post("/quarantine/{item_id}/discard", tags=["quarantine"], summary="Give the message up; it stays readable")
def discard(item_id: ItemId, caller: Officer, services: ServicesDep) -> QuarantinedOut:
    return QuarantinedOut.of(services.quarantine.discard(caller, item_id), services.zone)


@router.get("/audit", tags=["audit"], summary="Who changed what, newest first")
def audit(
    _: Officer, services: ServicesDep, paging: Paging, subject: Text = None, actor: Text = None
) -> PageOut[AuditOut]:
    page = services.ledger.audit.entries(subject=subject, actor=actor, cursor=paging.cursor, limit=paging.limit)
    return PageOut[AuditOut].of(page, [AuditOut.of(entry, services.zone) for entry in page.items])
