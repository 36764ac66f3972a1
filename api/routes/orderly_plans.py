"""Plans of orderly power use: import, check, approve, compare, export."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response, UploadFile

from api.auth import Officer, ServicesDep, Staff
from api.parameters import FIRST_YEAR, LAST_YEAR
from api.schemas.base import PLAIN
from api.schemas.orderly_plans import (
    ApprovalIn,
    PlanChangeOut,
    PlanChanges,
    PlanCheckOut,
    PlanDetail,
    PlanImportOut,
    PlanList,
    PlanOut,
    PlanRowOut,
)
from api.services import Services
from domain.orderly import Plan
from storage.sheet_files import SheetFile

router = APIRouter(prefix="/orderly", tags=["orderly"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET: dict[int | str, dict[str, Any]] = {200: {"content": {XLSX: {}}, "description": "an .xlsx workbook"}}
PlanId = Annotated[str, Path(max_length=20, pattern=r"^20\d\d-\d{1,4}$", examples=["2026-1"])]
OtherId = Annotated[str, Query(max_length=20, pattern=r"^20\d\d-\d{1,4}$", description="the later one")]
Year = Annotated[int, Query(ge=FIRST_YEAR, le=LAST_YEAR)]


def _out(services: Services, plan: Plan) -> PlanOut:
    return PlanOut.of(plan, services.orderly.plans.levels(plan.year).letters, services.zone)


def sheet(content: bytes, name: str) -> Response:
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/plans", summary="Every plan, newest version first")
def plans(caller: Staff, services: ServicesDep) -> PlanList:
    return PlanList(items=[_out(services, plan) for plan in services.orderly.plans.plans(caller)])


@router.post("/plans/import", summary="Import a plan workbook; mistakes are listed by cell")
def import_plan(
    file: UploadFile,
    caller: Officer,
    services: ServicesDep,
    year: Year,
    title: Annotated[str, Query(max_length=100, pattern=PLAIN)] = "",
    cumulative: Annotated[bool | None, Query(description="left out: as the workbook says")] = None,
    dry_run: Annotated[bool, Query(description="only read and check")] = False,
) -> PlanImportOut:
    """Answers 200 also when the file has mistakes: they are the answer. Then `written` is false."""
    read = services.orderly.plans.take(
        caller,
        SheetFile(file.filename or "", file.file.read()),
        year=year,
        title=title,
        cumulative=cumulative,
        dry_run=dry_run,
    )
    return PlanImportOut.of(read, services.orderly.plans.levels(year).letters, services.zone)


@router.post("/plans/draft", summary="Draft a plan from the registry and the last year of load")
def draft(caller: Officer, services: ServicesDep, year: Year) -> PlanOut:
    return _out(services, services.orderly.plans.draft(caller, year))


@router.get("/survey", summary="用电信息调查表 with what is known", response_class=Response, responses=SHEET)
def survey(caller: Officer, services: ServicesDep, year: Year) -> Response:
    return sheet(services.orderly.plans.survey(caller, year), f"survey-{year}.xlsx")


@router.get("/plans/{plan}", summary="A plan with its rows")
def plan_detail(plan: PlanId, caller: Staff, services: ServicesDep) -> PlanDetail:
    found = services.orderly.plans.get(caller, plan)
    rows = [PlanRowOut.of(row) for row in found.rows]
    return PlanDetail(**_out(services, found).model_dump(), items=rows)


@router.get("/plans/{plan}/check", summary="What is wrong or doubtful in a plan")
def check(plan: PlanId, caller: Staff, services: ServicesDep) -> PlanCheckOut:
    return PlanCheckOut.of(plan, services.orderly.plans.check(caller, plan))


@router.get("/plans/{plan}/compare", summary="What differs between two versions")
def compare(plan: PlanId, other: OtherId, caller: Staff, services: ServicesDep) -> PlanChanges:
    found = services.orderly.plans.compare(caller, plan, other)
    return PlanChanges(before=plan, after=other, items=[PlanChangeOut.of(each) for each in found])


@router.get("/plans/{plan}/export", summary="The same workbook", response_class=Response, responses=SHEET)
def export(plan: PlanId, caller: Staff, services: ServicesDep) -> Response:
    return sheet(services.orderly.plans.export(caller, plan), f"plan-{plan}.xlsx")


@router.post("/plans/{plan}/approve", summary="Approval by a named officer")
def approve(plan: PlanId, body: ApprovalIn, caller: Officer, services: ServicesDep) -> PlanOut:
    found = services.orderly.plans.approve(caller, plan, officer=body.officer, document=body.document)
    return _out(services, found)
