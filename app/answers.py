"""Answers for the command line: asked of the store, or of the running server that holds the DuckDB file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from api.schemas.load import CurrentOut, CurveOut, IndicesList, IndicesOut, PeakOut, RevisionOut, RevisionsList
from app.held_store import store_or_server
from app.local_server import LocalServer
from app.wiring import open_questions
from config.settings import Settings
from domain.instants import Span, local_date
from domain.people import SYSTEM
from domain.scopes import Scope
from monitor.questions import LoadQuestions


class LoadAnswers(Protocol):
    def current(self, scope: Scope) -> CurrentOut: ...

    def curve(self, scope: Scope, span: Span, as_of: datetime | None = None) -> CurveOut: ...

    def indices(self, scope: Scope, span: Span, as_of: datetime | None = None) -> IndicesList: ...

    def revisions(self, scope: Scope, span: Span) -> RevisionsList: ...

    def peaks(self, scope: Scope, span: Span) -> PeakOut: ...


def _days(span: Span, zone: ZoneInfo) -> tuple[date, date]:
    return local_date(span.start, zone), local_date(span.end - timedelta(milliseconds=1), zone)


class StoreAnswers:
    """Asked of the desk as the system itself: whoever can read the store's files may read its figures."""

    def __init__(self, questions: LoadQuestions, zone: ZoneInfo) -> None:
        self._ask = questions
        self._zone = zone

    def current(self, scope: Scope) -> CurrentOut:
        return CurrentOut.of(self._ask.current(SYSTEM, scope), self._zone)

    def curve(self, scope: Scope, span: Span, as_of: datetime | None = None) -> CurveOut:
        return CurveOut.of(self._ask.curve(SYSTEM, scope, span, as_of=as_of), self._zone)

    def revisions(self, scope: Scope, span: Span) -> RevisionsList:
        found = self._ask.revisions(SYSTEM, scope, span)
        return RevisionsList(items=[RevisionOut.of(each, self._zone) for each in found])

    def indices(self, scope: Scope, span: Span, as_of: datetime | None = None) -> IndicesList:
        first, last = _days(span, self._zone)
        days = self._ask.indices(SYSTEM, scope, first, last, as_of=as_of)
        return IndicesList(items=[IndicesOut.of(day, self._zone) for day in days])

    def peaks(self, scope: Scope, span: Span) -> PeakOut:
        return PeakOut.of(self._ask.peaks(SYSTEM, scope, span), self._zone)


class ServerAnswers:
    """The same asked over the running server's API."""

    def __init__(self, server: LocalServer, zone: ZoneInfo) -> None:
        self._server = server
        self._zone = zone

    def current(self, scope: Scope) -> CurrentOut:
        return CurrentOut.model_validate(self._server.get("load/current", scope=str(scope)))

    def curve(self, scope: Scope, span: Span, as_of: datetime | None = None) -> CurveOut:
        query = {**_instants(span), **_then(as_of)}
        return CurveOut.model_validate(self._server.get("load/curve", scope=str(scope), **query))

    def revisions(self, scope: Scope, span: Span) -> RevisionsList:
        return RevisionsList.model_validate(self._server.get("load/revisions", scope=str(scope), **_instants(span)))

    def indices(self, scope: Scope, span: Span, as_of: datetime | None = None) -> IndicesList:
        first, last = _days(span, self._zone)
        days = {"from": first.isoformat(), "to": last.isoformat(), **_then(as_of)}
        return IndicesList.model_validate(self._server.get("load/indices", scope=str(scope), **days))

    def peaks(self, scope: Scope, span: Span) -> PeakOut:
        return PeakOut.model_validate(self._server.get("load/peaks", scope=str(scope), **_instants(span)))


def _instants(span: Span) -> dict[str, str]:
    return {"from": span.start.isoformat(), "to": span.end.isoformat()}


def _then(as_of: datetime | None) -> dict[str, str]:
    return {} if as_of is None else {"as_of": as_of.isoformat()}


@contextmanager
def load_answers(settings: Settings) -> Iterator[LoadAnswers]:
    """The store itself where it can be opened, else the server that holds it."""
    zone = settings.district.zone
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            yield ServerAnswers(held, zone)
        else:
            yield StoreAnswers(open_questions(settings, held.store, held.ledger, held.clock), zone)
