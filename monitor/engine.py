"""The engine: readings in, live loads and closed blocks out. Minutes and blocks end by the district clock alone."""

from __future__ import annotations

import threading
import time
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from config.calendar import Calendar
from config.settings import MonitorSettings
from domain.clock import Clock
from domain.errors import Unavailable
from domain.events import Bus, IngestStarted, LoadChanged, Metrics, ReadingsStored
from domain.instants import BLOCK_MS, MINUTE_MS, Span, day_span, from_ms, local_date
from domain.readings import ReadingBatch
from domain.scopes import DISTRICT, MONITORED, Scope
from monitor.block_rows import block_of
from monitor.closing import BlockCloser
from monitor.derivation import Derivation
from monitor.live import MeterState, ScopeLoad
from monitor.meter_watch import MeterWatch
from monitor.picture import Picture
from monitor.projector import Projector
from monitor.rederive import DAY_MS, Rederiver
from monitor.roster import BLOCK_MINUTES, build_roster
from monitor.usual_book import UsualBook
from monitor.windows import Windows
from storage.effective import read_effective
from storage.ledger_ports import RegistryLedger
from storage.ports import ReadingStore
from storage.revision_ports import DirtyLedger, SupersededLedger

#: The ring: three hours back, so that an hourly meter is complete, and an hour ahead, for those that stamp the start
#: of an interval still running.
AHEAD_MIN = 65
CELLS = 256
#: Further ahead of the clock a reading moves nothing.
FUTURE_MS = 5 * MINUTE_MS
#: Real seconds a reading may take through broker and journal; on an accelerated clock that is minutes of the district.
PASSAGE_S = 2.0
RESTORE_STEP_MS = 30 * MINUTE_MS
#: Under a flood, announcements and all that hangs on them may take this share of one thread's time.
ANNOUNCE_SHARE = 0.5
#: Minutes within the grace that are tried for completeness.
EARLY_MINUTES = 3
#: A clock may be set back this much without a new beginning.
BACK_MS = 2 * MINUTE_MS


