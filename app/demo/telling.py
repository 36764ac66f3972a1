"""What the demo says: coloured on a terminal, plain timed lines elsewhere."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console

from domain.clock import Clock

STYLES = {"look": "bold cyan", "alert": "bold yellow", "clear": "green", "score": "bold"}


class Teller:
    def __init__(self, zone: ZoneInfo) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._zone = zone
        self._begun = time.monotonic()
        self._clock: Clock | None = None

    def follow(self, clock: Clock) -> None:
        """From now on lines carry district time, too."""
        self._clock = clock

    def say(self, text: str, kind: str = "") -> None:
        spent = f"{time.monotonic() - self._begun:6.1f} s"
        district = f" {self.local(self._clock.now()):%H:%M}" if self._clock is not None else ""
        self._console.print(f"[{spent}{district}] {text}", style=STYLES.get(kind), markup=False)

    def plain(self, text: str) -> None:
        self._console.print(text, markup=False)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self._zone)
