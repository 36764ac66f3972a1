"""The power company's monthly statements, compared with what the meters measured."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response, UploadFile

from api.auth import Caller, Officer, ServicesDep, Staff
from api.schemas.base import PLAIN
from api.schemas.billing import BillingImportOut, ComparedList, ComparedOut
from domain.billing import parse_month
from response.billing_sheet import billing_sheet
from storage.billing_files import import_billing
from storage.sheet_files import SheetFile

router = APIRouter(prefix="/billing", tags=["billing"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Month = Annotated[str, Query(max_length=10, pattern=PLAIN, description="a month", examples=["2026-07"])]
GivenMonth = Annotated[
    str, Query(max_length=10, pattern=PLAIN, description="of rows that name none", examples=["2026-07"])
]
Source = Annotated[str, Query(max_length=200, pattern=PLAIN, description="the document; left out, the file's name")]
DryRun = Annotated[bool, Query(description="only read and check")]


def _month(text: str) -> date:
    return parse_month(text)


@router.get("", summary="Each statement of a month beside the metered figures, the largest deviation first")
def compared(caller: Caller, services: ServicesDep, month: Month) -> ComparedList:
    """An enterprise account sees its own accounts' statements only. An empty list: no statement was imported."""
    chosen = _month(month)
    found = services.billing.compare(caller, chosen)
    return ComparedList(month=chosen, items=[ComparedOut.of(each) for each in found])


@router.get(
    "/export",
    summary="The same as an Excel sheet",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "an .xlsx workbook"}},
)
def export(caller: Staff, services: ServicesDep, month: Month) -> Response:
    chosen = _month(month)
    content = billing_sheet(chosen, services.billing.compare(caller, chosen))
    name = f'attachment; filename="billing-{chosen:%Y-%m}.xlsx"'
    return Response(content, media_type=XLSX, headers={"Content-Disposition": name})


@router.post("/import", summary="Import statements from .xlsx, .xls or .csv; mistakes are listed by cell")
def import_file(
    file: UploadFile,
    caller: Officer,
    services: ServicesDep,
    month: GivenMonth = "",
    source: Source = "",
    dry_run: DryRun = False,
) -> BillingImportOut:
    """Answers 200 also when the file has mistakes: they are the answer. Then `written` is false."""
    read = import_billing(
        services.ledger.billing,
        services.ledger.registry.registry(),
        caller.name,
        SheetFile(file.filename or "", file.file.read()),
        source=source,
        month=_month(month) if month else None,
        dry_run=dry_run,
    )
    return BillingImportOut.of(read, dry_run=dry_run)
