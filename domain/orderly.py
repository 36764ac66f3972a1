"""Orderly power use (有序用电): plan, instructions, orders and who may do what. Instants UTC, powers in kW."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.errors import Invalid
from domain.instants import BLOCK_MS, Span, to_ms
from domain.registry import Account, Enterprise


class Rank(StrEnum):
    """Measures in the order they may be used; a later one never stands in for an earlier one."""

    DR = "dr"
    SHIFT = "shift"
    AVOID = "avoid"
    CURTAIL = "curtail"


RANKS = tuple(Rank)


class Measure(StrEnum):
    """By what a reduction comes about. The soft ones go before what the plan asks of production within their rank."""

    STORAGE = "storage"
    LIGHTING = "lighting"
    COOLING = "cooling"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """What an enterprise gives at one lettered level, besides what it gives at the levels below [kW]."""

    level: str
    reduction_kw: float


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One account of the plan table: enterprise and account as the plan states them, and its steps by level."""

    enterprise: Enterprise
    account: Account
    steps: tuple[PlanStep, ...] = ()

    def reduction_kw(self, letters: tuple[str, ...]) -> float:
        """Cumulative over these levels [kW]"""
        return sum(step.reduction_kw for step in self.steps if step.level in letters)

    def rank_kw(self, rank: Rank) -> float:
        """What the plan says this measure can give [kW]; 0 where it says nothing."""
        by_rank = {
            Rank.DR: self.enterprise.dr_contract_kw if self.enterprise.dr_contract else None,
            Rank.SHIFT: self.enterprise.shiftable_kw,
            Rank.AVOID: self.enterprise.avoidable_kw,
            Rank.CURTAIL: self.enterprise.curtailable_kw,
        }
        return by_rank[rank] or 0.0


class PlanState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a year's plan. Rows never change; a correction is a new version.

    source : the file or what generated it; document : the paper the approval cites
    """

    year: int
    version: int
    title: str
    rows: tuple[PlanRow, ...]
    source: str
    actor: str
    at: datetime
    state: PlanState = PlanState.DRAFT
    approved_by: str = ""
    approved_at: datetime | None = None
    document: str = ""

    @property
    def id(self) -> str:
        return f"{self.year}-{self.version}"

    def total_kw(self, letters: tuple[str, ...]) -> float:
        return sum(row.reduction_kw(letters) for row in self.rows)


class InstructionKind(StrEnum):
    START = "start"
    CHANGE = "change"
    LIFT = "lift"


@dataclass(frozen=True, slots=True)
class Window:
    """From start to end, whole blocks of 15 minutes."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        span = Span(self.start, self.end)
        if span.start_ms % BLOCK_MS or span.end_ms % BLOCK_MS:
            raise Invalid("时段应为整 15 分钟 / a window begins and ends on a quarter of an hour")

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)

    @property
    def hours(self) -> float:
        return (to_ms(self.end) - to_ms(self.start)) / 3_600_000

    def overlaps(self, other: Window | Span) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class EnergyQuota:
    """电量指标 of a scope for one local day, beside the power quota: what may be drawn in the whole day [kWh].

    withdrawn : it no longer holds; source names the document
    """

    scope: str
    day: date
    energy_kwh: float
    source: str
    actor: str
    withdrawn: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.energy_kwh < 1e10:
            raise Invalid(
                f"电量指标 {self.energy_kwh} kWh 不合理 / an energy quota of {self.energy_kwh} kWh is not plausible"
            )
        if not self.source.strip():
            raise Invalid("电量指标须有文号 / an energy quota names its document")


@dataclass(frozen=True, slots=True)
class Instruction:
    """What city or power company ordered; official levels begin and end by it, never by a threshold of ours.

    level : colour or letter, "" when it names a power only; lifts : number of the instruction that this one ends
    """

    number: str
    issuer: str
    kind: InstructionKind
    received_at: datetime
    actor: str
    level: str = ""
    reduction_kw: float | None = None
    windows: tuple[Window, ...] = ()
    lifts: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not self.number.strip() or not self.issuer.strip():
            raise Invalid("指令须有文号和发文单位 / an instruction needs its number and who issued it")
        if self.kind is InstructionKind.LIFT:
            if not self.lifts:
                raise Invalid("解除指令须写明解除哪一文号 / a lifting names the number it lifts")
        elif not self.level and self.reduction_kw is None:
            raise Invalid("指令须有等级或压降负荷 / an instruction names a level or a power")
        if self.reduction_kw is not None and not 0 < self.reduction_kw < 1e9:
            raise Invalid(
                f"压降 {self.reduction_kw} kW 不合理 / a reduction of {self.reduction_kw} kW is not plausible"
            )


class Target(StrEnum):
    CAP = "cap"
    REDUCTION = "reduction"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """What one enterprise is told. cap: 压至 ``kw``; reduction: 压降 ``kw``. why : sentences, (中文, English)"""

    enterprise: str
    rank: Rank
    target: Target
    kw: float
    why: tuple[str, str] = ("", "")
    measure: str = ""


class OrderState(StrEnum):
    PREPARED = "prepared"
    ISSUED = "issued"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class Order:
    """One order for some windows. ``series`` ties the days that share one frozen baseline.

    instruction : number of the instruction it cites; drill orders may cite none
    revised_at : when lines or windows were last changed, None = they stand as they were issued
    """

    id: str
    series: str
    revision: int
    instruction: str
    plan: str
    level: str
    windows: tuple[Window, ...]
    lines: tuple[OrderLine, ...]
    state: OrderState
    actor: str
    at: datetime
    confirmed_by: str = ""
    issued_at: datetime | None = None
    lifted_at: datetime | None = None
    lift_reason: str = ""
    outside_level: str = ""
    drill: bool = False
    revised_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.windows or not self.lines:
            raise Invalid("调度令须有时段和名单 / an order needs windows and enterprises")
        if not self.instruction and not self.drill:
            raise Invalid("调度令须引用指令文号 / an order cites the instruction it follows")
        names = [line.enterprise for line in self.lines]
        if len(set(names)) != len(names):
            raise Invalid("同一企业在名单中出现两次 / an enterprise stands on the list twice")
        if any(not 0 <= line.kw < 1e9 for line in self.lines):
            raise Invalid("压降或限值不能为负 / a cap or reduction is never negative")
        ordered = sorted(self.windows, key=lambda w: w.start)
        if any(a.overlaps(b) for a, b in itertools.pairwise(ordered)):
            raise Invalid("时段重叠 / windows overlap")

    @property
    def start(self) -> datetime:
        return min(window.start for window in self.windows)

    @property
    def end(self) -> datetime:
        """Of the last window, or when it was lifted if that came first."""
        end = max(window.end for window in self.windows)
        return end if self.lifted_at is None else min(end, max(self.lifted_at, self.start))


@dataclass(frozen=True, slots=True)
class Guard:
    """保供电: a named site is not called in these days."""

    enterprise: str
    first: date
    last: date
    reason: str
    actor: str

    def __post_init__(self) -> None:
        if self.last < self.first or not self.reason.strip():
            raise Invalid("保供电须有起止日和事由 / a guard needs its days and a reason")

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class FrozenBaseline:
    """What each enterprise would draw, fixed before the first order of a series and used for all its days.

    kw : by enterprise, one figure for each quarter of an hour on the clock (96), None = unknown [kW]
    sample_days : by enterprise; day : of the first order; method : as in baselines.toml
    """

    series: str
    day: date
    made_at: datetime
    method: str
    kw: dict[str, tuple[float | None, ...]]
    sample_days: dict[str, tuple[date, ...]]
