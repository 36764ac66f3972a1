"""Who is reached how, who is on duty, what is silenced, and alerts that call people until somebody answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.alerts import Severity
from domain.errors import Invalid
from domain.notices import Recipient, Way

#: Round after round the pause doubles; nobody is called more often than this in the end.
LONGEST_PAUSE = timedelta(hours=1)
SEVERITIES = tuple(Severity)


def at_least(severity: Severity, least: Severity) -> bool:
    return SEVERITIES.index(severity) >= SEVERITIES.index(least)


def masked(channel: str, address: str) -> str:
    """Enough to recognise an address, not enough to use it."""
    if "@" in address and "://" not in address:
        name, _, domain = address.partition("@")
        return f"{name[:1]}***@{domain}"
    scheme, separator, rest = address.partition("://")
    if separator:
        return f"{scheme}://{rest.rpartition('@')[2].partition('/')[0]}/***"
    digits = re.sub(r"[ +-]", "", address)
    is_phone = channel != "mqtt" and digits.isdigit() and len(digits) >= 7
    return f"{address[:3]}****{address[-4:]}" if is_phone else address


@dataclass(frozen=True, slots=True)
class Route:
    """One way to a recipient. step : 0 first, higher ones stand by.

    alerts_from : alerts of this severity and worse are told over it (an enterprise: those about itself); None: none
    """

    recipient: Recipient
    channel: str
    address: str
    step: int = 0
    alerts_from: Severity | None = None
    id: int = 0

    def __post_init__(self) -> None:
        if not self.channel.strip() or not self.address.strip():
            raise Invalid("送达方式须有渠道和地址 / a route needs a channel and an address")
        if not 0 <= self.step <= 9:
            raise Invalid(f"步骤 {self.step} 不在 0 至 9 / step {self.step} is not 0 to 9")

    @property
    def way(self) -> Way:
        return Way(self.channel, self.address, self.step)


@dataclass(frozen=True, slots=True)
class Silence:
    """Information it covers is held back for good, in [start, end). An empty field covers everything.

    kind, reference : beginnings, as ``alert.meter_silent`` and ``alert:ID``
    """

    kind: str
    recipient: str
    reference: str
    start: datetime
    end: datetime
    reason: str
    actor: str = ""
    id: int = 0

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise Invalid("静默的止须晚于起 / a silence must end after it starts")
        if not self.reason.strip():
            raise Invalid("静默须写明原因 / a silence needs a reason: somebody will ask why nothing was said")


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody is on duty in [start, end). rank : 1 is called first, then 2, and so on"""

    user: str
    start: datetime
    end: datetime
    rank: int = 1
    id: int = 0

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise Invalid(f"{self.user} 的班次止须晚于起 / the shift of {self.user} must end after it starts")
        if not 1 <= self.rank <= 9:
            raise Invalid(f"次序 {self.rank} 不在 1 至 9 / rank {self.rank} is not 1 to 9")


class EscalationState(StrEnum):
    CALLING = "calling"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Called:
    user: str
    at: datetime
    round: int


@dataclass(frozen=True, slots=True)
class Escalation:
    """An alert that calls people. Instants are of the district clock.

    started_at : since when it calls, anew when an acknowledgement is taken back; next_at : when the next person is
    called, None: nobody is
    """

    alert: str
    state: EscalationState
    started_at: datetime
    called: tuple[Called, ...] = ()
    round: int = 0
    next_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(call.user for call in self.called))

    @property
    def acknowledge_s(self) -> float | None:
        """Seconds from the first call to the acknowledgement."""
        if self.acknowledged_at is None or not self.called:
            return None
        return max(0.0, (self.acknowledged_at - self.called[0].at).total_seconds())


def call_next(
    found: Escalation, duty: Sequence[Shift], now: datetime, pause: timedelta
) -> tuple[Escalation, tuple[str, ...]]:
    """Whom to call now: the next rank nobody of which was called this round; after the last a new round begins. Pure.

    A clock set back begins the pause anew, or it would not end.
    """
    late = found.next_at is not None and now < found.next_at <= now + max(pause, LONGEST_PAUSE)
    if found.state is not EscalationState.CALLING or late:
        return found, ()
    if not duty:
        return replace(found, next_at=now + pause), ()
    already = {call.user for call in found.called if call.round == found.round}
    left = [shift for shift in duty if shift.user not in already]
    turn = found.round if left else found.round + 1
    waiting = left or list(duty)
    first = min(shift.rank for shift in waiting)
    people = tuple(dict.fromkeys(shift.user for shift in waiting if shift.rank == first))
    calls = tuple(Called(user, now, turn) for user in people)
    wait = min(pause * 2**turn, max(pause, LONGEST_PAUSE))
    return replace(found, called=found.called + calls, round=turn, next_at=now + wait), people
