"""What the district clock does with events: take in replies, start, follow, end. ``tick`` is called every second.

Everything is read from the ledger each time, so a restart at any state goes on, and a clock that jumps is only late:
an event whose end has passed is ended whatever was missed. A clock set back undoes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np

from domain.clock import Clock
from domain.dr import DrEvent
from domain.dr_states import EventState
from domain.errors import Conflict
from domain.instants import MINUTE_MS
from domain.people import SYSTEM
from domain.reductions import Reduction
from response.dr.desk import EventDesk
from response.dr.drill import DrillRun
from response.dr.pace import PaceDesk
from response.dr.telling import Telling
from storage.dr_ports import DrLedger
from storage.reduction_ports import ReductionLedger

log = logging.getLogger(__name__)
WATCHED = (EventState.INVITED, EventState.CONFIRMED, EventState.EXECUTING)
#: Estimates of the running block are written again when they moved by this share, and not more often than each minute.
MOVED = 0.05


class EventTurns:
    def __init__(
        self,
        desk: EventDesk,
        telling: Telling,
        pace: PaceDesk,
        drill: DrillRun,
        ledger: DrLedger,
        reductions: ReductionLedger,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._telling = telling
        self._pace = pace
        self._drill = drill
        self._ledger = ledger
        self._reductions = reductions
        self._clock = clock
        self._told_again = False
        self._followed_ms: dict[str, int] = {}
        self._written: dict[tuple[str, str], tuple[int, float]] = {}

    def tick(self) -> None:
        if not self._told_again:
            for event in self._ledger.events(states=(*WATCHED, EventState.CANCELLED)).items:
                if event.end_ms > self._clock.now_ms():
                    self._telling.again(event)
            self._told_again = True
        for event in self._ledger.events(states=WATCHED).items:
            try:
                self._turn(event)
            except Conflict:
                # An officer was quicker; the next tick sees what it left.
                log.info("event %s was changed meanwhile", event.id)
        self._drill.step()

    def _turn(self, event: DrEvent) -> None:
        now_ms = self._clock.now_ms()
        if event.state is EventState.INVITED:
            self._desk.collect(event.id)
            return
        if event.state is EventState.CONFIRMED and now_ms >= event.start_ms:
            event = self._desk.start(event)
        if event.state is not EventState.EXECUTING:
            return
        if now_ms >= event.end_ms:
            self._desk.end(SYSTEM, event)
            self._followed_ms.pop(event.id, None)
            return
        last_ms = self._followed_ms.get(event.id)
        if last_ms is None or not 0 <= now_ms - last_ms < MINUTE_MS:
            self._followed_ms[event.id] = now_ms
            self._follow(event)

    def _follow(self, event: DrEvent) -> None:
        """Estimated reductions of the running block: restored load shows the need while the event runs."""
        if event.sign < 0:
            return
        found, block_ms = self._pace.reductions(event)
        made = [self._reduction(event, *pair, block_ms) for pair in self._changed(event, found, block_ms).items()]
        if made:
            self._reductions.put_reductions(SYSTEM.name, made)

    def _changed(self, event: DrEvent, found: Mapping[str, float], block_ms: int) -> dict[str, float]:
        changed = {}
        for member, kw in found.items():
            block, written = self._written.get((event.id, member), (-1, 0.0))
            if block != block_ms or abs(kw - written) > MOVED * max(written, kw):
                changed[member] = kw
                self._written[event.id, member] = (block_ms, kw)
        return changed

    def _reduction(self, event: DrEvent, member: str, kw: float, block_ms: int) -> Reduction:
        ts_ms = np.array([block_ms], dtype=np.int64)
        return Reduction(event.participant(member).scope, ts_ms, np.array([kw]), event.source, verified=False)
