"""Routes, silences and the duty roster as people enter them; escalations as they are read. Roles are checked here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.duty import Escalation, Route, Shift, Silence
from domain.errors import Invalid
from domain.instants import Span, day_span
from domain.notices import Recipient
from domain.people import Principal
from storage.duty_ports import DutyLedger

MOST_ROUTES, MOST_SHIFTS = 20, 2_000
KNOWN = frozenset({"mqtt", "webhook", "email", "dingtalk", "wecom", "sms", "apprise"})
_MOMENT = timedelta(milliseconds=1)


class DutyDesk:
    def __init__(self, ledger: DutyLedger, clock: Clock, channels: frozenset[str]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._channels = channels

    def routes(self, principal: Principal, recipient: Recipient | None = None) -> list[Route]:
        principal.require_staff()
        return self._ledger.routes(recipient)

    def put_routes(self, principal: Principal, recipient: Recipient, routes: Sequence[Route]) -> list[Route]:
        """These and no others. Raises Invalid for a channel there is not, or the same way twice."""
        principal.require_write()
        if len(routes) > MOST_ROUTES:
            many = len(routes)
            raise Invalid(f"同一收件方至多 {MOST_ROUTES} 条 / {many} routes of one recipient; at most {MOST_ROUTES}")
        unknown = sorted({route.channel for route in routes} - KNOWN)
        if unknown:
            named, known = ", ".join(unknown), ", ".join(sorted(KNOWN))
            raise Invalid(f"没有渠道“{named}” / {named}: not one of the channels {known}")
        if len({(route.channel, route.address) for route in routes}) != len(routes):
            raise Invalid("同一方式出现两次 / the same way is given twice")
        return self._ledger.put_routes(principal.name, recipient, routes, self._clock.now())

    @property
    def channels(self) -> frozenset[str]:
        """Those the settings switch on; a route over another is entered, and not used yet."""
        return self._channels

    def silences(self, principal: Principal, *, in_force: bool = False) -> list[Silence]:
        principal.require_staff()
        return self._ledger.silences(self._clock.now() if in_force else None)

    def add_silence(self, principal: Principal, silence: Silence) -> Silence:
        principal.require_write()
        if silence.end <= self._clock.now():
            raise Invalid("静默的止已经过去 / this silence is over already")
        return self._ledger.add_silence(replace(silence, actor=principal.name))

    def end_silence(self, principal: Principal, silence_id: int) -> Silence:
        principal.require_write()
        return self._ledger.end_silence(principal.name, silence_id, self._clock.now())

    def shifts(self, principal: Principal, span: Span) -> list[Shift]:
        principal.require_staff()
        return self._ledger.shifts(span)

    def put_shifts(self, principal: Principal, span: Span, shifts: Sequence[Shift]) -> list[Shift]:
        """The roster of the span: shifts that start in it are replaced. Raises Invalid with every mistake listed."""
        principal.require_write()
        if len(shifts) > MOST_SHIFTS:
            raise Invalid(f"一次至多 {MOST_SHIFTS} 班 / {len(shifts)} shifts at once; at most {MOST_SHIFTS}")
        mistakes = [
            f"{s.user} {s.start.isoformat()} starts outside the span"
            for s in shifts
            if not span.start <= s.start < span.end
        ]
        mistakes += _twice(shifts)
        if mistakes:
            raise Invalid("值班表有误 / the roster has mistakes:\n" + "\n".join(f"  - {each}" for each in mistakes))
        return self._ledger.put_shifts(principal.name, span, shifts, self._clock.now())

    def add_shift(self, principal: Principal, given: Shift, zone: ZoneInfo) -> list[Shift]:
        """One shift more; who stood there with its rank, and the person itself, gives way in its hours."""
        first, last = (moment.astimezone(zone).date() for moment in (given.start, given.end))
        whole = Span(day_span(first, zone).start, day_span(last, zone).end)
        known = [each for each in self.shifts(principal, whole) if whole.start <= each.start < whole.end]
        kept = [part for each in known for part in _beside(each, given)]
        return self.put_shifts(principal, whole, [*kept, given])

    def on_duty(self, principal: Principal) -> list[Shift]:
        principal.require_staff()
        now = self._clock.now()
        return [shift for shift in self._ledger.shifts(Span(now, now + _MOMENT)) if shift.start <= now < shift.end]

    def escalations(self, principal: Principal, *, open_only: bool = False) -> list[Escalation]:
        """Newest first."""
        principal.require_staff()
        return self._ledger.escalations(open_only=open_only)


def _beside(known: Shift, given: Shift) -> list[Shift]:
    """What is left of a shift when another takes some of its hours."""
    same = known.rank == given.rank or known.user == given.user
    if not same or known.end <= given.start or given.end <= known.start:
        return [known]
    left = []
    if known.start < given.start:
        left.append(replace(known, end=given.start, id=0))
    if given.end < known.end:
        left.append(replace(known, start=given.end, id=0))
    return left


def _twice(shifts: Sequence[Shift]) -> list[str]:
    """Nobody stands twice at the same time, with two ranks."""
    found = []
    ordered = sorted(shifts, key=lambda s: (s.user, s.start))
    for before, after in pairwise(ordered):
        if before.user == after.user and after.start < before.end:
            found.append(f"{after.user} is on duty twice at {after.start.isoformat()}")
    return found
