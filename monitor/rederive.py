"""Blocks older than the live windows, computed again from the store when late or edited readings touch them.

What is to be derived waits in the ledger (``DirtyLedger``) until it is done: a restart loses nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from domain.clock import Clock
from domain.errors import Unavailable
from domain.events import Bus, DemandRevised, IntervalClosed, Metrics
from domain.ids import MeterId
from domain.instants import BLOCK_MS, HOUR_MS, Span, floor_ms, from_ms, local_date
from monitor.block_rows import concat_rows, revise
from monitor.derivation import Derivation, UsualSource
from storage.ports import DemandRows, ReadingStore
from storage.revision_ports import (
    GAP,
    LATE,
    REGISTRY,
    VEE,
    DirtyLedger,
    DirtyMark,
    SupersededLedger,
    marks_of,
    whole_span,
)

#: Readings of one piece of work: a day of a hundred meters a minute apart; more would hold up the clock.
READINGS_AT_ONCE = 200_000
BLOCKS_PER_DAY = 96
DAY_MS = 24 * HOUR_MS
#: One call works for about so long, then lets the live windows go on.
BUDGET_S = 0.5
#: A day that goes on being marked is not put off for longer than this.
PATIENCE_S = 60.0

#: Everything of the block, not only some meters.
EVERYTHING: frozenset[str] | None = None


@dataclass(slots=True)
class _Day:
    """A day under way: its marks, and the blocks still to derive."""

    marks: tuple[DirtyMark, ...]
    starts_ms: list[int]
    meters: frozenset[str] | None
    may_fall: bool
    late: bool


class Rederiver:
    """Marks of a day are gathered and derived together; ``work`` does a part. Thread-safe.

    settle_s : a day is left alone until it was not marked for so long, in real seconds
    ring_ms : where the live windows begin; what they hold is theirs to revise [ms]
    reload : has the live windows take meters anew from the store, after revisions within them
    """

    def __init__(
        self,
        store: ReadingStore,
        derivation: Derivation,
        usual: UsualSource,
        bus: Bus,
        clock: Clock,
        metrics: Metrics,
        zone: ZoneInfo,
        *,
        dirty: DirtyLedger,
        superseded: SupersededLedger,
        late_window_days: int,
        ring_ms: Callable[[], int],
        reload: Callable[[frozenset[str], Span], None],
        settle_s: float = 0.0,
    ) -> None:
        self._store = store
        self._derivation = derivation
        self._usual = usual
        self._bus = bus
        self._clock = clock
        self._metrics = metrics
        self._zone = zone
        self._dirty = dirty
        self._superseded = superseded
        self._late_ms = late_window_days * DAY_MS
        self._ring_ms = ring_ms
        self._reload = reload
        self._settle_s = settle_s
        self._lock = threading.Lock()
        self._unkept: list[DirtyMark] = []
        self._newest: dict[object, tuple[int, float, float]] = {}
        self._day: _Day | None = None

    def request(self, span: Span, meters: frozenset[str] | None = EVERYTHING, *, cause: str = GAP) -> None:
        """Derive what a span touches again. Kept with the next ``work``: the caller may hold a lock."""
        with self._lock:
            self._unkept += marks_of(span, meters, cause, self._zone)

    def work(self, budget_s: float = BUDGET_S) -> bool:
        """Derive for a while; False when there is nothing to do or a store does not answer now."""
        ends = time.monotonic() + budget_s
        try:
            self._keep()
            worked = False
            while (self._day is not None or self._take()) and (not worked or time.monotonic() < ends):
                self._step()
                worked = True
        except Unavailable:
            self._metrics.count("engine_store_unavailable_total")
            return False
        return worked

    def _keep(self) -> None:
        with self._lock:
            marks, self._unkept = self._unkept, []
        try:
            self._dirty.mark(marks)
        except Unavailable:
            with self._lock:
                self._unkept = marks + self._unkept
            raise

    def _take(self) -> bool:
        """Begin the oldest settled day."""
        pending = self._dirty.pending()
        by_day: dict[object, list[DirtyMark]] = {}
        for mark in pending:
            by_day.setdefault(local_date(from_ms(mark.start_ms), self._zone), []).append(mark)
        self._metrics.gauge("engine_days_to_rederive", float(len(by_day)))
        for day in sorted(by_day, key=str):
            if self._settled(day, by_day[day]):
                self._day = self._begin(by_day[day])
                return True
        return False

    def _settled(self, day: object, marks: list[DirtyMark]) -> bool:
        now = time.monotonic()
        newest = marks[-1].id
        seen, since, first = self._newest.get(day, (-1, now, now))
        if seen != newest:
            since = now
        self._newest[day] = (newest, since, first)
        ready = now - since >= self._settle_s or now - first >= PATIENCE_S
        if ready:
            del self._newest[day]
        return ready

    def _begin(self, marks: list[DirtyMark]) -> _Day:
        oldest_ms = self._clock.now_ms() - self._late_ms
        ring_ms = self._ring_ms()
        starts: set[int] = set()
        meters: set[str] | None = set()
        for mark in marks:
            reach_ms = self._reach_ms(mark)
            first_ms, last_ms = mark.start_ms - reach_ms, mark.end_ms - 1 + reach_ms
            if mark.cause == VEE and last_ms > ring_ms:
                self._reload(mark.meters or frozenset(), Span(from_ms(max(first_ms, ring_ms)), from_ms(last_ms)))
            if mark.cause in (LATE, GAP):
                if mark.end_ms <= oldest_ms:
                    continue
                first_ms = max(first_ms, oldest_ms)
            starts.update(range(floor_ms(first_ms, BLOCK_MS), min(last_ms, ring_ms), BLOCK_MS))
            meters = None if meters is None or mark.meters is None else meters | mark.meters
        decided = any(mark.cause in (VEE, REGISTRY) for mark in marks)
        return _Day(
            tuple(marks),
            sorted(starts),
            None if meters is None else frozenset(meters),
            may_fall=decided,
            late=all(mark.cause == LATE for mark in marks),
        )

    def _reach_ms(self, mark: DirtyMark) -> int:
        """A reading covers its interval, and a register closes the one before it."""
        if mark.meters is None:
            return 0
        view = self._derivation.roster(whole_span([mark])).view
        known = [view.meters[MeterId(meter)].interval_s for meter in mark.meters if meter in view.meters]
        return max(known, default=0) * 1000

    def _step(self) -> None:
        """One piece of the day under way; the last one ends its marks."""
        day = self._day
        assert day is not None
        if day.starts_ms:
            piece = self._piece(day)
            self._derive(day, Span(from_ms(piece[0]), from_ms(piece[-1] + BLOCK_MS)))
            del day.starts_ms[: len(piece)]
        if not day.starts_ms:
            self._dirty.done([mark.id for mark in day.marks])
            self._day = None

    def _piece(self, day: _Day) -> list[int]:
        """The next blocks that follow one another, as many as READINGS_AT_ONCE allow."""
        roster = self._derivation.roster(whole_span(day.marks))
        a_block = float((BLOCK_MS / 1000 / np.maximum(roster.interval_s, 1)).sum())
        most = max(1, min(BLOCKS_PER_DAY, int(READINGS_AT_ONCE / max(a_block, 1.0))))
        length = 1
        while length < min(most, len(day.starts_ms)) and (
            day.starts_ms[length] == day.starts_ms[length - 1] + BLOCK_MS
        ):
            length += 1
        return day.starts_ms[:length]

    def _derive(self, day: _Day, span: Span) -> None:
        found = [
            rows
            for rows in self._derivation.rows(span, meters=day.meters, usual=self._usual)
            # Before the first reading there is nothing to say, not even that nothing was heard.
            if rows.coverage.any() or not np.isnan(rows.energy_kwh).all() or day.may_fall
        ]
        if not found:
            return
        revised = revise(self._store, concat_rows(found), may_fall=day.may_fall, late=day.late)
        if not len(revised.rows):
            return
        self._superseded.keep(revised.superseded, self._clock.now())
        self._store.write_demand(revised.rows)
        for start_ms, revision in _blocks(revised.rows):
            self._metrics.count("engine_blocks_written_total", revised=str(revision > 1).lower())
            self._bus.publish(IntervalClosed(from_ms(start_ms), revision))
        self._bus.publish(revision_of(revised.rows))


def _blocks(rows: DemandRows) -> Iterator[tuple[int, int]]:
    """Each block and its highest revision."""
    for start_ms in np.unique(rows.ts_ms).tolist():
        yield start_ms, int(rows.revision[rows.ts_ms == start_ms].max())


def revision_of(rows: DemandRows) -> DemandRevised:
    """What is announced of rows that were written anew."""
    return DemandRevised(
        tuple(sorted(set(rows.scope))),
        int(rows.ts_ms.min()),
        int(rows.ts_ms.max()) + BLOCK_MS,
        int(rows.revision.max()),
    )
