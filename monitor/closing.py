"""Closing blocks by the district clock and writing them: first figures, and revisions when late readings touch them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from domain.arrays import IntArray
from domain.clock import Clock
from domain.errors import Unavailable
from domain.events import Bus, IntervalClosed, Metrics
from domain.instants import BLOCK_MS, MINUTE_MS, Span, from_ms
from monitor.block_rows import block_of, revise, rows_of_block
from monitor.meter_means import block_means, missing_slots
from monitor.rederive import revision_of
from monitor.roster import BLOCK_MINUTES, Roster
from monitor.usual_book import UsualBook
from monitor.windows import Windows
from storage.ports import DemandRows, ReadingStore
from storage.revision_ports import SupersededLedger

#: Rows that wait for a store that is away; older ones are then derived from its readings once it is back.
MOST_WAITING = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class _Closed:
    start: int
    rows: DemandRows
    first: bool


class BlockCloser:
    """The owner holds its lock around everything but ``write``, which talks to the store."""

    def __init__(
        self,
        store: ReadingStore,
        bus: Bus,
        metrics: Metrics,
        book: UsualBook,
        *,
        clock: Clock,
        superseded: SupersededLedger,
        minimum_coverage: float,
        rederive: Callable[[Span], None],
    ) -> None:
        self._store = store
        self._bus = bus
        self._metrics = metrics
        self._book = book
        self._clock = clock
        self._superseded = superseded
        self._minimum = minimum_coverage
        self._rederive = rederive
        self._next = 0
        self._touched: dict[int, list[IntArray]] = {}
        self._recheck: set[int] = set()
        self._waiting: deque[_Closed] = deque()

    @property
    def waiting_rows(self) -> int:
        return sum(len(closed.rows) for closed in self._waiting)

    def begin(self, end: int, bottom: int) -> None:
        """Begin at minute ``end``: blocks that ended before it are compared with what is stored, as far back as the
        ring reaches."""
        self._next = block_of(end)
        self._touched.clear()
        self._recheck = set(range(block_of(bottom + BLOCK_MINUTES - 1), self._next, BLOCK_MINUTES))

    def touch(self, slots: IntArray, minutes: IntArray) -> None:
        """Cells that changed; those of closed blocks make a revision."""
        old = minutes < self._next
        if not old.any():
            return
        blocks = minutes[old] - minutes[old] % BLOCK_MINUTES
        for block in np.unique(blocks).tolist():
            self._touched.setdefault(block, []).append(np.unique(slots[old][blocks == block]))

    def missing(self, windows: Windows, roster: Roster, end: int) -> IntArray:
        """Slots whose usual value is needed to close the blocks that ended before minute ``end``."""
        starts = (*range(self._next, block_of(end), BLOCK_MINUTES), *self._touched, *self._recheck)
        found = [
            missing_slots(block_means(windows, roster, start), roster) for start in starts if start >= windows.bottom
        ]
        return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *found]))

    def close(self, windows: Windows, roster: Roster, end: int) -> None:
        """Compute what has ended before minute ``end``, and what late readings have touched."""
        for start in sorted(self._recheck):
            self._close(start, windows, roster, touched=None, first=False)
        self._recheck.clear()
        for start, slots in sorted(self._touched.items()):
            self._close(start, windows, roster, touched=np.unique(np.concatenate(slots)), first=False)
        self._touched.clear()
        while self._next + BLOCK_MINUTES <= end:
            self._close(self._next, windows, roster, touched=None, first=True)
            self._next += BLOCK_MINUTES

    def _close(self, start: int, windows: Windows, roster: Roster, *, touched: IntArray | None, first: bool) -> None:
        if start < windows.bottom:
            # The ring has let go of it (the process was held up); the store has the readings.
            self._rederive(_span(start))
            return
        means = block_means(windows, roster, start)
        if not first and touched is None and not means.share.any():
            return
        usual = self._book.power(roster, missing_slots(means, roster), start * MINUTE_MS)
        rows = rows_of_block(start, means, roster, usual, minimum_coverage=self._minimum, touched=touched)
        if len(rows):
            self._waiting.append(_Closed(start, rows, first))

    def write(self) -> bool:
        """Write what waits, oldest first, and announce it; False when the store does not answer now."""
        while self._waiting:
            closed = self._waiting[0]
            try:
                rows = closed.rows if closed.first else self._revised(closed.rows)
                if len(rows):
                    self._store.write_demand(rows)
            except Unavailable:
                self._metrics.gauge("engine_demand_rows_waiting", float(self.waiting_rows))
                self._shed()
                return False
            self._waiting.popleft()
            if len(rows):
                # Committed first, announced then: whoever looks at once finds the rows.
                revision = int(rows.revision.max())
                self._metrics.count("engine_blocks_written_total", revised=str(revision > 1).lower())
                self._bus.publish(IntervalClosed(from_ms(closed.start * MINUTE_MS), revision))
                if not closed.first:
                    self._bus.publish(revision_of(rows))
        self._metrics.gauge("engine_demand_rows_waiting", 0.0)
        return True

    def _revised(self, rows: DemandRows) -> DemandRows:
        """What differs from the stored; what it replaces is kept first, so that no crash can lose it."""
        found = revise(self._store, rows)
        self._superseded.keep(found.superseded, self._clock.now())
        return found.rows

    def _shed(self) -> None:
        while self.waiting_rows > MOST_WAITING:
            self._rederive(_span(self._waiting.popleft().start))


def _span(start: int) -> Span:
    return Span(from_ms(start * MINUTE_MS), from_ms(start * MINUTE_MS + BLOCK_MS))
