"""Changes of readings by rules and people, and what the rules found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from domain.clock import Clock
from domain.errors import Conflict, NotFound
from domain.instants import Span, from_ms
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.pages import page_of, parse_serial
from storage.ledger.revision_tables import vee_change, vee_flag
from storage.page import Page
from storage.vee_ports import DONE, OPEN, FlagRow, VeeChange

MOST_NAMED = 50
METERS_PER_STATEMENT = 500


def _change(row: RowMapping) -> VeeChange:
    return VeeChange(
        row["id"],
        row["at"],
        row["actor"],
        row["kind"],
        row["reason"],
        tuple(row["meters"]),
        Span(from_ms(row["start_ms"]), from_ms(row["end_ms"])),
        row["undoes"],
        row["rows"],
        row["state"],
    )


def _flag(row: RowMapping) -> FlagRow:
    return FlagRow(**{name: row[name] for name in FlagRow.__slots__})


class SqlVee:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(
        self, actor: str, kind: str, reason: str, meters: Sequence[str], span: Span, *, undoes: int | None = None
    ) -> VeeChange:
        change = VeeChange(0, self._clock.now(), actor, kind, reason, tuple(meters), span, undoes)
        values = {
            "at": change.at,
            "actor": actor,
            "kind": kind,
            "reason": reason,
            "meters": list(meters),
            "start_ms": span.start_ms,
            "end_ms": span.end_ms,
            "undoes": undoes,
            "rows": 0,
            "state": OPEN,
        }
        subject = f"meter:{meters[0]}" if len(meters) == 1 else "vee"
        after = {
            "meters": list(meters[:MOST_NAMED]),
            "meter_count": len(meters),
            "from": span.start.isoformat(),
            "to": span.end.isoformat(),
            "reason": reason,
            "undoes": undoes,
        }
        with self._database.writing() as connection:
            made = connection.execute(sa.insert(vee_change).returning(vee_change.c.id), values).scalar_one()
            write_traces(
                connection, self._clock, actor, [Trace(f"vee.{kind}", subject, None, after | {"change": made})]
            )
        return replace(change, id=made)

    def finish(self, change_id: int, rows: int) -> None:
        with self._database.writing() as connection:
            connection.execute(sa.update(vee_change).where(vee_change.c.id == change_id).values(rows=rows, state=DONE))

    def change(self, change_id: int) -> VeeChange | None:
        with self._database.reading() as connection:
            query = sa.select(vee_change).where(vee_change.c.id == change_id)
            row = connection.execute(query).mappings().one_or_none()
        return _change(row) if row is not None else None

    def changes(self, *, meter: str | None = None, cursor: str | None = None, limit: int = 100) -> Page[VeeChange]:
        # Names of meters are plain, so that a name between quotes is only itself.
        holds = sa.cast(vee_change.c.meters, sa.Text).contains(f'"{meter}"', autoescape=True)
        return page_of(
            self._database,
            vee_change,
            wanted=sa.true() if meter is None else holds,
            after=vee_change.c.id < parse_serial(cursor) if cursor is not None else sa.true(),
            order=(vee_change.c.id.desc(),),
            limit=limit,
            make=_change,
            cursor_of=lambda change: str(change.id),
        )

    def unfinished(self) -> list[VeeChange]:
        with self._database.reading() as connection:
            query = sa.select(vee_change).where(vee_change.c.state == OPEN).order_by(vee_change.c.id)
            return [_change(row) for row in connection.execute(query).mappings()]

    def replace_flags(self, meters: Sequence[str], span: Span, flags: Sequence[FlagRow]) -> None:
        at = self._clock.now()
        with self._database.writing() as connection:
            kept: dict[tuple[str, str, int], RowMapping] = {}
            for first in range(0, len(meters), METERS_PER_STATEMENT):
                inside = sa.and_(
                    vee_flag.c.meter.in_(list(meters[first : first + METERS_PER_STATEMENT])),
                    vee_flag.c.start_ms >= span.start_ms,
                    vee_flag.c.start_ms < span.end_ms,
                )
                rows = connection.execute(sa.select(vee_flag).where(inside)).mappings()
                kept |= {(row["meter"], row["rule"], row["start_ms"]): row for row in rows}
                connection.execute(sa.delete(vee_flag).where(inside))
            values = []
            for flag in {(f.meter, f.rule, f.start_ms): f for f in flags}.values():
                before = kept.get((flag.meter, flag.rule, flag.start_ms))
                held = before if before is not None and before["end_ms"] == flag.end_ms else None
                values.append(
                    {
                        **{name: getattr(flag, name) for name in FlagRow.__slots__ if name != "id"},
                        "found_at": at if held is None else held["found_at"],
                        "accepted_by": None if held is None else held["accepted_by"],
                        "accepted_at": None if held is None else held["accepted_at"],
                        "note": "" if held is None else held["note"],
                    }
                )
            if values:
                connection.execute(sa.insert(vee_flag), values)

    def flags(
        self,
        *,
        span: Span | None = None,
        meters: Sequence[str] | None = None,
        rule: str | None = None,
        open_only: bool = False,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[FlagRow]:
        wanted: list[sa.ColumnElement[bool]] = [sa.true()]
        if span is not None:
            wanted += [vee_flag.c.end_ms > span.start_ms, vee_flag.c.start_ms < span.end_ms]
        if meters is not None:
            wanted.append(vee_flag.c.meter.in_(list(meters)))
        if rule is not None:
            wanted.append(vee_flag.c.rule == rule)
        if open_only:
            wanted.append(vee_flag.c.accepted_by.is_(None))
        after: sa.ColumnElement[bool] = sa.true()
        if cursor is not None:
            start, _, last = cursor.partition("-")
            place, number = parse_serial(start), parse_serial(last)
            same = sa.and_(vee_flag.c.start_ms == place, vee_flag.c.id < number)
            after = sa.or_(vee_flag.c.start_ms < place, same)
        return page_of(
            self._database,
            vee_flag,
            wanted=sa.and_(*wanted),
            after=after,
            order=(vee_flag.c.start_ms.desc(), vee_flag.c.id.desc()),
            limit=limit,
            make=_flag,
            cursor_of=lambda flag: f"{flag.start_ms}-{flag.id}",
        )

    def flag(self, flag_id: int) -> FlagRow | None:
        with self._database.reading() as connection:
            query = sa.select(vee_flag).where(vee_flag.c.id == flag_id)
            row = connection.execute(query).mappings().one_or_none()
        return _flag(row) if row is not None else None

    def accept_flag(self, actor: str, flag_id: int, note: str) -> FlagRow:
        at = self._clock.now()
        with self._database.writing() as connection:
            query = sa.select(vee_flag).where(vee_flag.c.id == flag_id)
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                raise NotFound(f"没有标记 {flag_id} / there is no flag {flag_id}")
            if row["accepted_by"] is not None:
                raise Conflict(f"标记已由 {row['accepted_by']} 确认 / the flag was accepted by {row['accepted_by']}")
            values = {"accepted_by": actor, "accepted_at": at, "note": note}
            connection.execute(sa.update(vee_flag).where(vee_flag.c.id == flag_id).values(**values))
            after = {"rule": row["rule"], "start_ms": row["start_ms"], "note": note}
            trace = Trace("vee.accept_flag", f"meter:{row['meter']}", None, after)
            write_traces(connection, self._clock, actor, [trace])
        return replace(_flag(row), accepted_by=actor, accepted_at=at, note=note)
