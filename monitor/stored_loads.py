"""Loads of one scope from the store alone, for a process without an engine; the same picture, built from readings."""

from __future__ import annotations

from dataclasses import replace

from domain.clock import Clock
from domain.instants import HOUR_MS, MINUTE_MS, Span, from_ms
from domain.scopes import Scope, ScopeKind
from monitor.derivation import Derivation
from monitor.live import MeterState, ScopeLoad
from monitor.meter_watch import MeterWatch
from monitor.picture import Picture
from monitor.projector import Projector
from monitor.roster import as_scope
from monitor.usual_book import UsualBook
from storage.ports import ReadingStore

BACK_MS = 3 * HOUR_MS


class StoredLoads:
    """``grace_ms`` is how long a minute may take to arrive [ms]."""

    def __init__(
        self,
        store: ReadingStore,
        derivation: Derivation,
        book: UsualBook,
        projector: Projector,
        clock: Clock,
        *,
        grace_ms: int,
    ) -> None:
        self._store = store
        self._derivation = derivation
        self._book = book
        self._projector = projector
        self._clock = clock
        self._grace_ms = grace_ms

    def load(self, scope: Scope) -> tuple[ScopeLoad | None, list[MeterState]]:
        """The scope now, or at its newest reading where that is older; None when it has none. Raises Unavailable."""
        now_ms = self._clock.now_ms()
        here = Span(from_ms(now_ms - MINUTE_MS), from_ms(now_ms))
        roster = self._derivation.roster(here, (scope,))
        if scope.kind is ScopeKind.METER:
            roster = replace(roster, members=as_scope(roster, scope))
        latest = self._store.latest(roster.ids)
        watch = MeterWatch()
        watch.reserve(len(roster), now_ms)
        watch.note(roster.slots_of(latest.meter), latest.ts_ms, latest.quality, roster)
        states = watch.states(roster, now_ms, lag_ms=self._grace_ms)
        newest = int(watch.heard_until(len(roster)).max(initial=0))
        ends = [min(at_ms // MINUTE_MS, newest) for at_ms in (now_ms, now_ms - self._grace_ms)]
        end = ends[0]
        if newest <= 0 or end <= 0:
            return None, states
        span = Span(from_ms(end * MINUTE_MS - BACK_MS), from_ms(end * MINUTE_MS))
        windows = self._derivation.windows(roster, span)
        if windows is None:
            return None, states
        picture = Picture(windows, watch, roster, self._book, self._projector)
        self._book.learn([roster.ids[slot] for slot in picture.missing(end).tolist()], end * MINUTE_MS)
        return next((load for load in picture.loads(dict.fromkeys(ends)) if load.scope == scope), None), states
