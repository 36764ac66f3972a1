"""Files of energy statements, value added and the list above scale, as an officer hands them in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, UploadFile

from api.auth import Officer, ServicesDep, Staff
from api.schemas.intensity import IntensityImportOut, ProductsOut, ScopeImportOut
from config.energy_benchmarks import ProductQuota
from domain.energy import PriceBasis
from storage.output_files import Prices
from storage.sheet_files import SheetFile

router = APIRouter(tags=["intensity"])
DryRun = Annotated[bool, Query(description="only read and check")]
Cumulative = Annotated[bool, Query(description="figures are sums since January")]
Estimate = Annotated[
    bool, Query(description="split what holds several months by days, marked as an estimate, instead of refusing it")
]
Price = Annotated[PriceBasis | None, Query(description="of rows that name none")]
Year = Annotated[int, Query(ge=1949, le=2200, examples=[2026])]


@router.post("/intensity/energy/import", summary="Import energy statements; mistakes are listed by cell")
def import_energy(
    file: UploadFile,
    caller: Officer,
    services: ServicesDep,
    cumulative: Cumulative = False,
    estimate: Estimate = False,
    dry_run: DryRun = False,
) -> IntensityImportOut:
    """Answers 200 also when the file has mistakes: they are the answer, and nothing is written."""
    found = services.intensity.intake.energy(
        caller, _sheet(file), cumulative=cumulative, estimate=estimate, dry_run=dry_run
    )
    return IntensityImportOut.of(len(found.entries), len(found.written), found.errors, found.flags)


@router.post("/intensity/output/import", summary="Import value added; mistakes are listed by cell")
def import_output(
    file: UploadFile,
    caller: Officer,
    services: ServicesDep,
    price: Price = None,
    base_year: Annotated[int | None, Query(ge=1949, le=2200, description="of constant prices")] = None,
    cumulative: Cumulative = False,
    estimate: Estimate = False,
    dry_run: DryRun = False,
) -> IntensityImportOut:
    """Answers 200 also when the file has mistakes: they are the answer, and nothing is written."""
    prices = Prices(price, base_year)
    found = services.intensity.intake.output(
        caller, _sheet(file), prices=prices, cumulative=cumulative, estimate=estimate, dry_run=dry_run
    )
    return IntensityImportOut.of(len(found.entries), len(found.written), found.errors, found.flags)


@router.post("/intensity/scope/import", summary="Import the list above scale (规上) of a year")
def import_scope(
    file: UploadFile,
    caller: Officer,
    services: ServicesDep,
    year: Year,
    whole: Annotated[bool, Query(description="who is not in the file has left")] = False,
    dry_run: DryRun = False,
) -> ScopeImportOut:
    """Answers 200 also when the file has mistakes: they are the answer, and nothing is written."""
    found = services.intensity.intake.scope(caller, _sheet(file), year, whole=whole, dry_run=dry_run)
    return ScopeImportOut.of(found)


@router.get("/intensity/products/levels", summary="标杆水平 and 基准水平 of products, each with its source")
def product_levels(caller: Staff, services: ServicesDep) -> list[ProductQuota]:
    """`confidence` L = nobody has checked the figures."""
    return list(services.intensity.products.levels(caller))


@router.post("/intensity/products", summary="Energy per unit of products against their levels; nothing is kept")
def products(file: UploadFile, caller: Staff, services: ServicesDep) -> ProductsOut:
    """Answers 200 also when the file has mistakes: they are the answer, and nothing is judged."""
    return ProductsOut.of(services.intensity.products.judge(caller, _sheet(file)))


def _sheet(file: UploadFile) -> SheetFile:
    return SheetFile(file.filename or "", file.file.read())
