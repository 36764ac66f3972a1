"""How an event goes, on the wire. kW are reductions for shed, increases for fill."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Wire
from domain.dr_states import EventState
from domain.instants import from_ms
from response.dr.pace_answer import EventPace, Pace


class PhoneOut(Wire):
    name: str
    phone: str


class PaceRow(Wire):
    enterprise: str
    name: str
    promised_kw: float
    base_kw: float | None
    load_kw: float | None
    reduction_kw: float | None
    share: float | None
    mean_share: float | None
    reason: str
    contacts: list[PhoneOut]
    accounts: tuple[str, ...] = Field(description="those that take part alone; empty: the whole enterprise")
    member: str

    @classmethod
    def of(cls, each: Pace, *, reveal: bool) -> Self:
        contacts = [PhoneOut(name=c.name, phone=c.phone if reveal else c.masked_phone) for c in each.contacts]
        own = {name: getattr(each, name) for name in cls.model_fields if name != "contacts"}
        return cls(contacts=contacts, **own)


class ReboundOut(Wire):
    enterprise: str
    name: str
    base_kw: float
    load_kw: float
    above_share: float
    member: str


class PaceOut(Wire):
    event: str
    version: int
    state: EventState
    as_of: datetime
    minutes_to_start: int = Field(description="0 once it has begun; nobody is judged before")
    minutes_left: int
    promised_kw: float
    reduction_kw: float | None
    share: float | None
    shortfall_kw: float
    text: str
    items: list[PaceRow]
    unknown: list[str] = Field(description="without data or baseline: in none of the sums")
    rescue: list[str] = Field(description="members to call first")
    rescue_closes: float = Field(description="share of the shortfall they would close")
    rebound: list[ReboundOut]

    @classmethod
    def of(cls, pace: EventPace, zone: ZoneInfo, *, reveal: bool) -> Self:
        own = (
            "event",
            "version",
            "state",
            "minutes_to_start",
            "minutes_left",
            "promised_kw",
            "reduction_kw",
            "share",
            "shortfall_kw",
        )
        return cls(
            as_of=from_ms(pace.as_of_ms).astimezone(zone),
            items=[PaceRow.of(each, reveal=reveal) for each in pace.each],
            unknown=list(pace.unknown),
            rescue=list(pace.rescue.members),
            text=pace.text,
            rescue_closes=pace.rescue.closes_share,
            rebound=[ReboundOut(**{n: getattr(each, n) for n in ReboundOut.model_fields}) for each in pace.rebound],
            **{name: getattr(pace, name) for name in own},
        )
