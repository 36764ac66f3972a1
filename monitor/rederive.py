"""Blocks older than the live windows, computed again from the store when late or imported readings touch them."""

from __future__ import annotations

import threading
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.errors import Unavailable
from domain.events import Bus, IntervalClosed, Metrics, ReadingsStored
from domain.instants import BLOCK_MS, HOUR_MS, Span, floor_ms, from_ms, local_date
from monitor.block_rows import revised
from monitor.derivation import Derivation, UsualSource
from storage.ports import ReadingStore

#: Blocks derived in one piece of work: two hours.
BLOCKS_AT_ONCE = 8
DAY_MS = 24 * HOUR_MS

#: Everything of the block, not only some meters.
EVERYTHING: frozenset[str] | None = None


class Rederiver:
    """Requests are gathered and merged; ``work`` does a piece of them. Thread-safe."""

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
        late_window_days: int,
    ) -> None:
        self._store = store
        self._derivation = derivation
        self._usual = usual
        self._bus = bus
        self._clock = clock
        self._metrics = metrics
        self._zone = zone
        self._late_ms = late_window_days * DAY_MS
        self._lock = threading.Lock()
        self._asked: dict[int, frozenset[str] | None] = {}

    @property
    def waiting_blocks(self) -> int:
        with self._lock:
            return len(self._asked)

    def request(self, span: Span, meters: frozenset[str] | None = EVERYTHING) -> None:
        """Derive the blocks a span touches again, up to the age of the late window."""
        oldest = self._clock.now_ms() - self._late_ms
        first = floor_ms(max(span.start_ms, oldest), BLOCK_MS)
        with self._lock:
            for start_ms in range(first, span.end_ms, BLOCK_MS):
                asked = self._asked.get(start_ms, frozenset())
                self._asked[start_ms] = None if meters is None or asked is None else asked | meters

    def note(self, event: ReadingsStored, *, before_ms: int) -> None:
        """Readings were committed: what lies before ``before_ms`` is beyond the live windows."""
        end_ms = min(event.end_ms, before_ms)
        if event.start_ms < end_ms:
            self.request(Span(from_ms(event.start_ms), from_ms(end_ms)), frozenset(event.meters))

    def work(self) -> bool:
        """Derive one piece; False when there is nothing to do or the store does not answer now."""
        piece = self._take()
        if not piece:
            return False
        try:
            self._derive(piece)
        except Unavailable:
            with self._lock:
                for start_ms, meters in piece.items():
                    asked = self._asked.get(start_ms, frozenset())
                    self._asked[start_ms] = None if meters is None or asked is None else asked | meters
            return False
        finally:
            self._metrics.gauge("engine_blocks_to_rederive", float(self.waiting_blocks))
        return True

    def _take(self) -> dict[int, frozenset[str] | None]:
        """The oldest blocks that follow one another within a local day."""
        with self._lock:
            piece: dict[int, frozenset[str] | None] = {}
            for start_ms in sorted(self._asked)[:BLOCKS_AT_ONCE]:
                if piece and start_ms != max(piece) + BLOCK_MS:
                    break
                if piece and self._day(start_ms) != self._day(min(piece)):
                    break
                piece[start_ms] = self._asked[start_ms]
            for start_ms in piece:
                del self._asked[start_ms]
            return piece

    def _day(self, ts_ms: int) -> object:
        return local_date(from_ms(ts_ms), self._zone)

    def _derive(self, piece: dict[int, frozenset[str] | None]) -> None:
        span = Span(from_ms(min(piece)), from_ms(max(piece) + BLOCK_MS))
        named = [meters for meters in piece.values() if meters is not None]
        meters = frozenset().union(*named) if len(named) == len(piece) else EVERYTHING
        for rows in self._derivation.rows(span, meters=meters, usual=self._usual):
            if not rows.coverage.any():
                # Before the first reading there is nothing to say, not even that nothing was heard.
                continue
            changed = revised(self._store, rows)
            if len(changed):
                self._store.write_demand(changed)
                revision = int(changed.revision.max())
                self._metrics.count("engine_blocks_written_total", revised=str(revision > 1).lower())
                self._bus.publish(IntervalClosed(from_ms(int(changed.ts_ms[0])), revision))
