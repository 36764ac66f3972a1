"""Quotas, reference loads and official levels. Nothing is overwritten: a later figure is a new revision."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from domain.clock import Clock
from domain.errors import Invalid
from domain.references import DayReferences, OfficialLevel, Quota, Reference, ReferenceKind
from domain.scopes import Scope
from storage.ledger import tables
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database


def _quota(row: RowMapping) -> Quota:
    return Quota(
        scope=Scope.parse(row["scope"]),
        day=row["day"],
        points_kw=tuple(float(p) for p in row["points_kw"]),
        source=row["source"],
        actor=row["actor"],
        revision=row["revision"],
    )


def _reference(row: RowMapping) -> Reference:
    return Reference(
        scope=Scope.parse(row["scope"]),
        kind=row["kind"],
        value_kw=row["value_kw"],
        on=row["on"],
        source=row["source"],
        actor=row["actor"],
        revision=row["revision"],
    )


def _level(row: RowMapping) -> OfficialLevel:
    return OfficialLevel(row["level"], row["document"], row["start"], row["end"], row["actor"])


def _quota_rows(connection: Connection, scope: Scope, day: date) -> list[Quota]:
    table = tables.quota
    query = sa.select(table).where(table.c.scope == str(scope), table.c.day == day).order_by(table.c.revision)
    return [_quota(row) for row in connection.execute(query).mappings()]


def _quota_trace(quota: Quota) -> dict[str, object]:
    return {"points_kw": quota.points_kw, "source": quota.source, "revision": quota.revision}


def _reference_trace(reference: Reference) -> dict[str, object]:
    return {"value_kw": reference.value_kw, "source": reference.source, "revision": reference.revision}


def _level_trace(level: OfficialLevel) -> dict[str, object]:
    return {"level": level.level, "start": level.start, "end": level.end}


class SqlReferences:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put_quota(self, quota: Quota) -> Quota:
        """The same figures from the same document again are no new revision."""
        subject = f"quota:{quota.scope}:{quota.day.isoformat()}"
        with self._database.writing() as connection:
            known = _quota_rows(connection, quota.scope, quota.day)
            last = known[-1] if known else None
            if last is not None and (last.points_kw, last.source) == (quota.points_kw, quota.source):
                return last
            made = Quota(quota.scope, quota.day, quota.points_kw, quota.source, quota.actor, len(known) + 1)
            before = _quota_trace(last) if last is not None else None
            write_traces(
                connection, self._clock, quota.actor, [Trace("quota.put", subject, before, _quota_trace(made))]
            )
            row = {"scope": str(made.scope), "day": made.day, "revision": made.revision, "points_kw": made.points_kw}
            row |= {"source": made.source, "actor": made.actor, "at": self._clock.now()}
            connection.execute(sa.insert(tables.quota), row)
        return made

    def quota(self, scope: Scope, day: date) -> Quota | None:
        history = self.quota_history(scope, day)
        return history[-1] if history else None

    def quota_history(self, scope: Scope, day: date) -> list[Quota]:
        """Every revision, the present one last."""
        with self._database.reading() as connection:
            return _quota_rows(connection, scope, day)

    def in_force(self, day: date) -> DayReferences:
        """Of several revisions the last one read stays: the rows come oldest first."""
        quota, reference = tables.quota, tables.reference
        quotas = sa.select(quota).where(quota.c.day == day).order_by(quota.c.revision)
        references = sa.select(reference).where(reference.c.on <= day)
        references = references.order_by(reference.c.on, reference.c.revision)
        with self._database.reading() as connection:
            entered = [_quota(row) for row in connection.execute(quotas).mappings()]
            known = [_reference(row) for row in connection.execute(references).mappings()]
        return DayReferences({each.scope: each for each in entered}, {(each.scope, each.kind): each for each in known})

    def put_reference(self, reference: Reference) -> Reference:
        subject = f"reference:{reference.scope}:{reference.kind}:{reference.on.isoformat()}"
        table = tables.reference
        same = (table.c.scope == str(reference.scope), table.c.kind == reference.kind, table.c.on == reference.on)
        with self._database.writing() as connection:
            query = sa.select(table).where(*same).order_by(table.c.revision.desc()).limit(1)
            row = connection.execute(query).mappings().one_or_none()
            last = _reference(row) if row is not None else None
            if last is not None and (last.value_kw, last.source) == (reference.value_kw, reference.source):
                return last
            made = Reference(
                scope=reference.scope,
                kind=reference.kind,
                value_kw=reference.value_kw,
                on=reference.on,
                source=reference.source,
                actor=reference.actor,
                revision=last.revision + 1 if last is not None else 1,
            )
            before = _reference_trace(last) if last is not None else None
            trace = Trace("reference.put", subject, before, _reference_trace(made))
            write_traces(connection, self._clock, made.actor, [trace])
            values = {"scope": str(made.scope), "kind": made.kind, "on": made.on, "revision": made.revision}
            values |= {"value_kw": made.value_kw, "source": made.source, "actor": made.actor}
            connection.execute(sa.insert(table), {**values, "at": self._clock.now()})
        return made

    def reference(self, scope: Scope, kind: str, day: date) -> Reference | None:
        if kind not in ReferenceKind.ALL:
            raise Invalid(f"reference kind {kind!r} is not one of {', '.join(ReferenceKind.ALL)}")
        table = tables.reference
        query = (
            sa.select(table)
            .where(table.c.scope == str(scope), table.c.kind == kind, table.c.on <= day)
            .order_by(table.c.on.desc(), table.c.revision.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return _reference(row) if row is not None else None

    def references(self, scope: Scope) -> list[Reference]:
        """Every revision of every kind: by kind, the newest day and revision first."""
        table = tables.reference
        order = (table.c.kind, table.c.on.desc(), table.c.revision.desc())
        query = sa.select(table).where(table.c.scope == str(scope)).order_by(*order)
        with self._database.reading() as connection:
            return [_reference(row) for row in connection.execute(query).mappings()]

    def put_official_level(self, level: OfficialLevel) -> OfficialLevel:
        """The same document number again corrects what it said before, such as the day it ends."""
        if not level.document.strip() or not level.level.strip():
            raise Invalid("an official level needs its word and the number of the document that declares it")
        if level.end is not None and level.end < level.start:
            raise Invalid(f"the level ends on {level.end.isoformat()}, before it starts on {level.start.isoformat()}")
        table = tables.official_level
        with self._database.writing() as connection:
            query = sa.select(table).where(table.c.document == level.document).order_by(table.c.id.desc()).limit(1)
            row = connection.execute(query).mappings().one_or_none()
            if row is not None and _level_trace(_level(row)) == _level_trace(level):
                return _level(row)
            before = _level_trace(_level(row)) if row is not None else None
            trace = Trace("official_level.put", f"official_level:{level.document}", before, _level_trace(level))
            write_traces(connection, self._clock, level.actor, [trace])
            values = {"level": level.level, "document": level.document, "start": level.start, "end": level.end}
            connection.execute(sa.insert(table), {**values, "actor": level.actor, "at": self._clock.now()})
        return level

    def official_level(self, day: date) -> OfficialLevel | None:
        """The level of the newest document in force on ``day``; ``end`` is its last day."""
        table = tables.official_level
        newest = sa.select(sa.func.max(table.c.id)).group_by(table.c.document).scalar_subquery()
        in_force = (table.c.start <= day, sa.or_(table.c.end.is_(None), table.c.end >= day))
        query = sa.select(table).where(table.c.id.in_(newest), *in_force).order_by(table.c.id.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return _level(row) if row is not None else None
