"""Anomalies in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import RowMapping

from domain.anomalies import KeptAnomaly
from domain.clock import Clock
from domain.errors import NotFound
from domain.scopes import Scope
from storage.ledger.anomaly_tables import anomaly
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database


class SqlAnomalies:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, found: Sequence[KeptAnomaly]) -> int:
        rows = [
            {
                "scope": str(each.scope),
                "name": each.name,
                "day": each.day,
                "kind": each.kind,
                "value_kw": each.value_kw,
                "usual_kw": each.usual_kw,
                "z": each.z,
                "found_at": each.found_at,
                "note": "",
            }
            for each in found
        ]
        if not rows:
            return 0
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        count = sa.select(sa.func.count()).select_from(anomaly)
        with self._database.writing() as connection:
            before: int = connection.execute(count).scalar_one()
            connection.execute(insert(anomaly).on_conflict_do_nothing(), rows)
            return int(connection.execute(count).scalar_one()) - before

    def anomalies(
        self, first: date, last: date, *, scope: Scope | None = None, open_only: bool = False
    ) -> list[KeptAnomaly]:
        wanted = [anomaly.c.day >= first, anomaly.c.day <= last]
        wanted += [] if scope is None else [anomaly.c.scope == str(scope)]
        wanted += [anomaly.c.acknowledged_by.is_(None)] if open_only else []
        query = sa.select(anomaly).where(*wanted).order_by(anomaly.c.day.desc(), anomaly.c.scope, anomaly.c.kind)
        with self._database.reading() as connection:
            return [_kept(row) for row in connection.execute(query).mappings()]

    def anomaly(self, anomaly_id: int) -> KeptAnomaly | None:
        with self._database.reading() as connection:
            row = connection.execute(sa.select(anomaly).where(anomaly.c.id == anomaly_id)).mappings().one_or_none()
        return None if row is None else _kept(row)

    def acknowledge(self, actor: str, anomaly_id: int, note: str) -> KeptAnomaly:
        changes = {"acknowledged_by": actor, "acknowledged_at": self._clock.now(), "note": note}
        return self._change(actor, anomaly_id, "anomaly.acknowledge", changes)

    def unacknowledge(self, actor: str, anomaly_id: int) -> KeptAnomaly:
        changes = {"acknowledged_by": None, "acknowledged_at": None, "note": ""}
        return self._change(actor, anomaly_id, "anomaly.unacknowledge", changes)

    def _change(self, actor: str, anomaly_id: int, action: str, changes: Mapping[str, object]) -> KeptAnomaly:
        query = sa.select(anomaly).where(anomaly.c.id == anomaly_id)
        with self._database.writing() as connection:
            before = connection.execute(query).mappings().one_or_none()
            if before is None:
                raise NotFound(f"没有异常 {anomaly_id} / there is no anomaly {anomaly_id}")
            connection.execute(sa.update(anomaly).where(anomaly.c.id == anomaly_id).values(dict(changes)))
            after = _kept(connection.execute(query).mappings().one())
            told = [{"by": one, "note": text} for one, text in _acknowledged(before, after)]
            write_traces(connection, self._clock, actor, [Trace(action, f"anomaly:{anomaly_id}", *told)])
        return after


def _acknowledged(before: RowMapping, after: KeptAnomaly) -> tuple[tuple[str | None, str], tuple[str | None, str]]:
    return (before["acknowledged_by"], before["note"]), (after.acknowledged_by, after.note)


def _kept(row: RowMapping) -> KeptAnomaly:
    return KeptAnomaly(**{**row, "scope": Scope.parse(row["scope"])})
