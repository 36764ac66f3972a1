"""Demand response (需求响应): programmes' terms, events and those who take part. Sources: domain facts 2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from domain.dr_states import EventState
from domain.errors import Invalid, NotFound
from domain.ids import AccountId, EnterpriseId
from domain.instants import BLOCK_MS
from domain.notices import Answer
from domain.scopes import Scope, accounts_scope, enterprise_scope

LONGEST_EVENT_MS = 24 * 4 * BLOCK_MS


class EventKind(StrEnum):
    """mirrored : the province calls and settles, the district mobilises and watches; local : the district's own"""

    MIRRORED = "mirrored"
    LOCAL = "local"


class Direction(StrEnum):
    SHED = "shed"  # 削峰
    FILL = "fill"  # 填谷


class Lead(StrEnum):
    DAY_AHEAD = "day_ahead"  # 日前
    INTRADAY = "intraday"  # 日内


class Commitment(StrEnum):
    CONTRACTED = "contracted"  # 约定型: called without bidding
    INVITED = "invited"  # 邀约型: invited, declared and cleared


@dataclass(frozen=True, slots=True)
class Terms:
    """What a programme asks and pays, as it stood when the event was made; an event keeps its own copy.

    edition : the day these terms are in force from; baseline : id of the method in config/policy/baselines.toml
    rule : 1 or 2, validity rule of domain facts 2.4; response_share : 0.8 of both rules
    minimum_minutes : effective duration rule 2 asks, 0 = none
    paid_share : what is above this multiple of the confirmed kW is not paid; price : None = not known, no estimate
    capacity_yuan_per_kw_month : for contracted kW; penalty_share, penalty_factor : R1 and M, a factor of 0 is off
    notice_minutes, reply_minutes : before the start, the latest invitation and the latest reply
    rebound_minutes, rebound_share : watched after the end, and how far above the baseline is a rebound
    """

    programme: str
    name_zh: str
    name_en: str
    edition: date
    direction: Direction
    lead: Lead
    commitment: Commitment
    baseline: str
    rule: int
    response_share: float
    minimum_minutes: int
    paid_share: float
    price_yuan_per_kwh: float | None
    capacity_yuan_per_kw_month: float
    minimum_kw_industry: float
    minimum_kw_other: float
    notice_minutes: int
    reply_minutes: int
    rebound_minutes: int
    rebound_share: float
    penalty_share: float
    penalty_factor: float
    source: str


@dataclass(frozen=True, slots=True)
class Contract:
    """An account's contract for a programme, in force on valid_from...valid_to (inclusive; None = open).

    aggregator : name of the aggregator (负荷聚合商) through whom the account takes part, empty = by itself
    """

    account: AccountId
    programme: str
    valid_from: date
    valid_to: date | None
    contracted_kw: float
    aggregator: str = ""
    number: str = ""

    def __post_init__(self) -> None:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise Invalid(
                f"户号 {self.account} 的合同止于起始之前 / the contract of account {self.account} ends before it begins"
            )
        if not 0 < self.contracted_kw < 1e7:
            raise Invalid(
                f"户号 {self.account} 的约定容量应大于 0 kW / account {self.account} must contract more than 0 kW"
            )

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def member_of(enterprise: str, accounts: Sequence[AccountId]) -> str:
    """Name of one who takes part: the enterprise, or the enterprise with its accounts, as ``E001:330201+330202``."""
    return f"{enterprise}:{'+'.join(accounts)}" if accounts else enterprise


