"""Meters that misbehave: which, when and how, drawn per meter and day from the seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np

from domain.instants import HOUR_MS, MINUTE_MS
from domain.registry import MeterRole
from ingest.twin.district import District
from ingest.twin.noise import uniform
from ingest.twin.weather import DAY_MS


class FaultKind(StrEnum):
    OFFLINE = "offline"  # nothing comes, and it never comes
    BACKLOG = "backlog"  # nothing comes, then all of it at once
    FROZEN = "frozen"  # the power stands still while the register moves on
    ROLLOVER = "rollover"  # the register passes its end and starts again at 0
    EXCHANGED = "exchanged"  # another meter with another register hangs there from now on
    CLOCK_DRIFT = "clock_drift"  # stamps are off by ``size`` seconds
    DUPLICATE = "duplicate"  # every message is sent twice
    OUT_OF_ORDER = "out_of_order"  # messages overtake each other


#: Chance of each kind per meter and day, and its shortest and longest time in minutes.
_CHANCES: dict[FaultKind, tuple[float, int, int]] = {
    FaultKind.OFFLINE: (0.012, 20, 180),
    FaultKind.BACKLOG: (0.012, 20, 120),
    FaultKind.FROZEN: (0.006, 300, 480),
    FaultKind.CLOCK_DRIFT: (0.006, 120, 600),
    FaultKind.DUPLICATE: (0.02, 60, 600),
    FaultKind.OUT_OF_ORDER: (0.02, 60, 600),
}
_KIND, _BEGIN, _LENGTH, _SIZE = 41, 42, 43, 44
#: An exchange or a roll-over begins and is never undone.
FOR_EVER_MS = 100 * 366 * 24 * HOUR_MS
#: What a new meter has counted on the test bench [kWh].
NEW_REGISTER_KWH = 1.5


@dataclass(frozen=True, slots=True)
class Fault:
    """[start_ms, end_ms) in UTC minutes. ``size`` : seconds of drift, or the register's reading at the start [kWh]."""

    meter: str
    kind: FaultKind
    start_ms: int
    end_ms: int
    size: float = 0.0

    def holds(self, ts_ms: int) -> bool:
        return self.start_ms <= ts_ms < self.end_ms


class Misbehaviour:
    """rate : 1 for the usual mischief, 0 for none beside ``planned``; boundary meters never misbehave by chance."""

    def __init__(self, seed: int, meters: Sequence[str], *, rate: float = 1.0, planned: Sequence[Fault] = ()) -> None:
        self._seed, self._rate = seed, rate
        self._meters = tuple(m for m in meters if not m.startswith("B"))
        self._planned = tuple(planned)
        self._on_day = lru_cache(maxsize=64)(self._drawn)

    def faults(self, start_ms: int, end_ms: int) -> list[Fault]:
        """Faults of which some part lies in [start, end). Exchanges and roll-overs last for ever once begun."""
        found = [f for f in self._planned if f.start_ms < end_ms and f.end_ms > start_ms]
        # The longest drawn fault is shorter than a day, so it began today or yesterday.
        for day in range(start_ms // DAY_MS - 1, (end_ms - 1) // DAY_MS + 1):
            found += [f for f in self._on_day(day) if f.start_ms < end_ms and f.end_ms > start_ms]
        return found

    def _drawn(self, day: int) -> tuple[Fault, ...]:
        rows = np.arange(len(self._meters), dtype=np.int64)
        chance = uniform(self._seed + _KIND, rows, day) / max(self._rate, 1e-12)
        begin = uniform(self._seed + _BEGIN, rows, day)
        length = uniform(self._seed + _LENGTH, rows, day)
        size = uniform(self._seed + _SIZE, rows, day)
        faults = []
        for row in np.flatnonzero(chance < sum(share for share, _, _ in _CHANCES.values())):
            left = float(chance[row])
            for kind, (share, shortest, longest) in _CHANCES.items():
                if left < share:
                    start = day * DAY_MS + int(begin[row] * 1440) * MINUTE_MS
                    lasts = shortest + int(length[row] * (longest - shortest))
                    drift = float(round(75 + size[row] * 120)) if kind is FaultKind.CLOCK_DRIFT else 0.0
                    faults.append(Fault(self._meters[row], kind, start, start + lasts * MINUTE_MS, drift))
                    break
                left -= share
        return tuple(faults)


def register_events(seed: int, district: District, first_ms: int, last_ms: int) -> list[Fault]:
    """Two meters exchanged and two rolled over, at minutes of [first, last) drawn from the seed.

    A register that rolls over shows from ``first_ms`` on what lets its end come at that minute.
    """
    mains = [row for row, twin in enumerate(district.meters) if twin.meter.role is MeterRole.MAIN]
    order = np.argsort(uniform(seed + _SIZE, np.arange(len(mains), dtype=np.int64)))[:4]
    minutes = (uniform(seed + _BEGIN, order) * ((last_ms - first_ms) // MINUTE_MS)).astype(np.int64)
    events = []
    for place, (number, minute) in enumerate(zip(order, minutes, strict=True)):
        row = mains[int(number)]
        meter, at_ms = district.meters[row].meter, first_ms + int(minute) * MINUTE_MS
        if place % 2 == 0:
            events.append(Fault(meter.id, FaultKind.EXCHANGED, at_ms, at_ms + FOR_EVER_MS, NEW_REGISTER_KWH))
            continue
        factor = 1.0 if meter.primary_values else meter.multiplier
        until_end = (district.register_kwh(row, at_ms) - district.register_kwh(row, first_ms)) / factor
        shown = meter.register_modulus_kwh - until_end
        events.append(Fault(meter.id, FaultKind.ROLLOVER, first_ms, first_ms + FOR_EVER_MS, shown))
    return events
