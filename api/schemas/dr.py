"""Demand response on the wire. kW are reductions for shed, increases for fill; money is estimated (测算)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, PageOut, Wire
from config.programmes import Programme
from domain.dr import Contract, DrEvent, EventKind, Participant
from domain.dr_records import Objection, Settlement, SettlementRow, Step
from domain.dr_states import EventState, Move, possible_moves
from domain.instants import from_ms, to_ms
from domain.notices import Answer
from response.dr.drafting import NewEvent
from response.dr.evidence_check import CheckReport
from response.dr.pace_answer import EventPace, Pace
from response.dr.records import Taken
from response.dr.selection import Candidate, Selection
from response.dr.settlements import differences
from response.dr.subsidy import YearGrants
from response.marks import Mark
from storage.sheet_cells import CellError

Kw = Annotated[float, Field(gt=0, lt=1e8)]
Enterprise = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]


def _at(at_ms: int | None, zone: ZoneInfo) -> datetime | None:
    return None if at_ms is None else from_ms(at_ms).astimezone(zone)


class ProgrammeOut(Wire):
    id: str
    name_zh: str
    name_en: str
    direction: str
    lead: str
    commitment: str
    editions: list[dict[str, object]] = Field(description="dated terms, each with its source")

    @classmethod
    def of(cls, programme: Programme) -> Self:
        own = ("id", "name_zh", "name_en", "direction", "lead", "commitment")
        editions = [edition.model_dump(mode="json") for edition in programme.edition]
        return cls(editions=editions, **{name: getattr(programme, name) for name in own})


class ProgrammeList(Wire):
    items: list[ProgrammeOut]


class ContractOut(Wire):
    account: str
    programme: str
    valid_from: date
    valid_to: date | None
    contracted_kw: float
    aggregator: str
    number: str

    @classmethod
    def of(cls, contract: Contract) -> Self:
        return cls(**{name: getattr(contract, name) for name in cls.model_fields})


class ContractList(Wire):
    items: list[ContractOut]


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
            announced_at=_at(event.announced_ms, zone),
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
    outside a drill. reason : of cancel, revise, end and of a re-run of verify"""

    move: Move = Field(examples=["invite"])
    version: Annotated[int, Field(ge=1, examples=[1])]
    confirm: bool = False
    reason: Annotated[str, Field(max_length=500)] = ""
    enterprises: Annotated[list[Enterprise], Field(max_length=2000)] | None = None
    kw: dict[Enterprise, Annotated[float, Field(ge=0, lt=1e7)]] | None = None
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

    @classmethod
    def of(cls, each: Candidate) -> Self:
        own = ("name", "possible_kw", "confidence", "expected_kw", "security_kw", "excluded")
        return cls(
            enterprise=each.participant.enterprise,
            contracted_kw=each.participant.contracted_kw,
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

    @classmethod
    def of(cls, each: Pace, *, reveal: bool) -> Self:
        contacts = [PhoneOut(name=c.name, phone=c.phone if reveal else c.masked_phone) for c in each.contacts]
        return cls(contacts=contacts, **{name: getattr(each, name) for name in cls.model_fields if name != "contacts"})


class ReboundOut(Wire):
    enterprise: str
    name: str
    base_kw: float
    load_kw: float
    above_share: float


class PaceOut(Wire):
    event: str
    version: int
    state: EventState
    as_of: datetime
    minutes_left: int
    promised_kw: float
    reduction_kw: float | None
    share: float | None
    shortfall_kw: float
    text: str
    items: list[PaceRow]
    unknown: list[str] = Field(description="without data or baseline: in none of the sums")
    rescue: list[str] = Field(description="whom to call first")
    rescue_closes: float = Field(description="share of the shortfall they would close")
    rebound: list[ReboundOut]

    @classmethod
    def of(cls, pace: EventPace, zone: ZoneInfo, *, reveal: bool) -> Self:
        own = (
            "event",
            "version",
            "state",
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
            rescue=list(pace.rescue.enterprises),
            text=pace.text,
            rescue_closes=pace.rescue.closes_share,
            rebound=[ReboundOut(**{n: getattr(each, n) for n in ReboundOut.model_fields}) for each in pace.rebound],
            **{name: getattr(pace, name) for name in own},
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


class SettlementRowOut(Wire):
    enterprise: str
    promised_kw: float
    baseline_revision: int
    validity: str
    base_mean_kw: float | None
    base_extreme_kw: float | None
    load_mean_kw: float | None
    load_extreme_kw: float | None
    response_kw: float | None
    ratio: float | None
    effective_min: float | None
    energy_kwh: float
    pay_yuan: float | None = Field(description="测算 estimate; the power company settles")
    penalty_yuan: float
    official_verified_kw: float | None
    official_verified_kwh: float | None
    difference_kw: float | None = Field(description="ours less the official")

    @classmethod
    def of(cls, row: SettlementRow) -> Self:
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class DifferenceOut(Wire):
    enterprise: str
    validity: tuple[str, str]
    response_kw: tuple[float | None, float | None]
    energy_kwh: tuple[float, float]
    pay_yuan: tuple[float | None, float | None]


class SettlementOut(Wire):
    revision: int
    event_version: int
    actor: str
    reason: str
    at: datetime
    pay_is: str = "测算 estimate"
    items: list[SettlementRowOut]
    changed: list[DifferenceOut] = Field(description="against the revision before")

    @classmethod
    def of(cls, found: Settlement, before: Settlement | None, zone: ZoneInfo) -> Self:
        changed = differences(before, found) if before is not None else []
        return cls(
            revision=found.revision,
            event_version=found.event_version,
            actor=found.actor,
            reason=found.reason,
            at=from_ms(found.at_ms).astimezone(zone),
            items=[SettlementRowOut.of(row) for row in found.rows],
            changed=[DifferenceOut(**{n: getattr(d, n) for n in DifferenceOut.model_fields}) for d in changed],
        )


class SettlementList(Wire):
    event: str
    items: list[SettlementOut]

    @classmethod
    def of(cls, event: str, found: list[Settlement], zone: ZoneInfo) -> Self:
        before: list[Settlement | None] = [None, *found]
        items = [SettlementOut.of(each, old, zone) for each, old in zip(found, before, strict=False)]
        return cls(event=event, items=items)


class ObjectionIn(Body):
    enterprise: Enterprise = Field(examples=["E001"])
    text: Annotated[str, Field(min_length=1, max_length=2000, examples=["表计当日有检修记录"])]


class AnswerIn(Body):
    text: Annotated[str, Field(min_length=1, max_length=2000, examples=["经核实，按复核读数重算"])]


class ObjectionOut(Wire):
    id: int
    enterprise: str
    text: str
    raised_by: str
    raised_at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None

    @classmethod
    def of(cls, each: Objection, zone: ZoneInfo) -> Self:
        own = ("id", "enterprise", "text", "raised_by", "answer", "answered_by")
        return cls(
            raised_at=from_ms(each.raised_ms).astimezone(zone),
            answered_at=_at(each.answered_ms, zone),
            **{name: getattr(each, name) for name in own},
        )


class ObjectionList(Wire):
    items: list[ObjectionOut]


class CellErrorOut(Wire):
    sheet: str
    cell: str
    value: str
    message_zh: str
    message_en: str

    @classmethod
    def of(cls, error: CellError) -> Self:
        return cls(**{name: getattr(error, name) for name in cls.model_fields})


class DrImportOut(Wire):
    """`written` is false when a cell is wrong, and after a dry run."""

    rows: int
    written: bool
    errors: list[CellErrorOut]

    @classmethod
    def of(cls, taken: Taken[Any]) -> Self:
        read = taken.read
        return cls(rows=len(read.rows), written=taken.written, errors=[CellErrorOut.of(each) for each in read.errors])


class GrantOut(Wire):
    event: str
    enterprise: str
    name: str
    verified_kwh: float
    asked_yuan: float
    paid_yuan: float


class GrantList(Wire):
    year: int
    share: float = Field(description="of what was asked; 1 while the yearly cap holds")
    cap_yuan: float
    items: list[GrantOut]
    missing: list[str] = Field(description="mirrored events without official energy yet")

    @classmethod
    def of(cls, found: YearGrants) -> Self:
        return cls(
            year=found.year,
            share=found.share,
            cap_yuan=found.cap_yuan,
            items=[GrantOut(**{name: getattr(each, name) for name in GrantOut.model_fields}) for each in found.lines],
            missing=list(found.missing),
        )


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


class CheckOut(Wire):
    event: str
    revision: int
    root: str
    sound: bool
    figures: int
    altered_readings: list[str]
    altered_files: list[str]
    differences: list[str]

    @classmethod
    def of(cls, report: CheckReport) -> Self:
        return cls(**{name: getattr(report, name) for name in cls.model_fields})
