"""Meter exchanges as the rooms above know them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MeterExchange:
    """closing_kwh, opening_kwh : what the old and the new register showed at ``at``, before the multiplier [kWh]"""

    meter: str
    at: datetime
    closing_kwh: float
    opening_kwh: float
    old_multiplier: float
    new_multiplier: float
    source: str
    actor: str


class ExchangeLedger(Protocol):
    def put(self, exchange: MeterExchange) -> MeterExchange: ...

    def remove(self, actor: str, meter: str, at: datetime, reason: str) -> MeterExchange | None:
        """Take back what is kept for that instant; None where nothing is. The audit log keeps what it said."""
        ...

    def exchanges(self, meters: Sequence[str] | None = None) -> list[MeterExchange]: ...
