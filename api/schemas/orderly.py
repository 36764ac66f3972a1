"""Gap, list, instructions, orders and their execution on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from api.schemas.base import Body, Line, Name, ScopeField, Wire, local, local_all, local_or_none, number
from domain.orderly import Instruction, InstructionKind, Order, Rank, Target, Window
from domain.scopes import Scope
from response.orderly.allocation_answers import AllocationAnswer
from response.orderly.execution_answers import EnterpriseExecution, OrderExecution
from response.orderly.fairness import SeasonLine
from response.orderly.gap import GapDay, GapSeries
from response.orderly.rehearsed import Rehearsal, Season

#: As a reader of the API's document would copy them.
WINDOW = {"start": "2026-07-28T14:00:00+08:00", "end": "2026-07-28T16:00:00+08:00"}
LINE = {"enterprise": "E001", "rank": "avoid", "kw": 800.0}


class WindowBody(Body):
    start: AwareDatetime = Field(examples=[WINDOW["start"]])
    end: AwareDatetime = Field(examples=[WINDOW["end"]])

    def window(self) -> Window:
        return Window(self.start, self.end)


class WindowOut(Wire):
    start: datetime
    end: datetime

    @classmethod
    def of(cls, window: Window, zone: ZoneInfo) -> Self:
        return cls(start=local(window.start, zone), end=local(window.end, zone))


class GapDayOut(Wire):
    day: date
    worst_at: datetime
    gap_p50_kw: float = Field(description="at the worst slot; below 0 is room")
    gap_p90_kw: float
    ratio: float = Field(description="of the period's expected maximum")
    colour: str = Field(description="测算参考; the official level is declared by instruction; empty: none")
    letter: str = Field(description="lowest lettered level that allows the gap; empty: none is needed")
    windows: list[WindowOut] = Field(description="slots in which the expected load passes the quota")
    short_kwh: float
    probability: float | None = Field(description="of passing the quota in any slot; null under what-if")

    @classmethod
    def of(cls, day: GapDay, zone: ZoneInfo) -> Self:
        return cls(
            day=day.day,
            worst_at=local(day.worst_at, zone),
            gap_p50_kw=day.gap_p50_kw,
            gap_p90_kw=day.gap_p90_kw,
            ratio=day.ratio,
            colour="" if day.level is None else day.level.name,
            letter=day.letter,
            windows=[WindowOut.of(each, zone) for each in day.windows],
            short_kwh=day.short_kwh,
            probability=day.probability,
        )


class GapOut(Wire):
    """Restored forecast against quota by slots of 15 minutes."""

    scope: str
    issued_at: datetime
    expected_maximum_kw: float
    expected_by: str
    ts: list[datetime]
    p10_kw: list[float]
    p50_kw: list[float]
    p90_kw: list[float]
    quota_kw: list[float | None]
    days: list[GapDayOut]
    notes: list[str] = Field(description="what each change did, or could not do")

    @classmethod
    def of(cls, gap: GapSeries, zone: ZoneInfo) -> Self:
        return cls(
            scope=str(gap.scope),
            issued_at=local(gap.issued_at, zone),
            expected_maximum_kw=gap.expected_maximum_kw,
            expected_by=gap.expected_by,
            ts=local_all(gap.ts_ms, zone),
            p10_kw=gap.p10_kw.tolist(),
            p50_kw=gap.p50_kw.tolist(),
            p90_kw=gap.p90_kw.tolist(),
            quota_kw=[number(value) for value in gap.quota_kw.tolist()],
            days=[GapDayOut.of(day, zone) for day in gap.days],
            notes=list(gap.notes),
        )


class NeedBody(WindowBody):
    kw: float = Field(gt=0, lt=1e9, examples=[3000.0])
    level: str = Field(default="", max_length=4, description="empty: the one the need itself asks for")
    plan: str = Field(default="", max_length=20, description="empty: the approved plan of the year")
    approved_level: str = Field(default="", max_length=4)
    outside_level: str = Field(default="", max_length=200, description="why the approved level is left")
    approver: str = Field(default="", max_length=64)
    scope: str = Field(default="", max_length=100, description="feeder or substation; empty: the district")
    pinned: dict[str, float] = Field(default_factory=dict, description="kW by enterprise, 0 as the solver likes")
    excluded: dict[str, str] = Field(default_factory=dict, description="reason by enterprise")


class ListLineOut(Wire):
    enterprise: str
    name: str
    rank: str = Field(description="dr | shift | avoid | curtail")
    kind: str = Field(description="storage | lighting | cooling | planned")
    order_kw: float
    counted_kw: float = Field(description="what may be counted on: order times confidence")
    confidence: float
    expected_kw: float | None
    security_kw: float | None
    yuan: float = Field(description="value added lost in the window")
    measure: str
    why_zh: str
    why_en: str


class SparedOut(Wire):
    enterprise: str
    name: str
    code: str = Field(examples=["protected"])
    most_kw: float
    why_zh: str
    why_en: str


class AllocationOut(Wire):
    plan: str
    level: str
    kw: float
    start: datetime
    end: datetime
    counted_kw: float
    missing_kw: float = Field(description="0: the list suffices")
    missing_zh: list[str]
    missing_en: list[str]
    method: str = Field(description="milp | greedy | all | none")
    relative_gap: float | None = Field(description="of the choice to the best bound known")
    loss_yuan: float
    listed_loss_yuan: float = Field(description="of the same need in the order of the list alone")
    uneven_kwh: float = Field(description="above the even share of the season")
    items: list[ListLineOut]
    spared: list[SparedOut]

    @classmethod
    def of(cls, found: AllocationAnswer, zone: ZoneInfo) -> Self:
        return cls(
            plan=found.plan,
            level=found.level,
            kw=found.need.kw,
            start=local(found.need.window.start, zone),
            end=local(found.need.window.end, zone),
            counted_kw=found.counted_kw,
            missing_kw=found.missing_kw,
            missing_zh=[zh for zh, _ in found.missing],
            missing_en=[en for _, en in found.missing],
            method=found.method,
            relative_gap=found.relative_gap,
            loss_yuan=found.loss_yuan,
            listed_loss_yuan=found.listed_loss_yuan,
            uneven_kwh=found.uneven_kwh,
            items=[
                ListLineOut(
                    enterprise=line.enterprise,
                    name=line.name,
                    rank=line.rank,
                    kind=line.kind,
                    order_kw=line.order_kw,
                    counted_kw=line.counted_kw,
                    confidence=line.confidence,
                    expected_kw=line.expected_kw,
                    security_kw=line.security_kw,
                    yuan=line.yuan,
                    measure=line.measure,
                    why_zh=line.why[0],
                    why_en=line.why[1],
                )
                for line in found.lines
            ],
            spared=[
                SparedOut(
                    enterprise=each.enterprise,
                    name=each.name,
                    code=each.code,
                    most_kw=each.most_kw,
                    why_zh=each.why[0],
                    why_en=each.why[1],
                )
                for each in found.spared
            ],
        )


class InstructionBody(Body):
    number: Line = Field(examples=["甬电调〔2026〕7号"])
    issuer: Line = Field(examples=["宁波市能源局"])
    kind: InstructionKind = Field(examples=["start"])
    received_at: AwareDatetime = Field(examples=["2026-07-28T11:05:00+08:00"])
    level: str = Field(default="", max_length=16)
    reduction_kw: float | None = Field(default=None, gt=0, lt=1e9)
    windows: list[WindowBody] = Field(default_factory=list, max_length=50)
    lifts: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=1000)

    def instruction(self) -> Instruction:
        given = {name: getattr(self, name) for name in type(self).model_fields if name != "windows"}
        return Instruction(**given, actor="", windows=tuple(each.window() for each in self.windows))


class InstructionOut(Wire):
    number: str
    issuer: str
    kind: str
    received_at: datetime
    actor: str
    level: str
    reduction_kw: float | None
    windows: list[WindowOut]
    lifts: str
    note: str

    @classmethod
    def of(cls, given: Instruction, zone: ZoneInfo) -> Self:
        own = {name: getattr(given, name) for name in cls.model_fields}
        own["windows"] = [WindowOut.of(each, zone) for each in given.windows]
        return cls(**own | {"received_at": local(given.received_at, zone)})


class InstructionList(Wire):
    items: list[InstructionOut]


class OrderLineBody(Body):
    enterprise: Name
    rank: Rank
    target: Target = Target.REDUCTION
    kw: float = Field(ge=0, lt=1e9)
    measure: str = Field(default="", max_length=200)


class OrderBody(Body):
    """``need``: the list is solved again and ordered; or ``lines`` as the officer wrote them."""

    instruction: str = Field(default="", max_length=200)
    windows: list[WindowBody] = Field(min_length=1, max_length=50, examples=[[WINDOW]])
    lines: list[OrderLineBody] = Field(min_length=1, max_length=2000, examples=[[LINE]])
    plan: str = Field(default="", max_length=20)
    level: str = Field(default="", max_length=16)
    series: str = Field(default="", max_length=40)
    outside_level: str = Field(default="", max_length=200)
    drill: bool = False


class RevisionBody(Body):
    officer: Name | None = None
    windows: list[WindowBody] | None = Field(default=None, max_length=50)
    lines: list[OrderLineBody] | None = Field(default=None, max_length=2000)


class ConfirmBody(Body):
    officer: str = Field(default="", max_length=64, description="who confirms it, by name; a drill needs none")


class LiftBody(ConfirmBody):
    reason: Line = Field(description="number of the lifting instruction, or why", examples=["甬电调〔2026〕8号"])


class OrderLineOut(Wire):
    enterprise: str
    rank: str
    target: str = Field(description="cap: 压至 | reduction: 压降")
    kw: float
    measure: str
    why_zh: str
    why_en: str


class OrderOut(Wire):
    id: str
    series: str
    revision: int
    instruction: str
    plan: str
    level: str
    windows: list[WindowOut]
    items: list[OrderLineOut]
    state: str = Field(description="prepared | issued | lifted")
    actor: str
    confirmed_by: str
    issued_at: datetime | None
    lifted_at: datetime | None
    lift_reason: str
    outside_level: str
    drill: bool

    @classmethod
    def of(cls, order: Order, zone: ZoneInfo) -> Self:
        lines = [
            OrderLineOut(
                enterprise=line.enterprise,
                rank=line.rank,
                target=line.target,
                kw=line.kw,
                measure=line.measure,
                why_zh=line.why[0],
                why_en=line.why[1],
            )
            for line in order.lines
        ]
        return cls(
            id=order.id,
            series=order.series,
            revision=order.revision,
            instruction=order.instruction,
            plan=order.plan,
            level=order.level,
            windows=[WindowOut.of(each, zone) for each in order.windows],
            items=lines,
            state=order.state,
            actor=order.actor,
            confirmed_by=order.confirmed_by,
            issued_at=local_or_none(order.issued_at, zone),
            lifted_at=local_or_none(order.lifted_at, zone),
            lift_reason=order.lift_reason,
            outside_level=order.outside_level,
            drill=order.drill,
        )


class OrderList(Wire):
    items: list[OrderOut]


class EnterpriseExecutionOut(Wire):
    enterprise: str
    name: str
    target: str
    order_kw: float
    standing: str = Field(examples=["not_reducing"])
    baseline_kw: float | None
    target_kw: float | None
    load_kw: float | None
    ordered_kw: float | None
    reduction_kw: float | None
    missing_kw: float
    mean_ordered_kw: float | None = Field(description="over the due points that are valid")
    mean_reduction_kw: float | None
    now_kw: float | None = Field(description="of the minute now_at, between two points: provisional, judges nothing")
    now_at: datetime | None
    now_missing_kw: float | None
    rate: float | None = Field(description="its own 执行率, points capped at what was ordered")
    in_place: bool | None
    timeliness_min: float | None
    excess_kwh: float
    reduction_kwh: float
    valid_points: int
    due_points: int
    below_security: bool
    contact: str
    phone: str

    @classmethod
    def of(cls, item: EnterpriseExecution, zone: ZoneInfo) -> Self:
        own = {name: getattr(item, name) for name in cls.model_fields}
        return cls(**own | {"standing": item.standing.word, "now_at": local_or_none(item.now_at, zone)})


class ExecutionOut(Wire):
    order: str
    at: datetime
    due_points: int
    points: int
    total_rate: float | None = Field(description="执行率; null while nobody can be judged")
    in_place_rate: float | None = Field(description="到位率")
    valid_share: float | None
    total_ordered_kw: float
    total_reduction_kw: float
    ordered: int
    judged: int
    pending: int = Field(description="meters read the next day")
    already_below: int = Field(description="below their cap without doing anything: in no denominator")
    excess_kwh: float = Field(description="超用电量")
    baseline_method: str
    baseline_at: datetime | None
    baseline_age_days: int | None
    old_baseline: bool
    items: list[EnterpriseExecutionOut]
    call_now: list[str] = Field(description="enterprises to call, the largest missing kW first")

    @classmethod
    def of(cls, found: OrderExecution, zone: ZoneInfo) -> Self:
        own = {name: getattr(found, name) for name in cls.model_fields if hasattr(found, name)}
        own |= {
            "order": found.order.id,
            "at": local(found.at, zone),
            "baseline_at": local_or_none(found.baseline_at, zone),
            "items": [EnterpriseExecutionOut.of(item, zone) for item in found.items],
            "call_now": [item.enterprise for item in found.call_now],
        }
        return cls(**own)


class SeasonLineOut(Wire):
    enterprise: str
    name: str
    calls: int
    hours: float
    orderly_kwh: float
    dr_kwh: float
    size_kw: float | None
    even_kwh: float | None = Field(description="what it would have given, were the season shared by size")
    loss_yuan: float | None
    dr_income_yuan: float | None
    estimated: bool

    @classmethod
    def of(cls, line: SeasonLine) -> Self:
        return cls.model_validate(line, from_attributes=True)


class SeasonOut(Wire):
    year: int
    items: list[SeasonLineOut]


class RehearsedDayOut(Wire):
    day: date
    start: datetime
    end: datetime
    need_kw: float
    level: str
    called: int
    ordered_kw: float
    missing_kw: float = Field(description="what the plan could not close; 0: closed")
    loss_yuan: float
    listed_loss_yuan: float
    storage_kw: float = Field(description="of ordered_kw")
    lighting_kw: float
    cooling_kw: float = Field(description="flexible cooling, of the cooling load of that day's temperature")


class RehearsedSiteOut(Wire):
    enterprise: str
    name: str
    calls: int
    hours: float
    energy_kwh: float
    loss_yuan: float


class RehearsalOut(Wire):
    plan: str
    scope: str
    first: date
    last: date
    quota_by: str
    days_with_gap: int
    days_closed: int
    ordered_kwh: float
    missing_kwh: float
    loss_yuan: float
    listed_loss_yuan: float = Field(description="of the same days in the order of the plan alone")
    days: list[RehearsedDayOut]
    sites: list[RehearsedSiteOut]
    data_digest: str
    soft_kwh: float = Field(description="of ordered_kwh by storage, lighting and flexible cooling")
    cooling_sites: int = Field(description="enterprises whose cooling load could be told, none included")

    @classmethod
    def of(cls, found: Rehearsal) -> Self:
        return cls.model_validate(found, from_attributes=True)


class RehearsalList(Wire):
    items: list[RehearsalOut]


class RehearsalBody(Body):
    plans: list[Name] = Field(min_length=1, max_length=4, examples=[["2026-1", "2026-2"]])
    first: date = Field(examples=["2026-07-01"])
    last: date = Field(examples=["2026-08-31"])
    quota_share: float = Field(default=0.9, gt=0, le=1, description="where no quota was entered")
    scope: ScopeField = "monitored"

    def season(self) -> Season:
        return Season(self.first, self.last, self.quota_share, Scope.parse(self.scope))
