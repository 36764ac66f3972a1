"""Reports from draft to signature. Roles and scopes are the desk's matter."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response

from api.auth import Administrator, Caller, Officer, ServicesDep, Staff
from api.parameters import Paging
from api.schemas.base import PLAIN, PageOut
from api.schemas.reports import (
    DifferenceList,
    DraftIn,
    KindList,
    KindOut,
    ReportOut,
    SendIn,
    SendingOut,
    SignIn,
    VersionOut,
)
from api.schemas.runs import RunOut
from domain.report_versions import Form
from response.reports.copies import ReportFile

router = APIRouter(prefix="/reports", tags=["reports"])
Id = Annotated[str, Path(max_length=64, pattern=PLAIN)]
Word = Annotated[str | None, Query(max_length=100, pattern=PLAIN)]
SendingId = Annotated[int, Path(ge=1, le=2**53)]
FormQuery = Annotated[Form, Query(description="docx or xlsx")]
Anonymised = Annotated[bool | None, Query(description="without names; left out, as the caller's role asks")]
Signed = Annotated[bool | None, Query(description="only signed ones, or only drafts")]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {form.media_type: {} for form in Form}, "description": "the file"}
}


def _response(file: ReportFile) -> Response:
    name = f"attachment; filename*=UTF-8''{quote(file.name)}"
    headers = {"Content-Disposition": name, "X-Content-SHA256": file.digest}
    return Response(file.data, media_type=file.form.media_type, headers=headers)


@router.get("/kinds", summary="Which reports there are, and of what")
def kinds(caller: Caller, services: ServicesDep) -> KindList:
    return KindList(kinds=[KindOut.of(kind) for kind in services.reports.kinds(caller)])


@router.get("", summary="Versions of reports, newest first; an enterprise sees its own that are signed")
def versions(
    caller: Caller,
    services: ServicesDep,
    paging: Paging,
    kind: Word = None,
    subject: Word = None,
    period: Word = None,
    signed: Signed = None,
) -> PageOut[VersionOut]:
    page = services.reports.versions(
        caller, kind=kind, subject=subject, period=period, signed=signed, cursor=paging.cursor, limit=paging.limit
    )
    return PageOut[VersionOut].of(page, [VersionOut.of(each, services.zone) for each in page.items])


@router.post("", status_code=202, summary="Draft a report in the background; the run's result names the version")
def draft(body: DraftIn, caller: Officer, services: ServicesDep) -> RunOut:
    run = services.reports.submit(caller, body.kind, body.subject, body.period)
    return RunOut.of(run, services.zone)


@router.get("/sendings", summary="Who was sent which version; by the SHA-256 of a copy: whose it is")
def sendings(caller: Staff, services: ServicesDep, paging: Paging, digest: Word = None) -> PageOut[SendingOut]:
    page = services.reports.copies.sendings(caller, digest=digest, cursor=paging.cursor, limit=paging.limit)
    return PageOut[SendingOut].of(page, [SendingOut.of(each, services.zone) for each in page.items])


@router.get("/sendings/{sending_id}/file", summary="The copy that was sent", response_class=Response, responses=_FILE)
def sent_copy(sending_id: SendingId, caller: Officer, services: ServicesDep) -> Response:
    return _response(services.reports.copies.copy(caller, sending_id))


@router.get("/{version_id}", summary="One version and what it says")
def version(version_id: Id, caller: Caller, services: ServicesDep, anonymised: Anonymised = None) -> ReportOut:
    found = services.reports.version(caller, version_id)
    document = services.reports.copies.document(caller, version_id, anonymised=anonymised)
    return ReportOut.of(found, document, services.zone)


@router.get("/{version_id}/file", summary="The caller's own watermarked copy", response_class=Response, responses=_FILE)
def file(
    version_id: Id, caller: Caller, services: ServicesDep, form: FormQuery = Form.DOCX, anonymised: Anonymised = None
) -> Response:
    return _response(services.reports.copies.export(caller, version_id, form, anonymised=anonymised))


@router.get("/{version_id}/frozen", summary="The file as it was signed", response_class=Response, responses=_FILE)
def frozen(version_id: Id, caller: Administrator, services: ServicesDep, form: FormQuery = Form.DOCX) -> Response:
    return _response(services.reports.copies.frozen(caller, version_id, form))


@router.post(
    "/{version_id}/signature",
    summary="Sign what was read: it never changes again; not by its drafter",
)
def sign(version_id: Id, body: SignIn, caller: Officer, services: ServicesDep) -> VersionOut:
    note, number = body.note or "", body.number or ""
    signed = services.reports.sign(caller, version_id, digest=body.digest, note=note, number=number)
    return VersionOut.of(signed, services.zone)


@router.get("/{version_id}/sendings", summary="Who was sent this version")
def sent(version_id: Id, caller: Staff, services: ServicesDep, paging: Paging) -> PageOut[SendingOut]:
    page = services.reports.copies.sendings(caller, version_id, cursor=paging.cursor, limit=paging.limit)
    return PageOut[SendingOut].of(page, [SendingOut.of(each, services.zone) for each in page.items])


@router.post("/{version_id}/sendings", status_code=201, summary="Record that a copy is given to someone")
def send(version_id: Id, body: SendIn, caller: Officer, services: ServicesDep) -> SendingOut:
    sending = services.reports.copies.send(
        caller,
        version_id,
        recipient=body.recipient,
        channel=body.channel,
        form=body.form,
        anonymised=body.anonymised,
        note=body.note or "",
    )
    return SendingOut.of(sending, services.zone)


@router.get("/{version_id}/differences", summary="Figures that another version, or a draft made now, says otherwise")
def differences(version_id: Id, caller: Staff, services: ServicesDep, other: Word = None) -> DifferenceList:
    return DifferenceList.of(version_id, other, services.reports.differences(caller, version_id, other))
