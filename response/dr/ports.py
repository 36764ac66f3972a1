"""What demand response needs from the rest of the rooms, as ports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from domain.ids import EnterpriseId
from domain.notices import Notice, Reply
from domain.orderly import Window
from domain.people import Principal
from domain.potentials import Potential
from storage.notice_ports import KeptNotice
from storage.page import Page


class Potentials(Protocol):
    def of(
        self,
        principal: Principal,
        enterprise_ids: Sequence[EnterpriseId] | None,
        day: date,
        start_ms: int,
        end_ms: int,
    ) -> tuple[Potential, ...]: ...


class Gaps(Protocol):
    def next_gap(self, principal: Principal, *, after: datetime) -> tuple[Window, float] | None:
        """The next hours in which the load may pass the quota, and by how much [kW]; None = there are none ahead."""
        ...


class Notices(Protocol):
    def send(self, principal: Principal, notices: Sequence[Notice]) -> tuple[str, ...]:
        """Durable when it returns; a notice whose id is known already is not sent again."""
        ...

    def replies(self, principal: Principal, reference: str) -> tuple[Reply, ...]: ...

    def list(
        self, principal: Principal, *, reference: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[KeptNotice]: ...
