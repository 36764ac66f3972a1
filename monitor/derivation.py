"""Demand blocks computed from stored readings, with the very windows the live path uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import IntArray
from domain.instants import BLOCK_MS, MINUTE_MS, Span, day_span, from_ms, local_date, to_ms
from domain.scopes import Scope
from monitor.block_rows import concat_rows, rows_of_block, take_rows
from monitor.meter_means import block_means, missing_slots
from monitor.roster import BLOCK_MINUTES, Roster, build_roster
from monitor.scope_sums import UsualPower
from monitor.windows import Windows
from storage.effective import read_effective
from storage.ledger_ports import RegistryLedger
from storage.ports import DemandRows, ReadingStore

#: Cells of one window; more meters are taken in shorter pieces.
MOST_CELLS = 40_000_000
LONGEST_INTERVAL_MIN = 60
#: An interval divides a day, so no reading reaches farther than one, and a window's minutes.
LONGEST_REACH_MS = (24 * 60 + 2) * MINUTE_MS
LOOK_AHEAD_MS = 31 * 24 * 60 * MINUTE_MS


#: Usual power of the slots asked for, at an instant [ms].
UsualSource = Callable[[Roster, IntArray, int], UsualPower]


def unknown_usual(roster: Roster, _missing: IntArray, _at_ms: int) -> UsualPower:
    none = np.full(len(roster), np.nan)
    return UsualPower(none, none, none)


class Derivation:
    def __init__(
        self, store: ReadingStore, registry: RegistryLedger, zone: ZoneInfo, *, minimum_coverage: float
    ) -> None:
        self._store = store
        self._registry = registry
        self._zone = zone
        self._minimum = minimum_coverage

    def days(self, span: Span) -> Iterator[Span]:
        """The span cut at local midnights: each day uses the registry in force on it."""
        start = span.start
        while start < span.end:
            end = min(day_span(local_date(start, self._zone), self._zone).end, span.end)
            yield Span(start, end)
            start = end

    def roster(self, span: Span, scopes: tuple[Scope, ...] | None = None) -> Roster:
        return build_roster(self._registry.registry().view(local_date(span.start, self._zone)), scopes=scopes)

    def windows(self, roster: Roster, span: Span) -> Windows | None:
        """Cells of a span within one day, filled from the store; None where the store holds no reading of it."""
        # A reading that began before the span may reach into it, and a register is complete with the next one.
        margin = int(roster.minutes.max(initial=1))
        if margin * len(roster) > MOST_CELLS:
            margin = LONGEST_INTERVAL_MIN
        first, last = span.start_ms // MINUTE_MS - margin, -(-span.end_ms // MINUTE_MS) + margin + 1
        whole = Span(from_ms(first * MINUTE_MS), from_ms(last * MINUTE_MS))
        batch = read_effective(self._store, roster.ids, whole)
        if not len(batch):
            return None
        windows = Windows(last - first, top=last)
        windows.accept(batch, roster.slots_of(batch.meter), roster)
        return windows

    def silent_until_ms(self, start_ms: int) -> int:
        """Up to which instant no reading of any meter reaches into a block from ``start_ms`` on, at most LOOK_AHEAD
        beyond it; not after it where one does."""
        meters = sorted({meter.id for meter in self._registry.registry().meters})
        ahead_ms = start_ms + LOOK_AHEAD_MS
        span = Span(from_ms(start_ms - LONGEST_REACH_MS), from_ms(ahead_ms + LONGEST_REACH_MS))
        first = self._store.read(meters, span, limit=1)
        return int(first.ts_ms[0]) - LONGEST_REACH_MS if len(first) else ahead_ms

    def rows(
        self,
        span: Span,
        *,
        scopes: tuple[Scope, ...] | None = None,
        meters: frozenset[str] | None = None,
        usual: UsualSource = unknown_usual,
    ) -> Iterator[DemandRows]:
        """Rows of every block that begins in the span, a block at a time, all at revision 1.

        scopes : only these; meters : only these meters and the scopes they belong to; None = all
        usual : usual power for the estimates, unknown if not given
        """
        for day in self.days(span):
            roster = self.roster(day, scopes)
            touched = None if meters is None else _slots(roster, meters)
            if len(roster) == 0 or (touched is not None and not touched.size):
                continue
            for piece in _pieces(day, len(roster)):
                yield from self._piece(piece, roster, touched, usual)

    def of_scope(self, scope: Scope, span: Span) -> DemandRows | None:
        """Rows of one scope over a span; None where nothing is known of it."""
        found = []
        for rows in self.rows(span, scopes=(scope,)):
            own = np.array([i for i, each in enumerate(rows.scope) if each == scope], dtype=np.int64)
            if own.size:
                found.append(take_rows(rows, own))
        return concat_rows(found) if found else None

    def _piece(self, piece: Span, roster: Roster, touched: IntArray | None, usual: UsualSource) -> Iterator[DemandRows]:
        windows = self.windows(roster, piece)
        if windows is None:
            return
        for start_ms in piece.grid_ms(BLOCK_MS // 1000).tolist():
            start = start_ms // MINUTE_MS
            means = block_means(windows, roster, start)
            power = usual(roster, missing_slots(means, roster), start_ms)
            rows = rows_of_block(start, means, roster, power, minimum_coverage=self._minimum, touched=touched)
            if len(rows):
                yield rows


def _slots(roster: Roster, meters: frozenset[str]) -> IntArray:
    return np.array(sorted(roster.slot[m] for m in meters if m in roster.slot), dtype=np.int64)


def _pieces(span: Span, slots: int) -> Iterator[Span]:
    """The span in runs of whole blocks small enough for memory."""
    minutes = max(BLOCK_MINUTES, MOST_CELLS // max(slots, 1) // BLOCK_MINUTES * BLOCK_MINUTES)
    start = span.start
    while start < span.end:
        # The first cut falls on a block boundary, so that no block is computed twice or halved.
        boundary = from_ms((to_ms(start) // BLOCK_MS) * BLOCK_MS) + timedelta(minutes=minutes)
        end = min(boundary, span.end)
        yield Span(start, end)
        start = end
