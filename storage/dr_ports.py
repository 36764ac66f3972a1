"""What the rooms above know of demand response in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from domain.dr import Contract, DrEvent
from domain.dr_records import FrozenBaseline, Objection, Settlement, Step
from domain.dr_states import EventState, Move
from storage.page import Page


class DrLedger(Protocol):
    """Every write leaves an audit entry of its actor."""

    def put_contracts(self, actor: str, source: str, contracts: Sequence[Contract]) -> None:
        """A contract of the same account, programme and first day replaces the earlier entry, which stays readable."""
        ...

    def contracts(self, day: date, programme: str | None = None) -> list[Contract]:
        """In force on the day, ordered by account; of overlapping ones the one that began last."""
        ...

    def save(self, event: DrEvent, move: Move, actor: str, *, at_ms: int, note: str = "") -> DrEvent:
        """Write the event as it is now, made from ``event.version`` (0 = new), with the step that led here.

        Returns it with its new version. Raises Conflict when somebody else changed it since, naming who.
        """
        ...

    def event(self, event_id: str) -> DrEvent | None: ...

    def events(
        self, *, states: Sequence[EventState] | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[DrEvent]:
        """Newest start first."""
        ...

    def events_between(self, start_ms: int, end_ms: int) -> list[DrEvent]:
        """Those that begin in [start_ms, end_ms), oldest first."""
        ...

    def steps(self, event_id: str) -> list[Step]:
        """Oldest first."""
        ...

    def put_baselines(self, baselines: Sequence[FrozenBaseline]) -> None:
        """Add revisions; one that is kept already is never changed (Conflict)."""
        ...

    def baselines(self, event_id: str) -> list[FrozenBaseline]:
        """The newest revision of each who takes part, ordered by its name."""
        ...

    def baseline_history(self, event_id: str) -> list[FrozenBaseline]:
        """Every revision, ordered by enterprise, accounts and revision."""
        ...

    def put_settlement(self, settlement: Settlement) -> None: ...

    def settlements(self, event_id: str) -> list[Settlement]:
        """Every revision, oldest first."""
        ...

    def put_objection(self, objection: Objection) -> Objection:
        """``id`` 0 adds one; a known id writes its answer."""
        ...

    def objections(self, event_id: str) -> list[Objection]: ...
