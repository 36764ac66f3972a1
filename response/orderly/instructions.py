"""Instructions of city and power company: registered with number and paper; levels begin and end by them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.gap_levels import GapLevelTable
from config.orderly import OrderlyTable
from domain.clock import Clock
from domain.errors import Conflict, Invalid, NotFound
from domain.instants import local_date
from domain.orderly import Instruction, InstructionKind
from domain.people import Principal
from response.orderly.level_names import is_colour, letter_of
from storage.orderly_ports import OrderlyLedger

#: How far the clock of whoever writes down the time may be ahead of ours.
CLOCK_DIFFERENCE = timedelta(minutes=5)


class InstructionDesk:
    def __init__(
        self, ledger: OrderlyLedger, table: OrderlyTable, colours: GapLevelTable, clock: Clock, zone: ZoneInfo
    ) -> None:
        self._ledger, self._table, self._colours, self._clock, self._zone = ledger, table, colours, clock, zone

    def register(self, principal: Principal, given: Instruction) -> Instruction:
        """Raises Conflict for a number already registered, NotFound where it lifts what was never registered, Invalid
        for a level there is none of or one received in the future."""
        principal.require_write()
        if self._ledger.instructions.get(given.number) is not None:
            raise Conflict(f"指令 {given.number} 已登记 / instruction {given.number} is registered already")
        if given.kind is not InstructionKind.START and given.lifts:
            self.get(principal, given.lifts)
        self._refuse(given)
        kept = replace(given, actor=principal.name)
        self._ledger.instructions.put(principal.name, given.number, kept, after=0)
        return kept

    def _refuse(self, given: Instruction) -> None:
        """A level nobody knows would be no ceiling; what was not received yet is in force for nobody."""
        if given.received_at > self._clock.now() + CLOCK_DIFFERENCE:
            raise Invalid("收到时刻在未来 / it was received in the future")
        levels = self._table.levels_on(local_date(given.received_at, self._zone))
        if given.level and not letter_of(given.level, levels) and not is_colour(given.level, self._colours):
            letters = "、".join(levels.letters)
            raise Invalid(
                f"没有等级 {given.level}，应为 {letters} 或颜色等级 / no level {given.level}: {letters} or a colour"
            )

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
