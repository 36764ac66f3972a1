"""Energy registers: one table of states, one pure step for many registers at once, and the energy of a series.

A register counts up and starts again at its modulus. What it shows is believed as long as the step from the last
believed reading is possible; a reading that is not puts the register in doubt until the next one decides: it goes on
from the old count (the odd reading was wrong) or from the new one (the meter was exchanged or reset).
Source: domain facts 7.1. No energy is ever invented: what cannot be told is booked as nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from domain.arrays import BoolArray, CodeArray, FloatArray, IntArray

HOUR_MS = 3_600_000
#: A register may have rolled over when it stood above and stands below these shares of its modulus.
ROLLOVER_FROM, ROLLOVER_TO = 0.9, 0.1


class State(IntEnum):
    EMPTY = 0
    RUNNING = 1
    STANDING = 2
    DOUBTFUL = 3


class Seen(IntEnum):
    """What a reading is to a register."""

    DISTRUSTED = 0  # no value, or a clock or value that is not believed
    LATE = 1  # not after the newest one: a repeat, or out of order
    FIRST = 2
    STEADY = 3
    ADVANCE = 4
    ROLLOVER = 5
    FALL = 6  # went back without a roll-over
    LEAP = 7  # further than the site can draw
    RETURNS = 8  # in doubt: goes on from the last believed reading
    CONFIRMS = 9  # in doubt: goes on from the odd one
    ASTRAY = 10  # in doubt: neither
    EXCHANGE = 11  # the old register was closed and a new one opened, both read


class Booking(IntEnum):
    NOTHING = 0
    FROM_BELIEVED = 1
    FROM_ODD = 2
    CLOSING = 3


class Incident(IntEnum):
    """What someone should know of."""

    NONE = 0
    ROLLED_OVER = 1
    FELL = 2
    LEAPT = 3
    STOOD = 4  # moved again after standing still
    MENDED = 5  # the odd reading before was wrong
    REPLACED = 6  # exchanged or reset without notice
    EXCHANGED = 7


Transition = tuple[State, Booking, Incident]
_STAYS = {state: (state, Booking.NOTHING, Incident.NONE) for state in State}

TABLE: dict[tuple[State, Seen], Transition] = {
    **{(state, Seen.DISTRUSTED): stay for state, stay in _STAYS.items()},
    **{(state, Seen.LATE): stay for state, stay in _STAYS.items()},
    (State.EMPTY, Seen.FIRST): (State.RUNNING, Booking.NOTHING, Incident.NONE),
    (State.EMPTY, Seen.EXCHANGE): (State.RUNNING, Booking.NOTHING, Incident.EXCHANGED),
    (State.RUNNING, Seen.STEADY): (State.STANDING, Booking.FROM_BELIEVED, Incident.NONE),
    (State.RUNNING, Seen.ADVANCE): (State.RUNNING, Booking.FROM_BELIEVED, Incident.NONE),
    (State.RUNNING, Seen.ROLLOVER): (State.RUNNING, Booking.FROM_BELIEVED, Incident.ROLLED_OVER),
    (State.RUNNING, Seen.FALL): (State.DOUBTFUL, Booking.NOTHING, Incident.FELL),
    (State.RUNNING, Seen.LEAP): (State.DOUBTFUL, Booking.NOTHING, Incident.LEAPT),
    (State.RUNNING, Seen.EXCHANGE): (State.RUNNING, Booking.CLOSING, Incident.EXCHANGED),
    (State.STANDING, Seen.STEADY): (State.STANDING, Booking.FROM_BELIEVED, Incident.NONE),
    (State.STANDING, Seen.ADVANCE): (State.RUNNING, Booking.FROM_BELIEVED, Incident.STOOD),
    (State.STANDING, Seen.ROLLOVER): (State.RUNNING, Booking.FROM_BELIEVED, Incident.ROLLED_OVER),
    (State.STANDING, Seen.FALL): (State.DOUBTFUL, Booking.NOTHING, Incident.FELL),
    (State.STANDING, Seen.LEAP): (State.DOUBTFUL, Booking.NOTHING, Incident.LEAPT),
    (State.STANDING, Seen.EXCHANGE): (State.RUNNING, Booking.CLOSING, Incident.EXCHANGED),
    (State.DOUBTFUL, Seen.RETURNS): (State.RUNNING, Booking.FROM_BELIEVED, Incident.MENDED),
    (State.DOUBTFUL, Seen.CONFIRMS): (State.RUNNING, Booking.FROM_ODD, Incident.REPLACED),
    (State.DOUBTFUL, Seen.ASTRAY): (State.DOUBTFUL, Booking.NOTHING, Incident.NONE),
    (State.DOUBTFUL, Seen.EXCHANGE): (State.RUNNING, Booking.CLOSING, Incident.EXCHANGED),
}
_COMPILED = np.full((len(State), len(Seen), 3), -1, dtype=np.int8)
for (_state, _seen), _to in TABLE.items():
    _COMPILED[_state, _seen] = _to


@dataclass(frozen=True, slots=True, eq=False)
class Registers:
    """n registers, shape (n,) each. kwh, ts_ms : the last believed reading; odd_kwh, odd_ms : the one in doubt."""

    state: CodeArray
    kwh: FloatArray
    ts_ms: IntArray
    odd_kwh: FloatArray
    odd_ms: IntArray

    @classmethod
    def blank(cls, n: int) -> Registers:
        never = np.full(n, -1, dtype=np.int64)
        none = np.full(n, np.nan)
        return cls(np.zeros(n, dtype=np.int8), none, never, none.copy(), never.copy())


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """energy_kwh : energy between from_ms and the reading, NaN where none is told; incident : codes of Incident;
    seen : codes of Seen, shape (n,) each [kWh], [ms]"""

    energy_kwh: FloatArray
    from_ms: IntArray
    incident: CodeArray
    seen: CodeArray


def moved_kwh(before_kwh: FloatArray, after_kwh: FloatArray, modulus_kwh: FloatArray) -> tuple[FloatArray, BoolArray]:
    """How far a register moved, and whether over its modulus. Negative: it went back without a roll-over. [kWh]"""
    difference = after_kwh - before_kwh
    rolled: BoolArray = (
        (difference < 0) & (before_kwh > ROLLOVER_FROM * modulus_kwh) & (after_kwh < ROLLOVER_TO * modulus_kwh)
    )
    return np.where(rolled, difference + np.where(rolled, modulus_kwh, 0.0), difference), rolled


def _possible(moved: FloatArray, ran_ms: IntArray, limit_kw: FloatArray, slack_h: float) -> BoolArray:
    hours = ran_ms / HOUR_MS + slack_h
    found: BoolArray = (moved >= 0) & (moved <= np.where(np.isinf(limit_kw), np.inf, limit_kw * hours))
    return found


def step(
    registers: Registers,
    kwh: FloatArray,
    ts_ms: IntArray,
    *,
    trusted: BoolArray,
    limit_kw: FloatArray,
    modulus_kwh: FloatArray,
    opening_kwh: FloatArray | None = None,
    slack_h: float = 0.0,
) -> tuple[Registers, Outcome]:
    """One reading of each register.

    kwh, ts_ms : the reading, multiplier applied, and its instant, shape (n,); NaN = none [kWh], [ms]
    limit_kw : the most the site can draw (1.2 x capacity), inf where unknown [kW]
    modulus_kwh : reading at which the register starts again at 0, multiplier applied [kWh]
    opening_kwh : where not NaN the meter was exchanged at ts_ms; ``kwh`` is the old register's closing reading, in its
        own multiplier, and this the new one's first, in the new multiplier [kWh]
    slack_h : hours added to the time a difference had, where stamp and register may lie an interval apart
    """
    anchor, ran_ms = registers.kwh, ts_ms - registers.ts_ms
    moved, rolled = moved_kwh(anchor, kwh, modulus_kwh)
    goes_on = _possible(moved, ran_ms, limit_kw, slack_h)
    odd_moved, _ = moved_kwh(registers.odd_kwh, kwh, modulus_kwh)
    goes_odd = _possible(odd_moved, ts_ms - registers.odd_ms, limit_kw, slack_h)
    doubtful = registers.state == State.DOUBTFUL
    plain = np.select(
        [rolled & goes_on, goes_on & (moved == 0), goes_on, kwh < anchor],
        [Seen.ROLLOVER, Seen.STEADY, Seen.ADVANCE, Seen.FALL],
        Seen.LEAP,
    )
    in_doubt = np.where(goes_on, Seen.RETURNS, np.where(goes_odd, Seen.CONFIRMS, Seen.ASTRAY))
    newest = np.where(doubtful, registers.odd_ms, registers.ts_ms)
    exchanged = np.zeros(len(kwh), dtype=np.bool_) if opening_kwh is None else ~np.isnan(opening_kwh)
    seen = np.select(
        [exchanged, np.isnan(kwh) | ~trusted, ts_ms <= newest, registers.state == State.EMPTY, doubtful],
        [Seen.EXCHANGE, Seen.DISTRUSTED, Seen.LATE, Seen.FIRST, in_doubt],
        plain,
    )
    to, booking, incident = _COMPILED[registers.state, seen].T
    energy = np.full(len(kwh), np.nan)
    from_believed = (booking == Booking.FROM_BELIEVED) | ((booking == Booking.CLOSING) & goes_on & (ran_ms >= 0))
    energy[from_believed] = moved[from_believed]
    from_odd = booking == Booking.FROM_ODD
    energy[from_odd] = odd_moved[from_odd]
    outcome = Outcome(energy, np.where(from_odd, registers.odd_ms, registers.ts_ms), incident, seen.astype(np.int8))
    return _moved_on(registers, to, seen, kwh if opening_kwh is None else _opened(kwh, opening_kwh), ts_ms), outcome


def _opened(kwh: FloatArray, opening_kwh: FloatArray) -> FloatArray:
    return np.where(np.isnan(opening_kwh), kwh, opening_kwh)


def _moved_on(registers: Registers, to: CodeArray, seen: Any, kwh: FloatArray, ts_ms: IntArray) -> Registers:
    ignored = np.isin(seen, (Seen.DISTRUSTED, Seen.LATE))
    believed = ~ignored & (to != State.DOUBTFUL)
    odd = ~ignored & (to == State.DOUBTFUL)
    return Registers(
        to,
        np.where(believed, kwh, registers.kwh),
        np.where(believed, ts_ms, registers.ts_ms),
        np.where(odd, kwh, np.where(believed, np.nan, registers.odd_kwh)),
        np.where(odd, ts_ms, np.where(believed, -1, registers.odd_ms)),
    )


@dataclass(frozen=True, slots=True)
class Exchange:
    """A meter exchange in primary values: the old register's closing reading and the new one's opening [kWh]"""

    ts_ms: int
    closing_kwh: float
    opening_kwh: float


@dataclass(frozen=True, slots=True, eq=False)
class Booked:
    """Energies of one register in order of time: each between two instants, shape (m,) [ms], [kWh].

    An energy over more than one interval came after a gap: how it was spread in time is not known.
    """

    from_ms: IntArray
    to_ms: IntArray
    energy_kwh: FloatArray
    incident: CodeArray


def book(
    ts_ms: IntArray,
    kwh: FloatArray,
    *,
    trusted: BoolArray,
    limit_kw: float,
    modulus_kwh: float,
    exchanges: tuple[Exchange, ...] = (),
) -> Booked:
    """The energies of one register's readings, in whatever order and however often they are given.

    ts_ms, kwh, trusted : shape (n,); NaN = no register in that reading
    Conserves energy: as long as every step is possible the sum is the whole difference, whichever readings are missing
    """
    known = trusted & ~np.isnan(kwh)
    ts_ms, first = np.unique(ts_ms[known], return_index=True)
    kwh = kwh[known][first]
    if not exchanges and len(ts_ms) > 1:
        difference = np.diff(kwh)
        hours = np.diff(ts_ms) / HOUR_MS
        if ((difference > 0) & (difference <= limit_kw * hours)).all():
            # The usual case: nothing but advances.
            return Booked(ts_ms[:-1], ts_ms[1:], difference, np.zeros(len(difference), dtype=np.int8))
    events = [(int(t), float(v), np.nan) for t, v in zip(ts_ms, kwh, strict=True)]
    # At the instant of an exchange the reading of that instant is the old register's.
    events += [(e.ts_ms, e.closing_kwh, e.opening_kwh) for e in exchanges]
    events.sort(key=lambda e: (e[0], not np.isnan(e[2])))
    registers = Registers.blank(1)
    limit, modulus, yes = np.array([limit_kw]), np.array([modulus_kwh]), np.ones(1, dtype=np.bool_)
    rows = []
    for at_ms, value, opening in events:
        registers, outcome = step(
            registers,
            np.array([value]),
            np.array([at_ms]),
            trusted=yes,
            limit_kw=limit,
            modulus_kwh=modulus,
            opening_kwh=np.array([opening]),
        )
        if not np.isnan(outcome.energy_kwh[0]) or outcome.incident[0]:
            rows.append((int(outcome.from_ms[0]), at_ms, float(outcome.energy_kwh[0]), int(outcome.incident[0])))
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 4)
    whole = table[:, [0, 1, 3]].astype(np.int64)
    return Booked(whole[:, 0], whole[:, 1], table[:, 2], whole[:, 2].astype(np.int8))
