"""What the rooms above know of routes, silences, the duty roster and escalations in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.duty import Escalation, Route, Shift, Silence
from domain.instants import Span
from domain.notices import Recipient


class DutyLedger(Protocol):
    """Every change takes the actor and leaves an audit entry."""

    def routes(self, recipient: Recipient | None = None) -> list[Route]:
        """By recipient and step."""
        ...

    def put_routes(self, actor: str, recipient: Recipient, routes: Sequence[Route], at: datetime) -> list[Route]:
        """These and no others from now on."""
        ...

    def silences(self, at: datetime | None = None) -> list[Silence]:
        """In force then, or all, newest first."""
        ...

    def add_silence(self, silence: Silence) -> Silence: ...

    def end_silence(self, actor: str, silence_id: int, at: datetime) -> Silence:
        """Raises NotFound, or Conflict when it is over."""
        ...

    def shifts(self, span: Span) -> list[Shift]:
        """That overlap the span, by start and rank."""
        ...

    def put_shifts(self, actor: str, span: Span, shifts: Sequence[Shift], at: datetime) -> list[Shift]:
        """The roster of the span: shifts that start in it are replaced by these."""
        ...

    def escalation(self, alert: str) -> Escalation | None: ...

    def escalations(self, *, open_only: bool, limit: int = 100) -> list[Escalation]:
        """Newest first."""
        ...

    def save_escalation(self, escalation: Escalation) -> None: ...
