"""Readings that come after the live windows have passed: what they touch is marked to be derived again."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np

from domain.clock import Clock
from domain.instants import HOUR_MS, Span, from_ms
from domain.readings import ReadingBatch
from storage.revision_ports import LATE, DirtyLedger, DirtyMark, marks_of

#: The engine's live windows reach three hours back; what is older than this is marked, what is younger it holds itself.
LATE_AFTER_MS = 2 * HOUR_MS


def late_marks(batch: ReadingBatch, now_ms: int, zone: ZoneInfo) -> list[DirtyMark]:
    """One mark for each local day the late rows touch, with the meters of that day."""
    late = batch.take(batch.ts_ms < now_ms - LATE_AFTER_MS)
    marks: list[DirtyMark] = []
    while len(late):
        first = from_ms(int(late.ts_ms.min()))
        last_ms = int(late.ts_ms.max()) + 1
        day = next(marks_of(Span(first, from_ms(last_ms)), None, LATE, zone))
        inside = late.ts_ms < day.end_ms
        rows = late.take(inside)
        span = Span(from_ms(int(rows.ts_ms.min())), from_ms(int(rows.ts_ms.max()) + 1))
        marks += marks_of(span, frozenset(rows.meter.tolist()), LATE, zone)
        late = late.take(~inside)
    return marks


class LateMarks:
    """Marks kept in the ledger. Raises Unavailable; marking twice only derives twice."""

    def __init__(self, dirty: DirtyLedger, clock: Clock, zone: ZoneInfo) -> None:
        self._dirty = dirty
        self._clock = clock
        self._zone = zone

    def note(self, batch: ReadingBatch) -> None:
        if not len(batch) or not np.any(batch.ts_ms < self._clock.now_ms() - LATE_AFTER_MS):
            return
        self._dirty.mark(late_marks(batch, self._clock.now_ms(), self._zone))
