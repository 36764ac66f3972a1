"""Routes, silences, the duty roster, escalations and the contact check."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, Line, Name, Wire, local, local_or_none
from domain.alerts import Severity
from domain.duty import Escalation, EscalationState, Route, Shift, Silence, masked
from response.delivery.contacts import Contactable, ContactLine

START = Field(examples=["2026-07-28T08:00:00+08:00"])
END = Field(examples=["2026-07-28T20:00:00+08:00"])


class RouteOut(Wire):
    recipient: str
    channel: str
    address: str = Field(description="masked")
    step: int
    alerts_from: Severity | None

    @classmethod
    def of(cls, route: Route) -> Self:
        return cls(
            recipient=str(route.recipient),
            channel=route.channel,
            address=masked(route.channel, route.address),
            step=route.step,
            alerts_from=route.alerts_from,
        )


class RouteList(Wire):
    items: list[RouteOut]


class RouteBody(Body):
    channel: Name = Field(examples=["sms"])
    address: Line = Field(examples=["13812345678"])
    step: int = Field(default=0, ge=0, le=9)
    alerts_from: Severity | None = Field(default=None, description="alerts of this severity and worse; null: none")


class RoutesBody(Body):
    routes: list[RouteBody] = Field(max_length=20, examples=[[{"channel": "sms", "address": "13812345678"}]])


class SilenceOut(Wire):
    id: int
    kind: str
    recipient: str
    reference: str
    start: datetime
    end: datetime
    reason: str
    actor: str

    @classmethod
    def of(cls, silence: Silence, zone: ZoneInfo) -> Self:
        return cls(
            id=silence.id,
            kind=silence.kind,
            recipient=silence.recipient,
            reference=silence.reference,
            start=local(silence.start, zone),
            end=local(silence.end, zone),
            reason=silence.reason,
            actor=silence.actor,
        )


class SilenceList(Wire):
    items: list[SilenceOut]


class SilenceBody(Body):
    """Holds back information only. An empty field covers everything."""

    kind: str = Field(default="", max_length=64, examples=["alert.meter_silent"])
    recipient: str = Field(default="", max_length=100, examples=["user:otto"])
    reference: str = Field(default="", max_length=100, examples=["alert:1f0c"])
    start: datetime = START
    end: datetime = END
    reason: Line = Field(examples=["检修 maintenance"])


class ShiftOut(Wire):
    user: str
    start: datetime
    end: datetime
    rank: int = Field(description="1 is called first")

    @classmethod
    def of(cls, shift: Shift, zone: ZoneInfo) -> Self:
        return cls(user=shift.user, start=local(shift.start, zone), end=local(shift.end, zone), rank=shift.rank)


class ShiftList(Wire):
    items: list[ShiftOut]


class ShiftBody(Body):
    user: Name
    start: datetime
    end: datetime
    rank: int = Field(default=1, ge=1, le=9)


class RosterBody(Body):
    """The roster of [start, end): shifts that start in it are replaced by these."""

    start: datetime = START
    end: datetime = END
    shifts: list[ShiftBody] = Field(max_length=2_000, examples=[[]])


class EscalationOut(Wire):
    alert: str
    state: EscalationState
    called: list[str] = Field(description="who was called, in order")
    round: int
    first_called_at: datetime | None
    next_at: datetime | None
    acknowledged_by: str | None
    acknowledge_s: float | None = Field(description="from the first call to the acknowledgement [s]")
    closed_at: datetime | None

    @classmethod
    def of(cls, found: Escalation, zone: ZoneInfo) -> Self:
        return cls(
            alert=found.alert,
            state=found.state,
            called=[call.user for call in found.called],
            round=found.round,
            first_called_at=local(found.called[0].at, zone) if found.called else None,
            next_at=local_or_none(found.next_at, zone),
            acknowledged_by=found.acknowledged_by,
            acknowledge_s=found.acknowledge_s,
            closed_at=local_or_none(found.closed_at, zone),
        )


class EscalationList(Wire):
    items: list[EscalationOut]


class ContactProblem(Wire):
    zh: str
    en: str


class ContactLineOut(Wire):
    enterprise: str
    name: str
    state: Contactable
    ways: list[str] = Field(description="channels and masked addresses")
    problems: list[ContactProblem]

    @classmethod
    def of(cls, line: ContactLine) -> Self:
        return cls(
            enterprise=line.enterprise,
            name=line.name,
            state=line.state,
            ways=list(line.ways),
            problems=[ContactProblem(zh=zh, en=en) for zh, en in line.problems],
        )


class ContactCheckOut(Wire):
    reference: str | None = Field(description="of the check that was sent; null: judged from the entries alone")
    items: list[ContactLineOut]


class ContactCheckBody(Body):
    drill: bool = False
