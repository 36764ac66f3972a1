"""The district of tests/response/intensity with books of two half-years, and the desk over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from app.reports import open_report_kinds, open_reports
from app.wiring import open_intensity
from config.settings import Settings
from domain.people import Principal, Role
from monitor.runs import Runs
from response.reports.desk import ReportDesk
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from tests.response.intensity.conftest import ledger
from tests.response.intensity.district import E1, E2, E3, NOW, energy, output
from tests.support.clock import HandClock

__all__ = ["ledger"]
OTTO = Principal("otto", Role.OFFICER)
ADA = Principal("ada", Role.ADMINISTRATOR)
VERA = Principal("vera", Role.VIEWER)
EMIL = Principal("emil", Role.ENTERPRISE, E1)
MONTHS = [date(year, month, 1) for year in (2025, 2026) for month in range(1, 7)]


@dataclass
class Office:
    desk: ReportDesk
    ledger: SqlLedger
    clock: HandClock
    runs: Runs
    store: MemoryStore


def fill(ledger: SqlLedger, *, of: tuple[str, ...] = (E1, E2, E3)) -> None:
    """Electricity grows with the enterprise's number; this year 5 % less energy and 10 % more value added."""
    for n, enterprise in enumerate((E1, E2, E3), 1):
        if enterprise not in of:
            continue
        share = {2025: (1.0, 1.0), 2026: (0.95, 1.1)}
        ledger.energy.put_energy(
            "wang", [energy(enterprise, m, "electricity", 1e6 * n * share[m.year][0]) for m in MONTHS]
        )
        ledger.energy.put_energy("wang", [energy(enterprise, m, "natural_gas", 10_000.0) for m in MONTHS])
        ledger.energy.put_output("wang", [output(enterprise, m, 2000.0 * n * share[m.year][1]) for m in MONTHS])


@pytest.fixture
def office(ledger: SqlLedger) -> Iterator[Office]:
    fill(ledger)
    clock, store = HandClock(NOW), MemoryStore()
    intensity = open_intensity(Settings(), store, ledger, clock)
    kinds = open_report_kinds(Settings(), store, ledger, clock, intensity)
    with Runs(ledger.results, clock, program="9.9.9") as runs:
        yield Office(open_reports(Settings(), ledger, clock, runs, kinds), ledger, clock, runs, store)
