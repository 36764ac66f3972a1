"""The district clock: the system clock, or one that follows ``{instant, speed}`` announcements."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from domain.errors import Invalid
from domain.instants import to_ms


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def speed(self) -> float:
        return 1.0


class FollowedClock:
    """Runs on the system clock until told otherwise, then from the told instant at the told speed.

    Between announcements it advances on the machine's monotonic clock, so it never stands still and a lost
    announcement costs accuracy, not progress.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._anchor: tuple[datetime, float, float] | None = None  # instant, monotonic seconds, speed

    def follow(self, instant: datetime, speed: float) -> None:
        if instant.tzinfo is None:
            raise Invalid("a clock announcement needs an instant with a time zone")
        if not 0 <= speed <= 100_000:
            raise Invalid(f"a clock speed of {speed} is not between 0 and 100000")
        with self._lock:
            self._anchor = (instant.astimezone(UTC), time.monotonic(), speed)

    def now(self) -> datetime:
        with self._lock:
            anchor = self._anchor
        if anchor is None:
            return datetime.now(UTC)
        instant, at, speed = anchor
        return instant + timedelta(seconds=(time.monotonic() - at) * speed)

    def now_ms(self) -> int:
        return to_ms(self.now())

    def speed(self) -> float:
        with self._lock:
            return 1.0 if self._anchor is None else self._anchor[2]