@dataclass(frozen=True, slots=True)
class Participant:
    """One enterprise in an event, or some of its accounts (户号). kW are reductions for shed and increases for fill;
    None = not known.

    account : whose contract it is, the first of several
    aggregator : who is asked instead of the enterprise, empty = itself
    possible_kw, confidence : what was thought possible when it was chosen; answer, declared_kw : its own reply in time
    remark : about its reply, as "after the deadline"
    cleared_kw : confirmed, the R of settlement; official_... : what the province published
    accounts : those whose meters alone are asked, measured and settled, in order; empty = the whole enterprise
    """

    enterprise: EnterpriseId
    account: AccountId
    aggregator: str = ""
    contracted_kw: float | None = None
    possible_kw: float | None = None
    confidence: float | None = None
    invited_kw: float | None = None
    answer: Answer | None = None
    declared_kw: float | None = None
    replied_ms: int | None = None
    remark: str = ""
    cleared_kw: float | None = None
    official_declared_kw: float | None = None
    official_cleared_kw: float | None = None
    official_verified_kw: float | None = None
    official_verified_kwh: float | None = None
    accounts: tuple[AccountId, ...] = ()

    @property
    def member(self) -> str:
        """Its name within the event."""
        return member_of(self.enterprise, self.accounts)

    def overlaps(self, other: Participant) -> bool:
        """Whether load of the one is load of the other."""
        apart = self.accounts and other.accounts and not set(self.accounts) & set(other.accounts)
        return self.enterprise == other.enterprise and not apart

    @property
    def scope(self) -> Scope:
        """Whose load it is held to."""
        return accounts_scope(self.accounts) if self.accounts else enterprise_scope(self.enterprise)

    @property
    def promised_kw(self) -> float:
        """What it is held to: confirmed kW, 0 where none was."""
        return self.cleared_kw or 0.0


@dataclass(frozen=True, slots=True)
class DrEvent:
    """One event, [start_ms, end_ms) on whole blocks within a day. ``version`` grows with every change.

    document : number of the province's or the city's document; drill : printed on every message and page
    announced_ms : when it was first announced and the baseline frozen; None before
    """

    id: str
    version: int
    kind: EventKind
    state: EventState
    title: str
    terms: Terms
    start_ms: int
    end_ms: int
    target_kw: float
    reply_by_ms: int
    drill: bool = False
    document: str = ""
    announced_ms: int | None = None
    participants: tuple[Participant, ...] = ()

    def __post_init__(self) -> None:
        if self.start_ms % BLOCK_MS or self.end_ms % BLOCK_MS:
            raise Invalid("事件应始止于整刻钟 / an event begins and ends on a quarter of an hour")
        if not self.start_ms < self.end_ms <= self.start_ms + LONGEST_EVENT_MS:
            raise Invalid("事件应止于起始之后、24 小时之内 / an event ends after it begins, within 24 hours")
        if not 0 < self.target_kw < 1e8:
            raise Invalid("目标应大于 0 kW / the target must be above 0 kW")
        claims = [(each.enterprise, account) for each in self.participants for account in each.accounts or (None,)]
        wholes = {enterprise for enterprise, account in claims if account is None}
        if len(set(claims)) != len(claims) or any(
            each.accounts and each.enterprise in wholes for each in self.participants
        ):
            raise Invalid("同一企业或户号出现两次 / an enterprise or an account stands twice in the event")

    @property
    def source(self) -> str:
        """Name of its reductions in the ledger, and reference of its notices."""
        return f"dr:{self.id}"

    @property
    def sign(self) -> float:
        """+1 for shed, -1 for fill: times (baseline - load) is the response."""
        return 1.0 if self.terms.direction is Direction.SHED else -1.0

    def parts(self, name: str) -> tuple[Participant, ...]:
        """The one of this name, or all parts of an enterprise. Raises NotFound where there is none."""
        found = tuple(each for each in self.participants if name in (each.member, each.enterprise))
        if not found:
            raise NotFound(f"{name} 不在事件 {self.id} 中 / {name} takes no part in event {self.id}")
        return found

    def participant(self, name: str) -> Participant:
        """Raises NotFound, and Invalid for an enterprise of which several parts are meant."""
        found = self.parts(name)
        if len(found) > 1:
            listed = ", ".join(each.member for each in found)
            raise Invalid(f"{name} 分户号参加，请写明 / {name} takes part by accounts, say which: {listed}")
        return found[0]

    def with_each(self, change: Callable[[Participant], Participant]) -> DrEvent:
        return replace(self, participants=tuple(change(each) for each in self.participants))

    def taking_part(self) -> tuple[Participant, ...]:
        """Those with a confirmed kW."""
        return tuple(each for each in self.participants if each.promised_kw > 0)
