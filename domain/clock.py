"""Time is given (invariant 9). Implementations live in ``app.clock``; tests bring a hand-driven one."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The district's present instant, UTC."""
        ...

    def now_ms(self) -> int: ...

    def speed(self) -> float:
        """District seconds per real second: 1 for the system clock."""
        ...