class Engine:
    """Implements ``monitor.live.LiveLoads``; ``accept`` and ``tick`` may be called from different threads."""

    def __init__(
        self,
        *,
        registry: RegistryLedger,
        store: ReadingStore,
        clock: Clock,
        bus: Bus,
        settings: MonitorSettings,
        zone: ZoneInfo,
        metrics: Metrics,
        calendar: Calendar,
        dirty: DirtyLedger,
        superseded: SupersededLedger,
        settle_s: float = 0.0,
    ) -> None:
        self._registry = registry
        self._store = store
        self._clock = clock
        self._bus = bus
        self._settings = settings
        self._zone = zone
        self._metrics = metrics
        self._lock = threading.RLock()
        self._turn = threading.Lock()
        derivation = Derivation(store, registry, zone, minimum_coverage=settings.minimum_coverage)
        self._book = UsualBook(store, derivation, calendar, zone)
        self._projector = Projector(derivation, zone)
        self.rederiver = Rederiver(
            store,
            derivation,
            self._book.power,
            bus,
            clock,
            metrics,
            zone,
            dirty=dirty,
            superseded=superseded,
            late_window_days=settings.late_window_days,
            ring_ms=lambda: self._ring_ms,
            reload=self.reload,
            settle_s=settle_s,
        )
        self._closer = BlockCloser(
            store,
            bus,
            metrics,
            self._book,
            clock=clock,
            superseded=superseded,
            minimum_coverage=settings.minimum_coverage,
            rederive=self.rederiver.request,
        )
        self._roster_key: tuple[int, date] | None = None
        self._roster = build_roster(registry.registry().view(clock.now().astimezone(zone).date()))
        self._version = 0
        self._cached: tuple[tuple[int, ...], list[ScopeLoad]] | None = None
        self._announced: tuple[int, int] = (0, 0)
        self._announce_after = 0.0
        self._announcing = threading.Lock()
        self._restored = False
        self._begin(clock.now_ms())

    # -- start and stop

    def restore(self) -> None:
        """Fill the windows from the store, beside what was accepted already. Raises Unavailable; ``tick`` then tries
        again, and until then the engine lives on what arrives."""
        with self._lock:
            now_ms = self._clock.now_ms()
            for start_ms in range(self._windows.bottom * MINUTE_MS, self._windows.top * MINUTE_MS, RESTORE_STEP_MS):
                span = Span(from_ms(start_ms), from_ms(start_ms + RESTORE_STEP_MS))
                self._take(read_effective(self._store, self._roster.ids, span), now_ms)
            unheard = [self._roster.ids[slot] for slot in self._watch.unheard(self._roster).tolist()]
            if unheard:
                self._take(self._store.latest(unheard), now_ms)
            self._ask_for_the_gap(now_ms)
            self._closer.begin(self._grace_end(now_ms), self._windows.bottom)
            self._restored = True

    def close(self) -> None:
        """Write what still waits, if the store takes it."""
        with self._turn:
            self._closer.write()

    # -- readings in, time passing

    def accept(self, batch: ReadingBatch) -> None:
        """Fill the windows and announce it at once; repeats change nothing. Readings never move the clock."""
        with self._lock:
            now_ms = self._clock.now_ms()
            self._windows.advance(now_ms // MINUTE_MS + AHEAD_MIN)
            self._take(batch, now_ms)
        self._announce(urgent=False)

    def catch_up(self, event: ReadingsStored) -> None:
        """Readings that another process stored: take what lies within the ring. What is older it has marked."""
        start_ms = max(event.start_ms, self._windows.bottom * MINUTE_MS)
        if start_ms >= event.end_ms:
            return
        try:
            batch = read_effective(self._store, event.meters, Span(from_ms(start_ms), from_ms(event.end_ms)))
        except Unavailable:
            # Nobody says it again.
            self.look_again()
            return
        self.accept(batch)

    def look_again(self, _event: IngestStarted | None = None) -> None:
        """Something may have been stored that nobody heard of: the next tick fills the ring from the store."""
        with self._lock:
            self._restored = False

    def reload(self, meters: frozenset[str], span: Span) -> None:
        """Revisions were made within the ring: its cells of these meters are filled anew. Raises Unavailable."""
        with self._lock:
            first, last = span.start_ms // MINUTE_MS, -(-span.end_ms // MINUTE_MS)
            minutes = np.arange(max(first, self._windows.bottom), min(last, self._windows.top))
            slots = np.array([self._roster.slot[m] for m in meters if m in self._roster.slot], dtype=np.int64)
            if not minutes.size or not slots.size:
                return
            ids = [self._roster.ids[slot] for slot in slots.tolist()]
            inside = Span(from_ms(int(minutes[0]) * MINUTE_MS), from_ms((int(minutes[-1]) + 1) * MINUTE_MS))
            batch = read_effective(self._store, ids, inside)
            self._windows.forget(slots, minutes)
            self._take(batch, self._clock.now_ms())
            self._closer.touch(np.tile(slots, len(minutes)), np.repeat(minutes, len(slots)))
            self._version += 1

    def tick(self) -> None:
        """Called every real second: follow the clock, close minutes and blocks, retry what the store refused.

        Ticks take turns: blocks are written oldest first, by one thread at a time.
        """
        with self._turn:
            self._follow()
            self._learn()
            with self._lock:
                end = self._grace_end(self._clock.now_ms())
                self._closer.close(self._windows, self._roster, end)
            if self._closer.write():
                self.rederiver.work()
        self._announce(urgent=True)

    def announce(self) -> None:
        """Called every few hundredths of a second: says what ``accept`` held back to keep the distance."""
        self._announce(urgent=False)

    # -- what is known now

    def loads(self) -> list[ScopeLoad]:
        with self._lock:
            ends = self._ends(self._clock.now_ms())
            key = (self._version, *ends)
            if self._cached is None or self._cached[0] != key:
                self._cached = (key, self._picture().loads(ends))
            return list(self._cached[1])

    def load(self, scope: Scope) -> ScopeLoad | None:
        return next((load for load in self.loads() if load.scope == scope), None)

    def meters(self) -> list[MeterState]:
        with self._lock:
            return self._watch.states(self._roster, self._clock.now_ms(), lag_ms=self._lag_ms())

    @property
    def _ring_ms(self) -> int:
        """Start of the first block that lies in the ring whole [ms]."""
        return block_of(self._windows.bottom + BLOCK_MINUTES - 1) * MINUTE_MS

    @property
    def memory_bytes(self) -> int:
        """What the live windows hold."""
        with self._lock:
            return self._windows.nbytes

    # -- inside; the lock is held

    def _begin(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self._windows = Windows(CELLS, top=now_ms // MINUTE_MS + AHEAD_MIN)
        self._watch = MeterWatch()
        self._refresh(now_ms)
        self._closer.begin(self._grace_end(now_ms), self._grace_end(now_ms))
        self._restored = False

    def _refresh(self, now_ms: int) -> None:
        """Take over a changed registry, or the versions in force on a new day."""
        registry = self._registry.registry()
        key = (registry.revision, local_date(from_ms(now_ms), self._zone))
        if key != self._roster_key:
            self._roster = build_roster(registry.view(key[1]), self._roster.ids)
            self._roster_key = key
            self._version += 1
        self._windows.reserve(len(self._roster))
        self._watch.reserve(len(self._roster), now_ms)

    def _take(self, batch: ReadingBatch, now_ms: int) -> None:
        slot = self._roster.slots_of(batch.meter)
        if (slot < 0).any():
            self._refresh(now_ms)
            slot = self._roster.slots_of(batch.meter)
        usable = (slot >= 0) & (batch.ts_ms <= now_ms + FUTURE_MS + self._lag_ms())
        if not usable.all():
            self._metrics.count("engine_readings_ignored_total", float((~usable).sum()))
            batch, slot = batch.take(usable), slot[usable]
        if not len(batch):
            return
        slots, minutes = self._windows.accept(batch, slot, self._roster)
        self._watch.note(slot, batch.ts_ms, batch.quality, self._roster)
        if slots.size:
            self._closer.touch(slots, minutes)
            self._version += 1

    def _lag_ms(self) -> int:
        speed = self._clock.speed()
        return int(PASSAGE_S * 1000 * speed) if speed > 1 else 0

    def _grace_end(self, now_ms: int) -> int:
        """The minute before which everything has ended, grace included."""
        return (now_ms - int(self._settings.grace_s * 1000) - self._lag_ms()) // MINUTE_MS

    def _ends(self, now_ms: int) -> tuple[int, ...]:
        """Minutes to judge at, newest first: the last ones are tried as soon as they may be complete."""
        newest, oldest = now_ms // MINUTE_MS, self._grace_end(now_ms)
        early = range(newest, max(oldest, newest - EARLY_MINUTES), -1)
        return (*early, oldest)

    def _picture(self) -> Picture:
        return Picture(self._windows, self._watch, self._roster, self._book, self._projector)

    def _ask_for_the_gap(self, now_ms: int) -> None:
        """Blocks between the last one written and the ring: the time this process was not running."""
        ring_ms = self._ring_ms
        late_ms = self._settings.late_window_days * DAY_MS
        stored = self._store.read_demand((MONITORED, DISTRICT), Span(from_ms(now_ms - late_ms), from_ms(ring_ms)))
        today_ms = day_span(local_date(from_ms(now_ms), self._zone), self._zone).start_ms
        # What touched written blocks in the last hours before the stop may not have been written again.
        last_ms = int(stored.ts_ms.max()) + BLOCK_MS - CELLS * MINUTE_MS if len(stored) else today_ms
        if last_ms < ring_ms:
            self.rederiver.request(Span(from_ms(last_ms), from_ms(ring_ms)))

    # -- inside; the lock is taken where needed

    def _follow(self) -> None:
        with self._lock:
            now_ms = self._clock.now_ms()
            jumped = now_ms < self._now_ms - BACK_MS or now_ms > self._now_ms + (CELLS - AHEAD_MIN) * MINUTE_MS
            if jumped:
                # Another year is replayed, or the process was held up for hours: what the ring holds is of no use.
                self._begin(now_ms)
            self._now_ms = now_ms
            self._refresh(now_ms)
            self._windows.advance(now_ms // MINUTE_MS + AHEAD_MIN)
        if not self._restored:
            try:
                self.restore()
            except Unavailable:
                self._metrics.count("engine_store_unavailable_total")

    def _learn(self) -> None:
        """Usual values of the silent and the projection model, outside the lock: the store may take its time."""
        now_ms = self._clock.now_ms()
        with self._lock:
            end = self._grace_end(now_ms)
            slots = np.union1d(self._picture().missing(end), self._closer.missing(self._windows, self._roster, end))
            meters = [self._roster.ids[slot] for slot in slots.tolist()]
        try:
            learnt = self._book.learn(meters, now_ms)
            self._projector.learn(now_ms)
        except Unavailable:
            self._metrics.count("engine_store_unavailable_total")
            return
        if learnt:
            with self._lock:
                self._version += 1

    def _announce(self, *, urgent: bool) -> None:
        """LoadChanged when something changed. Under a flood, announcements keep their distance; what is held back is
        said by ``announce`` once the distance is over, whether more readings come or not."""
        if not self._announcing.acquire(blocking=urgent):
            return  # another thread is saying it; what came since is seen by the next call
        try:
            minute = self._grace_end(self._clock.now_ms()) - 1
            state = (self._version, minute)
            began = time.monotonic()
            if state == self._announced or (not urgent and began < self._announce_after):
                return
            self._announced = state
            self._bus.publish(LoadChanged(from_ms(minute * MINUTE_MS)))
            spent = time.monotonic() - began
            self._announce_after = began + spent / ANNOUNCE_SHARE
        finally:
            self._announcing.release()
