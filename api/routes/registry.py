"""Enterprises and meters as the caller may see them; import and export of the whole registry."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, File, Path, Query, Response, UploadFile

from api.auth import Caller, Officer, ServicesDep, Staff
from api.directory import Directory, Filter, page_of
from api.parameters import DayText, Paging, plausible_day, today
from api.schemas.base import PLAIN, PageOut
from api.schemas.registry import (
    AccountOut,
    ClosingBody,
    ClosingOut,
    EnterpriseDetail,
    EnterpriseOut,
    ImportOut,
    MeterOut,
    ServiceBody,
)
from api.services import Services
from domain.events import RegistryChanged
from domain.people import Principal
from storage.registry_closing import Closable, put_closing
from storage.registry_export import export_registry
from storage.registry_files import import_registry
from storage.sheet_files import SheetFile

router = APIRouter(tags=["registry"])
Text = Annotated[str, Query(max_length=100, pattern=PLAIN)]
Id = Annotated[str, Path(max_length=64, pattern=PLAIN)]
Reveal = Annotated[bool, Query(description="officers only: full phone numbers; the look is audited")]
Files = Annotated[list[UploadFile], File(description="one .xlsx, or one .csv for each of 企业, 户号 and 计量点")]
DryRun = Annotated[bool, Query(description="only read and check")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _directory(services: Services, caller: Principal, day: DayText) -> Directory:
    chosen = plausible_day(day or today(services.clock.now(), services.zone))
    return Directory(services.ledger.registry.registry(), chosen, caller)


@router.get("/enterprises", summary="Enterprises in force on a day")
def enterprises(
    caller: Caller,
    services: ServicesDep,
    paging: Paging,
    street: Text = "",
    sector: Text = "",
    q: Text = "",
    day: DayText = None,
) -> PageOut[EnterpriseOut]:
    found = _directory(services, caller, day).enterprises(Filter(street, sector, q))
    page = page_of(found, lambda enterprise: enterprise.id, paging.cursor, paging.limit)
    return PageOut[EnterpriseOut].of(page, map(EnterpriseOut.of, page.items))


@router.get("/enterprises/{enterprise_id}", summary="One enterprise with its accounts, meters and contacts")
def enterprise(
    enterprise_id: Id, caller: Caller, services: ServicesDep, day: DayText = None, reveal: Reveal = False
) -> EnterpriseDetail:
    directory = _directory(services, caller, day)
    found = directory.enterprise(enterprise_id)
    if reveal:
        caller.require_write()
        services.ledger.audit.record(caller.name, "contacts.reveal", f"enterprise:{found.id}")
    accounts = [AccountOut.of(account) for account in directory.accounts(found.id)]
    meters = [MeterOut.of(meter, found.id) for meter in directory.meters(found.id)]
    return EnterpriseDetail.build(found, accounts, meters, reveal=reveal)


@router.get("/meters", summary="Meters in force on a day")
def meters(
    caller: Caller, services: ServicesDep, paging: Paging, enterprise: Text = "", day: DayText = None
) -> PageOut[MeterOut]:
    directory = _directory(services, caller, day)
    page = page_of(directory.meters(enterprise), lambda meter: meter.id, paging.cursor, paging.limit)
    return PageOut[MeterOut].of(page, [MeterOut.of(meter, directory.owner(meter.id)) for meter in page.items])


@router.get("/meters/{meter_id}", summary="One meter")
def meter(meter_id: Id, caller: Caller, services: ServicesDep, day: DayText = None) -> MeterOut:
    directory = _directory(services, caller, day)
    return MeterOut.of(directory.meter(meter_id), directory.owner(meter_id))


@router.put("/meters/{meter_id}/service", summary="Take a meter out of service from a day on, or put it back")
def set_service(meter_id: Id, body: ServiceBody, caller: Officer, services: ServicesDep) -> MeterOut:
    directory = _directory(services, caller, body.from_day)
    found = directory.meter(meter_id)
    # Versions already entered for later days follow, or the meter would come back by itself.
    later = [
        version
        for version in services.ledger.registry.registry().meters
        if version.id == found.id and version.valid_from > body.from_day
    ]
    versions = [replace(found, valid_from=body.from_day), *later]
    changed = [replace(version, in_service=body.in_service) for version in versions]
    registry = services.ledger.registry.put_versions(caller.name, meters=changed, source=body.reason)
    services.bus.publish(RegistryChanged(registry.revision))
    return MeterOut.of(changed[0], directory.owner(meter_id))


@router.put("/enterprises/{enterprise_id}/closing", summary="Close an enterprise from a day on, or open it again")
def close_enterprise(enterprise_id: Id, body: ClosingBody, caller: Officer, services: ServicesDep) -> ClosingOut:
    return _close(Closable.ENTERPRISE, enterprise_id, body, caller, services)


@router.put("/accounts/{account_id}/closing", summary="Close an account (销户) from a day on, or open it again")
def close_account(account_id: Id, body: ClosingBody, caller: Officer, services: ServicesDep) -> ClosingOut:
    return _close(Closable.ACCOUNT, account_id, body, caller, services)


def _close(what: Closable, ident: str, body: ClosingBody, caller: Principal, services: Services) -> ClosingOut:
    ledger = services.ledger.registry
    registry = put_closing(ledger, caller.name, what, ident, body.from_day, closed=body.closed, reason=body.reason)
    services.bus.publish(RegistryChanged(registry.revision))
    return ClosingOut(id=ident, closed=body.closed, from_day=body.from_day, revision=registry.revision)


@router.post("/registry/import", summary="Import enterprises, accounts and meters; mistakes are listed by cell")
def import_files(files: Files, caller: Officer, services: ServicesDep, dry_run: DryRun = False) -> ImportOut:
    """Answers 200 also when the file has mistakes: they are the answer. Then `written` is false."""
    sheets = [SheetFile(file.filename or "", file.file.read()) for file in files]
    day = today(services.clock.now(), services.zone)
    outcome = import_registry(services.ledger.registry, caller.name, sheets, today=day, dry_run=dry_run)
    if outcome.registry is not None:
        services.bus.publish(RegistryChanged(outcome.registry.revision))
    return ImportOut.of(outcome)


@router.get(
    "/registry/export",
    summary="The whole registry as the workbook that the import reads",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "an .xlsx workbook"}},
)
def export(caller: Staff, services: ServicesDep, reveal: Reveal = False) -> Response:
    registry = services.ledger.registry.registry()
    if reveal:
        caller.require_write()
        services.ledger.audit.record(caller.name, "contacts.reveal", "registry")
    content = export_registry(registry, reveal_phones=reveal)
    name = f'attachment; filename="registry-{registry.revision}.xlsx"'
    return Response(content, media_type=XLSX, headers={"Content-Disposition": name})
