"""Billed months in the ledger. Nothing is overwritten: a corrected statement is a new revision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from domain.billing import BilledMonth
from domain.clock import Clock
from domain.ids import AccountId
from storage.ledger.audit import Trace, write_traces
from storage.ledger.billing_tables import billed_month
from storage.ledger.database import Database


class SqlBilling:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put_billed(self, months: Sequence[BilledMonth]) -> list[BilledMonth]:
        with self._database.writing() as connection:
            return [self._put(connection, month) for month in months]

    def billed(self, month: date) -> list[BilledMonth]:
        newest: dict[str, BilledMonth] = {}
        with self._database.reading() as connection:
            for found in _rows(connection, billed_month.c.month == month):
                newest[found.account] = found
        return [newest[account] for account in sorted(newest)]

    def billed_history(self, account: str, month: date) -> list[BilledMonth]:
        with self._database.reading() as connection:
            return _rows(connection, billed_month.c.month == month, billed_month.c.account == account)

    def _put(self, connection: Connection, given: BilledMonth) -> BilledMonth:
        known = _rows(connection, billed_month.c.month == given.month, billed_month.c.account == given.account)
        last = known[-1] if known else None
        if last is not None and last.same_figures(given):
            return last
        row = {
            "account": given.account,
            "month": given.month,
            "revision": len(known) + 1,
            "first": given.first,
            "last": given.last,
            "energy_kwh": given.energy_kwh,
            "maximum_kw": given.maximum_kw,
            "source": given.source,
            "actor": given.actor,
        }
        subject = f"billed:{given.account}:{given.month:%Y-%m}"
        trace = Trace("billed.put", subject, _trace(last) if last is not None else None, _trace(given))
        write_traces(connection, self._clock, given.actor, [trace])
        connection.execute(sa.insert(billed_month), row | {"at": self._clock.now()})
        return _month(row)


def _rows(connection: Connection, *wanted: sa.ColumnElement[bool]) -> list[BilledMonth]:
    """Oldest revision first."""
    query = sa.select(billed_month).where(*wanted).order_by(billed_month.c.account, billed_month.c.revision)
    return [_month(row) for row in connection.execute(query).mappings()]


def _month(row: RowMapping | dict[str, Any]) -> BilledMonth:
    return BilledMonth(
        account=AccountId(row["account"]),
        month=row["month"],
        first=row["first"],
        last=row["last"],
        energy_kwh=row["energy_kwh"],
        maximum_kw=row["maximum_kw"],
        source=row["source"],
        actor=row["actor"],
        revision=row["revision"],
    )


def _trace(month: BilledMonth) -> dict[str, object]:
    return {
        "first": month.first.isoformat(),
        "last": month.last.isoformat(),
        "energy_kwh": month.energy_kwh,
        "maximum_kw": month.maximum_kw,
        "source": month.source,
    }
