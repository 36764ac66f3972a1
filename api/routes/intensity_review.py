"""Follow-through of energy review (节能审查): approvals in, projects at their pace and what a region has left out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, UploadFile

from api.auth import Caller, Officer, ServicesDep
from api.parameters import today
from api.routes.intensity import Enterprises
from api.schemas.intensity import IntensityImportOut
from domain.energy_review import RegionalReview
from domain.ids import EnterpriseId
from domain.months import parse_month
from response.intensity.review_answers import ProjectFollowed, RegionAnswer
from storage.sheet_files import SheetFile

router = APIRouter(tags=["intensity"])
Month = Annotated[str, Query(max_length=7, description="last of the twelve months looked at", examples=["2026-06"])]
DryRun = Annotated[bool, Query(description="only read and check")]
Amount = Annotated[float | None, Query(ge=0, lt=1e12)]
NextTce = Annotated[float | None, Query(ge=0, lt=1e12, description="of the next project, in the region's basis")]


@router.get("/intensity/projects", summary="Approved projects against their metered pace")
def projects(
    caller: Caller, services: ServicesDep, month: Month, enterprise: Enterprises = None
) -> list[ProjectFollowed]:
    chosen = None if enterprise is None else [EnterpriseId(each) for each in enterprise]
    return list(services.intensity.reviews.projects(caller, parse_month(month), chosen))


@router.get("/intensity/regions", summary="Approved regions")
def regions(caller: Caller, services: ServicesDep) -> list[RegionalReview]:
    return list(services.intensity.reviews.regions(caller))


@router.get("/intensity/regions/{region}", summary="What a region has left, and the route of the next project")
def region_budget(
    region: str,
    caller: Caller,
    services: ServicesDep,
    month: Month,
    next_tce: NextTce = None,
    calorific_tce: Amount = None,
    electricity_kwh: Amount = None,
    coal_t: Amount = None,
) -> RegionAnswer:
    reviews = services.intensity.reviews
    budget = reviews.budget(caller, region, parse_month(month))
    if next_tce is None:
        return RegionAnswer(budget, None)
    day = today(services.clock.now(), services.zone)
    found = reviews.next_project(
        budget, day, tce=next_tce, calorific_tce=calorific_tce, electricity_kwh=electricity_kwh, coal_t=coal_t
    )
    return RegionAnswer(budget, found)


@router.post("/intensity/projects/import", summary="Import approved projects; mistakes are listed by cell")
def import_projects(
    file: UploadFile, caller: Officer, services: ServicesDep, dry_run: DryRun = False
) -> IntensityImportOut:
    """Answers 200 also when the file has mistakes: they are the answer, and nothing is written."""
    sheet = SheetFile(file.filename or "", file.file.read())
    found = services.intensity.intake.projects(caller, sheet, dry_run=dry_run)
    return IntensityImportOut.of(len(found.entries), len(found.written), found.errors, found.flags)


@router.post("/intensity/regions/import", summary="Import approved regions; mistakes are listed by cell")
def import_regions(
    file: UploadFile, caller: Officer, services: ServicesDep, dry_run: DryRun = False
) -> IntensityImportOut:
    """Answers 200 also when the file has mistakes: they are the answer, and nothing is written."""
    sheet = SheetFile(file.filename or "", file.file.read())
    found = services.intensity.intake.regions(caller, sheet, dry_run=dry_run)
    return IntensityImportOut.of(len(found.entries), len(found.written), found.errors, found.flags)
