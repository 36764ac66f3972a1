"""What the rooms above know of kept plans, instructions, orders, guards and visits."""

from __future__ import annotations

from typing import Protocol, TypeVar

from domain.inspections import Lot, Visit
from domain.orderly import EnergyQuota, FrozenBaseline, Guard, Instruction, Order, Plan

T = TypeVar("T")


class Shelf(Protocol[T]):
    """Records by key, each with all its revisions; nothing is overwritten."""

    def put(self, actor: str, key: str, value: T, *, after: int) -> None:
        """A new revision on top of ``after`` (0 = there is none yet). Raises Conflict when another came first."""
        ...

    def get(self, key: str) -> T | None:
        """The newest revision."""
        ...

    def revision(self, key: str) -> int:
        """How many revisions there are."""
        ...

    def history(self, key: str) -> list[T]:
        """Oldest first."""
        ...

    def all(self) -> list[T]:
        """The newest revision of each key, in the order the keys were first put."""
        ...


class OrderlyLedger(Protocol):
    """Keys: plan ``2026-1``, instruction its number, order its id, baseline the series of orders, guard its enterprise,
    visit and lot their id, energy quota ``district@2026-07-28``."""

    @property
    def plans(self) -> Shelf[Plan]: ...
    @property
    def instructions(self) -> Shelf[Instruction]: ...
    @property
    def energy_quotas(self) -> Shelf[EnergyQuota]: ...
    @property
    def orders(self) -> Shelf[Order]: ...
    @property
    def baselines(self) -> Shelf[FrozenBaseline]: ...
    @property
    def guards(self) -> Shelf[Guard]: ...
    @property
    def visits(self) -> Shelf[Visit]: ...
    @property
    def lots(self) -> Shelf[Lot]: ...
