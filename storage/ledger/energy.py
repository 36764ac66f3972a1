"""Energy statements, output and scope in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.clock import Clock
from domain.energy import EnergyEntry, OutputEntry, PriceBasis, Standing
from domain.energy_columns import EnergyColumns, OutputColumns
from domain.errors import Invalid
from domain.ids import EnterpriseId
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.energy_columns import read_energy, read_output
from storage.ledger.energy_tables import energy_entry, output_entry, reporting_scope

E = TypeVar("E", EnergyEntry, OutputEntry)
#: SQLite takes a limited number of values in one statement.
CHUNK = 1_000
_STANDING = [each.name for each in fields(EnergyEntry)].index("standing")
_STANDINGS = {str(each): each for each in Standing}


def _energy(row: Sequence[Any]) -> EnergyEntry:
    """A row with the columns of ``_columns``: by place, for a year of a large district has hundreds of thousands."""
    values = list(row)
    values[_STANDING] = _STANDINGS[values[_STANDING]]
    return EnergyEntry(*values)


def _output(row: Sequence[Any]) -> OutputEntry:
    enterprise, month, value, price_basis, base_year, real_growth, standing, *trace = row
    prices = PriceBasis(price_basis)
    return OutputEntry(
        EnterpriseId(enterprise), month, value, prices, base_year, real_growth, _STANDINGS[standing], *trace
    )


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    """In the order of the entry's fields."""
    return [table.c[each.name] for each in fields(EnergyEntry if table is energy_entry else OutputEntry)]


def _energy_key(entry: EnergyEntry) -> tuple[Hashable, ...]:
    return entry.enterprise, entry.month, entry.carrier


def _output_key(entry: OutputEntry) -> tuple[Hashable, ...]:
    return entry.enterprise, entry.month


class SqlEnergy:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put_energy(self, actor: str, entries: Sequence[EnergyEntry]) -> list[EnergyEntry]:
        return self._put(actor, entries, energy_entry, _energy, _energy_key, "energy")

    def energy(
        self,
        first: date,
        last: date,
        *,
        enterprises: Sequence[EnterpriseId] | None = None,
        known_at: datetime | None = None,
    ) -> list[EnergyEntry]:
        with self._database.reading() as connection:
            return _newest(connection, energy_entry, first, last, enterprises, known_at, _energy)

    def energy_columns(
        self, first: date, last: date, *, enterprises: Sequence[EnterpriseId] | None = None
    ) -> EnergyColumns:
        with self._database.reading() as connection:
            return read_energy(connection, first, last, enterprises)

    def energy_history(self, enterprise: EnterpriseId, month: date, carrier: str) -> list[EnergyEntry]:
        table = energy_entry
        wanted = (table.c.enterprise == enterprise, table.c.month == month, table.c.carrier == carrier)
        return self._revisions(table, wanted, _energy)

    def put_output(self, actor: str, entries: Sequence[OutputEntry]) -> list[OutputEntry]:
        return self._put(actor, entries, output_entry, _output, _output_key, "output")

    def output(
        self,
        first: date,
        last: date,
        *,
        enterprises: Sequence[EnterpriseId] | None = None,
        known_at: datetime | None = None,
    ) -> list[OutputEntry]:
        with self._database.reading() as connection:
            return _newest(connection, output_entry, first, last, enterprises, known_at, _output)

    def output_columns(
        self, first: date, last: date, *, enterprises: Sequence[EnterpriseId] | None = None
    ) -> OutputColumns:
        with self._database.reading() as connection:
            return read_output(connection, first, last, enterprises)

    def output_history(self, enterprise: EnterpriseId, month: date) -> list[OutputEntry]:
        wanted = (output_entry.c.enterprise == enterprise, output_entry.c.month == month)
        return self._revisions(output_entry, wanted, _output)

    def put_scope(self, actor: str, year: int, members: Mapping[EnterpriseId, bool], source: str) -> None:
        with self._database.writing() as connection:
            before = _members(connection, year)
            changed = {e: member for e, member in sorted(members.items()) if (e in before) != member}
            if not changed:
                return
            at = self._clock.now()
            connection.execute(
                sa.insert(reporting_scope),
                [
                    {"year": year, "enterprise": e, "member": member, "source": source, "actor": actor, "at": at}
                    for e, member in changed.items()
                ],
            )
            after = {e for e in before | set(changed) if changed.get(e, e in before)}
            trace = Trace("scope.put", f"scope:{year}", {"members": sorted(before)}, {"members": sorted(after)})
            write_traces(connection, self._clock, actor, [trace])

    def scope(self, year: int) -> frozenset[EnterpriseId]:
        with self._database.reading() as connection:
            return frozenset(_members(connection, year))

    def _put(
        self,
        actor: str,
        entries: Sequence[E],
        table: sa.Table,
        make: Callable[[Sequence[Any]], E],
        key: Callable[[E], tuple[Hashable, ...]],
        noun: str,
    ) -> list[E]:
        if not entries:
            return []
        if len({key(entry) for entry in entries}) != len(entries):
            raise Invalid(f"an {noun} entry stands twice in what is to be written")
        months = [entry.month for entry in entries]
        with self._database.writing() as connection:
            enterprises = sorted({entry.enterprise for entry in entries})
            known = _newest(connection, table, min(months), max(months), enterprises, None, make)
            before = {key(entry): entry for entry in known}
            written = [
                replace(entry, actor=actor, revision=old.revision + 1 if old is not None else 1)
                for entry in entries
                for old in [before.get(key(entry))]
                if old is None or not _same(old, entry)
            ]
            at = self._clock.now()
            for start in range(0, len(written), CHUNK):
                connection.execute(sa.insert(table), [_row(e) | {"at": at} for e in written[start : start + CHUNK]])
            traces = [_trace(noun, key(entry), before.get(key(entry)), entry) for entry in written]
            write_traces(connection, self._clock, actor, traces)
        return written

    def _revisions(
        self, table: sa.Table, wanted: tuple[sa.ColumnElement[bool], ...], make: Callable[[Sequence[Any]], E]
    ) -> list[E]:
        with self._database.reading() as connection:
            query = sa.select(*_columns(table)).where(*wanted).order_by(table.c.revision)
            return [make(row) for row in connection.execute(query)]


