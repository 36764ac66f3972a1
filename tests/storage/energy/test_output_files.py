"""Value added and the list above scale out of sheets: units, prices, growth, merged months, and mistakes by cell."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from domain.energy import PriceBasis, Standing
from domain.ids import EnterpriseId
from storage.ledger.sql import SqlLedger
from storage.output_files import OutputImport, Prices, read_output
from storage.scope_files import import_scope
from storage.sheet_files import SheetFile
from tests.support.clock import HandClock

HEADING = "企业编号,月份,工业增加值（万元）,价格,基年,可比价增速,性质"
KNOWN = {"E001", "E002", "E003"}.__contains__


def read(*rows: str, heading: str = HEADING, prices: Prices | None = None, **asked: bool) -> OutputImport:
    file = SheetFile("产出.csv", "\n".join(["高新区规上工业增加值", heading, *rows]).encode("gb18030"))
    return read_output(KNOWN, file, prices=prices or Prices(), **asked)


def test_price_basis_growth_and_standing() -> None:
    found = read(
        "E001,2026-03,1200.5,可比价,2020,17.8%,实报", "E002,2026年3月,800,现价,,0.05,估算", "E003,2026-03,-5,现价,,,"
    )
    assert found.errors == ()
    one, two, three = found.entries
    assert (one.value_added_10k_cny, one.price_basis, one.base_year) == (1200.5, PriceBasis.CONSTANT, 2020)
    assert one.real_growth == pytest.approx(0.178)
    assert (two.price_basis, two.base_year, two.standing) == (PriceBasis.CURRENT, None, Standing.ESTIMATED)
    assert three.value_added_10k_cny == -5  # kept, and told: no intensity is made of it
    [flag] = found.flags
    assert flag.cell == "C5"
    assert "not above zero" in flag.message_en


@pytest.mark.parametrize(("unit", "factor"), [("千元", 0.1), ("元", 1e-4), ("亿元", 1e4), ("万元", 1.0)])
def test_the_unit_stands_in_the_heading_or_beside_the_figure(unit: str, factor: float) -> None:
    prices = Prices(PriceBasis.CONSTANT, 2020)
    by_heading = read("E001,2026-03,50", heading=f"企业编号,月份,增加值({unit})", prices=prices)
    beside = read(f"E001,2026-03,50,{unit}", heading="企业编号,月份,增加值,单位", prices=prices)
    assert by_heading.entries == beside.entries
    assert by_heading.entries[0].value_added_10k_cny == pytest.approx(50 * factor)


def test_cumulated_value_added_is_taken_apart() -> None:
    found = read("E001,2026-01,100,可比价,2020,,", "E001,2026年1-2月,250,可比价,2020,,", cumulative=True)
    assert [entry.value_added_10k_cny for entry in found.entries] == [100, 150]
    assert {entry.standing for entry in found.entries} == {Standing.REPORTED}


def test_a_quarter_is_no_month_unless_an_estimate_is_asked_for() -> None:
    refused = read("E001,2026年一季度,900,可比价,2020,,")
    assert refused.errors[0].cell == "B3"
    assert "估算" in refused.errors[0].message_zh
    split = read("E001,2026年一季度,900,可比价,2020,,", estimate=True)
    assert [entry.month.month for entry in split.entries] == [1, 2, 3]
    assert [entry.value_added_10k_cny for entry in split.entries] == [310.0, 280.0, 310.0]  # by days, adding up
    assert {entry.standing for entry in split.entries} == {Standing.ESTIMATED}


@pytest.mark.parametrize(
    ("row", "cell", "said"),
    [
        ("E009,2026-03,1,现价,,,", "A3", "no such enterprise"),
        ("E001,三月,1,现价,,,", "B3", "2026-03"),
        ("E001,2026-03,,现价,,,", "C3", "leave the row out"),
        ("E001,2026-03,=1+1,现价,,,", "C3", "not a number"),
        ("E001,2026-03,1,,,,", "D3", "constant"),
        ("E001,2026-03,1,不知道,,,", "D3", "must be one of"),
        ("E001,2026-03,1,可比价,,,", "E3", "base year"),
        ("E001,2026-03,1,可比价,2020,17.8,", "F3", "17.8%"),
        ("E001,2026-03,1,现价,,,猜的", "G3", "must be one of"),
    ],
)
def test_every_mistake_stands_in_its_cell(row: str, cell: str, said: str) -> None:
    [error] = read(row).errors
    assert error.cell == cell
    assert said in error.message_en


def test_the_same_month_twice_and_a_fallen_sum() -> None:
    twice = read("E001,2026-03,1,现价,,,", "E001,2026-03,2,现价,,,")
    assert "keep one" in twice.errors[0].message_en
    growth = read("E001,2026-02,1,现价,,5%,", "E001,2026-01,1,现价,,5%,", cumulative=True)
    assert [error.cell for error in growth.errors] == ["F3"]


def test_a_list_above_scale_against_the_one_before(tmp_path: Path) -> None:
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=HandClock(datetime(2026, 7, 1, tzinfo=UTC)))
    energy = ledger.energy
    energy.put_scope("wang", 2026, {EnterpriseId("E001"): True, EnterpriseId("E003"): True}, "旧名录")
    file = SheetFile("规上.csv", "企业编号,是否规上\nE001,是\nE002,\n".encode())
    tried = import_scope(energy, KNOWN, "li", file, 2026, whole=True, dry_run=True)
    assert (tried.listed, tried.joined, tried.left) == (2, ("E002",), ("E003",))
    assert energy.scope(2026) == {"E001", "E003"}
    assert import_scope(energy, KNOWN, "li", file, 2026).listed == 3
    assert energy.scope(2026) == {"E001", "E002", "E003"}
    import_scope(energy, KNOWN, "li", file, 2026, whole=True)
    assert energy.scope(2026) == {"E001", "E002"}
    wrong = SheetFile("规上.csv", "企业编号,年份\nE001,2025\nE001,2026\n".encode())
    found = import_scope(energy, KNOWN, "li", wrong, 2026)
    assert [error.cell for error in found.errors] == ["B2", "A3"]
    assert energy.scope(2025) == frozenset()
    ledger.close()


def test_months_in_every_form() -> None:
    prices = Prices(PriceBasis.CURRENT)
    forms = ("2026-03", "2026年3月", "2026/3", "2026.03", "202603", "2026-03-01")
    for form in forms[:5]:
        assert read(f"E001,{form},1", heading="企业编号,月份,增加值", prices=prices).entries[0].month == date(
            2026, 3, 1
        )
