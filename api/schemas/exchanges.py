"""Meter exchanges on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Body, Wire, local
from api.schemas.vee import Meter, Reason
from monitor.meter_exchange import ExchangeAsked
from storage.exchange_ports import MeterExchange

Register = Annotated[float, Field(ge=0, lt=1e12, description="as the meter shows it, before the multiplier [kWh]")]


class ExchangeOut(Wire):
    """Old register closed and new one opened at `at`; the new multiplier counts from then on."""

    meter: str
    at: datetime
    closing_kwh: float
    opening_kwh: float
    old_multiplier: float
    new_multiplier: float
    source: str
    actor: str

    @classmethod
    def of(cls, exchange: MeterExchange, zone: ZoneInfo) -> Self:
        return cls(
            meter=exchange.meter,
            at=local(exchange.at, zone),
            closing_kwh=exchange.closing_kwh,
            opening_kwh=exchange.opening_kwh,
            old_multiplier=exchange.old_multiplier,
            new_multiplier=exchange.new_multiplier,
            source=exchange.source,
            actor=exchange.actor,
        )


class ExchangeList(Wire):
    items: list[ExchangeOut]


class ExchangeIn(Body):
    meter: Meter
    at: datetime = Field(examples=["2026-07-28T10:20:00+08:00"])
    closing_kwh: Register = Field(examples=[48210.5])
    opening_kwh: Register = Field(examples=[0.0])
    multiplier: Annotated[float, Field(gt=0, lt=1e9)] | None = Field(default=None, description="null: as before")
    source: Reason

    def asked(self) -> ExchangeAsked:
        return ExchangeAsked(self.meter, self.at, self.closing_kwh, self.opening_kwh, self.source, self.multiplier)


class ExchangeUndoIn(Body):
    meter: Meter
    at: datetime = Field(examples=["2026-07-28T10:20:00+08:00"])
    reason: Reason
