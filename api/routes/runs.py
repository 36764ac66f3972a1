"""Long work: how far it is, ending it; and the results it left. For staff; the desk checks the role."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth import Officer, ServicesDep, Staff
from api.parameters import Paging
from api.schemas.base import PLAIN, PageOut
from api.schemas.runs import ResultHead, ResultOut, RunOut

router = APIRouter(tags=["runs"])
Id = Annotated[str, Path(max_length=64, pattern=PLAIN)]
Kind = Annotated[str | None, Query(max_length=64, pattern=PLAIN, examples=["baseline_court"])]
Subject = Annotated[str | None, Query(max_length=200, examples=["enterprise:E001"])]


@router.get("/runs", summary="Long work, newest first")
def runs(caller: Staff, services: ServicesDep, paging: Paging, kind: Kind = None) -> PageOut[RunOut]:
    page = services.runs.list(caller, kind=kind, cursor=paging.cursor, limit=paging.limit)
    return PageOut[RunOut].of(page, [RunOut.of(run, services.zone) for run in page.items])


@router.get("/runs/{run_id}", summary="How far one run is")
def run(run_id: Id, caller: Staff, services: ServicesDep) -> RunOut:
    return RunOut.of(services.runs.get(caller, run_id), services.zone)


@router.delete("/runs/{run_id}", summary="End a run; it stops at its next step")
def cancel(run_id: Id, caller: Officer, services: ServicesDep) -> RunOut:
    return RunOut.of(services.runs.cancel(caller, run_id), services.zone)


@router.get("/results", summary="Kept results, newest first")
def results(
    caller: Staff, services: ServicesDep, paging: Paging, kind: Kind = None, subject: Subject = None
) -> PageOut[ResultHead]:
    page = services.runs.results(caller, kind=kind, subject=subject, cursor=paging.cursor, limit=paging.limit)
    return PageOut[ResultHead].of(page, [ResultHead.of(result, services.zone) for result in page.items])


@router.get("/results/{result_id}", summary="One kept result with its body")
def result(result_id: Id, caller: Staff, services: ServicesDep) -> ResultOut:
    return ResultOut.of(services.runs.result(caller, result_id), services.zone)
