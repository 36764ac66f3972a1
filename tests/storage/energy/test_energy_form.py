"""The form 205-1 as it is exported: merged headings, an enterprise by its code, figures since January."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from config.energy_factors import EnergyFactorTable
from config.policy_table import load_table
from domain.energy import Standing
from domain.errors import Invalid
from domain.ids import EnterpriseId
from storage.energy_files import EnergyImport, import_energy, read_energy
from storage.ledger.sql import SqlLedger
from storage.sheet_files import SheetFile
from tests.support.clock import HandClock

FACTORS = load_table("energy_factors.toml", EnergyFactorTable)
E001 = EnterpriseId("E001")
CODE = "91330200MA2AAAAA0X"
IDENTIFY = {CODE: E001, "宁波某电子有限公司": E001}.get
Row = tuple[object, ...]
COAL: Row = ("原煤", "吨", "01", 100, 500, 400.0, 560, 560, 60, 0, 40, 0.7143)
POWER: Row = ("电力", "万千瓦时", "33", None, 120, 90.0, 120, 118, None, 2, None, 1.229)


def form(*rows: Row, period: str = "2026年1—3月", code: str = CODE) -> SheetFile:
    """As exported: a title, the code a digit a cell, and headings in three merged rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["能源购进、消费与库存"])
    sheet.append([None] * 8 + ["表    号：205-1 表"])
    sheet.append(["统一社会信用代码", *code])
    sheet.append(["单位详细名称：宁波某电子有限公司", None, period])
    wide = [
        "能源名称",
        "计量单位",
        "代码",
        "年初库存量",
        "购进量",
        None,
        "消费量",
        *[None] * 3,
        "期末库存量",
        "采用折标系数",
    ]
    sheet.append(wide)
    sheet.append(
        [*[None] * 4, "实物量", "金额（千元）", "合计", "1.工业生产消费", None, "2.非工业生产消费", None, None]
    )
    sheet.append([*[None] * 7, None, "其中：用于原材料", None, None, None])
    sheet.merge_cells("E5:F5")
    sheet.merge_cells("G5:J5")
    sheet.append(["甲", "乙", "丙", 1, 2, 3, 4, 5, 6, 7, 8, 9])
    for row in rows:
        sheet.append(list(row))
    sheet.append(["单位负责人：", "填表人："])
    kept = io.BytesIO()
    book.save(kept)
    return SheetFile("205-1.xlsx", kept.getvalue())


def read(file: SheetFile, *, estimate: bool = False) -> EnergyImport:
    return read_energy(FACTORS, {E001}.__contains__, file, identify=IDENTIFY, cumulative=False, estimate=estimate)


def test_a_form_of_january_is_taken_as_it_is() -> None:
    found = read(form(COAL, POWER, ("能源合计", "吨标准煤", "40", 0, 0, 0, 999, 0, 0, 0, 0, None), period="2026年1月"))
    assert found.errors == ()
    coal, power = found.entries
    assert (coal.enterprise, coal.month, coal.carrier) == (E001, date(2026, 1, 1), "raw_coal")
    # 100 + 500 - 40 in stock = 560 consumed, of which 60 as raw material; nothing was passed on.
    assert coal.consumption == pytest.approx(500_000.0)
    assert (coal.feedstock, coal.resold) == (60_000.0, 0.0)
    assert coal.kgce_measured is None  # the table's own
    assert (power.bought, power.consumption) == (1_200_000.0, 1_200_000.0)


def test_a_form_alone_in_march_cannot_be_taken_apart_but_by_an_estimate() -> None:
    refused = read(form(POWER))
    [error] = refused.errors
    assert "缺少1月、2月" in error.message_zh
    split = read(form(POWER), estimate=True)
    assert sum(entry.bought for entry in split.entries) == pytest.approx(1_200_000.0)
    assert {entry.standing for entry in split.entries} == {Standing.ESTIMATED}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    opened = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=HandClock(datetime(2026, 7, 1, tzinfo=UTC)))
    yield opened
    opened.close()


def take(ledger: SqlLedger, file: SheetFile) -> EnergyImport:
    return import_energy(ledger.energy, FACTORS, {E001}.__contains__, "li", file, identify=IDENTIFY, cumulative=False)


