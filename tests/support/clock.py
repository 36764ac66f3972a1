"""A clock driven by hand, for scenarios on virtual time."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.instants import to_ms


class HandClock:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def now_ms(self) -> int:
        return to_ms(self._now)

    def speed(self) -> float:
        return 1.0

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
