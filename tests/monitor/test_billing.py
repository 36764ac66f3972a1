"""Billed against metered on stored readings: what stands behind a figure, its likely cause, and who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pytest

from analytics.billing import Cause
from app.wiring import open_billing, open_histories, open_questions
from config.settings import Settings
from domain.arrays import FloatArray, IntArray
from domain.billing import BilledMonth
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import day_span
from domain.people import Principal, Role
from domain.readings import ENERGY_IMPORT, POWER, QUANTITIES, ReadingBatch
from domain.registry import ALWAYS, Account, Enterprise, Meter, MeterRole
from monitor.billing import Basis, BilledComparison, BillingQuestions, Verdict
from response.billing_sheet import billing_sheet
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from tests.support.clock import HandClock

ZONE = ZoneInfo("Asia/Shanghai")
MONTH, FIRST, LAST = date(2026, 6, 1), date(2026, 6, 1), date(2026, 6, 30)
NOW = datetime(2026, 7, 20, tzinfo=UTC)
OFFICER = Principal("officer", Role.OFFICER)
#: 30 days of 100 kW are 72,000 kWh.
TRUE_KWH = 72_000.0


class Books:
    """A ledger and a store with the accounts A1 ... A5 of the enterprises E1 ... E5."""

    def __init__(self, directory: Path) -> None:
        self.clock = HandClock(NOW)
        self.ledger = SqlLedger(f"sqlite:///{directory}/ledger.sqlite", clock=self.clock)
        self.store = MemoryStore()
        numbers = range(1, 6)
        self.ledger.registry.put_versions(
            "a",
            enterprises=[Enterprise(EnterpriseId(f"E{n}"), ALWAYS, f"{n}号厂") for n in numbers],
            accounts=[Account(AccountId(f"A{n}"), ALWAYS, EnterpriseId(f"E{n}")) for n in numbers],
            meters=[
                meter("M1", "A1"),
                replace(meter("M2", "A2"), multiplier=20.0, primary_values=False),
                meter("M3", "A3"),
                replace(meter("S3", "A3"), role=MeterRole.SUB),
                meter("M4", "A4"),
            ],
        )
        self.draws("M1", 100.0)
        self.draws("M2", 5.0)  # the multiplier of 20 was forgotten
        self.draws("M3", 75.0)
        self.draws("S3", 25.0)
        self.draws("M4", 100.0, days=20)

    def draws(self, ident: str, power_kw: float, *, days: int = 30) -> None:
        count = 96 * days
        values = np.full((count, len(QUANTITIES)), np.nan)
        values[:, POWER] = power_kw
        start_ms = day_span(FIRST, ZONE).start_ms
        self.store.write(batch(ident, start_ms + 900_000 * np.arange(count), values))

    def register(self, ident: str, day: date, kwh: float) -> None:
        values = np.full((1, len(QUANTITIES)), np.nan)
        values[:, ENERGY_IMPORT] = kwh
        self.store.write(batch(ident, np.array([day_span(day, ZONE).start_ms]), values))

    def bill(self, account: str, kwh: float | None, kw: float | None = None, source: str = "账单") -> None:
        self.ledger.billing.put_billed(
            [BilledMonth(AccountId(account), MONTH, FIRST, LAST, kwh, kw, source, "officer")]
        )

    def desk(self) -> BillingQuestions:
        settings = Settings()
        histories = open_histories(settings, self.store, self.ledger, self.clock)
        questions = open_questions(settings, self.store, self.ledger, self.clock)
        return open_billing(settings, self.ledger, histories, questions)


def meter(ident: str, account: str) -> Meter:
    return Meter(MeterId(ident), ALWAYS, AccountId(account), interval_s=900)


def batch(ident: str, ts_ms: IntArray, values: FloatArray) -> ReadingBatch:
    count = len(ts_ms)
    return ReadingBatch(
        meter=np.full(count, ident, dtype=object),
        ts_ms=ts_ms.astype(np.int64),
        values=values,
        quality=np.zeros(count, dtype=np.uint8),
        received_ms=ts_ms.astype(np.int64),
    )


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    found = Books(tmp_path_factory.mktemp("billing"))
    found.bill("A1", TRUE_KWH, 103.0)
    found.bill("A2", TRUE_KWH, 100.0)
    found.bill("A3", TRUE_KWH)
    found.bill("A4", TRUE_KWH)
    found.bill("A5", 1_000.0)
    yield found
    found.ledger.close()


@pytest.fixture(scope="module")
def compared(books: Books) -> dict[str, BilledComparison]:
    return {each.billed.account: each for each in books.desk().compare(OFFICER, MONTH)}


def test_what_agrees_needs_no_cause_and_sliding_demand_is_explained(compared: dict[str, BilledComparison]) -> None:
    one = compared["A1"]
    assert one.metered_kwh == pytest.approx(TRUE_KWH)
    assert (one.basis, one.coverage, one.verdict) == (Basis.INTERVALS, 1.0, Verdict.AGREES)
    assert one.metered_kw == pytest.approx(100.0)
    assert one.demand_deviation == pytest.approx(100 / 103 - 1)
    assert [finding.cause for finding in one.causes] == [Cause.SLIDING_DEMAND]


@pytest.mark.parametrize(
    ("account", "cause", "what"),
    [
        ("A2", Cause.MULTIPLIER_NEVER, "20"),
        ("A3", Cause.NOT_COUNTED, "S3"),
        ("A4", Cause.MISSING_DATA, "33.3%"),
        ("A5", Cause.NOT_MAPPED, ""),
    ],
)
def test_the_likely_cause_comes_first(
    compared: dict[str, BilledComparison], account: str, cause: Cause, what: str
) -> None:
    first = compared[account].causes[0]
    assert (first.cause, first.what) == (cause, what)


def test_too_little_data_is_said_and_the_worst_stands_first(compared: dict[str, BilledComparison]) -> None:
    assert next(iter(compared)) == "A2"
    assert compared["A5"].verdict is Verdict.INSUFFICIENT
    assert (compared["A5"].metered_kwh, compared["A5"].energy_deviation) == (None, None)
    assert compared["A4"].coverage == pytest.approx(2 / 3)


def test_a_few_days_of_data_deviate_from_nothing(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.store = MemoryStore()
    books.draws("M1", 100.0, days=3)
    books.bill("A1", TRUE_KWH, 100.0)
    (found,) = books.desk().compare(OFFICER, MONTH)
    assert (found.verdict, found.energy_deviation, found.demand_deviation) == (Verdict.INSUFFICIENT, None, None)
    assert [(finding.cause, finding.what) for finding in found.causes] == [(Cause.MISSING_DATA, "90.0%")]
    books.ledger.close()


def test_an_enterprise_sees_its_own_statements_only(books: Books) -> None:
    own = Principal("someone", Role.ENTERPRISE, EnterpriseId("E2"))
    assert [each.billed.account for each in books.desk().compare(own, MONTH)] == ["A2"]


def test_a_month_without_statements_is_empty(books: Books) -> None:
    assert books.desk().compare(OFFICER, date(2026, 5, 1)) == []


def test_registers_at_both_ends_are_taken_before_intervals(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.register("M4", FIRST, 999_900.0)
    books.register("M4", LAST + timedelta(days=1), 71_900.0)  # rolled over at a million: 72,000 kWh
    books.bill("A4", TRUE_KWH)
    (found,) = books.desk().compare(OFFICER, MONTH)
    assert (found.basis, found.verdict) == (Basis.REGISTER, Verdict.AGREES)
    assert found.metered_kwh == pytest.approx(TRUE_KWH)
    books.ledger.close()


def test_a_correction_is_a_revision_with_an_audit_entry(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.bill("A1", 70_000.0)
    books.bill("A1", 70_000.0)
    books.bill("A1", 72_000.0, source="更正 8月2日")
    assert [(m.revision, m.energy_kwh) for m in books.ledger.billing.billed_history("A1", MONTH)] == [
        (1, 70_000.0),
        (2, 72_000.0),
    ]
    (now,) = books.ledger.billing.billed(MONTH)
    assert (now.revision, now.source) == (2, "更正 8月2日")
    entries = books.ledger.audit.entries(subject="billed:A1:2026-06").items
    assert [entry.actor for entry in entries] == ["officer", "officer"]
    assert entries[0].before is not None
    assert entries[0].before["energy_kwh"] == 70_000.0
    books.ledger.close()


def test_the_sheet_holds_figures_and_words(books: Books, compared: dict[str, BilledComparison], tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    path.write_bytes(billing_sheet(MONTH, list(compared.values())))
    rows = list(openpyxl.load_workbook(path).active.iter_rows(min_row=4, values_only=True))  # type: ignore[union-attr]
    by_account = {row[0]: row for row in rows}
    assert by_account["A2"][5] == pytest.approx(3_600.0)
    assert by_account["A2"][13] == "倍率 20 未乘"
    assert by_account["A5"][5] is None
