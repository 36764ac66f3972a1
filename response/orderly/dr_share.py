"""What demand response has of the same enterprises: kW promised in a window, and pay settled in a year."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from domain.dr import Direction, DrEvent
from domain.dr_states import EventState
from domain.orderly import Window
from response.orderly.burden import season
from storage.dr_ports import DrLedger

#: An event lies within a day, so one that overlaps a window began at most so long before it.
DAY_MS = 86_400_000
ENDED = (EventState.CANCELLED,)


class DrShare:
    def __init__(self, ledger: DrLedger, zone: ZoneInfo) -> None:
        self._ledger, self._zone = ledger, zone

    def committed_kw(self, window: Window) -> dict[str, float]:
        """Confirmed, else declared, of events that overlap; an event in which something is increased takes nothing."""
        start_ms, end_ms = window.span.start_ms, window.span.end_ms
        found: dict[str, float] = {}
        for event in self._ledger.events_between(start_ms - DAY_MS, end_ms):
            if event.end_ms <= start_ms or not _sheds(event):
                continue
            for each in event.participants:
                kw = each.cleared_kw if each.cleared_kw is not None else each.declared_kw
                if kw:
                    found[each.enterprise] = found.get(each.enterprise, 0.0) + kw
        return found

    def income_yuan(self, year: int) -> dict[str, float]:
        """By the newest settlement of each event of the year, estimates of ours; absent where none is settled."""
        span = season(year, self._zone)
        found: dict[str, float] = {}
        for event in self._ledger.events_between(span.start_ms, span.end_ms):
            settlements = self._ledger.settlements(event.id) if _sheds(event) else []
            for row in settlements[-1].rows if settlements else ():
                if row.pay_yuan is not None:
                    found[row.enterprise] = found.get(row.enterprise, 0.0) + row.pay_yuan
        return found


def _sheds(event: DrEvent) -> bool:
    return not event.drill and event.state not in ENDED and event.terms.direction is Direction.SHED
