"""Notices of an event leave here: by whom they may be let out, and what each move tells to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.dr import DrEvent
from domain.dr_records import Step
from domain.dr_states import EventState, Move
from domain.errors import Invalid
from domain.instants import MINUTE_MS
from domain.notices import Notice, Reply
from domain.people import SYSTEM, Principal
from response.dr import invitations, words
from response.dr.pace_answer import Pace
from response.dr.ports import Notices
from storage.dr_ports import DrLedger


@dataclass(frozen=True, slots=True)
class Telling:
    notices: Notices
    ledger: DrLedger
    clock: Clock
    zone: ZoneInfo

    def replies(self, event: DrEvent) -> Sequence[Reply]:
        return self.notices.replies(SYSTEM, event.source)

    def invite(self, principal: Principal, event: DrEvent, officer: str | None) -> None:
        self.notices.send(principal, invitations.invitations(event, officer, self.zone))

    def call(self, principal: Principal, event: DrEvent, officer: str | None) -> None:
        """The confirmed kW, with the load that keeps it."""
        self.notices.send(principal, self._calls(event, officer))

    def cancel(self, principal: Principal, event: DrEvent, reason: str, officer: str | None) -> None:
        subject = words.subject(event, "需求响应取消", "demand response cancelled")
        body = words.cancelled(event, self.zone, reason)
        self.notices.send(principal, invitations.to_everybody(event, "dr.cancelled", officer, subject, body))

    def revise(self, principal: Principal, event: DrEvent, reason: str, officer: str | None) -> None:
        subject = words.subject(event, "需求响应变更", "demand response changed")
        body = words.revised(event, self.zone, reason)
        self.notices.send(principal, invitations.to_everybody(event, "dr.revised", officer, subject, body))

    def remind(self, principal: Principal, event: DrEvent, late: Sequence[Pace], officer: str | None) -> None:
        """How far each of these is behind its promise, and for how long it still counts."""
        left_min = int((event.end_ms - self.clock.now_ms()) // MINUTE_MS)
        self.notices.send(principal, invitations.reminders(event, late, left_min, officer))

    def again(self, event: DrEvent) -> None:
        """Notices a stop kept from the outbox: what is there already is known by its id and not sent again."""
        told = {step.move: step for step in self.ledger.steps(event.id)}
        for move in (Move.CANCEL,) if event.state is EventState.CANCELLED else (Move.INVITE, Move.CONFIRM, Move.REVISE):
            if move in told:
                self._again(replace(event, version=told[move].version), told[move])

    def _again(self, then: DrEvent, step: Step) -> None:
        officer = None if then.drill else step.note.removeprefix(words.CONFIRMED_BY)
        if step.move is Move.INVITE:
            self.invite(SYSTEM, then, officer)
        elif step.move is Move.CONFIRM:
            self.call(SYSTEM, then, officer)
        elif step.move is Move.CANCEL and then.announced_ms is not None:
            self.cancel(SYSTEM, then, step.note, step.actor)
        elif step.move is Move.REVISE and step.note in {each.reason for each in self.ledger.baseline_history(then.id)}:
            # Only a window that moved was told, and it froze the baselines anew for the same reason.
            self.revise(SYSTEM, then, step.note, step.actor)

    def _calls(self, event: DrEvent, officer: str | None) -> list[Notice]:
        base = {each.member: each.base_kw for each in self.ledger.baselines(event.id)}
        return invitations.calls(event, base, officer, self.zone)


def require_officer(event: DrEvent, officer: str | None) -> None:
    if not event.drill and not (officer or "").strip():
        raise Invalid(
            "对外发出须有值班员具名确认（演练除外） / nothing leaves without a named officer's confirmation, "
            "except in a drill"
        )


def confirmed_by(officer: str | None) -> str:
    """As the step of the event keeps it, and ``again`` reads it."""
    return words.CONFIRMED_BY + officer.strip() if officer and officer.strip() else "drill"
