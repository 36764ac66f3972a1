"""Demand response for the command line: over ledger and store, or asked of the server that holds the DuckDB file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from api.routes.dr_moves import make
from api.schemas.dr import DrillIn, EventIn, EventList, EventOut, MoveIn, SelectionOut
from api.schemas.dr_pace import PaceOut
from api.schemas.dr_records import GrantList
from api.schemas.dr_settlement import AnswerIn, ObjectionIn, ObjectionList, ObjectionOut, SettlementList
from api.schemas.review import ReviewOut
from app.bus import InProcessBus
from app.delivery import open_notices
from app.dr import open_dr_offline
from app.held_store import store_or_server
from app.local_server import LocalServer
from config.settings import Settings
from domain.people import Principal, Role
from response.dr.service import DemandResponse


class DrAnswers(Protocol):
    def events(self) -> EventList: ...

    def event(self, event: str) -> EventOut: ...

    def create(self, body: EventIn) -> EventOut: ...

    def drill(self, body: DrillIn) -> EventOut: ...

    def candidates(self, event: str) -> SelectionOut: ...

    def move(self, event: str, body: MoveIn) -> EventOut: ...

    def pace(self, event: str) -> PaceOut: ...

    def settlements(self, event: str) -> SettlementList: ...

    def paper(self, event: str, kind: str, form: str) -> bytes: ...

    def review(self, day: date) -> ReviewOut: ...

    def review_paper(self, day: date, form: str) -> bytes: ...

    def grants(self, year: int) -> GrantList: ...

    def grants_paper(self, year: int, form: str) -> bytes: ...

    def objections(self, event: str) -> ObjectionList: ...

    def object(self, event: str, body: ObjectionIn) -> ObjectionList: ...

    def answer(self, event: str, objection: int, body: AnswerIn) -> ObjectionList: ...

    def evidence(self, event: str) -> bytes: ...


class StoreDr:
    """Asked as ``who``: whoever can write the ledger's file may decide over it."""

    def __init__(self, dr: DemandResponse, who: Principal, zone: ZoneInfo) -> None:
        self._dr = dr
        self._who = who
        self._zone = zone

    def events(self) -> EventList:
        page = self._dr.book.list(self._who)
        items = [EventOut.of(each, self._zone) for each in page.items]
        return EventList(items=items, next_cursor=page.next_cursor, total=page.total)

    def event(self, event: str) -> EventOut:
        return EventOut.of(self._dr.book.get(self._who, event), self._zone)

    def create(self, body: EventIn) -> EventOut:
        return EventOut.of(self._dr.desk.create(self._who, body.new_event()), self._zone)

    def drill(self, body: DrillIn) -> EventOut:
        return EventOut.of(self._dr.drill.begin(self._who, body.programme, body.target_kw), self._zone)

    def candidates(self, event: str) -> SelectionOut:
        return SelectionOut.of(self._dr.desk.candidates(self._who, event))

    def move(self, event: str, body: MoveIn) -> EventOut:
        return EventOut.of(make(self._dr, self._who, event, body), self._zone)

    def pace(self, event: str) -> PaceOut:
        return PaceOut.of(self._dr.pace.pace(self._dr.book.get(self._who, event)), self._zone, reveal=True)

    def settlements(self, event: str) -> SettlementList:
        return SettlementList.of(event, self._dr.settlements.all(self._who, event), self._zone)

    def paper(self, event: str, kind: str, form: str) -> bytes:
        return self._dr.archive.rendered(self._dr.archive.paper(self._who, event, kind), form)

    def review(self, day: date) -> ReviewOut:
        return ReviewOut.of(self._dr.review.review(self._who, day), self._zone)

    def review_paper(self, day: date, form: str) -> bytes:
        return self._dr.archive.rendered(self._dr.review.paper(self._who, day), form)

    def grants(self, year: int) -> GrantList:
        return GrantList.of(self._dr.archive.grants(self._who, year))

    def grants_paper(self, year: int, form: str) -> bytes:
        return self._dr.archive.rendered(self._dr.archive.grants_paper(self._who, year), form)

    def objections(self, event: str) -> ObjectionList:
        found = self._dr.settlements.objections(self._who, event)
        return ObjectionList(items=[ObjectionOut.of(each, self._zone) for each in found])

    def object(self, event: str, body: ObjectionIn) -> ObjectionList:
        self._dr.settlements.object(self._who, event, body.enterprise, body.text)
        return self.objections(event)

    def answer(self, event: str, objection: int, body: AnswerIn) -> ObjectionList:
        self._dr.settlements.answer(self._who, event, objection, body.text)
        return self.objections(event)

    def evidence(self, event: str) -> bytes:
        return self._dr.archive.evidence(self._who, event)


class ServerDr:
    """The same asked over the running server's API."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server

    def events(self) -> EventList:
        return EventList.model_validate(self._server.get("dr/events"))

    def event(self, event: str) -> EventOut:
        return EventOut.model_validate(self._server.get(f"dr/events/{event}"))

    def create(self, body: EventIn) -> EventOut:
        return EventOut.model_validate(self._server.post("dr/events", body.model_dump(mode="json")))

    def drill(self, body: DrillIn) -> EventOut:
        return EventOut.model_validate(self._server.post("dr/drills", body.model_dump(mode="json")))

    def candidates(self, event: str) -> SelectionOut:
        return SelectionOut.model_validate(self._server.get(f"dr/events/{event}/candidates"))

    def move(self, event: str, body: MoveIn) -> EventOut:
        return EventOut.model_validate(self._server.post(f"dr/events/{event}/moves", body.model_dump(mode="json")))

    def pace(self, event: str) -> PaceOut:
        return PaceOut.model_validate(self._server.get(f"dr/events/{event}/pace"))

    def settlements(self, event: str) -> SettlementList:
        return SettlementList.model_validate(self._server.get(f"dr/events/{event}/settlements"))

    def paper(self, event: str, kind: str, form: str) -> bytes:
        return self._server.get_bytes(f"dr/events/{event}/papers/{kind}", form=form)

    def review(self, day: date) -> ReviewOut:
        return ReviewOut.model_validate(self._server.get("dr/review", day=day.isoformat()))

    def review_paper(self, day: date, form: str) -> bytes:
        return self._server.get_bytes("dr/review/paper", day=day.isoformat(), form=form)

    def grants(self, year: int) -> GrantList:
        return GrantList.model_validate(self._server.get("dr/grants", year=str(year)))

    def grants_paper(self, year: int, form: str) -> bytes:
        return self._server.get_bytes("dr/grants/paper", year=str(year), form=form)

    def objections(self, event: str) -> ObjectionList:
        return ObjectionList.model_validate(self._server.get(f"dr/events/{event}/objections"))

    def object(self, event: str, body: ObjectionIn) -> ObjectionList:
        self._server.post(f"dr/events/{event}/objections", body.model_dump(mode="json"))
        return self.objections(event)

    def answer(self, event: str, objection: int, body: AnswerIn) -> ObjectionList:
        self._server.post(f"dr/events/{event}/objections/{objection}/answer", body.model_dump(mode="json"))
        return self.objections(event)

    def evidence(self, event: str) -> bytes:
        return self._server.get_bytes(f"dr/events/{event}/evidence")


@contextmanager
def dr_answers(settings: Settings, who: str) -> Iterator[DrAnswers]:
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            yield ServerDr(held)
            return
        notices = open_notices(settings, held.ledger, held.clock, held.clock, InProcessBus())
        dr = open_dr_offline(settings, held.store, held.ledger, held.clock, notices)
        yield StoreDr(dr, Principal(who, Role.ADMINISTRATOR), settings.district.zone)
