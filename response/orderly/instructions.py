"""Instructions of city and power company: registered with number and paper; levels begin and end by them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.clock import Clock
from domain.errors import Conflict, NotFound
from domain.orderly import Instruction, InstructionKind
from domain.people import Principal
from storage.orderly_ports import OrderlyLedger


class InstructionDesk:
    def __init__(self, ledger: OrderlyLedger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock

    def register(self, principal: Principal, given: Instruction) -> Instruction:
        """Raises Conflict for a number already registered, NotFound where it lifts what was never registered."""
        principal.require_write()
        if self._ledger.instructions.get(given.number) is not None:
            raise Conflict(f"指令 {given.number} 已登记 / instruction {given.number} is registered already")
        if given.kind is not InstructionKind.START and given.lifts:
            self.get(principal, given.lifts)
        kept = replace(given, actor=principal.name)
        self._ledger.instructions.put(principal.name, given.number, kept, after=0)
        return kept

    def get(self, principal: Principal, number: str) -> Instruction:
        principal.require_staff()
        found = self._ledger.instructions.get(number)
        if found is None:
            raise NotFound(f"没有指令 {number} / no instruction {number} is registered")
        return found

    def instructions(self, principal: Principal) -> tuple[Instruction, ...]:
        """The last received first."""
        principal.require_staff()
        return tuple(sorted(self._ledger.instructions.all(), key=lambda i: i.received_at, reverse=True))

    def in_force(self, principal: Principal, at: datetime | None = None) -> tuple[Instruction, ...]:
        """Begun and not lifted at an instant. One without windows holds until it is lifted; success ends none."""
        now = at or self._clock.now()
        known = self.instructions(principal)
        return tuple(each for each in known if _holds(each, known, now))

    def require_standing(self, principal: Principal, number: str) -> Instruction:
        """Raises Conflict where it was lifted: nothing new may cite it."""
        found = self.get(principal, number)
        if any(each.lifts == number for each in self._ledger.instructions.all()):
            raise Conflict(f"指令 {number} 已解除 / instruction {number} was lifted")
        return found


def _holds(given: Instruction, known: Sequence[Instruction], now: datetime) -> bool:
    if given.kind is InstructionKind.LIFT or given.received_at > now:
        return False
    if any(each.lifts == given.number and each.received_at <= now for each in known):
        return False
    return not given.windows or now < max(window.end for window in given.windows)
