"""What is told of an event while it runs: each enterprise against its promise, whom to call, who rebounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.dr import member_of
from domain.dr_states import EventState
from domain.ids import AccountId, EnterpriseId
from domain.registry import Contact

#: A rescue list closes this share of what is missing, with no more calls than one person can make in time.
RESCUE_SHARE = 0.8
MOST_CALLS = 8


@dataclass(frozen=True, slots=True)
class Pace:
    """One who takes part now. share : reduction_kw / promised_kw; mean_share : of the complete blocks so far

    base_kw : frozen, of the running block; load_kw : sliding demand; None = not known, ``reason`` says why
    """

    enterprise: EnterpriseId
    name: str
    promised_kw: float
    base_kw: float | None
    load_kw: float | None
    reduction_kw: float | None
    share: float | None
    mean_share: float | None
    reason: str
    contacts: tuple[Contact, ...]
    accounts: tuple[AccountId, ...] = ()

    @property
    def member(self) -> str:
        """As the event names it."""
        return member_of(self.enterprise, self.accounts)

    @property
    def missing_kw(self) -> float:
        """0 where nothing is known: a call for data is not a call for power."""
        return 0.0 if self.reduction_kw is None else max(0.0, self.promised_kw - self.reduction_kw)

    @property
    def now_kw(self) -> float:
        """What is given now, 0 where nothing is known."""
        return self.reduction_kw or 0.0


@dataclass(frozen=True, slots=True)
class Rescue:
    """Whom to call first. closes_share : of the shortfall, were they to keep their promise"""

    members: tuple[str, ...]
    missing_kw: float
    closes_share: float


@dataclass(frozen=True, slots=True)
class Rebound:
    """An enterprise above its baseline after the event. above_share : (load - baseline) / baseline"""

    enterprise: EnterpriseId
    name: str
    base_kw: float
    load_kw: float
    above_share: float
    accounts: tuple[AccountId, ...] = ()

    @property
    def member(self) -> str:
        return member_of(self.enterprise, self.accounts)


@dataclass(frozen=True, slots=True)
class EventPace:
    """minutes_to_start : 0 once it has begun, and nobody is judged before; minutes_left : to the end of the event,
    negative after it; share : of what was promised by those we know of

    unknown : those without data or baseline, which are in none of the sums
    """

    event: str
    version: int
    state: EventState
    as_of_ms: int
    minutes_to_start: int
    minutes_left: int
    promised_kw: float
    reduction_kw: float | None
    share: float | None
    shortfall_kw: float
    each: tuple[Pace, ...]
    unknown: tuple[str, ...]
    rescue: Rescue
    rebound: tuple[Rebound, ...]

    @property
    def over(self) -> bool:
        return self.minutes_left < 0

    @property
    def text(self) -> str:
        """62 % of promised, 25 min left."""
        if self.over:
            share = self.mean_share
            if share is None:
                return "事件已结束 / the event is over"
            return f"事件已结束，平均为约定的 {share:.0%} / over: {share:.0%} of promised on average"
        if self.minutes_to_start:
            return f"距开始 {self.minutes_to_start} 分钟 / begins in {self.minutes_to_start} min"
        if self.share is None:
            return "暂无数据 / no data yet"
        left = self.minutes_left
        return f"已到约定的 {self.share:.0%}，剩 {left} 分钟 / {self.share:.0%} of promised, {left} min left"

    @property
    def mean_share(self) -> float | None:
        """What it was over the complete blocks so far, by those whose blocks were told; None where none was."""
        told = [(each.promised_kw, each.mean_share) for each in self.each if each.mean_share is not None]
        promised = sum(kw for kw, _ in told)
        return sum(kw * mean for kw, mean in told) / promised if promised > 0 else None


def rescue(paces: Sequence[Pace]) -> Rescue:
    """The fewest calls that close most of the shortfall: the largest missing kW first."""
    short = sorted((each for each in paces if each.missing_kw > 0), key=lambda each: -each.missing_kw)
    total = sum(each.missing_kw for each in short)
    called: list[Pace] = []
    closed = 0.0
    for each in short[:MOST_CALLS]:
        if total <= 0 or closed >= RESCUE_SHARE * total:
            break
        called.append(each)
        closed += each.missing_kw
    return Rescue(tuple(each.member for each in called), closed, closed / total if total > 0 else 0.0)
