"""Demand response. The desks check scope and role; a change carries the version its caller saw."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response, UploadFile

from api.auth import Caller, Officer, ServicesDep, Staff
from api.parameters import DayText, From, Paging, To, plausible_day, span_of, today
from api.routes.dr_moves import make
from api.schemas.base import PLAIN
from api.schemas.dr import AnnotationOut, DrillIn, EventIn, EventList, EventOut, MoveIn, SelectionOut, StepList, StepOut
from api.schemas.dr_pace import PaceOut
from api.schemas.dr_records import ContractList, ContractOut, DrImportOut, GrantList, ProgrammeList, ProgrammeOut
from api.schemas.dr_settlement import AnswerIn, ObjectionIn, ObjectionList, ObjectionOut, SettlementList
from api.schemas.review import ReviewOut
from api.services import Services
from domain.dr import DrEvent
from domain.dr_states import EventState
from domain.registry import RegistryView
from domain.scopes import Scope
from response.marks import marks
from storage.sheet_files import SheetFile

router = APIRouter(prefix="/dr", tags=["demand response"])
EventId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$", examples=["2026-07-28-1"])]
Programme = Annotated[str, Query(max_length=64, pattern=PLAIN, examples=["zj_dayahead"])]
Form = Annotated[str, Query(pattern="^(docx|xlsx)$", description="docx or xlsx")]
Revision = Annotated[int | None, Query(ge=1, description="left out, the newest")]
Version = Annotated[int, Query(ge=1, description="of the event, as it was seen")]
Source = Annotated[str, Query(max_length=200, pattern=PLAIN, description="the document; left out, the file's name")]
ReviewScope = Annotated[str, Query(max_length=100, pattern=PLAIN, description="left out, the whole district")]
DryRun = Annotated[bool, Query(description="only read and check")]
Year = Annotated[int, Query(ge=2000, le=2100)]
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


def _file(content: bytes, name: str, form: str) -> Response:
    disposition = f'attachment; filename="{name}.{form}"'
    return Response(content, media_type=MEDIA[form], headers={"Content-Disposition": disposition})


def _out(services: Services, event: DrEvent) -> EventOut:
    return EventOut.of(event, services.zone)


def _view(services: Services, day: date | None = None) -> RegistryView:
    return services.ledger.registry.registry().view(day or today(services.clock.now(), services.zone))


@router.get("/programmes", summary="Programmes and their dated terms")
def programmes(caller: Caller, services: ServicesDep) -> ProgrammeList:  # noqa: ARG001
    return ProgrammeList(items=[ProgrammeOut.of(each) for each in services.dr.desk.programmes.programme])


@router.get("/contracts", summary="Contracts of accounts in force on a day")
def contracts(caller: Staff, services: ServicesDep, day: DayText = None) -> ContractList:
    chosen = None if day is None else plausible_day(day)
    return ContractList(items=[ContractOut.of(each) for each in services.dr.records.contracts(caller, chosen)])


@router.post("/contracts/import", summary="Import contracts from .xlsx, .xls or .csv; mistakes are listed by cell")
def import_contracts(
    file: UploadFile,
    caller: Officer,
    services: ServicesDep,
    programme: Programme,
    source: Source = "",
    dry_run: DryRun = False,
) -> DrImportOut:
    sheet = SheetFile(file.filename or "", file.file.read())
    return DrImportOut.of(services.dr.records.take_contracts(caller, sheet, programme, source=source, dry_run=dry_run))


@router.get("/events", summary="Events, the newest first; an enterprise gets those it was asked to join")
def events(caller: Caller, services: ServicesDep, paging: Paging, state: EventState | None = None) -> EventList:
    states = None if state is None else [state]
    page = services.dr.book.list(caller, states=states, cursor=paging.cursor, limit=paging.limit)
    items = [_out(services, each) for each in page.items]
    return EventList(items=items, next_cursor=page.next_cursor, total=page.total)


@router.post("/events", status_code=201, summary="Draft an event")
def create(body: EventIn, caller: Officer, services: ServicesDep) -> EventOut:
    return _out(services, services.dr.desk.create(caller, body.new_event()))


@router.post("/drills", status_code=201, summary="A drill that runs by itself, from the invitation to the settlement")
def drill(body: DrillIn, caller: Officer, services: ServicesDep) -> EventOut:
    return _out(services, services.dr.drill.begin(caller, body.programme, body.target_kw))


@router.get("/events/{event_id}", summary="One event; an enterprise sees its own part")
def event(event_id: EventId, caller: Caller, services: ServicesDep) -> EventOut:
    return _out(services, services.dr.book.get(caller, event_id))


@router.get("/events/{event_id}/candidates", summary="Who could be asked, and why others cannot")
def candidates(event_id: EventId, caller: Staff, services: ServicesDep) -> SelectionOut:
    return SelectionOut.of(services.dr.desk.candidates(caller, event_id))


@router.post("/events/{event_id}/moves", summary="Choose, invite, clear, confirm, revise, cancel, end, verify, ...")
def move(event_id: EventId, body: MoveIn, caller: Officer, services: ServicesDep) -> EventOut:
    return _out(services, make(services.dr, caller, event_id, body))


@router.post("/events/{event_id}/official/import", summary="Import the province's figures; mistakes are listed by cell")
def official(
    event_id: EventId,
    file: UploadFile,
    caller: Officer,
    services: ServicesDep,
    version: Version,
    source: Source = "",
    dry_run: DryRun = False,
) -> DrImportOut:
    sheet, records = SheetFile(file.filename or "", file.file.read()), services.dr.records
    found = records.take_official(caller, event_id, sheet, version=version, source=source, dry_run=dry_run)
    return DrImportOut.of(found)


@router.get("/events/{event_id}/pace", summary="How it goes: each against its promise, whom to call, rebound")
def pace(event_id: EventId, caller: Staff, services: ServicesDep) -> PaceOut:
    found = services.dr.pace.pace(services.dr.book.get(caller, event_id))
    return PaceOut.of(found, services.zone, reveal=caller.may_write())


@router.get("/events/{event_id}/steps", summary="What was done, by whom and when")
def steps(event_id: EventId, caller: Staff, services: ServicesDep) -> StepList:
    services.dr.book.get(caller, event_id)
    return StepList(items=[StepOut.of(each, services.zone) for each in services.ledger.dr.steps(event_id)])


@router.get("/events/{event_id}/settlements", summary="Every revision of the verification, with what each changed")
def settlements(event_id: EventId, caller: Caller, services: ServicesDep) -> SettlementList:
    return SettlementList.of(event_id, services.dr.settlements.all(caller, event_id), services.zone)


@router.get("/events/{event_id}/objections", summary="申诉; an enterprise sees its own")
def objections(event_id: EventId, caller: Caller, services: ServicesDep) -> ObjectionList:
    found = services.dr.settlements.objections(caller, event_id)
    return ObjectionList(items=[ObjectionOut.of(each, services.zone) for each in found])


@router.post("/events/{event_id}/objections", status_code=201, summary="Object to a published figure")
def object_to(event_id: EventId, body: ObjectionIn, caller: Caller, services: ServicesDep) -> ObjectionOut:
    made = services.dr.settlements.object(caller, event_id, body.enterprise, body.text)
    return ObjectionOut.of(made, services.zone)


@router.post("/events/{event_id}/objections/{objection_id}/answer", summary="Answer an objection")
def answer(
    event_id: EventId,
    objection_id: Annotated[int, Path(ge=1, lt=2**53)],
    body: AnswerIn,
    caller: Officer,
    services: ServicesDep,
) -> ObjectionOut:
    return ObjectionOut.of(services.dr.settlements.answer(caller, event_id, objection_id, body.text), services.zone)


@router.get(
    "/events/{event_id}/papers/{kind}",
    summary="核算表 settlement, 公示表 publication, 申诉记录 objections",
    response_class=Response,
)
def paper(
    event_id: EventId,
    kind: Annotated[str, Path(max_length=20, pattern=PLAIN)],
    caller: Staff,
    services: ServicesDep,
    form: Form = "docx",
    revision: Revision = None,
) -> Response:
    document = services.dr.archive.paper(caller, event_id, kind, revision=revision)
    return _file(services.dr.archive.rendered(document, form), f"{event_id}-{kind}", form)


@router.get("/events/{event_id}/evidence", summary="The evidence pack, a zip", response_class=Response)
def evidence(event_id: EventId, caller: Staff, services: ServicesDep, revision: Revision = None) -> Response:
    return _file(services.dr.archive.evidence(caller, event_id, revision=revision), f"{event_id}-evidence", "zip")


@router.get("/grants", summary="The district's own subsidy of a year on official verified energy")
def grants(caller: Staff, services: ServicesDep, year: Year) -> GrantList:
    return GrantList.of(services.dr.archive.grants(caller, year))


@router.get("/grants/paper", summary="发放清单", response_class=Response)
def grants_paper(caller: Staff, services: ServicesDep, year: Year, form: Form = "xlsx") -> Response:
    document = services.dr.archive.grants_paper(caller, year)
    return _file(services.dr.archive.rendered(document, form), f"grants-{year}", form)


@router.get("/review", summary="复盘: the day with its events, and what the peak would have been without them")
def review(
    caller: Staff,
    services: ServicesDep,
    day: DayText = None,
    scope: ReviewScope = "",
) -> ReviewOut:
    chosen = plausible_day(day or today(services.clock.now(), services.zone))
    found = services.dr.review.review(caller, chosen, Scope.asked(scope))
    return ReviewOut.of(found, services.zone)


@router.get("/review/paper", summary="The same as a file", response_class=Response)
def review_paper(
    caller: Staff, services: ServicesDep, day: DayText = None, form: Form = "docx", scope: ReviewScope = ""
) -> Response:
    chosen = plausible_day(day or today(services.clock.now(), services.zone))
    document = services.dr.review.paper(caller, chosen, Scope.asked(scope))
    return _file(services.dr.archive.rendered(document, form), f"review-{chosen.isoformat()}", form)


@router.get("/annotations", summary="Events, orders and alerts as Grafana's annotations")
def list_annotations(
    caller: Staff,  # noqa: ARG001
    services: ServicesDep,
    start: From = None,
    end: To = None,
) -> list[AnnotationOut]:
    span = span_of(start, end, now=services.clock.now(), zone=services.zone)
    ledger = services.ledger
    return [AnnotationOut.of(each) for each in marks(ledger.dr, ledger.orderly.orders, ledger.alerts, span)]
