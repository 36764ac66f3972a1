"""A district of three enterprises whose books are written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from app.wiring import open_histories
from config.energy_factors import EnergyFactorTable
from config.policy import load_policy
from config.settings import Settings
from domain.energy import EnergyEntry, OutputEntry, PriceBasis, Standing
from domain.ids import EnterpriseId
from response.intensity.books import Books
from response.intensity.desk import IntensityDesk
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from tests.support.clock import HandClock

NOW = datetime(2026, 7, 20, 6, 0, tzinfo=UTC)
MARCH, MARCH_BEFORE = date(2026, 3, 1), date(2025, 3, 1)
E1, E2, E3 = (EnterpriseId(f"E00{n}") for n in (1, 2, 3))
SETTINGS = Settings()
ZONE = SETTINGS.district.zone
POLICY = load_policy()


def a_desk(
    ledger: SqlLedger, store: MemoryStore | None = None, factors: EnergyFactorTable = POLICY.energy_factors
) -> IntensityDesk:
    histories = open_histories(SETTINGS, store or MemoryStore(), ledger, HandClock(NOW))
    books = Books(ledger.energy, ledger.registry, histories, factors, ZONE, region="zhejiang")
    return IntensityDesk(
        books, ledger.energy_reviews, POLICY.energy_targets, POLICY.energy_review, POLICY.energy_benchmarks
    )


def energy(enterprise: EnterpriseId, month: date, carrier: str, used: float, **changes: object) -> EnergyEntry:
    entry = EnergyEntry(enterprise, month, carrier, used, standing=Standing.REPORTED, source="205-1")
    return replace(entry, **changes)  # type: ignore[arg-type]


def output(enterprise: EnterpriseId, month: date, value: float, **changes: object) -> OutputEntry:
    entry = OutputEntry(enterprise, month, value, PriceBasis.CONSTANT, base_year=2020, source="月报")
    return replace(entry, **changes)  # type: ignore[arg-type]
