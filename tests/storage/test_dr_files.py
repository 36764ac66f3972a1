"""Official figures and contracts from sheets, with faults by cell."""

from __future__ import annotations

from datetime import date

import pytest

from domain.errors import Invalid
from storage.dr_files import read_contracts, read_official
from storage.sheet_files import SheetFile
from tests.support.registry import small_registry

VIEW = small_registry().view(date(2026, 7, 28))
ACCOUNTS = sorted(VIEW.accounts)


def sheet(text: str) -> SheetFile:
    return SheetFile("核定.csv", text.encode())


def test_official_figures_with_their_units() -> None:
    a, b = ACCOUNTS[:2]
    read = read_official(
        sheet(
            f"序号,户号,申报容量（MW）,中标容量(kW),核定响应量(kW),核定电量(万kWh)\n1,{a},0.3,250,240,0.05\n2,{b},,,—,\n"
        ),
        VIEW,
    )
    assert read.errors == ()
    first, second = read.rows
    assert (first.official_declared_kw, first.official_cleared_kw) == (300.0, 250.0)
    assert (first.official_verified_kw, first.official_verified_kwh) == (240.0, 500.0)
    assert second.official_verified_kw is None, "a dash is missing, not zero"


def test_every_mistake_is_told_by_its_cell() -> None:
    a = ACCOUNTS[0]
    read = read_official(sheet(f"户号,核定(kW)\n{a},abc\n99999999,5\n{a},7\n合计,12\n"), VIEW)
    assert [(error.cell, error.value) for error in read.errors] == [("B2", "abc"), ("A3", "99999999"), ("A4", a)]


def test_contracts_with_their_days_and_aggregator() -> None:
    a, owner = ACCOUNTS[0], sorted(VIEW.enterprises)[0]
    head = "户号,约定容量(kW),合同起,合同止,聚合商,合同编号\n"
    read = read_contracts(sheet(head + f"{a},200,2026-01-01,2026-12-31,{owner},XY-1\n"), VIEW, "zj_dayahead")
    assert read.errors == ()
    [contract] = read.rows
    assert (contract.contracted_kw, contract.aggregator, contract.number) == (200.0, owner, "XY-1")
    assert contract.in_force(date(2026, 12, 31))
    assert not contract.in_force(date(2027, 1, 1))
    wrong = read_contracts(sheet(head + f"{a},0,2026-01-01,2025-12-31,nobody,\n"), VIEW, "zj_dayahead")
    assert [error.cell for error in wrong.errors] == ["E2"]
    backwards = read_contracts(sheet(head + f"{a},10,2026-01-01,2025-12-31,,\n"), VIEW, "zj_dayahead")
    assert "before it begins" in backwards.errors[0].message_en


def test_a_file_without_such_a_table_is_refused() -> None:
    with pytest.raises(Invalid, match="no table"):
        read_official(sheet("a,b\n1,2\n"), VIEW)
