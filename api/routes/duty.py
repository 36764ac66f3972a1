"""Who is reached how, who is on duty, what is silenced, who was called, and whether enterprises can be reached."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth import Officer, ServicesDep, Staff
from api.parameters import From, To, span_of
from api.schemas.base import PLAIN
from api.schemas.duty import (
    ContactCheckBody,
    ContactCheckOut,
    ContactLineOut,
    EscalationList,
    EscalationOut,
    RosterBody,
    RouteList,
    RouteOut,
    RoutesBody,
    ShiftList,
    ShiftOut,
    SilenceBody,
    SilenceList,
    SilenceOut,
)
from domain.duty import Route, Shift, Silence
from domain.errors import Invalid
from domain.instants import Span
from domain.notices import Recipient

router = APIRouter(tags=["duty"])
RecipientPath = Annotated[str, Path(max_length=100, pattern=PLAIN, examples=["user:otto"])]


@router.get("/routes", summary="Who is reached how; addresses are masked")
def routes(caller: Staff, services: ServicesDep) -> RouteList:
    return RouteList(items=[RouteOut.of(each) for each in services.duty.routes(caller)])


@router.put("/routes/{recipient}", summary="The ways to one recipient, and no others")
def put_routes(recipient: RecipientPath, body: RoutesBody, caller: Officer, services: ServicesDep) -> RouteList:
    who = Recipient.parse(recipient)
    given = [Route(who, each.channel, each.address, each.step, each.alerts_from) for each in body.routes]
    return RouteList(items=[RouteOut.of(each) for each in services.duty.put_routes(caller, who, given)])


@router.get("/silences", summary="Silences, newest first")
def silences(caller: Staff, services: ServicesDep, in_force: bool = False) -> SilenceList:
    found = services.duty.silences(caller, in_force=in_force)
    return SilenceList(items=[SilenceOut.of(each, services.zone) for each in found])


@router.post("/silences", status_code=201, summary="Hold back information for a while")
def add_silence(body: SilenceBody, caller: Officer, services: ServicesDep) -> SilenceOut:
    given = Silence(body.kind, body.recipient, body.reference, _utc(body.start), _utc(body.end), body.reason)
    return SilenceOut.of(services.duty.add_silence(caller, given), services.zone)


@router.delete("/silences/{silence_id}", summary="End a silence now")
def end_silence(silence_id: Annotated[int, Path(ge=1, le=2**53)], caller: Officer, services: ServicesDep) -> SilenceOut:
    return SilenceOut.of(services.duty.end_silence(caller, silence_id), services.zone)


@router.get("/duty/shifts", summary="The duty roster")
def shifts(caller: Staff, services: ServicesDep, start: From = None, end: To = None) -> ShiftList:
    span = span_of(start, end, now=services.clock.now(), zone=services.zone)
    return ShiftList(items=[ShiftOut.of(each, services.zone) for each in services.duty.shifts(caller, span)])


@router.put("/duty/shifts", summary="Replace the roster of a span")
def put_shifts(body: RosterBody, caller: Officer, services: ServicesDep) -> ShiftList:
    given = [Shift(each.user, _utc(each.start), _utc(each.end), each.rank) for each in body.shifts]
    found = services.duty.put_shifts(caller, Span(_utc(body.start), _utc(body.end)), given)
    return ShiftList(items=[ShiftOut.of(each, services.zone) for each in found])


@router.get("/duty/escalations", summary="Alerts that called people, newest first")
def escalations(caller: Staff, services: ServicesDep, open_only: bool = False) -> EscalationList:
    found = services.duty.escalations(caller, open_only=open_only)
    return EscalationList(items=[EscalationOut.of(each, services.zone) for each in found])


@router.get("/contact-check", summary="Which enterprises can be reached; the unreachable first")
def contacts(
    caller: Staff,
    services: ServicesDep,
    reference: Annotated[
        str | None, Query(max_length=64, pattern=PLAIN, description="of a check that was sent")
    ] = None,
) -> ContactCheckOut:
    lines = services.contacts.report(caller, reference or None)
    return ContactCheckOut(reference=reference or None, items=[ContactLineOut.of(line) for line in lines])


@router.post("/contact-check", status_code=201, summary="Ask every enterprise to confirm that messages arrive")
def check_contacts(body: ContactCheckBody, caller: Officer, services: ServicesDep) -> ContactCheckOut:
    reference = services.contacts.send(caller, drill=body.drill)
    lines = services.contacts.report(caller, reference)
    return ContactCheckOut(reference=reference, items=[ContactLineOut.of(line) for line in lines])


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise Invalid("instants need an offset, as in 2026-07-28T08:00:00+08:00")
    return instant.astimezone(UTC)
