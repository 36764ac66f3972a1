"""The outbox: messages whose turn it is, and what became of them, one commit for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.notices import DeliveryReason, DeliveryState, NoticeClass
from storage.ledger.database import Database
from storage.ledger.notice_rows import delivery_of, kept_notice
from storage.ledger.notice_tables import delivery, notice
from storage.notice_ports import Moved, Queued

_WAITING, _SENDING, _STANDBY = (s.value for s in (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.STANDBY))
_BOTH = [*(c.label(f"notice_{c.name}") for c in notice.c), *delivery.c]


class Outbox:
    """See ``NoticeLedger`` for what each call promises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, channel: str, now_ms: int, limit: int) -> list[Queued]:
        query = (
            sa.select(*_BOTH)
            .join(notice, notice.c.id == delivery.c.notice)
            .where(delivery.c.state == _WAITING, delivery.c.channel == channel, delivery.c.due_ms <= now_ms)
            .order_by(delivery.c.priority.desc(), delivery.c.due_ms, delivery.c.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [Queued(delivery_of(r), kept_notice({c.name: r[f"notice_{c.name}"] for c in notice.c})) for r in rows]

    def advance(self, moved: Sequence[Moved], take: Sequence[int], at: datetime, now_ms: int) -> bool:
        with self._database.writing() as connection:
            for each in moved:
                _move(connection, each, at, now_ms)
            if not take:
                return True
            taken = {"state": _SENDING, "changed_at": at, "message": min(take) if len(take) > 1 else None}
            waiting = sa.and_(delivery.c.id.in_(take), delivery.c.state == _WAITING)
            held = connection.execute(sa.select(sa.func.count()).select_from(delivery).where(waiting)).scalar_one()
            if held != len(take):
                return False
            connection.execute(sa.update(delivery).where(waiting).values(taken))
            return True

    def recover(self, channel: str, at: datetime) -> int:
        values = {"state": _WAITING, "reason": DeliveryReason.INTERRUPTED.value, "changed_at": at}
        where = sa.and_(delivery.c.state == _SENDING, delivery.c.channel == channel)
        with self._database.writing() as connection:
            return int(connection.execute(sa.update(delivery).where(where).values(values)).rowcount)

    def open_unanswered(self, now_ms: int, at: datetime) -> int:
        where = sa.and_(delivery.c.state == _STANDBY, delivery.c.due_ms > 0, delivery.c.due_ms <= now_ms)
        with self._database.reading() as connection:
            if not connection.execute(sa.select(sa.func.count()).select_from(delivery).where(where)).scalar_one():
                return 0
        values = {"state": _WAITING, "reason": DeliveryReason.UNANSWERED.value, "changed_at": at}
        with self._database.writing() as connection:
            return int(connection.execute(sa.update(delivery).where(where).values(values)).rowcount)

    def sent_since(self, channel: str, address: str, since: datetime) -> int:
        wanted = [
            delivery.c.channel == channel,
            delivery.c.sent_at >= since,
            delivery.c.priority == NoticeClass.INFORMATION.priority,
        ]
        if address:
            wanted.append(delivery.c.address == address)
        # Messages that went out as one count once.
        counted = sa.func.count(sa.distinct(sa.func.coalesce(delivery.c.message, delivery.c.id)))
        with self._database.reading() as connection:
            return int(connection.execute(sa.select(counted).where(*wanted)).scalar_one())

    def waiting(self) -> dict[str, int]:
        query = (
            sa.select(delivery.c.channel, sa.func.count())
            .where(delivery.c.state.in_([_WAITING, _SENDING]))
            .group_by(delivery.c.channel)
        )
        with self._database.reading() as connection:
            return {channel: int(count) for channel, count in connection.execute(query)}


def _move(connection: Connection, moved: Moved, at: datetime, now_ms: int) -> None:
    values: dict[str, Any] = {
        "state": moved.state.value,
        "reason": moved.reason.value,
        "due_ms": moved.due_ms,
        "note": moved.note,
        "changed_at": at,
    }
    if moved.attempted:
        values["attempts"] = delivery.c.attempts + 1
    if moved.state is DeliveryState.SENT:
        values |= {"proof": moved.proof, "sent_at": at}
    connection.execute(sa.update(delivery).where(delivery.c.id.in_(moved.ids)).values(values))
    if moved.open_next or moved.spare:
        chosen = sa.select(delivery.c.notice).where(delivery.c.id.in_(moved.ids))
        for notice_id in connection.execute(chosen).scalars().all():
            if moved.open_next:
                _open_next(connection, notice_id, at, now_ms)
            if moved.spare:
                spare(connection, notice_id, DeliveryReason.DELIVERED, at)


def _open_next(connection: Connection, notice_id: str, at: datetime, now_ms: int) -> None:
    standing = sa.and_(delivery.c.notice == notice_id, delivery.c.state == _STANDBY)
    first = sa.select(sa.func.min(delivery.c.step)).where(standing).scalar_subquery()
    values = {
        "state": _WAITING,
        "reason": DeliveryReason.SECOND_CHANNEL.value,
        "due_ms": now_ms,
        "changed_at": at,
    }
    ids = connection.execute(sa.select(delivery.c.id).where(standing, delivery.c.step == first)).scalars().all()
    connection.execute(sa.update(delivery).where(delivery.c.id.in_(ids)).values(values))


def spare(connection: Connection, notice_id: str, reason: DeliveryReason, at: datetime) -> None:
    """Ways that stand by, or are tried again after a failure, have nothing left to do."""
    left = sa.or_(
        delivery.c.state == _STANDBY,
        sa.and_(delivery.c.state == _WAITING, delivery.c.attempts > 0),
        sa.and_(delivery.c.state == _WAITING, delivery.c.step > 0),
    )
    values = {"state": DeliveryState.UNNEEDED.value, "reason": reason.value, "changed_at": at}
    connection.execute(sa.update(delivery).where(delivery.c.notice == notice_id, left).values(values))
