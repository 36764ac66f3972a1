"""Orderly power use: gap, list, instructions, orders, execution and season account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth import Caller, Officer, ServicesDep, Staff
from api.parameters import FIRST_YEAR, LAST_YEAR
from api.schemas.base import PLAIN
from api.schemas.executions import ExecutionOut
from api.schemas.instructions import InstructionBody, InstructionList, InstructionOut
from api.schemas.orderly_gap import GapOut
from api.schemas.orderly_lists import AllocationOut, NeedBody
from api.schemas.orders import ConfirmBody, LiftBody, OrderBody, OrderList, OrderOut, RevisionBody
from api.schemas.runs import RunOut
from api.schemas.seasons import RehearsalBody, SeasonLineOut, SeasonOut
from domain.scopes import Scope
from response.orderly.order_lines import listed_order
from response.orderly.rehearsed import KIND
from response.orderly.what_if import WhatIf

router = APIRouter(prefix="/orderly", tags=["orderly"])
OrderId = Annotated[str, Path(max_length=40, pattern=PLAIN, examples=["20260728-3f1c"])]
Year = Annotated[int, Query(ge=FIRST_YEAR, le=LAST_YEAR)]


@router.get("/gap", summary="The gap ahead by slot, with the level it would mean; what-if changes may be added")
def gap(
    caller: Staff,
    services: ServicesDep,
    scope: Annotated[str, Query(max_length=100, pattern=PLAIN, description="left out: the district")] = "",
    hours: Annotated[int, Query(ge=1, le=168)] = 48,
    warmer_c: Annotated[float, Query(ge=-10, le=10)] = 0.0,
    cloudy: Annotated[float, Query(ge=0, le=1, description="share of the usual solar output lost")] = 0.0,
    quota_change: Annotated[float, Query(ge=-0.9, le=1, description="-0.2: a fifth less")] = 0.0,
    restart_kw: Annotated[float, Query(ge=0, le=1e7)] = 0.0,
) -> GapOut:
    changes = WhatIf(warmer_c, cloudy, quota_change, restart_kw)
    chosen = Scope.asked(scope)
    found = services.orderly.gap.ahead(caller, chosen, hours=hours, changes=changes)
    return GapOut.of(found, services.zone)


@router.post("/allocations", summary="A need in kW becomes a list, with a sentence for everyone; nothing is ordered")
def allocate(body: NeedBody, caller: Staff, services: ServicesDep) -> AllocationOut:
    return AllocationOut.of(services.orderly.allocations.solve(caller, body.need()), services.zone)


@router.get("/instructions", summary="Instructions of city and power company, the last received first")
def instructions(caller: Staff, services: ServicesDep) -> InstructionList:
    found = services.orderly.instructions.instructions(caller)
    return InstructionList(items=[InstructionOut.of(each, services.zone) for each in found])


@router.post("/instructions", summary="Register an instruction, or its lifting", status_code=201)
def register(body: InstructionBody, caller: Officer, services: ServicesDep) -> InstructionOut:
    return InstructionOut.of(services.orderly.instructions.register(caller, body.instruction()), services.zone)


@router.get("/orders", summary="Orders, the last to begin first; an enterprise sees its own lines")
def orders(caller: Caller, services: ServicesDep) -> OrderList:
    return OrderList(items=[OrderOut.of(each, services.zone) for each in services.orderly.orders.orders(caller)])


@router.post("/orders", summary="Prepare an order; nothing is told to anybody yet", status_code=201)
def prepare(body: OrderBody, caller: Officer, services: ServicesDep) -> OrderOut:
    desk = services.orderly
    if body.need is not None:
        answer = desk.allocations.solve(caller, body.need.need())
        new = listed_order(answer, body.instruction, body.target, drill=body.drill)
    else:
        new = body.order()
    return OrderOut.of(desk.orders.prepare(caller, new), services.zone)


@router.get("/orders/{order}", summary="One order")
def order_detail(order: OrderId, caller: Caller, services: ServicesDep) -> OrderOut:
    return OrderOut.of(services.orderly.orders.get(caller, order), services.zone)


@router.post("/orders/{order}/issue", summary="Confirm by name: the baseline is frozen and the notices leave")
def issue(order: OrderId, body: ConfirmBody, caller: Officer, services: ServicesDep) -> OrderOut:
    return OrderOut.of(services.orderly.orders.issue(caller, order, officer=body.officer), services.zone)


@router.post("/orders/{order}/revise", summary="Other lines or windows; those it hits are told")
def revise(order: OrderId, body: RevisionBody, caller: Officer, services: ServicesDep) -> OrderOut:
    desk, officer = services.orderly.orders, body.officer or ""
    if body.windows is None and body.lines is None:
        return OrderOut.of(desk.amend(caller, order, body.changes(), officer=officer), services.zone)
    done = desk.revise(
        caller,
        order,
        officer=officer,
        lines=None if body.lines is None else [each.line() for each in body.lines],
        windows=None if body.windows is None else [each.window() for each in body.windows],
    )
    return OrderOut.of(done, services.zone)


@router.post("/orders/{order}/lift", summary="Lift an order; good results lift nothing by themselves")
def lift(order: OrderId, body: LiftBody, caller: Officer, services: ServicesDep) -> OrderOut:
    done = services.orderly.orders.lift(caller, order, officer=body.officer, reason=body.reason)
    return OrderOut.of(done, services.zone)


@router.get("/orders/{order}/execution", summary="执行率, 到位率 and everyone's figures, live and afterwards")
def execution(order: OrderId, caller: Caller, services: ServicesDep) -> ExecutionOut:
    return ExecutionOut.of(services.orderly.executions.of(caller, order), services.zone)


@router.get("/season", summary="公平账: what each enterprise has borne; an enterprise sees its own line")
def season(caller: Caller, services: ServicesDep, year: Year) -> SeasonOut:
    found = services.orderly.fairness.of(caller, year)
    return SeasonOut(year=year, items=[SeasonLineOut.of(line) for line in found])


@router.post("/rehearsals", summary="A past summer through one plan or several, in the background", status_code=202)
def rehearse(body: RehearsalBody, caller: Officer, services: ServicesDep) -> RunOut:
    """The result's `items` are as `yingfeng rehearse --json` prints them."""
    season, desk = body.season(), services.orderly.rehearsal
    desk.plans(caller, body.plans, season)  # what is wrong is said now, not by the run
    parameters = body.model_dump(mode="json")
    run = services.runs.submit(
        caller, KIND, body.scope, parameters, lambda progress: desk.outcome(caller, body.plans, season, progress)
    )
    return RunOut.of(run, services.zone)
