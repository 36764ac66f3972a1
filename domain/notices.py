"""Notices: what is told to whom, what they may answer, and what became of each message.

Instants of notices and answers are of the district clock; retries run on the machine's (``Delivery.due_ms``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from domain.errors import Invalid
from domain.ids import EnterpriseId
from domain.instants import Span


class NoticeClass(StrEnum):
    """Quiet hours, rate limits and silences hold back INFORMATION, never a CALL or an ORDER."""

    INFORMATION = "information"
    CALL = "call"  # somebody is asked to act or to answer: an invitation, a duty officer's alert
    ORDER = "order"  # orderly power use: an instruction

    @property
    def priority(self) -> int:
        return (NoticeClass.INFORMATION, NoticeClass.CALL, NoticeClass.ORDER).index(self)


@dataclass(frozen=True, slots=True)
class Recipient:
    """An enterprise or a user of the district, never both. Written ``enterprise:E001``, ``user:wang``."""

    enterprise_id: EnterpriseId | None = None
    user: str | None = None

    def __post_init__(self) -> None:
        if bool(self.enterprise_id) == bool(self.user):
            raise Invalid(
                "通知须写明一个企业或一个人员 / a notice goes to an enterprise or to a user, and to one of them"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        kind, _, name = text.partition(":")
        if kind == "enterprise" and name:
            return cls(enterprise_id=EnterpriseId(name))
        if kind == "user" and name:
            return cls(user=name)
        raise Invalid(
            f"收件方应写作 enterprise:E001 或 user:wang / recipient {text[:80]!r} is not enterprise:ID or user:NAME"
        )

    def __str__(self) -> str:
        return f"user:{self.user}" if self.user else f"enterprise:{self.enterprise_id}"


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """What may be answered, and until when.

    purpose : what a link of this notice is good for, as ``dr.invitation``; a link serves no other
    max_kw : above it an answer is recorded and marked; window : the hours asked for
    """

    purpose: str
    deadline_ms: int
    max_kw: float | None = None
    window: Span | None = None

    def __post_init__(self) -> None:
        if not self.purpose.strip():
            raise Invalid("a reply needs a purpose")
        if self.max_kw is not None and self.max_kw < 0:
            raise Invalid(f"at most {self.max_kw} kW can be given: a negative figure")


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing told to one recipient. ``id`` empty: the desk gives one. The same id sent again is the same notice.

    kind : ``alert.firing``, ``dr.invitation``, ``orderly.order``, ``contact.check`` and so on
    reference : what it is about, as ``alert:ID``, ``dr:2026-07-20-1``; answers and deliveries are found by it
    confirmed_by : the officer who let it leave; a CALL or an ORDER needs one unless it is a drill (invariant 13)
    """

    kind: str
    notice_class: NoticeClass
    subject: str
    body: str
    recipient: Recipient
    reference: str
    id: str = ""
    reply: ReplyRequest | None = None
    drill: bool = False
    confirmed_by: str | None = None
    not_before_ms: int = 0

    def __post_init__(self) -> None:
        if not self.kind.strip() or not self.subject.strip() or not self.reference.strip():
            raise Invalid("a notice needs a kind, a subject and what it refers to")
        if self.is_alert:
            # An alert calls the district's own people by a rule; it orders nobody to do anything.
            if self.notice_class is NoticeClass.ORDER:
                raise Invalid("an alert is no order: orders are written by an officer")
        elif (
            self.notice_class is not NoticeClass.INFORMATION
            and not self.drill
            and not (self.confirmed_by or "").strip()
        ):
            raise Invalid(
                f"{self.kind} to {self.recipient} needs the name of the officer who confirmed it, unless it is a drill"
            )

    @property
    def is_alert(self) -> bool:
        return self.kind.startswith("alert.")


class DeliveryState(StrEnum):
    """standby: a second way, opened when the first fails or nobody answers; sending: under way at this moment."""

    WAITING = "waiting"
    STANDBY = "standby"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNNEEDED = "unneeded"  # another way was enough
    SUPPRESSED = "suppressed"  # information, held back for good: a silence, a repeat
    UNREACHABLE = "unreachable"  # there is no way to this recipient


class DeliveryReason(StrEnum):
    """Why a message is where it is: the answer to "why was I (not) told?"."""

    FIRST = "first"
    GROUPING = "grouping"  # waits a moment for others to the same address
    NOT_YET = "not_yet"  # not before the instant it was written for
    QUIET_HOURS = "quiet_hours"
    RATE_LIMITED = "rate_limited"
    SILENCED = "silenced"
    REPEAT = "repeat"  # the same words went to the same recipient a moment ago
    RETRY = "retry"
    INTERRUPTED = "interrupted"  # the program stopped while it was under way: sent again, perhaps twice
    SECOND_CHANNEL = "second_channel"
    UNANSWERED = "unanswered"  # nobody answered in time, so the next way is tried
    DELIVERED = "delivered"
    ANSWERED = "answered"
    REFUSED = "refused"  # the other side, or our own rule, said no: repeating does not help
    GIVEN_UP = "given_up"
    NO_ROUTE = "no_route"
    CHANNEL_OFF = "channel_off"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of a notice over one channel to one address.

    step : 0 is sent at once, 1 and higher stand by; due_ms : not before, on the machine's clock
    note : the last problem in words; proof : what the other side answered, as a message id
    message : id of the delivery it went out together with, when several were made one
    """

    id: int
    notice_id: str
    channel: str
    address: str
    step: int
    state: DeliveryState
    reason: DeliveryReason
    attempts: int
    due_ms: int
    changed_at: datetime
    note: str = ""
    proof: str = ""
    sent_at: datetime | None = None
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How a recipient can be reached, as planned for one notice."""

    channel: str
    address: str
    step: int


class Answer(StrEnum):
    RECEIVED = "received"
    CAN = "can"
    CANNOT = "cannot"


class ReplyChannel(StrEnum):
    LINK = "link"
    MQTT = "mqtt"
    PHONE = "phone"  # recorded by an officer


class ReplyMark(StrEnum):
    """What is wrong with an answer. A marked answer is kept and shown; whoever uses it decides."""

    LATE = "late"
    ABOVE_POSSIBLE = "above_possible"
    OUTSIDE_WINDOW = "outside_window"
    FOREIGN = "foreign"  # sent by another enterprise than the one that was asked
    UNASKED = "unasked"  # the notice asked for no answer, or there is no such notice
    REPLAYED = "replayed"  # the same form was sent twice


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. ``at_ms`` district clock; ``start_ms``, ``end_ms`` [start, end) of what is offered.

    enterprise_id : who answered; None when a user of the district did. words : what was said on the phone
    """

    notice_id: str
    reference: str
    enterprise_id: EnterpriseId | None
    answer: Answer
    at_ms: int
    channel: ReplyChannel
    actor: str
    power_kw: float | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    reason: str = ""
    words: str = ""
    marks: tuple[ReplyMark, ...] = ()
    id: int = 0
    undone: bool = False
    undone_by: str | None = None

    @property
    def counts(self) -> bool:
        """Neither taken back nor from a stranger nor sent twice. Late and above-possible answers count as told."""
        strange = {ReplyMark.FOREIGN, ReplyMark.UNASKED, ReplyMark.REPLAYED}
        return not self.undone and not strange & set(self.marks)


LONGEST_WORDS = 1_000
