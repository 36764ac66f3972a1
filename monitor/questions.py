"""The questions people ask of load, as a port: API, console and command line call nothing else for load.

Every question takes a Principal and checks its scope (invariant 11): Forbidden when it may not see it, NotFound
when the scope does not exist, Unavailable when the store does not answer.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from domain.instants import Span
from domain.people import Principal
from domain.readings import ReadingBatch
from domain.scopes import Scope
from monitor.answers import Brief, CoincidentPeak, CurrentLoad, Curve, DayIndices, MeterQuality


class LoadQuestions(Protocol):
    def current(self, principal: Principal, scope: Scope) -> CurrentLoad: ...

    def curve(self, principal: Principal, scope: Scope, span: Span) -> Curve: ...

    def indices(self, principal: Principal, scope: Scope, first: date, last: date) -> list[DayIndices]: ...

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
