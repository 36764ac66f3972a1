"""Routes, silences, the duty roster and escalations in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.alerts import Severity
from domain.clock import Clock
from domain.duty import Called, Escalation, EscalationState, Route, Shift, Silence
from domain.errors import Conflict, NotFound
from domain.instants import Span, from_ms, to_ms
from domain.notices import Recipient
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.notice_tables import duty_shift, escalation, route, silence


class SqlDuty:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def routes(self, recipient: Recipient | None = None) -> list[Route]:
        query = sa.select(route).order_by(route.c.recipient, route.c.step, route.c.id)
        if recipient is not None:
            query = query.where(route.c.recipient == str(recipient))
        with self._database.reading() as connection:
            return [_route(row) for row in connection.execute(query).mappings()]

    def put_routes(self, actor: str, recipient: Recipient, routes: Sequence[Route], at: datetime) -> list[Route]:
        mine = route.c.recipient == str(recipient)
        with self._database.writing() as connection:
            before = [_route(row) for row in connection.execute(sa.select(route).where(mine)).mappings()]
            connection.execute(sa.delete(route).where(mine))
            if routes:
                connection.execute(sa.insert(route), [_route_row(each, recipient, actor, at) for each in routes])
            trace = Trace("routes.put", f"recipient:{recipient}", _told(before) or None, _told(routes) or None)
            write_traces(connection, self._clock, actor, [trace])
            rows = connection.execute(sa.select(route).where(mine).order_by(route.c.step, route.c.id))
            return [_route(row) for row in rows.mappings()]

    def silences(self, at: datetime | None = None) -> list[Silence]:
        query = sa.select(silence).order_by(silence.c.id.desc()).limit(1_000)
        if at is not None:
            query = query.where(silence.c.start <= at, silence.c.end > at)
        with self._database.reading() as connection:
            return [_silence(row) for row in connection.execute(query).mappings()]

    def add_silence(self, given: Silence) -> Silence:
        row = _silence_row(given)
        with self._database.writing() as connection:
            key = connection.execute(sa.insert(silence).values(row)).inserted_primary_key
            assert key is not None
            after = {**row, "start": given.start.isoformat(), "end": given.end.isoformat()}
            write_traces(connection, self._clock, given.actor, [Trace("silence.add", f"silence:{key[0]}", None, after)])
            found = connection.execute(sa.select(silence).where(silence.c.id == key[0])).mappings().one()
            return _silence(found)

    def end_silence(self, actor: str, silence_id: int, at: datetime) -> Silence:
        mine = silence.c.id == silence_id
        with self._database.writing() as connection:
            row = connection.execute(sa.select(silence).where(mine)).mappings().one_or_none()
            if row is None:
                raise NotFound(f"there is no silence {silence_id}")
            if row["end"] <= at:
                raise Conflict(f"silence {silence_id} is over since {row['end'].isoformat()}")
            # One that has not begun ends a moment after its start: a silence without a length is none.
            ends = max(at, from_ms(to_ms(row["start"]) + 1))
            connection.execute(sa.update(silence).where(mine).values(end=ends))
            told = Trace(
                "silence.end", f"silence:{silence_id}", {"end": row["end"].isoformat()}, {"end": ends.isoformat()}
            )
            write_traces(connection, self._clock, actor, [told])
            return _silence({**row, "end": ends})

    def shifts(self, span: Span) -> list[Shift]:
        query = (
            sa.select(duty_shift)
            .where(duty_shift.c.start < span.end, duty_shift.c.end > span.start)
            .order_by(duty_shift.c.start, duty_shift.c.rank, duty_shift.c.id)
        )
        with self._database.reading() as connection:
            return [_shift(row) for row in connection.execute(query).mappings()]

    def put_shifts(self, actor: str, span: Span, shifts: Sequence[Shift], at: datetime) -> list[Shift]:
        inside = sa.and_(duty_shift.c.start >= span.start, duty_shift.c.start < span.end)
        with self._database.writing() as connection:
            before = connection.execute(sa.delete(duty_shift).where(inside)).rowcount
            rows = [
                {"user_name": s.user, "rank": s.rank, "start": s.start, "end": s.end, "actor": actor, "at": at}
                for s in shifts
            ]
            if rows:
                connection.execute(sa.insert(duty_shift), rows)
            told = {"shifts": [[s.user, s.rank, s.start.isoformat(), s.end.isoformat()] for s in shifts]}
            subject = f"roster:{span.start.isoformat()}"
            write_traces(connection, self._clock, actor, [Trace("roster.put", subject, {"shifts": before}, told)])
        return self.shifts(span)

    def escalation(self, alert: str) -> Escalation | None:
        with self._database.reading() as connection:
            query = sa.select(escalation).where(escalation.c.alert == alert)
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _escalation(row)

    def escalations(self, *, open_only: bool, limit: int = 100) -> list[Escalation]:
        query = sa.select(escalation).order_by(escalation.c.started_at.desc()).limit(limit)
        if open_only:
            query = query.where(escalation.c.state != EscalationState.CLOSED.value)
        with self._database.reading() as connection:
            return [_escalation(row) for row in connection.execute(query).mappings()]

    def save_escalation(self, found: Escalation) -> None:
        row = {
            "alert": found.alert,
            "state": found.state.value,
            "called": [[call.user, to_ms(call.at), call.round] for call in found.called],
            "round": found.round,
            "started_at": found.started_at,
            "next_at": found.next_at,
            "acknowledged_by": found.acknowledged_by,
            "acknowledged_at": found.acknowledged_at,
            "closed_at": found.closed_at,
        }
        with self._database.writing() as connection:
            mine = escalation.c.alert == found.alert
            if connection.execute(sa.update(escalation).where(mine).values(row)).rowcount == 0:
                connection.execute(sa.insert(escalation).values(row))


def _route(row: Mapping[Any, Any]) -> Route:
    least = Severity(row["alerts_from"]) if row["alerts_from"] else None
    return Route(Recipient.parse(row["recipient"]), row["channel"], row["address"], row["step"], least, row["id"])


def _route_row(each: Route, recipient: Recipient, actor: str, at: datetime) -> dict[str, Any]:
    return {
        "recipient": str(recipient),
        "channel": each.channel,
        "address": each.address,
        "step": each.step,
        "alerts_from": each.alerts_from.value if each.alerts_from else "",
        "actor": actor,
        "at": at,
    }


def _told(routes: Sequence[Route]) -> dict[str, Any]:
    return {f"{n}": f"{r.step} {r.channel} {r.address} {r.alerts_from or ''}".strip() for n, r in enumerate(routes)}


def _silence(row: Mapping[Any, Any]) -> Silence:
    return Silence(
        kind=row["kind"],
        recipient=row["recipient"],
        reference=row["scope"],
        start=row["start"],
        end=row["end"],
        reason=row["reason"],
        actor=row["actor"],
        id=row["id"],
    )


def _silence_row(given: Silence) -> dict[str, Any]:
    return {
        "kind": given.kind,
        "recipient": given.recipient,
        "scope": given.reference,
        "start": given.start,
        "end": given.end,
        "reason": given.reason,
        "actor": given.actor,
    }


def _shift(row: Mapping[Any, Any]) -> Shift:
    return Shift(row["user_name"], row["start"], row["end"], row["rank"], row["id"])


def _escalation(row: Mapping[Any, Any]) -> Escalation:
    return Escalation(
        alert=row["alert"],
        state=EscalationState(row["state"]),
        started_at=row["started_at"],
        called=tuple(Called(user, from_ms(at_ms), turn) for user, at_ms, turn in row["called"]),
        round=row["round"],
        next_at=row["next_at"],
        acknowledged_by=row["acknowledged_by"],
        acknowledged_at=row["acknowledged_at"],
        closed_at=row["closed_at"],
    )
