"""Runs and kept results in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from domain.clock import Clock
from domain.runs import Result, Run, RunState
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.pages import page_of, parse_serial
from storage.ledger.result_tables import result as result_table
from storage.ledger.result_tables import run as run_table
from storage.page import Page

_RUN = ("id", "kind", "subject", "parameters", "actor", "created_at", "started_at", "ended_at")
_RUN_MORE = ("share", "note", "problem", "result")
_RESULT = ("id", "kind", "subject", "parameters", "data_digest", "settings_digest", "program", "created_at", "actor")


def _run(row: RowMapping) -> Run:
    return Run(state=RunState(row["state"]), **{name: row[name] for name in _RUN + _RUN_MORE})


def _result(row: RowMapping) -> Result:
    body = bytes(row["body"])
    return Result(body=body, body_digest=row["body_digest"], **{name: row[name] for name in _RESULT})


def _digest(parameters: Mapping[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(parameters, order="deterministic")).hexdigest()


class SqlResults:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def save_run(self, run: Run) -> None:
        values = {name: getattr(run, name) for name in _RUN + _RUN_MORE} | {"state": str(run.state)}
        with self._database.writing() as connection:
            changed = connection.execute(sa.update(run_table).where(run_table.c.id == run.id).values(values))
            if not changed.rowcount:
                connection.execute(sa.insert(run_table).values(values))

    def run(self, run_id: str) -> Run | None:
        with self._database.reading() as connection:
            row = connection.execute(sa.select(run_table).where(run_table.c.id == run_id)).mappings().one_or_none()
        return None if row is None else _run(row)

    def runs(self, *, kind: str | None = None, cursor: str | None = None, limit: int = 100) -> Page[Run]:
        serials: dict[str, int] = {}

        def make(row: RowMapping) -> Run:
            serials[row["id"]] = row["serial"]
            return _run(row)

        return page_of(
            self._database,
            run_table,
            wanted=sa.true() if kind is None else run_table.c.kind == kind,
            after=sa.true() if cursor is None else run_table.c.serial < parse_serial(cursor),
            order=(run_table.c.serial.desc(),),
            limit=limit,
            make=make,
            cursor_of=lambda item: str(serials[item.id]),
        )

    def interrupt_unfinished(self) -> int:
        unfinished = run_table.c.state.in_([str(RunState.QUEUED), str(RunState.RUNNING)])
        values = {"state": str(RunState.INTERRUPTED), "ended_at": self._clock.now()}
        with self._database.writing() as connection:
            return int(connection.execute(sa.update(run_table).where(unfinished).values(values)).rowcount)

    def keep(self, result: Result) -> None:
        values: dict[str, Any] = {name: getattr(result, name) for name in _RESULT}
        values |= {"body": result.body, "body_digest": result.body_digest}
        values["parameters_digest"] = _digest(result.parameters)
        trace = Trace("result.keep", f"result:{result.id}", None, {"kind": result.kind, "subject": result.subject})
        with self._database.writing() as connection:
            connection.execute(sa.insert(result_table).values(values))
            write_traces(connection, self._clock, result.actor, [trace])

    def result(self, result_id: str) -> Result | None:
        query = sa.select(result_table).where(result_table.c.id == result_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _result(row)

    def latest(self, kind: str, subject: str, parameters: Mapping[str, Any] | None = None) -> Result | None:
        query = sa.select(result_table).where(result_table.c.kind == kind, result_table.c.subject == subject)
        if parameters is not None:
            query = query.where(result_table.c.parameters_digest == _digest(parameters))
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(result_table.c.serial.desc()).limit(1)).mappings().one_or_none()
        return None if row is None else _result(row)

    def results(
        self, *, kind: str | None = None, subject: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Result]:
        wanted: list[sa.ColumnElement[bool]] = [sa.true()]
        if kind is not None:
            wanted.append(result_table.c.kind == kind)
        if subject is not None:
            wanted.append(result_table.c.subject == subject)
        serials: dict[str, int] = {}

        def make(row: RowMapping) -> Result:
            serials[row["id"]] = row["serial"]
            return _result(row)

        return page_of(
            self._database,
            result_table,
            wanted=sa.and_(*wanted),
            after=sa.true() if cursor is None else result_table.c.serial < parse_serial(cursor),
            order=(result_table.c.serial.desc(),),
            limit=limit,
            make=make,
            cursor_of=lambda item: str(serials[item.id]),
        )
