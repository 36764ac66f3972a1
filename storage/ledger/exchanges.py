"""Meter exchanges: the old register closed and the new one opened, both read, with the multiplier from that instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from domain.clock import Clock
from domain.errors import Invalid
from storage.exchange_ports import MeterExchange
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.revision_tables import meter_exchange

_COLUMNS = tuple(MeterExchange.__slots__)


class SqlExchanges:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put(self, exchange: MeterExchange) -> MeterExchange:
        if min(exchange.closing_kwh, exchange.opening_kwh) < 0:
            raise Invalid("示数不能为负 / a register reading is not negative")
        if min(exchange.old_multiplier, exchange.new_multiplier) <= 0:
            raise Invalid("倍率必须大于零 / a multiplier is above zero")
        if not exchange.source.strip():
            raise Invalid("请写明来源（换表工单号等） / say where it comes from, such as the work order")
        values = {name: getattr(exchange, name) for name in _COLUMNS}
        after = {**values, "at": exchange.at.isoformat()}
        with self._database.writing() as connection:
            connection.execute(sa.insert(meter_exchange), values | {"entered_at": self._clock.now()})
            trace = Trace("meter.exchange", f"meter:{exchange.meter}", None, after)
            write_traces(connection, self._clock, exchange.actor, [trace])
        return exchange

    def remove(self, actor: str, meter: str, at: datetime, reason: str) -> MeterExchange | None:
        if not reason.strip():
            raise Invalid("请写明原因 / a reason is required")
        gone = next((e for e in self.exchanges([meter]) if e.at == at), None)
        if gone is None:
            return None
        table = meter_exchange
        with self._database.writing() as connection:
            connection.execute(sa.delete(table).where(table.c.meter == meter, table.c.at == at))
            before = {name: getattr(gone, name) for name in _COLUMNS} | {"at": gone.at.isoformat()}
            trace = Trace("meter.exchange_undone", f"meter:{meter}", before, {"reason": reason})
            write_traces(connection, self._clock, actor, [trace])
        return gone

    def exchanges(self, meters: Sequence[str] | None = None) -> list[MeterExchange]:
        """By meter and instant; of several entries for one instant the last counts."""
        query = sa.select(meter_exchange).order_by(meter_exchange.c.id)
        if meters is not None:
            query = query.where(meter_exchange.c.meter.in_(list(meters)))
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        last = {(row["meter"], row["at"]): MeterExchange(**{name: row[name] for name in _COLUMNS}) for row in rows}
        return [last[key] for key in sorted(last)]
