"""What the rooms above know of the ledger's part in validation, estimation and editing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.instants import Span
from storage.page import Page

OPEN, DONE = "open", "done"


@dataclass(frozen=True, slots=True)
class VeeChange:
    """One change of readings, by a run or a person. Its ``id`` is the revision of every row it wrote.

    kind : run | set | scale | accept | exclude | undo; rows : intervals it changed; state : open while it is written
    """

    id: int
    at: datetime
    actor: str
    kind: str
    reason: str
    meters: tuple[str, ...]
    span: Span
    undoes: int | None = None
    rows: int = 0
    state: str = OPEN


@dataclass(frozen=True, slots=True)
class FlagRow:
    """What a rule found on a meter. ``accepted_by`` : a person has seen it and leaves it as it is."""

    meter: str
    rule: str
    start_ms: int
    end_ms: int
    value: float | None
    bound: float | None
    text_zh: str
    text_en: str
    id: int = 0
    found_at: datetime | None = None
    accepted_by: str | None = None
    accepted_at: datetime | None = None
    note: str = ""


class VeeLedger(Protocol):
    def begin(
        self, actor: str, kind: str, reason: str, meters: Sequence[str], span: Span, *, undoes: int | None = None
    ) -> VeeChange:
        """Number a change and audit it; its rows are written to the store afterwards."""
        ...

    def finish(self, change_id: int, rows: int) -> None: ...

    def change(self, change_id: int) -> VeeChange | None: ...

    def changes(self, *, meter: str | None = None, cursor: str | None = None, limit: int = 100) -> Page[VeeChange]:
        """Newest first."""
        ...

    def unfinished(self) -> list[VeeChange]:
        """Changes that were begun and not finished: a process ended in between."""
        ...

    def replace_flags(self, meters: Sequence[str], span: Span, flags: Sequence[FlagRow]) -> None:
        """What was found of these meters within the span now; what is found again keeps its acceptance."""
        ...

    def flags(
        self,
        *,
        span: Span | None = None,
        meters: Sequence[str] | None = None,
        rule: str | None = None,
        open_only: bool = False,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[FlagRow]:
        """Newest place first."""
        ...

    def flag(self, flag_id: int) -> FlagRow | None: ...

    def accept_flag(self, actor: str, flag_id: int, note: str) -> FlagRow: ...
