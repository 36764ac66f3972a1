"""The life of one threshold: a table from (state, observation) to state, and a pure ``step`` over it.

docs/alerts.md draws the same table; a test compares the two and walks every pair.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.alerts import ACTIVE_STATES, AlertState
from domain.errors import Invalid


class Observation(StrEnum):
    """What is known of a figure against one threshold, and what people did. ``*_HELD`` comes from ``step`` alone."""

    ABOVE = "above"  # surely at or above the raise threshold, by measured values
    ABOVE_HELD = "above_held"  # the same, the rule's minimum duration after the first time, and never below since
    BAND = "band"  # between the clear and the raise threshold, or not sure to be below the clear threshold
    BELOW = "below"  # surely below the clear threshold
    BELOW_HELD = "below_held"  # the same, for the rule's hold time
    MISSING = "missing"  # too little data to say
    WITHDRAWN = "withdrawn"  # the rule no longer applies: no quota this day, meter or enterprise out of service
    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"


class Back(StrEnum):
    """Not a state: return to the one that clearing began from, so that an acknowledgement outlives a dip."""

    BACK = "back"


_S, _O, BACK = AlertState, Observation, Back.BACK

TABLE: dict[tuple[AlertState, Observation], AlertState | Back] = {
    (_S.NORMAL, _O.ABOVE): _S.PENDING,
    (_S.NORMAL, _O.ABOVE_HELD): _S.FIRING,
    (_S.NORMAL, _O.BAND): _S.NORMAL,
    (_S.NORMAL, _O.BELOW): _S.NORMAL,
    (_S.NORMAL, _O.BELOW_HELD): _S.NORMAL,
    (_S.NORMAL, _O.MISSING): _S.NORMAL,
    (_S.NORMAL, _O.WITHDRAWN): _S.NORMAL,
    (_S.NORMAL, _O.ACKNOWLEDGE): _S.NORMAL,
    (_S.NORMAL, _O.UNACKNOWLEDGE): _S.NORMAL,
    (_S.PENDING, _O.ABOVE): _S.PENDING,
    (_S.PENDING, _O.ABOVE_HELD): _S.FIRING,
    (_S.PENDING, _O.BAND): _S.PENDING,
    (_S.PENDING, _O.BELOW): _S.NORMAL,
    (_S.PENDING, _O.BELOW_HELD): _S.NORMAL,
    (_S.PENDING, _O.MISSING): _S.PENDING,
    (_S.PENDING, _O.WITHDRAWN): _S.NORMAL,
    (_S.PENDING, _O.ACKNOWLEDGE): _S.PENDING,
    (_S.PENDING, _O.UNACKNOWLEDGE): _S.PENDING,
    (_S.FIRING, _O.ABOVE): _S.FIRING,
    (_S.FIRING, _O.ABOVE_HELD): _S.FIRING,
    (_S.FIRING, _O.BAND): _S.FIRING,
    (_S.FIRING, _O.BELOW): _S.CLEARING,
    (_S.FIRING, _O.BELOW_HELD): _S.RESOLVED,
    (_S.FIRING, _O.MISSING): _S.FIRING,
    (_S.FIRING, _O.WITHDRAWN): _S.RESOLVED,
    (_S.FIRING, _O.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    (_S.FIRING, _O.UNACKNOWLEDGE): _S.FIRING,
    (_S.ACKNOWLEDGED, _O.ABOVE): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _O.ABOVE_HELD): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _O.BAND): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _O.BELOW): _S.CLEARING,
    (_S.ACKNOWLEDGED, _O.BELOW_HELD): _S.RESOLVED,
    (_S.ACKNOWLEDGED, _O.MISSING): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _O.WITHDRAWN): _S.RESOLVED,
    (_S.ACKNOWLEDGED, _O.ACKNOWLEDGE): _S.ACKNOWLEDGED,
    (_S.ACKNOWLEDGED, _O.UNACKNOWLEDGE): _S.FIRING,
    (_S.CLEARING, _O.ABOVE): BACK,
    (_S.CLEARING, _O.ABOVE_HELD): BACK,
    (_S.CLEARING, _O.BAND): BACK,
    (_S.CLEARING, _O.BELOW): _S.CLEARING,
    (_S.CLEARING, _O.BELOW_HELD): _S.RESOLVED,
    (_S.CLEARING, _O.MISSING): _S.CLEARING,
    (_S.CLEARING, _O.WITHDRAWN): _S.RESOLVED,
    (_S.CLEARING, _O.ACKNOWLEDGE): _S.CLEARING,
    (_S.CLEARING, _O.UNACKNOWLEDGE): _S.CLEARING,
    (_S.RESOLVED, _O.ABOVE): _S.PENDING,
    (_S.RESOLVED, _O.ABOVE_HELD): _S.FIRING,
    (_S.RESOLVED, _O.BAND): _S.RESOLVED,
    (_S.RESOLVED, _O.BELOW): _S.RESOLVED,
    (_S.RESOLVED, _O.BELOW_HELD): _S.RESOLVED,
    (_S.RESOLVED, _O.MISSING): _S.RESOLVED,
    (_S.RESOLVED, _O.WITHDRAWN): _S.RESOLVED,
    (_S.RESOLVED, _O.ACKNOWLEDGE): _S.RESOLVED,
    (_S.RESOLVED, _O.UNACKNOWLEDGE): _S.RESOLVED,
}


@dataclass(frozen=True, slots=True)
class Timing:
    """minimum_s : how long above before it fires [s]; hold_s : how long below before it is resolved [s]"""

    minimum_s: float
    hold_s: float

    def __post_init__(self) -> None:
        if self.minimum_s < 0 or self.hold_s < 0:
            raise Invalid(f"an alert's times cannot be negative: minimum {self.minimum_s} s, hold {self.hold_s} s")


@dataclass(frozen=True, slots=True)
class Memory:
    """What one threshold remembers.

    since : when the present state's clock began: above for PENDING, below without a gap in the data for CLEARING
    back : the state clearing began from, FIRING or ACKNOWLEDGED
    """

    state: AlertState = AlertState.NORMAL
    since: datetime | None = None
    back: AlertState = AlertState.FIRING


@dataclass(frozen=True, slots=True)
class Change:
    before: AlertState
    after: AlertState

    @property
    def raised(self) -> bool:
        return self.after is AlertState.FIRING and self.before not in ACTIVE_STATES


def _timed(memory: Memory, observation: Observation, timing: Timing, now: datetime) -> Observation:
    """The observation, or its ``*_HELD`` form once it has lasted as long as the rule asks."""
    if observation is Observation.ABOVE and memory.state not in ACTIVE_STATES:
        since = memory.since if memory.state is AlertState.PENDING and memory.since else now
        return Observation.ABOVE_HELD if now - since >= timedelta(seconds=timing.minimum_s) else observation
    if observation is Observation.BELOW and memory.state in ACTIVE_STATES:
        since = memory.since if memory.state is AlertState.CLEARING and memory.since else now
        return Observation.BELOW_HELD if now - since >= timedelta(seconds=timing.hold_s) else observation
    return observation


def step(memory: Memory, observation: Observation, timing: Timing, now: datetime) -> tuple[Memory, Change | None]:
    """The next memory, and the change of state if there was one. Pure: the caller brings the instant."""
    if memory.since is not None and memory.since > now:
        # A district clock set back (another history is replayed) begins the running time anew, or it would never end.
        memory = replace(memory, since=now)
    before = memory.state
    if before is AlertState.CLEARING and observation in (Observation.ACKNOWLEDGE, Observation.UNACKNOWLEDGE):
        acknowledged = observation is Observation.ACKNOWLEDGE
        return replace(memory, back=AlertState.ACKNOWLEDGED if acknowledged else AlertState.FIRING), None
    target = TABLE[before, _timed(memory, observation, timing, now)]
    after = memory.back if isinstance(target, Back) else target
    if after is before:
        # A gap in the data is no evidence of being below: the hold begins again (missing never clears).
        restart = before is AlertState.CLEARING and observation is Observation.MISSING
        return (replace(memory, since=now) if restart else memory), None
    back = before if after is AlertState.CLEARING else AlertState.FIRING
    return Memory(after, now, back), Change(before, after)
