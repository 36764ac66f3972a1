"""Rows of notices, deliveries and answers, to and from the domain's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.ids import EnterpriseId
from domain.instants import Span, from_ms
from domain.notices import (
    Answer,
    Delivery,
    DeliveryReason,
    DeliveryState,
    Notice,
    NoticeClass,
    Recipient,
    Reply,
    ReplyChannel,
    ReplyMark,
    ReplyRequest,
)
from storage.notice_ports import KeptNotice, Planned


def notice_row(notice: Notice, actor: str, at: datetime) -> dict[str, Any]:
    return {
        "id": notice.id,
        "kind": notice.kind,
        "notice_class": notice.notice_class.value,
        "subject": notice.subject,
        "body": notice.body,
        "recipient": str(notice.recipient),
        "reference": notice.reference,
        "reply": None if notice.reply is None else _request_row(notice.reply),
        "drill": notice.drill,
        "confirmed_by": notice.confirmed_by,
        "not_before_ms": notice.not_before_ms,
        "made_at": at,
        "made_by": actor,
    }


def _request_row(request: ReplyRequest) -> dict[str, Any]:
    window = request.window
    return {
        "purpose": request.purpose,
        "deadline_ms": request.deadline_ms,
        "max_kw": request.max_kw,
        "start_ms": window.start_ms if window else None,
        "end_ms": window.end_ms if window else None,
    }


def _request(row: Mapping[Any, Any]) -> ReplyRequest:
    has_window = row["start_ms"] is not None
    window = Span(from_ms(row["start_ms"]), from_ms(row["end_ms"])) if has_window else None
    return ReplyRequest(row["purpose"], row["deadline_ms"], row["max_kw"], window)


def kept_notice(row: Mapping[Any, Any]) -> KeptNotice:
    notice = Notice(
        id=row["id"],
        kind=row["kind"],
        notice_class=NoticeClass(row["notice_class"]),
        subject=row["subject"],
        body=row["body"],
        recipient=Recipient.parse(row["recipient"]),
        reference=row["reference"],
        reply=None if row["reply"] is None else _request(row["reply"]),
        drill=row["drill"],
        confirmed_by=row["confirmed_by"],
        not_before_ms=row["not_before_ms"],
    )
    return KeptNotice(notice, row["made_at"], row["made_by"])


def delivery_row(notice: Notice, planned: Planned, at: datetime) -> dict[str, Any]:
    return {
        "notice": notice.id,
        "channel": planned.channel,
        "address": planned.address,
        "step": planned.step,
        "priority": notice.notice_class.priority,
        "state": planned.state.value,
        "reason": planned.reason.value,
        "attempts": 0,
        "due_ms": planned.due_ms,
        "changed_at": at,
        "note": planned.note,
        "proof": "",
    }


def delivery_of(row: Mapping[Any, Any]) -> Delivery:
    return Delivery(
        id=row["id"],
        notice_id=row["notice"],
        channel=row["channel"],
        address=row["address"],
        step=row["step"],
        state=DeliveryState(row["state"]),
        reason=DeliveryReason(row["reason"]),
        attempts=row["attempts"],
        due_ms=row["due_ms"],
        changed_at=row["changed_at"],
        note=row["note"],
        proof=row["proof"],
        sent_at=row["sent_at"],
        message=row["message"],
    )


def reply_row(reply: Reply, nonce: str | None) -> dict[str, Any]:
    return {
        "notice": reply.notice_id,
        "reference": reply.reference,
        "enterprise": reply.enterprise_id,
        "answer": reply.answer.value,
        "at_ms": reply.at_ms,
        "channel": reply.channel.value,
        "actor": reply.actor,
        "power_kw": reply.power_kw,
        "start_ms": reply.start_ms,
        "end_ms": reply.end_ms,
        "reason": reply.reason,
        "words": reply.words,
        "marks": [mark.value for mark in reply.marks],
        "nonce": nonce,
    }


def reply_of(row: Mapping[Any, Any]) -> Reply:
    return Reply(
        notice_id=row["notice"],
        reference=row["reference"],
        enterprise_id=None if row["enterprise"] is None else EnterpriseId(row["enterprise"]),
        answer=Answer(row["answer"]),
        at_ms=row["at_ms"],
        channel=ReplyChannel(row["channel"]),
        actor=row["actor"],
        power_kw=row["power_kw"],
        start_ms=row["start_ms"],
        end_ms=row["end_ms"],
        reason=row["reason"],
        words=row["words"],
        marks=tuple(ReplyMark(mark) for mark in row["marks"]),
        id=row["id"],
        undone=row["undone_by"] is not None,
        undone_by=row["undone_by"],
    )
