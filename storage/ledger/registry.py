"""The registry's versions in the ledger, and the counter that says it changed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from domain.clock import Clock
from domain.errors import Invalid
from domain.registry import (
    Account,
    Contact,
    DataClass,
    Enterprise,
    Meter,
    MeterRole,
    ProtectedClass,
    Registry,
    RestrictedClass,
    Stamp,
)
from domain.registry_checks import RegistryChange, Version
from storage.ledger import tables
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.dirty import insert_marks
from storage.ledger.registry_marks import registry_marks

V = TypeVar("V", Enterprise, Account, Meter)
_TABLES: Mapping[type[Version], tuple[sa.Table, sa.Table]] = {
    Enterprise: (tables.enterprise, tables.enterprise_version),
    Account: (tables.account, tables.account_version),
    Meter: (tables.meter, tables.meter_version),
}


def _row(version: Version) -> dict[str, Any]:
    row = {f.name: getattr(version, f.name) for f in fields(version)}
    row = {name: value.value if isinstance(value, StrEnum) else value for name, value in row.items()}
    if isinstance(version, Enterprise):
        row["contacts"] = [{"name": c.name, "phone": c.phone} for c in version.contacts]
    return row


def _trace_row(version: Version) -> dict[str, Any]:
    """As ``_row``, with phones masked: the log must not become a second telephone book."""
    row = _row(version)
    if isinstance(version, Enterprise):
        row["contacts"] = [{"name": c.name, "phone": c.masked_phone} for c in version.contacts]
    return row


def _enterprise(row: RowMapping) -> Enterprise:
    data = dict(row)
    data["contacts"] = tuple(Contact(**contact) for contact in data["contacts"])
    data["protected_class"] = ProtectedClass(data["protected_class"])
    data["restricted_class"] = RestrictedClass(data["restricted_class"])
    return Enterprise(**data)


def _account(row: RowMapping) -> Account:
    return Account(**row)


def _meter(row: RowMapping) -> Meter:
    data = dict(row)
    data["role"] = MeterRole(data["role"])
    data["data_class"] = DataClass(data["data_class"])
    data["stamp"] = Stamp(data["stamp"])
    return Meter(**data)


def _rows(connection: Connection, table: sa.Table) -> Sequence[RowMapping]:
    # Ordered here: databases differ in how they order text.
    rows = connection.execute(sa.select(table)).mappings().all()
    return sorted(rows, key=lambda row: (row["id"], row["valid_from"]))


def _revision(connection: Connection) -> int:
    return int(connection.execute(sa.select(tables.registry_revision.c.revision)).scalar_one())


def _load(connection: Connection) -> Registry:
    return Registry(
        revision=_revision(connection),
        enterprises=tuple(_enterprise(row) for row in _rows(connection, tables.enterprise_version)),
        accounts=tuple(_account(row) for row in _rows(connection, tables.account_version)),
        meters=tuple(_meter(row) for row in _rows(connection, tables.meter_version)),
    )


def _changed(versions: Iterable[V], present: Iterable[V]) -> list[tuple[V | None, V]]:
    """(version in place now, version to put there) of those that differ."""
    now = {(v.id, v.valid_from): v for v in present}
    pairs = [(now.get((v.id, v.valid_from)), v) for v in versions]
    return [(old, new) for old, new in pairs if old != new]


def _put(connection: Connection, pairs: Sequence[tuple[Version | None, Version]]) -> None:
    if not pairs:
        return
    entity, version = _TABLES[type(pairs[0][1])]
    known = set(connection.execute(sa.select(entity.c.id)).scalars())
    new_ids = dict.fromkeys(new.id for _, new in pairs if new.id not in known)
    if new_ids:
        connection.execute(sa.insert(entity), [{"id": ident} for ident in new_ids])
    replaced = [{"b_id": old.id, "b_valid_from": old.valid_from} for old, _ in pairs if old is not None]
    if replaced:
        where = sa.and_(version.c.id == sa.bindparam("b_id"), version.c.valid_from == sa.bindparam("b_valid_from"))
        connection.execute(sa.delete(version).where(where), replaced)
    connection.execute(sa.insert(version), [_row(new) for _, new in pairs])


class SqlRegistry:
    def __init__(self, database: Database, clock: Clock, zone: tzinfo = UTC) -> None:
        """zone : whose days versions are valid from"""
        self._database = database
        self._clock = clock
        self._zone = zone
        self._lock = threading.Lock()
        self._cached: Registry | None = None

    def registry(self) -> Registry:
        """One small query a call tells whether another program changed it; the versions are read only then."""
        with self._database.reading() as connection:
            cached = self._cached
            if cached is not None and cached.revision == _revision(connection):
                return cached
            return self._keep(_load(connection))

    def put_versions(
        self,
        actor: str,
        *,
        enterprises: Sequence[Enterprise] = (),
        accounts: Sequence[Account] = (),
        meters: Sequence[Meter] = (),
        source: str = "",
    ) -> Registry:
        """Versions equal to what is there are no change; a call without any change leaves no trace."""
        with self._database.writing() as connection:
            present = _load(connection)
            mistakes = RegistryChange(enterprises, accounts, meters).find_mistakes(present)
            if mistakes:
                raise Invalid("the registry change has mistakes:\n" + "\n".join(f"  - {m}" for m in mistakes))
            changed: list[list[tuple[Version | None, Version]]] = [
                [*_changed(enterprises, present.enterprises)],
                [*_changed(accounts, present.accounts)],
                [*_changed(meters, present.meters)],
            ]
            if not any(changed):
                return self._keep(present)
            for pairs in changed:
                _put(connection, pairs)
            write_traces(connection, self._clock, actor, self._traces(changed, source))
            pairs = [pair for pairs in changed for pair in pairs]
            # In the same transaction: a change that is in force and not derived would be believed.
            insert_marks(connection, registry_marks(pairs, present, self._clock.now(), self._zone), self._clock.now())
            connection.execute(sa.update(tables.registry_revision).values(revision=present.revision + 1))
            after = _load(connection)
        return self._keep(after)

    @staticmethod
    def _traces(changed: list[list[tuple[Version | None, Version]]], source: str) -> list[Trace]:
        counts = dict(zip(("enterprises", "accounts", "meters"), map(len, changed), strict=True))
        traces = [Trace("registry.change", "registry", None, {**counts, "source": source})]
        for old, new in (pair for pairs in changed for pair in pairs):
            subject = f"{type(new).__name__.lower()}:{new.id}"
            before = _trace_row(old) if old is not None else None
            traces.append(Trace("registry.put", subject, before, _trace_row(new)))
        return traces

    def _keep(self, registry: Registry) -> Registry:
        """The same object as long as nothing changed, so that its views stay computed."""
        with self._lock:
            if self._cached is None or self._cached.revision != registry.revision:
                self._cached = registry
            return self._cached
