"""The event desk: an event from its first draft until it runs. Every change names its actor and the version it saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from config.programmes import ProgrammeTable
from domain.clock import Clock
from domain.dr import Commitment, DrEvent, EventKind
from domain.dr_states import EventState, Move
from domain.errors import Conflict, Invalid
from domain.event_days import event_day
from domain.instants import from_ms, local_date
from domain.people import SYSTEM, Principal
from response.dr.book import EventBook
from response.dr.drafting import NewEvent, drafted
from response.dr.freezing import Freezing
from response.dr.invitations import answered
from response.dr.pace_answer import Pace
from response.dr.roll import Roll
from response.dr.selection import Candidate, Selection, cleared, invited, select
from response.dr.telling import Telling, confirmed_by, require_officer
from storage.dr_ports import DrLedger


@dataclass(frozen=True, slots=True)
class Change:
    """A revision of the window or the target; None = as it is."""

    start_ms: int | None = None
    end_ms: int | None = None
    target_kw: float | None = None


class EventDesk:
    def __init__(
        self,
        *,
        book: EventBook,
        ledger: DrLedger,
        programmes: ProgrammeTable,
        roll: Roll,
        freezing: Freezing,
        telling: Telling,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._book = book
        self._ledger = ledger
        self.programmes = programmes
        self._roll = roll
        self._freezing = freezing
        self._telling = telling
        self._clock = clock
        self._zone = zone

    def candidates(self, principal: Principal, event_id: str) -> Selection:
        """Who could be asked and how far that goes, by what each can give."""
        principal.require_staff()
        event = self._book.get(principal, event_id)
        return select(self._roll.candidates(principal, event), event.target_kw)

    # -- changing

    def create(self, principal: Principal, new: NewEvent, *, note: str = "created") -> DrEvent:
        principal.require_write()
        day = local_date(from_ms(new.start_ms), self._zone)
        terms = self.programmes.by_id(new.programme).terms(day)
        event = drafted(new, self._free_id(day), terms, self._zone, self._clock.now_ms())
        return self._book.save(principal, event, Move.CHOOSE, note)

    def choose(
        self, principal: Principal, event_id: str, version: int, enterprises: Sequence[str] | None = None
    ) -> DrEvent:
        """These enterprises, or as few as can be counted on for the target. Who was asked already stays asked."""
        event = self._book.at(principal, event_id, version, Move.CHOOSE)
        found = self._roll.candidates(principal, event)
        chosen = select(found, event.target_kw).chosen if enterprises is None else _named(found, enterprises)
        if not chosen:
            raise Invalid(
                "没有可邀请的企业：合同、潜力或门槛不满足 / nobody can be asked: no contract in force, or too little "
                "potential"
            )
        kept = event.participants if event.announced_ms is not None else ()
        added = tuple(invited(each) for each in chosen if not any(each.participant.overlaps(one) for one in kept))
        return self._book.save(principal, replace(event, participants=kept + added), Move.CHOOSE)

    def invite(self, principal: Principal, event_id: str, version: int, *, officer: str | None) -> DrEvent:
        """Freeze the baselines and send the invitations, confirmed by ``officer`` by name; a drill needs no officer."""
        event = self._book.at(principal, event_id, version, Move.INVITE)
        require_officer(event, officer)
        if not event.participants:
            raise Conflict("尚未选择企业 / choose the enterprises first")
        if self._clock.now_ms() >= event.start_ms:
            raise Conflict("事件已经开始 / the event has begun; nobody can be invited any more")
        event = self._announced(principal, event)
        saved = self._book.save(principal, event, Move.INVITE, confirmed_by(officer))
        self._telling.invite(principal, saved, officer)
        return saved

    def collect(self, event_id: str) -> DrEvent | None:
        """Take in what was answered; None when nothing changed. Called by the turns of the clock."""
        event = self._ledger.event(event_id)
        if event is None or event.state is not EventState.INVITED:
            return None
        found = answered(event, self._telling.replies(event))
        return None if found == event else self._book.save(SYSTEM, found, Move.REPLY)

    def clear(
        self, principal: Principal, event_id: str, version: int, kw: Mapping[str, float] | None = None
    ) -> DrEvent:
        """Set each one's kW: as told, or by the rule of the event's kind."""
        event = self._book.at(principal, event_id, version, Move.CLEAR)
        if not event.participants:
            raise Conflict("尚未选择企业 / choose the enterprises first")
        found = dict(self._by_rule(event)) if kw is None else dict(kw)
        cleared_kw: dict[str, float] = {}
        for name, value in found.items():
            each = event.participant(name)
            cleared_kw[each.member] = value
            if not 0 <= value < 1e7:
                raise Invalid(f"{name}: {value} kW")
            if each.possible_kw is not None and event.kind is EventKind.LOCAL and value > each.possible_kw * 1.0001:
                raise Invalid(
                    f"{name} 至多 {each.possible_kw:,.0f} kW，不得低于保安负荷 / "
                    f"{name} can give at most {each.possible_kw:,.0f} kW without going below its security load"
                )
        event = event.with_each(lambda each: replace(each, cleared_kw=cleared_kw.get(each.member, 0.0)))
        return self._book.save(principal, event, Move.CLEAR)

    def confirm(self, principal: Principal, event_id: str, version: int, *, officer: str | None) -> DrEvent:
        """Tell everybody, confirmed by ``officer`` by name. From here on the clock starts and ends the event."""
        event = self._book.at(principal, event_id, version, Move.CONFIRM)
        require_officer(event, officer)
        if not event.taking_part():
            raise Conflict("没有企业出清 / nobody is cleared")
        event = self._announced(principal, event)
        saved = self._book.save(principal, event, Move.CONFIRM, confirmed_by(officer))
        self._telling.call(principal, saved, officer)
        return saved

    def remind(
        self, principal: Principal, event_id: str, version: int, late: Sequence[Pace], *, officer: str | None
    ) -> DrEvent:
        """Tell those behind their promise how much is missing, confirmed by ``officer`` by name."""
        event = self._book.at(principal, event_id, version, Move.REMIND)
        require_officer(event, officer)
        if not late:
            raise Conflict("没有落后的企业 / nobody is behind its promise")
        saved = self._book.save(principal, event, Move.REMIND, confirmed_by(officer))
        self._telling.remind(principal, saved, late, officer)
        return saved

    def cancel(self, principal: Principal, event_id: str, version: int, reason: str, *, officer: str | None) -> DrEvent:
        event = self._book.at(principal, event_id, version, Move.CANCEL)
        told = event.announced_ms is not None
        if told:
            require_officer(event, officer)
        saved = self._book.save(principal, event, Move.CANCEL, _because(reason))
        if told:
            self._telling.cancel(principal, saved, reason.strip(), officer)
        return saved

    def revise(
        self, principal: Principal, event_id: str, version: int, change: Change, reason: str, *, officer: str | None
    ) -> DrEvent:
        """Another window or target. A window that moves needs baselines of its own: a new revision of them."""
        event = self._book.at(principal, event_id, version, Move.REVISE)
        told = event.announced_ms is not None
        if told:
            require_officer(event, officer)
        running = event.state is EventState.EXECUTING
        if running and change.start_ms not in (None, event.start_ms):
            raise Conflict("事件已经开始 / the event has begun; only its end can move")
        after = replace(
            event,
            start_ms=event.start_ms if change.start_ms is None else change.start_ms,
            end_ms=event.end_ms if change.end_ms is None else change.end_ms,
            target_kw=event.target_kw if change.target_kw is None else change.target_kw,
        )
        if after.end_ms <= self._clock.now_ms():
            raise Invalid("结束时刻已过 / that end has passed")
        event_day(after.start_ms, after.end_ms, self._zone)
        moved_window = (after.start_ms, after.end_ms) != (event.start_ms, event.end_ms)
        if told and moved_window:
            self._freezing.freeze(principal, after, reason=_because(reason), anew=True)
        saved = self._book.save(principal, after, Move.REVISE, _because(reason))
        if told and moved_window:
            self._telling.revise(principal, saved, reason.strip(), officer)
        return saved

    def start(self, event: DrEvent) -> DrEvent:
        return self._book.save(SYSTEM, event, Move.START)

    def end(self, principal: Principal, event: DrEvent, reason: str = "") -> DrEvent:
        """By the clock (SYSTEM), or by an officer before its time: what follows is not judged."""
        principal.require_write()
        return self._book.save(principal, event, Move.END, reason)

    # -- inside

    def _announced(self, principal: Principal, event: DrEvent) -> DrEvent:
        self._freezing.freeze(principal, event, reason="announced")
        return event if event.announced_ms is not None else replace(event, announced_ms=self._clock.now_ms())

    def _by_rule(self, event: DrEvent) -> Mapping[str, float]:
        if event.kind is EventKind.MIRRORED:
            return {each.member: each.official_cleared_kw or 0.0 for each in event.participants}
        if event.terms.commitment is Commitment.CONTRACTED:
            return {each.member: each.invited_kw or 0.0 for each in event.participants}
        if event.state is EventState.DRAFT:
            raise Conflict("邀约型应先邀约 / an invited programme invites before it clears")
        return cleared(event.participants, event.target_kw, event.terms.minimum_kw_other)

    def _free_id(self, day: date) -> str:
        """An event that was moved to another day keeps its id, so ids are looked up and not counted."""
        number = 1
        while self._ledger.event(f"{day.isoformat()}-{number}") is not None:
            number += 1
        return f"{day.isoformat()}-{number}"


def _named(found: Sequence[Candidate], names: Sequence[str]) -> list[Candidate]:
    """Those named; an enterprise means all parts of it that can be asked."""
    chosen: dict[str, Candidate] = {}
    problems = []
    for name in names:
        meant = [each for each in found if name in (each.participant.member, each.participant.enterprise)]
        able = [each for each in meant if not each.excluded]
        chosen |= {each.participant.member: each for each in able}
        if not meant:
            problems.append(f"{name}: 没有有效合同 / no contract in force")
        elif not able:
            problems += [f"{each.participant.member}: {each.excluded}" for each in meant]
    if problems:
        raise Invalid("; ".join(problems))
    return list(chosen.values())


def _because(reason: str) -> str:
    if not reason.strip():
        raise Invalid("请写明原因 / a reason is needed")
    return reason.strip()[:500]
