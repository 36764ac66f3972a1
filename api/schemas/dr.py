"""Demand response on the wire. kW are reductions for shed, increases for fill; money is estimated (测算)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, PageOut, Wire
from domain.dr import DrEvent, EventKind, Participant
from domain.dr_records import Step
from domain.dr_states import EventState, Move, possible_moves
from domain.instants import from_ms, to_ms
from domain.notices import Answer
from response.dr.drafting import NewEvent
from response.dr.selection import Candidate, Selection
from response.marks import Mark

Kw = Annotated[float, Field(gt=0, lt=1e8)]
Member = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1000,
        pattern=r"^[A-Za-z0-9_.:+-]+$",
        description="an enterprise, or a part of one as in E001:330201",
    ),
]
Enterprise = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]


def local_time(at_ms: int | None, zone: ZoneInfo) -> datetime | None:
    return None if at_ms is None else from_ms(at_ms).astimezone(zone)


class ParticipantOut(Wire):
    enterprise: str
    account: str
    aggregator: str
    contracted_kw: float | None
    possible_kw: float | None
    confidence: float | None
    invited_kw: float | None
    answer: Answer | None
    declared_kw: float | None
    remark: str
    cleared_kw: float | None
    official_declared_kw: float | None
    official_cleared_kw: float | None
    official_verified_kw: float | None
    official_verified_kwh: float | None
    accounts: tuple[str, ...] = Field(description="those that take part alone; empty: the whole enterprise")
    member: str = Field(description="its name in the event: the enterprise, or with accounts as E001:330201+330202")

    @classmethod
    def of(cls, each: Participant) -> Self:
        return cls(**{name: getattr(each, name) for name in cls.model_fields})


class EventOut(Wire):
    """`version` goes back with every change: who looked at an older one is refused and told who was first."""

    id: str = Field(examples=["2026-07-28-1"])
    version: int
    kind: EventKind
    state: EventState
    moves: list[Move] = Field(description="what is possible now; `start` is the clock's")
    title: str
    programme: str
    direction: str
    start: datetime
    end: datetime
    target_kw: float
    reply_by: datetime
    drill: bool
    document: str
    announced_at: datetime | None
    participants: list[ParticipantOut]

    @classmethod
    def of(cls, event: DrEvent, zone: ZoneInfo) -> Self:
        return cls(
            id=event.id,
            version=event.version,
            kind=event.kind,
            state=event.state,
            moves=list(possible_moves(event.state)),
            title=event.title,
            programme=event.terms.programme,
            direction=event.terms.direction,
            start=from_ms(event.start_ms).astimezone(zone),
            end=from_ms(event.end_ms).astimezone(zone),
            target_kw=event.target_kw,
            reply_by=from_ms(event.reply_by_ms).astimezone(zone),
            drill=event.drill,
            document=event.document,
            announced_at=local_time(event.announced_ms, zone),
            participants=[ParticipantOut.of(each) for each in event.participants],
        )


class EventList(PageOut[EventOut]):
    pass


class EventIn(Body):
    kind: EventKind = EventKind.LOCAL
    programme: Annotated[str, Field(max_length=64, examples=["zj_dayahead"])]
    start: datetime = Field(examples=["2026-07-28T14:00:00+08:00"])
    end: datetime = Field(examples=["2026-07-28T16:00:00+08:00"])
    target_kw: Kw = Field(examples=[3000.0])
    title: Annotated[str, Field(max_length=100)] = ""
    document: Annotated[str, Field(max_length=100)] = ""
    drill: bool = False
    reply_by: datetime | None = None

    def new_event(self) -> NewEvent:
        """Raises Invalid for instants without a zone."""
        return NewEvent(
            kind=self.kind,
            programme=self.programme,
            start_ms=to_ms(self.start),
            end_ms=to_ms(self.end),
            target_kw=self.target_kw,
            title=self.title,
            document=self.document,
            drill=self.drill,
            reply_by_ms=None if self.reply_by is None else to_ms(self.reply_by),
        )


class DrillIn(Body):
    """A drill that runs by itself. target_kw : for an hour, within the half hour; none = the next gap, in its hours"""

    programme: Annotated[str, Field(max_length=64, examples=["zj_intraday"])]
    target_kw: Kw | None = Field(None, examples=[500.0])


class MoveIn(Body):
    """confirm : the caller lets notices leave under its own name; needed by invite, confirm, cancel and revise
    outside a drill. officer : who confirmed, where the caller passes it on; both names are kept
    reason : of cancel, revise, end and of a re-run of verify"""

    move: Move = Field(examples=["invite"])
    version: Annotated[int, Field(ge=1, examples=[1])]
    confirm: bool = False
    officer: Annotated[str, Field(max_length=60, examples=["王科"])] = ""
    reason: Annotated[str, Field(max_length=500)] = ""
    enterprises: Annotated[list[Member], Field(max_length=2000)] | None = None
    kw: dict[Member, Annotated[float, Field(ge=0, lt=1e7)]] | None = None
    start: datetime | None = None
    end: datetime | None = None
    target_kw: Kw | None = None


class CandidateOut(Wire):
    enterprise: str
    name: str
    contracted_kw: float | None
    possible_kw: float | None
    confidence: float
    expected_kw: float | None
    security_kw: float | None
    excluded: str
    accounts: tuple[str, ...]
    member: str

    @classmethod
    def of(cls, each: Candidate) -> Self:
        own = ("name", "possible_kw", "confidence", "expected_kw", "security_kw", "excluded")
        return cls(
            enterprise=each.participant.enterprise,
            contracted_kw=each.participant.contracted_kw,
            accounts=each.participant.accounts,
            member=each.participant.member,
            **{name: getattr(each, name) for name in own},
        )


class SelectionOut(Wire):
    target_kw: float
    counted_kw: float = Field(description="sum of possible x confidence of the chosen")
    shortfall_kw: float
    chosen: list[CandidateOut]
    reserve: list[CandidateOut]
    excluded: list[CandidateOut]

    @classmethod
    def of(cls, found: Selection) -> Self:
        return cls(
            target_kw=found.target_kw,
            counted_kw=found.counted_kw,
            shortfall_kw=found.shortfall_kw,
            chosen=[CandidateOut.of(each) for each in found.chosen],
            reserve=[CandidateOut.of(each) for each in found.reserve],
            excluded=[CandidateOut.of(each) for each in found.excluded],
        )


class StepOut(Wire):
    version: int
    move: Move
    before: EventState
    after: EventState
    actor: str
    at: datetime
    note: str

    @classmethod
    def of(cls, step: Step, zone: ZoneInfo) -> Self:
        own = ("version", "move", "before", "after", "actor", "note")
        return cls(at=from_ms(step.at_ms).astimezone(zone), **{name: getattr(step, name) for name in own})


class StepList(Wire):
    items: list[StepOut]


class AnnotationOut(Wire):
    """As Grafana's annotations are: milliseconds, text and tags."""

    time: int
    timeEnd: int | None  # noqa: N815 - Grafana's name
    title: str
    text: str
    tags: list[str]

    @classmethod
    def of(cls, mark: Mark) -> Self:
        return cls(time=mark.start_ms, timeEnd=mark.end_ms, title=mark.title, text=mark.text, tags=list(mark.tags))
