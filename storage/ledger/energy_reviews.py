"""Approved projects and regions in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from domain.clock import Clock
from domain.energy import Basis
from domain.energy_review import EnergyProject, RegionalReview, ReviewRoute
from domain.errors import Invalid
from domain.ids import EnterpriseId, MeterId
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.energy_review_tables import energy_project, regional_review

E = TypeVar("E", EnergyProject, RegionalReview)


def _project(row: RowMapping) -> EnergyProject:
    plain = {name: row[name] for name in energy_project.c.keys() if name not in ("serial", "at")}  # noqa: SIM118
    return EnergyProject(
        **plain
        | {
            "enterprise": EnterpriseId(row["enterprise"]),
            "route": ReviewRoute(row["route"]),
            "meters": tuple(MeterId(each) for each in row["meters"].split()),
        }
    )


def _region(row: RowMapping) -> RegionalReview:
    plain = {name: row[name] for name in regional_review.c.keys() if name not in ("serial", "at")}  # noqa: SIM118
    return RegionalReview(**plain | {"basis": Basis(row["basis"])})


class SqlEnergyReviews:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put_projects(self, actor: str, projects: Sequence[EnergyProject]) -> list[EnergyProject]:
        return self._put(actor, projects, energy_project, _project, "energy_project")

    def projects(self) -> list[EnergyProject]:
        with self._database.reading() as connection:
            return list(_newest(connection, energy_project, _project).values())

    def project_history(self, project: str) -> list[EnergyProject]:
        query = sa.select(energy_project).where(energy_project.c.id == project).order_by(energy_project.c.revision)
        with self._database.reading() as connection:
            return [_project(row) for row in connection.execute(query).mappings()]

    def put_regions(self, actor: str, regions: Sequence[RegionalReview]) -> list[RegionalReview]:
        return self._put(actor, regions, regional_review, _region, "regional_review")

    def regions(self) -> list[RegionalReview]:
        with self._database.reading() as connection:
            return list(_newest(connection, regional_review, _region).values())

    def _put(
        self, actor: str, entries: Sequence[E], table: sa.Table, make: Callable[[RowMapping], E], noun: str
    ) -> list[E]:
        if len({entry.id for entry in entries}) != len(entries):
            raise Invalid(f"a {noun} stands twice in what is to be written")
        with self._database.writing() as connection:
            before = _newest(connection, table, make)
            written = [
                replace(entry, actor=actor, revision=old.revision + 1 if old is not None else 1)
                for entry in entries
                for old in [before.get(entry.id)]
                if old is None or replace(old, actor="", revision=1) != replace(entry, actor="", revision=1)
            ]
            at = self._clock.now()
            if written:
                connection.execute(sa.insert(table), [_row(entry) | {"at": at} for entry in written])
            traces = [
                Trace(f"{noun}.put", f"{noun}:{entry.id}", _told(before.get(entry.id)), _told(entry))
                for entry in written
            ]
            write_traces(connection, self._clock, actor, traces)
        return written


def _newest(connection: Connection, table: sa.Table, make: Callable[[RowMapping], E]) -> dict[str, E]:
    query = sa.select(table).order_by(table.c.id, table.c.revision)
    return {row["id"]: make(row) for row in connection.execute(query).mappings()}


def _row(entry: EnergyProject | RegionalReview) -> dict[str, Any]:
    row = {
        name: str(value) if isinstance(value, ReviewRoute | Basis) else value for name, value in asdict(entry).items()
    }
    if "meters" in row:
        row["meters"] = " ".join(row["meters"])
    return row


def _told(entry: EnergyProject | RegionalReview | None) -> dict[str, Any] | None:
    """For the audit log, days as text."""
    if entry is None:
        return None
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in _row(entry).items()
        if name not in ("id", "actor")
    }
