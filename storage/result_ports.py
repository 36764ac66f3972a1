"""What the rooms above know of runs and kept results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from domain.runs import Result, Run
from storage.page import Page


class ResultLedger(Protocol):
    def save_run(self, run: Run) -> None:
        """Write a run as it stands now, new or known."""
        ...

    def run(self, run_id: str) -> Run | None: ...

    def runs(self, *, kind: str | None = None, cursor: str | None = None, limit: int = 100) -> Page[Run]:
        """Newest first."""
        ...

    def interrupt_unfinished(self) -> int:
        """Mark runs that a stopped program left queued or running; their number."""
        ...

    def keep(self, result: Result) -> None:
        """A result is never changed; a newer one stands beside it. Leaves an audit entry of its actor."""
        ...

    def result(self, result_id: str) -> Result | None: ...

    def latest(self, kind: str, subject: str, parameters: Mapping[str, Any] | None = None) -> Result | None:
        """The newest of its kind and subject, with exactly these parameters where they are given."""
        ...

    def results(
        self, *, kind: str | None = None, subject: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Result]:
        """Newest first."""
        ...
