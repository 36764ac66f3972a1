"""What load is measured against: quota, reference loads, and the officially declared level."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, UploadFile

from api.auth import Caller, Officer, ServicesDep
from api.parameters import DayText, ScopeText, plausible_day, scope_of, today
from api.schemas.base import PLAIN
from api.schemas.references import (
    LevelAnswer,
    LevelBody,
    LevelOut,
    QuotaAnswer,
    QuotaBody,
    QuotaImportOut,
    QuotaList,
    QuotaOut,
    ReferenceBody,
    ReferenceList,
    ReferenceOut,
)
from api.schemas.registry import CellOut
from api.services import Services
from domain.errors import NotFound
from domain.events import ReferencesChanged
from domain.references import Quota
from domain.scopes import DISTRICT, MONITORED, Scope
from storage.quota_files import import_quotas
from storage.sheet_files import SheetFile

router = APIRouter(tags=["references"])
Source = Annotated[str, Query(max_length=200, pattern=PLAIN, description="document of the rows that name none")]
DryRun = Annotated[bool, Query(description="only read and check")]


def _known_scope(services: Services, text: str, day: date) -> Scope:
    """A figure entered for a misspelt scope would never be compared with anything."""
    scope = Scope.parse(text)
    if scope not in (DISTRICT, MONITORED) and not services.ledger.registry.registry().view(day).members(scope):
        raise NotFound(f"scope {scope} has no meter on {day.isoformat()}; GET /api/v1/load/scopes lists what there is")
    return scope


@router.get("/quota", summary="The quota of a scope on a day, with superseded revisions")
def quota(caller: Caller, services: ServicesDep, scope: ScopeText = "", day: DayText = None) -> QuotaAnswer:
    asked = scope_of(scope, caller)
    caller.require_scope(asked)
    chosen = plausible_day(day or today(services.clock.now(), services.zone))
    references = services.ledger.references
    return QuotaAnswer.of(asked, chosen, references.quota(asked, chosen), references.quota_history(asked, chosen))


@router.put("/quota", summary="Enter or revise a quota, for one day or several")
def put_quota(body: QuotaBody, caller: Officer, services: ServicesDep) -> QuotaList:
    first = plausible_day(body.day)
    plausible_day(first + timedelta(days=body.days - 1))
    scope, points = _known_scope(services, body.scope, first), body.points()
    days = [first + timedelta(days=n) for n in range(body.days)]
    quotas = [Quota(scope, day, points, body.source, caller.name) for day in days]
    stored = [services.ledger.references.put_quota(each) for each in quotas]
    services.bus.publish(ReferencesChanged())
    return QuotaList(items=[QuotaOut.of(each) for each in stored])


@router.post("/quota/import", summary="Import quotas from .xlsx or .csv; mistakes are listed by cell")
def import_file(
    file: UploadFile, caller: Officer, services: ServicesDep, source: Source = "", dry_run: DryRun = False
) -> QuotaImportOut:
    """Answers 200 also when the file has mistakes: they are the answer. Then `written` is false."""
    sheet = SheetFile(file.filename or "", file.file.read())
    found = import_quotas(services.ledger.references, caller.name, sheet, source=source, dry_run=dry_run)
    written = bool(found.quotas) and not found.errors and not dry_run
    if written:
        services.bus.publish(ReferencesChanged())
    quotas = [QuotaOut.of(each) for each in found.quotas]
    return QuotaImportOut(written=written, quotas=quotas, errors=[CellOut.of(error) for error in found.errors])


@router.get("/references", summary="Record, last year's maximum and expected maximum of a scope")
def references(caller: Caller, services: ServicesDep, scope: ScopeText = "") -> ReferenceList:
    asked = scope_of(scope, caller)
    caller.require_scope(asked)
    return ReferenceList(items=[ReferenceOut.of(each) for each in services.ledger.references.references(asked)])


@router.put("/references", summary="Enter or revise a reference load")
def put_reference(body: ReferenceBody, caller: Officer, services: ServicesDep) -> ReferenceOut:
    _known_scope(services, body.scope, today(services.clock.now(), services.zone))
    plausible_day(body.on)
    stored = services.ledger.references.put_reference(body.domain(caller.name))
    services.bus.publish(ReferencesChanged())
    return ReferenceOut.of(stored)


@router.get("/official-level", summary="The level declared by province or city for a day")
def official_level(_: Caller, services: ServicesDep, day: DayText = None) -> LevelAnswer:
    chosen = plausible_day(day or today(services.clock.now(), services.zone))
    found = services.ledger.references.official_level(chosen)
    return LevelAnswer(day=chosen, level=LevelOut.of(found) if found is not None else None)


@router.put("/official-level", summary="Enter the declared level with its document number")
def put_official_level(body: LevelBody, caller: Officer, services: ServicesDep) -> LevelOut:
    plausible_day(body.start)
    stored = services.ledger.references.put_official_level(body.domain(caller.name))
    services.bus.publish(ReferencesChanged())
    return LevelOut.of(stored)
