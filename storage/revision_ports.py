"""What the rooms above know of the ledger's memory of figures: what was superseded, and what is to be derived again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from domain.arrays import IntArray
from domain.instants import Span, day_span, from_ms, local_date
from domain.scopes import Scope
from storage.ports import DemandRows

#: Why a stretch is to be derived again.
LATE, VEE, REGISTRY, GAP = "late", "vee", "registry", "gap"


@dataclass(frozen=True, slots=True, eq=False)
class SupersededRows:
    """Rows of ``demand_15m`` as they were, ordered by (scope, ts, revision), and until when each was the figure.

    Revision 0 says that nothing was known of the block until then; superseded_ms : shape (n,) [ms]
    """

    rows: DemandRows
    superseded_ms: IntArray

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class DirtyMark:
    """A stretch within one local day whose demand may be wrong. ``meters`` None = all; ``id`` 0 = not kept yet."""

    start_ms: int
    end_ms: int
    meters: frozenset[str] | None
    cause: str
    id: int = 0


def marks_of(span: Span, meters: frozenset[str] | None, cause: str, zone: tzinfo) -> Iterator[DirtyMark]:
    """The span cut at local midnights: each day is derived by itself, with the registry in force on it."""
    start = span.start
    while start < span.end:
        end = min(day_span(local_date(start, zone), zone).end, span.end)
        one = Span(start, end)
        yield DirtyMark(one.start_ms, one.end_ms, meters, cause)
        start = end


class SupersededLedger(Protocol):
    def keep(self, rows: DemandRows, at: datetime) -> None:
        """Keep rows about to be replaced. A row kept already changes nothing. Durable on return."""
        ...

    def prune(self, until: datetime) -> int:
        """Forget what was superseded before; how many rows."""
        ...

    def read(self, scopes: Sequence[Scope], span: Span) -> SupersededRows:
        """What was superseded of blocks that begin in the span, oldest revision first."""
        ...


class DirtyLedger(Protocol):
    """Stretches to derive again; they outlive the process until they are ``done``."""

    def mark(self, marks: Sequence[DirtyMark]) -> None: ...

    def pending(self) -> list[DirtyMark]:
        """Oldest first."""
        ...

    def done(self, ids: Sequence[int]) -> None: ...


def whole_span(marks: Sequence[DirtyMark]) -> Span:
    return Span(from_ms(min(m.start_ms for m in marks)), from_ms(max(m.end_ms for m in marks)))
