"""A drill that runs by itself: one button, and the clock takes it from the gap to the settlement."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from domain.clock import Clock
from domain.dr import DrEvent, EventKind
from domain.dr_states import EventState
from domain.errors import Conflict, InsufficientData, Invalid
from domain.instants import BLOCK_MS, MINUTE_MS, floor_ms, from_ms
from domain.people import SYSTEM, Principal
from response.dr.desk import EventDesk
from response.dr.drafting import NewEvent
from response.dr.ports import Gaps
from response.dr.settlements import SettlementDesk
from response.dr.words import RUNS_ITSELF
from storage.dr_ports import DrLedger

log = logging.getLogger(__name__)
STATES = tuple(state for state in EventState if state not in (EventState.SETTLED, EventState.CANCELLED))
LEAD_MS = 20 * MINUTE_MS
REPLIES_BEFORE_MS = 5 * MINUTE_MS
LASTS_MS = 4 * BLOCK_MS
#: A long gap is practised for its first two hours; a target is a round figure.
MOST_MS = 8 * BLOCK_MS
STEP_KW = 100.0
#: The last block is written, and late readings have come, so long after the end.
SETTLE_AFTER_MS = 20 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class DrillRun:
    desk: EventDesk
    settlements: SettlementDesk
    ledger: DrLedger
    gaps: Gaps
    clock: Clock

    def begin(self, principal: Principal, programme: str, target_kw: float | None = None) -> DrEvent:
        """target_kw : for an hour, within the next half hour; None = what the next gap asks for, in its hours.

        Every message says that it is a drill. Raises Invalid where no gap lies ahead.
        """
        if target_kw is None:
            start_ms, end_ms, target_kw = self._gap(principal)
        else:
            start_ms = self._first_ms()
            end_ms = start_ms + LASTS_MS
        new = NewEvent(
            kind=EventKind.LOCAL,
            programme=programme,
            start_ms=start_ms,
            end_ms=end_ms,
            target_kw=target_kw,
            drill=True,
            reply_by_ms=start_ms - REPLIES_BEFORE_MS,
        )
        return self.desk.create(principal, new, note=RUNS_ITSELF)

    def _first_ms(self) -> int:
        """The first quarter of an hour that leaves time to answer."""
        return floor_ms(self.clock.now_ms() + LEAD_MS, BLOCK_MS) + BLOCK_MS

    def _gap(self, principal: Principal) -> tuple[int, int, float]:
        found = self.gaps.next_gap(principal, after=from_ms(self._first_ms()))
        # A forecast takes its time: what is too near by now is asked for once more, from the issue at hand.
        if found is not None and found[0].span.end_ms <= self._first_ms():
            found = self.gaps.next_gap(principal, after=from_ms(self._first_ms()))
        if found is None:
            raise Invalid("预测期内没有缺口，请填写目标 / no gap lies ahead: say a target")
        window, kw = found
        start_ms = max(self._first_ms(), window.span.start_ms)
        end_ms = max(start_ms + BLOCK_MS, min(window.span.end_ms, start_ms + MOST_MS))
        return start_ms, end_ms, -(-kw // STEP_KW) * STEP_KW

    def step(self) -> None:
        """One move of each such drill whose time has come."""
        for event in self.ledger.events(states=STATES).items:
            if event.drill and self.ledger.steps(event.id)[0].note == RUNS_ITSELF:
                self._move(event)

    def _move(self, event: DrEvent) -> None:
        now_ms, who, seen = self.clock.now_ms(), SYSTEM, (event.id, event.version)
        try:
            if event.state is EventState.DRAFT:
                self._begin(event)
            elif event.state is EventState.INVITED and now_ms >= event.reply_by_ms:
                self.desk.clear(who, *seen)
            elif event.state is EventState.CLEARED:
                self.desk.confirm(who, *seen, officer=None)
            elif event.state is EventState.ENDED and now_ms >= event.end_ms + SETTLE_AFTER_MS:
                self.settlements.verify(who, *seen)
            elif event.state is EventState.VERIFIED:
                self.settlements.publish(who, *seen)
            elif event.state is EventState.PUBLISHED:
                self.settlements.close(who, *seen)
        except (Conflict, Invalid, InsufficientData) as error:
            # Nobody answered, nobody has a contract, nothing was measured: the drill ends, and says why.
            if event.state in (EventState.DRAFT, EventState.INVITED, EventState.CLEARED):
                self.desk.cancel(who, *seen, str(error)[:300], officer=None)
            else:
                log.info("drill %s waits: %s", event.id, error)

    def _begin(self, event: DrEvent) -> None:
        chosen = event if event.participants else self.desk.choose(SYSTEM, event.id, event.version)
        self.desk.invite(SYSTEM, event.id, chosen.version, officer=None)
