"""Notices with their proof, why somebody was (not) told, and answers taken over the phone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth import Caller, Officer, ServicesDep
from api.parameters import Paging
from api.schemas.base import PLAIN, PageOut
from api.schemas.notices import DeliveryOut, NoticeDetail, NoticeOut, ReplyBody, ReplyOut, WhyList
from domain.errors import Invalid
from domain.instants import to_ms
from domain.notices import Answer, Recipient

router = APIRouter(tags=["notices"])
NoticeId = Annotated[str, Path(max_length=128, pattern=PLAIN)]
Text = Annotated[str | None, Query(max_length=128, pattern=PLAIN)]


@router.get("/notices", summary="Notices, newest first; an enterprise sees those written to it")
def notices(
    caller: Caller,
    services: ServicesDep,
    paging: Paging,
    reference: Text = None,
    recipient: Text = None,
    kind: Text = None,
) -> PageOut[NoticeOut]:
    page = services.notices.list(
        caller,
        reference=reference or None,
        recipient=Recipient.parse(recipient) if recipient else None,
        kind=kind or None,
        cursor=paging.cursor,
        limit=paging.limit,
    )
    return PageOut[NoticeOut].of(page, [NoticeOut.of(kept, services.zone) for kept in page.items])


@router.get("/notices/{notice_id}", summary="One notice with its messages and answers")
def notice(notice_id: NoticeId, caller: Caller, services: ServicesDep) -> NoticeDetail:
    kept = services.notices.notice(caller, notice_id)
    zone = services.zone
    answers = services.notices.replies(caller, kept.notice.reference)
    return NoticeDetail(
        notice=NoticeOut.of(kept, zone),
        deliveries=[DeliveryOut.of(d, zone) for d in services.notices.deliveries_of(caller, [kept])],
        replies=[ReplyOut.of(r, zone) for r in answers if r.notice_id == notice_id],
    )


@router.get("/notices/{subject}/why", summary="Why was I (not) told? Of a notice, or of an alert by its id")
def why(
    subject: Annotated[str, Path(max_length=128, pattern=PLAIN)],
    caller: Caller,
    services: ServicesDep,
    recipient: Text = None,
) -> WhyList:
    who = Recipient.parse(recipient) if recipient else None
    return WhyList.of_all(services.notices.why(caller, subject, who), services.zone)


@router.post("/notices/{notice_id}/replies", status_code=201, summary="Record what was answered on the phone")
def record(notice_id: NoticeId, body: ReplyBody, caller: Officer, services: ServicesDep) -> ReplyOut:
    reply = services.notices.record_reply(
        caller,
        notice_id,
        Answer(body.answer),
        power_kw=body.power_kw,
        start_ms=_instant_ms(body.start),
        end_ms=_instant_ms(body.end),
        reason=body.reason,
        words=body.words,
    )
    return ReplyOut.of(reply, services.zone)


@router.post("/replies/{reply_id}/undo", summary="Take back an answer that was recorded by hand")
def undo(reply_id: Annotated[int, Path(ge=1, le=2**53)], caller: Officer, services: ServicesDep) -> ReplyOut:
    return ReplyOut.of(services.notices.undo_reply(caller, reply_id), services.zone)


def _instant_ms(instant: datetime | None) -> int | None:
    if instant is not None and instant.tzinfo is None:
        raise Invalid("start and end need an offset, as in 2026-07-28T14:00:00+08:00")
    return None if instant is None else to_ms(instant)
