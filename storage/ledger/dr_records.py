"""What is kept beside a demand-response event. Baselines and settlements are added, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from domain.clock import Clock
from domain.dr_records import FrozenBaseline, Objection, Settlement, SettlementRow
from domain.errors import NotFound
from domain.ids import EnterpriseId
from storage.ledger import dr_tables as tables
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database

_BASELINE = ("event", "revision", "method", "refusal", "digest", "frozen_ms", "actor", "reason")
_OBJECTION = ("id", "event", "text", "raised_by", "raised_ms", "answer", "answered_by", "answered_ms")


class SqlDrRecords:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put_baselines(self, baselines: Sequence[FrozenBaseline]) -> None:
        if not baselines:
            return
        rows = []
        for each in baselines:
            row = asdict(each)
            row["sample_days"] = [day.isoformat() for day in each.sample_days]
            row["base_kw"] = list(each.base_kw)
            row["accounts"] = tables.accounts_text(each.accounts)
            rows.append(row)
        traces = [
            Trace(
                "dr_baseline.freeze",
                f"dr:{each.event}",
                None,
                {"enterprise": each.member, "revision": each.revision, "digest": each.digest}
                | {"method": each.method, "refusal": each.refusal, "reason": each.reason},
            )
            for each in baselines
        ]
        with self._database.writing() as connection:
            connection.execute(sa.insert(tables.baseline), rows)
            write_traces(connection, self._clock, baselines[0].actor, traces)

    def baselines(self, event_id: str) -> list[FrozenBaseline]:
        newest = {each.member: each for each in self.baseline_history(event_id)}
        return [newest[member] for member in sorted(newest)]

    def baseline_history(self, event_id: str) -> list[FrozenBaseline]:
        table = tables.baseline
        query = sa.select(table).where(table.c.event == event_id)
        query = query.order_by(table.c.enterprise, table.c.accounts, table.c.revision)
        with self._database.reading() as connection:
            return [_baseline(row) for row in connection.execute(query).mappings()]

    def put_settlement(self, settlement: Settlement) -> None:
        row: dict[str, Any] = asdict(settlement)
        row["rows"] = msgspec.to_builtins(settlement.rows)
        told = {"revision": settlement.revision, "reason": settlement.reason, "rows": row["rows"]}
        with self._database.writing() as connection:
            connection.execute(sa.insert(tables.settlement), row)
            trace = Trace("dr_settlement.put", f"dr:{settlement.event}", None, told)
            write_traces(connection, self._clock, settlement.actor, [trace])

    def settlements(self, event_id: str) -> list[Settlement]:
        table = tables.settlement
        query = sa.select(table).where(table.c.event == event_id).order_by(table.c.revision)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [Settlement(**{**row, "rows": msgspec.convert(row["rows"], tuple[SettlementRow, ...])}) for row in rows]

    def put_objection(self, objection: Objection) -> Objection:
        values = asdict(objection)
        del values["id"]
        table = tables.objection
        with self._database.writing() as connection:
            if objection.id:
                known = connection.execute(sa.select(table).where(table.c.id == objection.id)).mappings().one_or_none()
                if known is None:
                    raise NotFound(f"没有申诉 {objection.id} / there is no objection {objection.id}")
                connection.execute(sa.update(table).where(table.c.id == objection.id).values(values))
                made, actor, before = objection, objection.answered_by, _told(_objection(known))
            else:
                key = connection.execute(sa.insert(table).values(values)).inserted_primary_key
                assert key is not None
                made, actor, before = replace(objection, id=int(key[0])), objection.raised_by, None
            trace = Trace("dr_objection.put", f"dr:{objection.event}", before, _told(made))
            write_traces(connection, self._clock, actor, [trace])
        return made

    def objections(self, event_id: str) -> list[Objection]:
        table = tables.objection
        query = sa.select(table).where(table.c.event == event_id).order_by(table.c.id)
        with self._database.reading() as connection:
            return [_objection(row) for row in connection.execute(query).mappings()]


def _baseline(row: RowMapping) -> FrozenBaseline:
    return FrozenBaseline(
        enterprise=EnterpriseId(row["enterprise"]),
        sample_days=tuple(date.fromisoformat(day) for day in row["sample_days"]),
        base_kw=tuple(None if value is None else float(value) for value in row["base_kw"]),
        inputs=bytes(row["inputs"]),
        accounts=tables.accounts_of(row["accounts"]),
        **{name: row[name] for name in _BASELINE},
    )


def _objection(row: RowMapping) -> Objection:
    return Objection(enterprise=EnterpriseId(row["enterprise"]), **{name: row[name] for name in _OBJECTION})


def _told(objection: Objection) -> dict[str, Any]:
    return asdict(objection)
