"""District time for accelerated twins and replays: an instant, and how fast it runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime

from domain.errors import Invalid
from domain.instants import from_ms, to_ms
from ingest.topics import event_topic

FASTEST = 100_000.0


class Pace:
    """Runs from ``start`` at ``speed`` district seconds per real second.

    When the sender cannot keep up it is told by ``hold``, and district time waits with it: a clock that ran ahead of
    the readings would make every meter look silent.
    """

    def __init__(self, start: datetime, speed: float, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._anchor_ms, self._anchor_s = to_ms(start), monotonic()
        self._speed = _checked(speed)

    @property
    def speed(self) -> float:
        return self._speed

    def now_ms(self) -> int:
        return self._anchor_ms + round((self._monotonic() - self._anchor_s) * self._speed * 1000)

    def change(self, speed: float) -> None:
        self._anchor_ms, self._anchor_s = self.now_ms(), self._monotonic()
        self._speed = _checked(speed)

    def hold(self, at_ms: int) -> None:
        """District time is no later than ``at_ms`` now, and goes on from there."""
        if self.now_ms() > at_ms:
            self._anchor_ms, self._anchor_s = at_ms, self._monotonic()

    def wait_s(self, until_ms: int) -> float:
        """Real seconds until district time is ``until_ms``; 0 when it is there."""
        return max(0.0, (until_ms - self.now_ms()) / 1000 / self._speed)


def _checked(speed: float) -> float:
    if not 0 < speed <= FASTEST:
        raise Invalid(f"a speed of {speed} is not between 0 and {FASTEST:g} district seconds per second")
    return speed


def clock_message(district_id: str, at_ms: int, speed: float) -> tuple[str, bytes]:
    """Topic and payload of an ``event/clock`` announcement."""
    body = {"instant": from_ms(at_ms).isoformat(), "speed": speed}
    return event_topic(district_id, "clock"), json.dumps(body).encode()
