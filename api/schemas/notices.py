"""Notices, what became of each message, the answers, and why somebody was (not) told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, Line, Wire, local, local_or_none
from domain.duty import masked
from domain.instants import from_ms
from domain.notices import Answer, Delivery, DeliveryState, NoticeClass, Reply, ReplyChannel, ReplyMark
from response.delivery.why import WhyLine
from storage.notice_ports import KeptNotice


class NoticeOut(Wire):
    id: str
    kind: str = Field(examples=["dr.invitation"])
    notice_class: NoticeClass
    subject: str
    body: str
    recipient: str = Field(examples=["enterprise:E001"])
    reference: str = Field(examples=["dr:2026-07-21-1"])
    drill: bool
    confirmed_by: str | None = Field(description="the officer who let it leave")
    made_at: datetime
    made_by: str
    reply_by: datetime | None = Field(description="until when an answer is asked for")

    @classmethod
    def of(cls, kept: KeptNotice, zone: ZoneInfo) -> Self:
        notice = kept.notice
        deadline = None if notice.reply is None else from_ms(notice.reply.deadline_ms)
        return cls(
            id=notice.id,
            kind=notice.kind,
            notice_class=notice.notice_class,
            subject=notice.subject,
            body=notice.body,
            recipient=str(notice.recipient),
            reference=notice.reference,
            drill=notice.drill,
            confirmed_by=notice.confirmed_by,
            made_at=local(kept.made_at, zone),
            made_by=kept.made_by,
            reply_by=local_or_none(deadline, zone),
        )


class DeliveryOut(Wire):
    channel: str
    address: str = Field(description="masked")
    step: int = Field(description="0 goes out at once, higher ones stand by")
    state: DeliveryState
    reason: str
    attempts: int
    changed_at: datetime
    sent_at: datetime | None
    proof: str = Field(description="what the other side answered")
    note: str = Field(description="the last problem in words")

    @classmethod
    def of(cls, delivery: Delivery, zone: ZoneInfo) -> Self:
        return cls(
            channel=delivery.channel,
            address=masked(delivery.channel, delivery.address),
            step=delivery.step,
            state=delivery.state,
            reason=delivery.reason.value,
            attempts=delivery.attempts,
            changed_at=local(delivery.changed_at, zone),
            sent_at=local_or_none(delivery.sent_at, zone),
            proof=delivery.proof,
            note=delivery.note,
        )


class ReplyOut(Wire):
    id: int
    notice: str
    enterprise: str | None
    answer: Answer
    at: datetime
    channel: ReplyChannel
    actor: str
    power_kw: float | None
    start: datetime | None
    end: datetime | None
    reason: str
    words: str = Field(description="what was said on the phone")
    marks: list[ReplyMark] = Field(description="what is wrong with it; it is kept all the same")
    undone_by: str | None

    @classmethod
    def of(cls, reply: Reply, zone: ZoneInfo) -> Self:
        def at(instant_ms: int | None) -> datetime | None:
            return None if instant_ms is None else local(from_ms(instant_ms), zone)

        return cls(
            id=reply.id,
            notice=reply.notice_id,
            enterprise=reply.enterprise_id,
            answer=reply.answer,
            at=local(from_ms(reply.at_ms), zone),
            channel=reply.channel,
            actor=reply.actor,
            power_kw=reply.power_kw,
            start=at(reply.start_ms),
            end=at(reply.end_ms),
            reason=reply.reason,
            words=reply.words,
            marks=list(reply.marks),
            undone_by=reply.undone_by,
        )


class NoticeDetail(Wire):
    notice: NoticeOut
    deliveries: list[DeliveryOut]
    replies: list[ReplyOut]


class NoticeList(Wire):
    items: list[NoticeOut]


class WhyOut(Wire):
    at: datetime | None
    recipient: str
    notice: str
    channel: str = Field(description="empty: a rule, not a message")
    address: str
    state: DeliveryState | None
    reason: str
    zh: str
    en: str
    attempts: int
    proof: str
    note: str

    @classmethod
    def of(cls, line: WhyLine, zone: ZoneInfo) -> Self:
        return cls(
            at=local_or_none(line.at, zone),
            recipient=line.recipient,
            notice=line.notice_id,
            channel=line.channel,
            address=line.address,
            state=line.state,
            reason=line.reason,
            zh=line.zh,
            en=line.en,
            attempts=line.attempts,
            proof=line.proof,
            note=line.note,
        )


class WhyList(Wire):
    items: list[WhyOut]

    @classmethod
    def of_all(cls, lines: Sequence[WhyLine], zone: ZoneInfo) -> Self:
        return cls(items=[WhyOut.of(line, zone) for line in lines])


class ReplyBody(Body):
    """What an enterprise or a person on duty said on the phone."""

    answer: Literal["received", "can", "cannot"] = Field(examples=["can"])
    power_kw: float | None = Field(default=None, gt=0, examples=[320.0])
    start: datetime | None = None
    end: datetime | None = None
    reason: str = Field(default="", max_length=500)
    words: Line = Field(description="who said what", examples=["王工：停两台注塑机"])
