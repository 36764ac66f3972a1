"""Notices in the ledger: written once with the ways they take, read by what they are about, answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from domain.clock import Clock
from domain.errors import Conflict, NotFound
from domain.instants import from_ms, to_ms
from domain.notices import Delivery, DeliveryReason, Notice, Recipient, Reply
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.notice_rows import delivery_of, delivery_row, kept_notice, notice_row, reply_of, reply_row
from storage.ledger.notice_tables import delivery, notice, reply, signing_key
from storage.ledger.outbox import Outbox, spare
from storage.ledger.pages import page_of, parse_serial
from storage.notice_ports import KeptNotice, Planned
from storage.page import Page


def _cursor_of(kept: KeptNotice) -> str:
    return f"{to_ms(kept.made_at)}~{kept.notice.id}"


def _after(cursor: str) -> sa.ColumnElement[bool]:
    stamp, _, ident = cursor.partition("~")
    at = from_ms(parse_serial(stamp[:15]))
    return sa.or_(notice.c.made_at < at, sa.and_(notice.c.made_at == at, notice.c.id < ident))


class SqlNotices(Outbox):
    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database)
        self._clock = clock

    def put(self, actor: str, notices: Sequence[tuple[Notice, Sequence[Planned]]], at: datetime) -> int:
        # Whole milliseconds, so that a cursor names the instant exactly.
        at = from_ms(to_ms(at))
        ids = [each.id for each, _ in notices]
        with self._database.writing() as connection:
            known = set(connection.execute(sa.select(notice.c.id).where(notice.c.id.in_(ids))).scalars())
            fresh = {each.id: (each, planned) for each, planned in notices if each.id not in known}
            if not fresh:
                return 0
            connection.execute(sa.insert(notice), [notice_row(each, actor, at) for each, _ in fresh.values()])
            rows = [delivery_row(each, way, at) for each, planned in fresh.values() for way in planned]
            if rows:
                connection.execute(sa.insert(delivery), rows)
            traces = [_trace(each) for each, _ in fresh.values()]
            write_traces(connection, self._clock, actor, traces)
            return len(fresh)

    def notice(self, notice_id: str) -> KeptNotice | None:
        with self._database.reading() as connection:
            row = connection.execute(sa.select(notice).where(notice.c.id == notice_id)).mappings().one_or_none()
        return None if row is None else kept_notice(row)

    def notices(
        self,
        *,
        reference: str | None = None,
        recipient: Recipient | None = None,
        kind: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[KeptNotice]:
        wanted: list[sa.ColumnElement[bool]] = [sa.true()]
        if reference is not None:
            wanted.append(notice.c.reference == reference)
        if recipient is not None:
            wanted.append(notice.c.recipient == str(recipient))
        if kind is not None:
            wanted.append(notice.c.kind.startswith(kind, autoescape=True))
        return page_of(
            self._database,
            notice,
            wanted=sa.and_(*wanted),
            after=_after(cursor) if cursor is not None else sa.true(),
            order=(notice.c.made_at.desc(), notice.c.id.desc()),
            limit=limit,
            make=kept_notice,
            cursor_of=_cursor_of,
        )

    def deliveries(self, notice_ids: Sequence[str]) -> list[Delivery]:
        query = sa.select(delivery).where(delivery.c.notice.in_(notice_ids)).order_by(delivery.c.id)
        with self._database.reading() as connection:
            return [delivery_of(row) for row in connection.execute(query).mappings()]

    def said_since(self, recipient: Recipient, kind: str, reference: str, since: datetime) -> list[KeptNotice]:
        query = sa.select(notice).where(
            notice.c.recipient == str(recipient),
            notice.c.kind == kind,
            notice.c.reference == reference,
            notice.c.made_at >= since,
        )
        with self._database.reading() as connection:
            return [kept_notice(row) for row in connection.execute(query).mappings()]

    def put_reply(self, given: Reply, *, nonce: str | None = None) -> Reply:
        row = reply_row(given, nonce)
        with self._database.writing() as connection:
            if nonce is not None and connection.execute(sa.select(reply.c.id).where(reply.c.nonce == nonce)).first():
                raise Conflict("this answer was already recorded")
            key = connection.execute(sa.insert(reply).values(row)).inserted_primary_key
            assert key is not None
            kept = {k: v for k, v in row.items() if v not in (None, "", []) and k != "nonce"}
            write_traces(connection, self._clock, given.actor, [Trace("notice.reply", f"reply:{key[0]}", None, kept)])
            if given.counts:
                spare(connection, given.notice_id, DeliveryReason.ANSWERED, self._clock.now())
            found = connection.execute(sa.select(reply).where(reply.c.id == key[0])).mappings().one()
            return reply_of(found)

    def replies(self, *, reference: str | None = None, notice_id: str | None = None) -> list[Reply]:
        query = sa.select(reply).order_by(reply.c.id)
        if reference is not None:
            query = query.where(reply.c.reference == reference)
        if notice_id is not None:
            query = query.where(reply.c.notice == notice_id)
        with self._database.reading() as connection:
            return [reply_of(row) for row in connection.execute(query).mappings()]

    def reply(self, reply_id: int) -> Reply | None:
        with self._database.reading() as connection:
            row = connection.execute(sa.select(reply).where(reply.c.id == reply_id)).mappings().one_or_none()
        return None if row is None else reply_of(row)

    def undo_reply(self, actor: str, reply_id: int, at: datetime) -> Reply:
        with self._database.writing() as connection:
            row = connection.execute(sa.select(reply).where(reply.c.id == reply_id)).mappings().one_or_none()
            if row is None:
                raise NotFound(f"there is no answer {reply_id}")
            if row["undone_by"] is not None:
                raise Conflict(f"answer {reply_id} was taken back already, by {row['undone_by']}")
            connection.execute(sa.update(reply).where(reply.c.id == reply_id).values(undone_by=actor, undone_at=at))
            trace = Trace("notice.reply.undo", f"reply:{reply_id}", {"undone": False}, {"undone": True})
            write_traces(connection, self._clock, actor, [trace])
            return reply_of({**row, "undone_by": actor})

    def signing_secret(self, purpose: str, fresh: str, at: datetime) -> str:
        query = sa.select(signing_key.c.secret).where(signing_key.c.purpose == purpose)
        with self._database.reading() as connection:
            known = connection.execute(query).scalar_one_or_none()
        if known is not None:
            return str(known)
        with self._database.writing() as connection:
            known = connection.execute(query).scalar_one_or_none()
            if known is None:
                connection.execute(sa.insert(signing_key).values(purpose=purpose, secret=fresh, made_at=at))
            return fresh if known is None else str(known)


def _trace(each: Notice) -> Trace:
    told = {
        "kind": each.kind,
        "class": each.notice_class.value,
        "recipient": str(each.recipient),
        "reference": each.reference,
        "drill": each.drill,
        "confirmed_by": each.confirmed_by,
    }
    return Trace("notice.send", f"notice:{each.id}", None, told)
