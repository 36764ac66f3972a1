"""Demand response in the ledger: contracts and events. What is kept beside an event stands in ``dr_records``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from domain.clock import Clock
from domain.dr import Contract, DrEvent, EventKind, Participant, Terms
from domain.dr_records import Step
from domain.dr_states import EventState, Move
from domain.errors import Conflict
from domain.ids import AccountId
from domain.notices import Answer
from storage.ledger import dr_tables as tables
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.dr_records import SqlDrRecords
from storage.ledger.pages import page_of
from storage.page import Page

_EVENT = ("id", "version", "title", "start_ms", "end_ms", "target_kw", "reply_by_ms", "drill", "document")


class SqlDr(SqlDrRecords):
    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)

    def put_contracts(self, actor: str, source: str, contracts: Sequence[Contract]) -> None:
        at = self._clock.now()
        rows = [{**asdict(each), "source": source, "actor": actor, "at": at} for each in contracts]
        traces = [
            Trace("dr_contract.put", f"account:{each.account}", None, msgspec.to_builtins(each)) for each in contracts
        ]
        with self._database.writing() as connection:
            write_traces(connection, self._clock, actor, traces)
            if rows:
                connection.execute(sa.insert(tables.contract), rows)

    def contracts(self, day: date, programme: str | None = None) -> list[Contract]:
        table = tables.contract
        query = sa.select(table).where(table.c.valid_from <= day).order_by(table.c.valid_from, table.c.id)
        if programme is not None:
            query = query.where(table.c.programme == programme)
        newest: dict[tuple[str, str, date], Contract] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query).mappings():
                newest[row["account"], row["programme"], row["valid_from"]] = _contract(row)
        found = {(each.account, each.programme): each for each in newest.values() if each.in_force(day)}
        return [found[key] for key in sorted(found)]

    def save(self, event: DrEvent, move: Move, actor: str, *, at_ms: int, note: str = "") -> DrEvent:
        made = replace(event, version=event.version + 1)
        table = tables.event
        with self._database.writing() as connection:
            known = self._event(connection, event.id)
            if (0 if known is None else known.version) != event.version:
                raise Conflict(self._overtaken(connection, event))
            if known is None:
                connection.execute(sa.insert(table), _event_row(made) | {"actor": actor, "at": self._clock.now()})
            else:
                changed = _event_row(made) | {"actor": actor, "at": self._clock.now()}
                connection.execute(sa.update(table).where(table.c.id == event.id).values(changed))
                connection.execute(sa.delete(tables.participant).where(tables.participant.c.event == event.id))
            if made.participants:
                rows = [_participant_row(made.id, place, each) for place, each in enumerate(made.participants)]
                connection.execute(sa.insert(tables.participant), rows)
            before = EventState.DRAFT if known is None else known.state
            step = Step(made.id, made.version, move, before, made.state, actor, at_ms, note)
            connection.execute(sa.insert(tables.step), asdict(step))
            trace = Trace(
                f"dr.{move}", f"dr:{made.id}", None if known is None else _told(known), _told(made) | {"note": note}
            )
            write_traces(connection, self._clock, actor, [trace])
        return made

    def event(self, event_id: str) -> DrEvent | None:
        with self._database.reading() as connection:
            return self._event(connection, event_id)

    def events(
        self, *, states: Sequence[EventState] | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[DrEvent]:
        table = tables.event
        key = sa.func.printf("%015d", table.c.start_ms) if self._database.is_sqlite else _padded(table.c.start_ms)
        place = key + "~" + table.c.id
        page = page_of(
            self._database,
            table,
            wanted=sa.true() if states is None else table.c.state.in_([str(each) for each in states]),
            after=sa.true() if cursor is None else place < cursor,
            order=(place.desc(),),
            limit=limit,
            make=_event,
            cursor_of=lambda item: f"{item.start_ms:015d}~{item.id}",
        )
        with self._database.reading() as connection:
            return Page(tuple(_peopled(connection, each) for each in page.items), page.next_cursor, page.total)

    def events_between(self, start_ms: int, end_ms: int) -> list[DrEvent]:
        table = tables.event
        query = sa.select(table).where(table.c.start_ms >= start_ms, table.c.start_ms < end_ms)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.c.start_ms, table.c.id)).mappings().all()
            return [_peopled(connection, _event(row)) for row in rows]

    def steps(self, event_id: str) -> list[Step]:
        table = tables.step
        with self._database.reading() as connection:
            query = sa.select(table).where(table.c.event == event_id).order_by(table.c.id)
            return [
                Step(
                    event=row["event"],
                    version=row["version"],
                    move=Move(row["move"]),
                    before=EventState(row["before"]),
                    after=EventState(row["after"]),
                    actor=row["actor"],
                    at_ms=row["at_ms"],
                    note=row["note"],
                )
                for row in connection.execute(query).mappings()
            ]

    def _event(self, connection: Connection, event_id: str) -> DrEvent | None:
        row = connection.execute(sa.select(tables.event).where(tables.event.c.id == event_id)).mappings().one_or_none()
        return None if row is None else _peopled(connection, _event(row))

    def _overtaken(self, connection: Connection, event: DrEvent) -> str:
        query = sa.select(tables.step).where(tables.step.c.event == event.id).order_by(tables.step.c.id.desc()).limit(1)
        last = connection.execute(query).mappings().one_or_none()
        who, what = ("—", "—") if last is None else (last["actor"], last["move"])
        return (
            f"事件 {event.id} 刚被 {who} 修改（{what}），请刷新后再试 / event {event.id} was changed by {who} ({what}) "
            f"since you looked: look again, then decide"
        )


def _padded(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    return sa.func.lpad(sa.cast(column, sa.Text), 15, "0")


def _contract(row: RowMapping) -> Contract:
    return Contract(
        account=AccountId(row["account"]),
        programme=row["programme"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        contracted_kw=row["contracted_kw"],
        aggregator=row["aggregator"],
        number=row["number"],
    )


def _event(row: RowMapping) -> DrEvent:
    return DrEvent(
        kind=EventKind(row["kind"]),
        state=EventState(row["state"]),
        terms=msgspec.convert(row["terms"], Terms),
        announced_ms=row["announced_ms"],
        **{name: row[name] for name in _EVENT},
    )


def _peopled(connection: Connection, event: DrEvent) -> DrEvent:
    table = tables.participant
    rows = connection.execute(sa.select(table).where(table.c.event == event.id).order_by(table.c.place)).mappings()
    skip = ("event", "place", "answer", "accounts")
    found = [
        Participant(
            answer=None if row["answer"] is None else Answer(row["answer"]),
            accounts=tables.accounts_of(row["accounts"]),
            **{name: value for name, value in row.items() if name not in skip},
        )
        for row in rows
    ]
    return replace(event, participants=tuple(found))


def _event_row(event: DrEvent) -> dict[str, Any]:
    row = {name: getattr(event, name) for name in _EVENT}
    row |= {"kind": str(event.kind), "state": str(event.state), "terms": msgspec.to_builtins(event.terms)}
    return row | {"announced_ms": event.announced_ms}


def _participant_row(event_id: str, place: int, each: Participant) -> dict[str, Any]:
    row = asdict(each) | {"event": event_id, "place": place, "accounts": tables.accounts_text(each.accounts)}
    return row | {"answer": None if each.answer is None else str(each.answer)}


def _told(event: DrEvent) -> dict[str, Any]:
    """For the audit log: the event without its terms, which do not change."""
    told: dict[str, Any] = msgspec.to_builtins(event)
    del told["terms"]
    return told
