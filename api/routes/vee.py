"""Validation, estimation and editing. The desk checks scope and role; every change has a reason and an undo."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth import Caller, Officer, ServicesDep, Staff
from api.parameters import DayText, From, Paging, To, plausible_day, span_of, today
from api.schemas.base import PLAIN, PageOut
from api.schemas.exchanges import ExchangeIn, ExchangeList, ExchangeOut, ExchangeUndoIn
from api.schemas.runs import RunOut
from api.schemas.vee import AcceptIn, ChangeOut, EditIn, FlagList, FlagOut, UndoIn, VeeDayOut, VeeRunIn
from domain.errors import Invalid
from domain.events import RegistryChanged
from domain.instants import Span
from monitor.vee_desk import Edit

router = APIRouter(prefix="/vee", tags=["vee"])
MeterText = Annotated[str, Query(min_length=1, max_length=64, pattern=PLAIN, examples=["M001"])]
OneMeter = Annotated[str | None, Query(max_length=64, pattern=PLAIN, examples=["M001"])]
RuleText = Annotated[str | None, Query(max_length=32, pattern=PLAIN, examples=["spike"])]
Open = Annotated[bool, Query(alias="open", description="only flags nobody has accepted")]
Number = Annotated[int, Path(ge=1, lt=2**53)]


@router.get("/flags", summary="What the rules found, newest first")
def flags(
    caller: Caller,
    services: ServicesDep,
    paging: Paging,
    start: From = None,
    end: To = None,
    meter: OneMeter = None,
    rule: RuleText = None,
    open_only: Open = False,
) -> FlagList:
    span = span_of(start, end, now=services.clock.now(), zone=services.zone)
    page = services.vee.flags(
        caller, span, meter=meter, rule=rule, open_only=open_only, cursor=paging.cursor, limit=paging.limit
    )
    items = [FlagOut.of(flag, services.zone) for flag in page.items]
    return FlagList(items=items, next_cursor=page.next_cursor, total=page.total)


@router.post("/flags/{flag_id}/accept", summary="The readings stand as they are")
def accept(flag_id: Number, body: AcceptIn, caller: Officer, services: ServicesDep) -> FlagOut:
    return FlagOut.of(services.vee.accept_flag(caller, flag_id, body.note), services.zone)


@router.get("/day", summary="Raw and effective readings of one meter and day")
def day(caller: Caller, services: ServicesDep, meter: MeterText, day: DayText = None) -> VeeDayOut:
    chosen = plausible_day(day or today(services.clock.now(), services.zone))
    return VeeDayOut.of(services.vee.day(caller, meter, chosen), services.zone)


@router.get("/changes", summary="Changes by runs and people, newest first")
def changes(caller: Staff, services: ServicesDep, paging: Paging, meter: OneMeter = None) -> PageOut[ChangeOut]:
    page = services.vee.changes(caller, meter=meter, cursor=paging.cursor, limit=paging.limit)
    return PageOut[ChangeOut].of(page, [ChangeOut.of(change, services.zone) for change in page.items])


@router.post("/changes", status_code=201, summary="Set, scale, accept or exclude intervals of a meter")
def edit(body: EditIn, caller: Officer, services: ServicesDep) -> ChangeOut:
    if body.start.tzinfo is None or body.end.tzinfo is None:
        raise Invalid("start and end need a time zone, as in 2026-07-28T14:00:00+08:00")
    plausible_day(body.start.date())
    plausible_day(body.end.date())
    wanted = Edit(body.meter, Span(body.start, body.end), body.action, body.reason, body.value)
    return ChangeOut.of(services.vee.edit(caller, wanted), services.zone)


@router.post("/changes/{change_id}/undo", status_code=201, summary="A new revision that says what was said before")
def undo(change_id: Number, body: UndoIn, caller: Officer, services: ServicesDep) -> ChangeOut:
    return ChangeOut.of(services.vee.undo(caller, change_id, body.reason), services.zone)


@router.get("/exchanges", summary="Meter exchanges (换表) by meter and instant")
def exchanges(caller: Caller, services: ServicesDep, meter: OneMeter = None) -> ExchangeList:
    found = services.vee.exchanges.list(caller, meter)
    return ExchangeList(items=[ExchangeOut.of(each, services.zone) for each in found])


@router.post("/exchanges", status_code=201, summary="A meter was exchanged; what it touches is derived again")
def exchange(body: ExchangeIn, caller: Officer, services: ServicesDep) -> ExchangeOut:
    plausible_day(body.at.date())
    made = services.vee.exchanges.record(caller, body.asked())
    services.bus.publish(RegistryChanged(services.ledger.registry.registry().revision))
    return ExchangeOut.of(made, services.zone)


@router.post("/exchanges/undo", summary="As if the exchange had not been entered")
def undo_exchange(body: ExchangeUndoIn, caller: Officer, services: ServicesDep) -> ExchangeOut:
    if body.at.tzinfo is None:
        raise Invalid("at needs a time zone, as in 2026-07-28T10:20:00+08:00")
    plausible_day(body.at.date())
    gone = services.vee.exchanges.undo(caller, body.meter, body.at, body.reason)
    services.bus.publish(RegistryChanged(services.ledger.registry.registry().revision))
    return ExchangeOut.of(gone, services.zone)


@router.post("/runs", status_code=202, summary="Validate and estimate days; watch it under /runs")
def run(body: VeeRunIn, caller: Officer, services: ServicesDep) -> RunOut:
    first, last = plausible_day(body.first), plausible_day(body.last)
    services.vee.check_run(caller, first, last)
    meters = None if body.meters is None else tuple(body.meters)
    parameters = {"from": first.isoformat(), "to": last.isoformat(), "meters": None if meters is None else list(meters)}
    made = services.runs.submit(
        caller, "vee", "district", parameters, lambda progress: services.vee.run(caller, first, last, meters, progress)
    )
    return RunOut.of(made, services.zone)