def _newest(
    connection: Connection,
    table: sa.Table,
    first: date,
    last: date,
    enterprises: Sequence[EnterpriseId] | None,
    known_at: datetime | None,
    make: Callable[[Sequence[Any]], E],
) -> list[E]:
    """Ordered by enterprise, month and carrier."""
    query = sa.select(*_columns(table)).where(table.c.month >= first, table.c.month <= last)
    if known_at is not None:
        query = query.where(table.c.at <= known_at)
    parts: Sequence[Sequence[EnterpriseId] | None] = [None]
    if enterprises is not None:
        parts = [enterprises[start : start + CHUNK] for start in range(0, len(enterprises), CHUNK)]
    keyed_by = 3 if table is energy_entry else 2
    found: dict[tuple[Any, ...], Sequence[Any]] = {}
    for part in parts:
        some = query if part is None else query.where(table.c.enterprise.in_(part))
        for row in connection.execute(some.order_by(table.c.revision)):
            found[row[:keyed_by]] = row
    return [make(found[each]) for each in sorted(found)]


def _members(connection: Connection, year: int) -> set[EnterpriseId]:
    query = sa.select(reporting_scope).where(reporting_scope.c.year == year).order_by(reporting_scope.c.serial)
    last = {EnterpriseId(row["enterprise"]): row["member"] for row in connection.execute(query).mappings()}
    return {enterprise for enterprise, member in last.items() if member}


def _row(entry: EnergyEntry | OutputEntry) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, Standing | PriceBasis) else value for name, value in asdict(entry).items()
    }


def _same(old: EnergyEntry | OutputEntry, new: EnergyEntry | OutputEntry) -> bool:
    """The same figures from the same source are no correction."""
    return replace(old, actor="", revision=1) == replace(new, actor="", revision=1)


def _trace(noun: str, key: tuple[Hashable, ...], old: Any, new: Any) -> Trace:
    subject = ":".join([noun, *(each.isoformat()[:7] if isinstance(each, date) else str(each) for each in key)])
    return Trace(f"{noun}.put", subject, None if old is None else _told(old), _told(new))


def _told(entry: EnergyEntry | OutputEntry) -> dict[str, Any]:
    return {
        name: value for name, value in _row(entry).items() if name not in ("enterprise", "month", "carrier", "actor")
    }
