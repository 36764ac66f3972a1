"""The questions people ask of load, as a port: API, console and command line call nothing else for load.

Every question takes a Principal and checks its scope (invariant 11): Forbidden when it may not see it, NotFound
when the scope does not exist, Unavailable when the store does not answer.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from domain.instants import Span
from domain.people import Principal
from domain.readings import ReadingBatch
from domain.scopes import Scope
from monitor.answers import Brief, CoincidentPeak, CurrentLoad, Curve, DayIndices, EnterpriseDemands, MeterQuality
from monitor.as_known import Superseded
from monitor.live import ScopeLoad


class LoadQuestions(Protocol):
    def current(self, principal: Principal, scope: Scope) -> CurrentLoad: ...

    def load_now(self, principal: Principal, scope: Scope) -> ScopeLoad | None:
        """The newest minute alone, without maximum, quota and records of ``current``; None = nothing was heard."""
        ...

    def curve(self, principal: Principal, scope: Scope, span: Span, *, as_of: datetime | None = None) -> Curve:
        """``as_of`` : what was known then instead of what is known now."""
        ...

    def demands(self, principal: Principal, span: Span) -> EnterpriseDemands:
        """Every enterprise the principal may see, in one question however many there are."""
        ...

    def indices(
        self, principal: Principal, scope: Scope, first: date, last: date, *, as_of: datetime | None = None
    ) -> list[DayIndices]: ...

    def revisions(self, principal: Principal, scope: Scope, span: Span) -> list[Superseded]:
        """Every figure of the scope's blocks that was replaced since, by block, oldest first."""
        ...

    def peaks(self, principal: Principal, scope: Scope, span: Span) -> CoincidentPeak:
        """The coincident peak of a group with each enterprise's share; InsufficientData when no block is complete."""
        ...

    def readings(self, principal: Principal, meter: str, span: Span, *, limit: int) -> ReadingBatch: ...

    def quality(self, principal: Principal, day: date) -> list[MeterQuality]:
        """Every meter the principal may see, worst first."""
        ...

    def brief(self, principal: Principal) -> Brief: ...

    def scopes(self, principal: Principal) -> list[Scope]:
        """The scopes the principal may ask about."""
        ...
