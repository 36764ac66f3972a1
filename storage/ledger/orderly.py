"""Plans, instructions, orders, guards and visits in the ledger: typed records, every write a new revision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
import sqlalchemy as sa

from domain.clock import Clock
from domain.errors import Conflict
from domain.inspections import Lot, Visit
from domain.orderly import EnergyQuota, FrozenBaseline, Guard, Instruction, Order, Plan
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.orderly_tables import orderly_record

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SqlShelf(Generic[T]):
    """told : what the audit log keeps of a record; the record itself keeps everything"""

    database: Database
    clock: Clock
    kind: str
    form: type[T]
    told: Callable[[T], Mapping[str, Any]]

    def put(self, actor: str, key: str, value: T, *, after: int) -> None:
        body = msgspec.to_builtins(value, builtin_types=())
        with self.database.writing() as connection:
            query = sa.select(orderly_record.c.revision, orderly_record.c.body).where(*self._of(key))
            known = connection.execute(query.order_by(orderly_record.c.revision)).all()
            if len(known) != after:
                raise Conflict(f"{key} 已被他人修改，请重新打开 / {key} was changed meanwhile; open it again")
            before = self.told(self._made(known[-1].body)) if known else None
            trace = Trace(f"orderly.{self.kind}", f"orderly.{self.kind}:{key}", before, dict(self.told(value)))
            write_traces(connection, self.clock, actor, [trace])
            row = {"kind": self.kind, "key": key, "revision": after + 1, "body": body}
            connection.execute(sa.insert(orderly_record), row | {"actor": actor, "at": self.clock.now()})

    def get(self, key: str) -> T | None:
        found = self.history(key)
        return found[-1] if found else None

    def revision(self, key: str) -> int:
        query = sa.select(sa.func.count()).select_from(orderly_record).where(*self._of(key))
        with self.database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def history(self, key: str) -> list[T]:
        query = sa.select(orderly_record.c.body).where(*self._of(key)).order_by(orderly_record.c.revision)
        with self.database.reading() as connection:
            return [self._made(row.body) for row in connection.execute(query)]

    def all(self) -> list[T]:
        columns = (orderly_record.c.key, orderly_record.c.body)
        query = sa.select(*columns).where(orderly_record.c.kind == self.kind).order_by(orderly_record.c.id)
        newest: dict[str, Any] = {}
        with self.database.reading() as connection:
            for row in connection.execute(query):
                newest[row.key] = row.body
        return [self._made(body) for body in newest.values()]

    def _of(self, key: str) -> tuple[sa.ColumnElement[bool], ...]:
        return orderly_record.c.kind == self.kind, orderly_record.c.key == key

    def _made(self, body: Any) -> T:
        return msgspec.convert(body, self.form)


class SqlOrderly:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.plans = SqlShelf(database, clock, "plan", Plan, _plan)
        self.instructions = SqlShelf(database, clock, "instruction", Instruction, _whole)
        self.energy_quotas = SqlShelf(database, clock, "energy_quota", EnergyQuota, _whole)
        self.orders = SqlShelf(database, clock, "order", Order, _whole)
        self.baselines = SqlShelf(database, clock, "baseline", FrozenBaseline, _baseline)
        self.guards = SqlShelf(database, clock, "guard", Guard, _whole)
        self.visits = SqlShelf(database, clock, "visit", Visit, _whole)
        self.lots = SqlShelf(database, clock, "lot", Lot, _whole)


def _whole(value: object) -> Mapping[str, Any]:
    found: Mapping[str, Any] = msgspec.to_builtins(value, builtin_types=())
    return found


def _plan(plan: Plan) -> Mapping[str, Any]:
    letters = tuple({step.level for row in plan.rows for step in row.steps})
    return {
        "state": plan.state,
        "rows": len(plan.rows),
        "total_kw": plan.total_kw(letters),
        "source": plan.source,
        "approved_by": plan.approved_by,
        "document": plan.document,
    }


def _baseline(baseline: FrozenBaseline) -> Mapping[str, Any]:
    return {"method": baseline.method, "made_at": baseline.made_at.isoformat(), "enterprises": len(baseline.kw)}
