"""What an intake has learnt of each meter, in a file that outlives the process."""

from __future__ import annotations

import time
from pathlib import Path

from ingest.intake import Intake

#: A crash costs at most this much of what was learnt; a stop costs nothing.
SAVE_EVERY_S = 300.0


class IntakeMemory:
    """``path`` None keeps nothing."""

    def __init__(self, intake: Intake, path: Path | None) -> None:
        self._intake = intake
        self._path = path
        self._saved_at = time.monotonic()

    def load(self) -> None:
        if self._path is not None:
            self._intake.load(self._path)

    def save(self) -> None:
        if self._path is not None:
            self._intake.save(self._path)
            self._saved_at = time.monotonic()

    def save_when_due(self) -> None:
        if time.monotonic() - self._saved_at > SAVE_EVERY_S:
            self.save()