def test_the_months_before_come_from_the_ledger(ledger: SqlLedger) -> None:
    january = ("原煤", "吨", "01", 100, 200, 1, 250, 250, 0, 0, 50, None)
    assert take(ledger, form(january, period="2026年1月")).errors == ()
    february = ("原煤", "吨", "01", 100, 300, 1, 330, 330, 0, 0, 70, None)
    diesel = ("柴油", "吨", "19", 0, 3, 1, 3, 3, 0, 0, 0, 1.5)
    found = take(ledger, form(february, diesel, period="2026年1-2月"))
    assert found.errors == ()
    coal, oil = sorted(found.entries, key=lambda entry: entry.carrier, reverse=True)
    assert (coal.month, coal.bought, coal.opening_stock) == (date(2026, 2, 1), 100_000.0, 50_000.0)
    assert coal.consumption == pytest.approx(80_000.0)
    # Diesel stood in no form before: the months that were stated used none, so all of it is February's.
    assert (oil.month, oil.bought) == (date(2026, 2, 1), 3_000.0)
    assert oil.kgce_measured == pytest.approx(1.5)


def test_a_correction_of_february_replaces_it(ledger: SqlLedger) -> None:
    row = ("电力", "万千瓦时", "33", None, 10, 1, 10, 10, 0, 0, None, None)
    take(ledger, form(row, period="2026年1月"))
    take(ledger, form(("电力", "万千瓦时", "33", None, 30, 1, 30, 30, 0, 0, None, None), period="2026年1-2月"))
    found = take(ledger, form(("电力", "万千瓦时", "33", None, 28, 1, 28, 28, 0, 0, None, None), period="2026年1-2月"))
    [entry] = found.written
    assert (entry.bought, entry.revision) == (180_000.0, 2)
    fallen = take(ledger, form(("电力", "万千瓦时", "33", None, 9, 1, 9, 9, 0, 0, None, None), period="2026年1-2月"))
    assert "小于上一期" in fallen.errors[0].message_zh


def test_what_was_passed_on_is_the_rest_of_the_balance() -> None:
    [entry] = read(form(("汽油", "吨", "18", 10, 50, 1, 45, 45, 0, 0, 5, None), period="2026年1月")).entries
    assert entry.resold == pytest.approx(10_000.0)
    assert entry.consumption == pytest.approx(45_000.0)


def test_gas_of_a_form_is_standard_and_flagged() -> None:
    found = read(form(("天然气", "万立方米", "15", 0, 2, 1, 2, 2, 0, 0, 0, 13.3), period="2026年1月"))
    assert (found.entries[0].bought, found.entries[0].kgce_measured) == (20_000.0, None)
    [flag] = found.flags
    assert (flag.cell, flag.value) == ("B9", "万立方米")


@pytest.mark.parametrize(
    ("row", "cell", "said"),
    [
        (("煤矸石", "吨", "05", 0, 5, 1, 5, 5, 0, 0, 0, None), "A9", "no carrier"),
        (("原煤", "公斤力", "01", 0, 5, 1, 5, 5, 0, 0, 0, None), "B9", "is not one of"),
        (("原煤", "吨", "01", -1, 5, 1, 5, 5, 0, 0, 0, None), "D9", "from 0 on"),
        (("原煤", "吨", "01", 0, "约五", 1, 5, 5, 0, 0, 0, None), "E9", "not a number"),
        (("原煤", "吨", "01", 0, 5, 1, 9, 9, 0, 0, 0, None), "G9", "check the balance"),
        (("原煤", "吨", "01", 0, 5, 1, 5, 5, 6, 0, 0, None), "I9", "feedstock above"),
        (("原煤", "吨", "01", 0, "=2+3", 1, 5, 5, 0, 0, 0, None), "E9", "a formula"),
    ],
)
def test_every_mistake_stands_in_its_cell(row: Row, cell: str, said: str) -> None:
    found = read(form(row, period="2026年1月"))
    [error] = found.errors
    assert (error.cell, said in error.message_en) == (cell, True)


def test_unused_carriers_parts_and_notes_are_no_mistakes() -> None:
    unused = ("煤矸石", "吨", "05", None, None, None, None, None, None, None, None, None)
    part = ("其中：无烟煤", "吨", "02", 0, 5, 1, 5, 5, 0, 0, 0, None)
    found = read(form(unused, COAL, part, period="2026年1月"))
    assert found.errors == ()
    assert [entry.carrier for entry in found.entries] == ["raw_coal"]


def test_a_form_without_a_known_enterprise_or_a_period() -> None:
    unknown = read_energy(FACTORS, {E001}.__contains__, form(COAL), identify=lambda _: None, cumulative=False)
    assert "信用代码" in unknown.errors[0].message_zh
    assert "报告期" in read(form(COAL, period="")).errors[0].message_zh
    with pytest.raises(Invalid):
        read(SheetFile("x.csv", b"a,b\n1,2\n"))


def test_the_name_stands_in_for_the_code() -> None:
    assert read(form(COAL, period="2026年1月", code="")).errors == ()
