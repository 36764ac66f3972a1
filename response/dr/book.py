"""Events as people may see them, and the two checks of every change: the version it saw, and its move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain.clock import Clock
from domain.dr import DrEvent
from domain.dr_states import MOVES_ZH, EventState, Move, moved
from domain.errors import Conflict, NotFound
from domain.people import Principal
from storage.dr_ports import DrLedger
from storage.page import Page


class EventBook:
    def __init__(self, ledger: DrLedger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def get(self, principal: Principal, event_id: str) -> DrEvent:
        """NotFound also for an event an enterprise has no part in; it sees its own part of the others."""
        found = self._ledger.event(event_id)
        if found is not None and principal.enterprise is not None:
            found = own_part(principal, found)
        if found is None:
            raise NotFound(f"没有事件 {event_id[:80]} / there is no event {event_id[:80]}")
        return found

    def list(
        self,
        principal: Principal,
        *,
        states: Sequence[EventState] | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[DrEvent]:
        page = self._ledger.events(states=states, cursor=cursor, limit=limit)
        if principal.enterprise is None:
            return page
        own = tuple(seen for each in page.items if (seen := own_part(principal, each)) is not None)
        return Page(own, page.next_cursor, len(own))

    def at(self, principal: Principal, event_id: str, version: int, move: Move) -> DrEvent:
        """The event as the caller saw it, or Conflict; and the move must be possible."""
        principal.require_write()
        event = self.get(principal, event_id)
        if event.version != version:
            last = self._ledger.steps(event_id)[-1]
            raise Conflict(
                f"事件刚被 {last.actor} 修改（{MOVES_ZH[last.move]}），请刷新后再试 / "
                f"the event was changed by {last.actor} ({last.move}) since you looked: look again, then decide"
            )
        moved(event.state, move)
        return event

    def save(self, principal: Principal, event: DrEvent, move: Move, note: str = "") -> DrEvent:
        state = event.state if not event.version else moved(event.state, move)
        return self._ledger.save(
            replace(event, state=state), move, principal.name, at_ms=self._clock.now_ms(), note=note
        )


def own_part(principal: Principal, event: DrEvent) -> DrEvent | None:
    """An enterprise sees its own participation once it was announced, and an aggregator's member itself too."""
    own = tuple(each for each in event.participants if principal.enterprise in (each.enterprise, each.aggregator))
    return replace(event, participants=own) if own and event.announced_ms is not None else None
