"""The paper of an instruction and the photographs of a visit or a check on site."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response, UploadFile

from api.auth import Officer, ServicesDep, Staff
from api.schemas.attachments import AttachmentList, AttachmentOut
from api.schemas.base import PLAIN
from domain.attachments import Subject

router = APIRouter(prefix="/orderly/attachments", tags=["orderly"])
Of = Annotated[
    str,
    Query(
        max_length=200, pattern=PLAIN, description="`instruction:NUMBER` or `visit:ID`", examples=["instruction:7号"]
    ),
]


@router.get("", summary="Files of a record, without withdrawn ones")
def attachments(of: Of, caller: Staff, services: ServicesDep) -> AttachmentList:
    found = services.orderly.attachments.of(caller, Subject.parse(of))
    return AttachmentList(items=[AttachmentOut.of(each, services.zone) for each in found])


@router.post("", summary="Hand in a PDF or a picture, 15 MB at most", status_code=201)
def attach(of: Of, file: UploadFile, caller: Officer, services: ServicesDep) -> AttachmentOut:
    desk = services.orderly.attachments
    found = desk.add(caller, Subject.parse(of), file.filename or "", file.file.read())
    return AttachmentOut.of(found, services.zone)


@router.get("/{attachment}", summary="The file as it was handed in", response_class=Response)
def read(attachment: int, caller: Staff, services: ServicesDep) -> Response:
    found, content = services.orderly.attachments.read(caller, attachment)
    # A file is saved, never shown in the page: what somebody photographed may be anything.
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"}
    return Response(content, media_type=found.media_type, headers=headers)


@router.delete("/{attachment}", summary="It does not belong here: shown no more, kept all the same")
def withdraw(attachment: int, caller: Officer, services: ServicesDep) -> AttachmentOut:
    return AttachmentOut.of(services.orderly.attachments.withdraw(caller, attachment), services.zone)
