"""Monthly statements from Excel and CSV, mistakes by cell, nothing written with one."""

from __future__ import annotations

from datetime import date

import pytest

from domain.billing import BilledMonth, parse_month
from domain.errors import Invalid
from storage.billing_files import BillingImport, read_billing
from storage.sheet_files import SheetFile
from tests.ingest.files.make_golden import Rows, csv_bytes, xls, xlsx
from tests.support.registry import small_registry

JULY = date(2026, 7, 1)
HEAD = ["户号", "户名", "电费年月", "总电量(kWh)", "最大需量(kW)"]


def read(content: bytes, name: str = "账单.xlsx", month: date | None = None) -> BillingImport:
    return read_billing(SheetFile(name, content), small_registry(), actor="a", source="账单 7月", month=month)


def test_a_statement_of_several_accounts_is_read() -> None:
    rows: Rows = [
        ["宁波供电公司 2026年7月电费清单"],
        HEAD,
        ["0330000001", "甲", "202607", 240_000, 512.5],
        ["0330000002", "乙", "2026-07", "12,345.6", None],
        ["合计", None, None, 252_345.6, None],
    ]
    expected = (
        BilledMonth("0330000001", JULY, JULY, date(2026, 7, 31), 240_000.0, 512.5, "账单 7月", "a"),  # type: ignore[arg-type]
        BilledMonth("0330000002", JULY, JULY, date(2026, 7, 31), 12_345.6, None, "账单 7月", "a"),  # type: ignore[arg-type]
    )
    assert read(xlsx({"账单": rows})) == BillingImport(expected, ())
    assert read(xls({"账单": rows}), "账单.xls") == BillingImport(expected, ())
    assert read(csv_bytes(rows, "gbk"), "账单.csv") == BillingImport(expected, ())


def test_the_period_and_larger_units() -> None:
    rows: Rows = [
        ["户号", "抄表起日", "抄表止日", "电量（万千瓦时）"],
        ["0330000001", date(2026, 6, 26), date(2026, 7, 25), 24],
    ]
    (month,) = read(xlsx({"x": rows}), month=JULY).months
    assert (month.first, month.last, month.energy_kwh) == (date(2026, 6, 26), date(2026, 7, 25), 240_000.0)


def test_every_mistake_is_named_by_its_cell() -> None:
    rows: Rows = [
        HEAD,
        [330000001, "甲", "202607", 1, 1],
        ["330000001", "甲", "202607", 1, 1],
        ["0330000001", "甲", "7月", 1, 1],
        ["0330000001", "甲", "202607", "很多", 1],
        ["0330000002", "甲", "202607", 5, -1],
        ["0330000001", "甲", "202608", None, None],
        ["0330000001", "甲", "202609", 5, 5],
        ["0330000001", "甲", "2026-09", 6, 5],
    ]
    found = [(error.cell, error.message_zh) for error in read(xlsx({"x": rows})).errors]
    assert [cell for cell, _ in found] == ["A2", "A3", "C4", "D5", "E6", "A7", "A9"]
    assert "是否为 0330000001（前导零丢失）" in found[1][1]
    assert "都没有" in found[5][1]


def test_a_sheet_without_a_month_needs_one_and_another_sheet_is_refused() -> None:
    rows: Rows = [["户号", "电量(kWh)"], ["0330000001", 5]]
    assert "--month" in read(xlsx({"x": rows})).errors[0].message_zh
    with pytest.raises(Invalid, match="没有找到账单表"):
        read(xlsx({"x": [["时间", "负荷"], ["1", 2]]}))


@pytest.mark.parametrize("text", ["2026-07", "202607", "2026年7月", "2026/7"])
def test_months_as_people_write_them(text: str) -> None:
    assert parse_month(text) == JULY
    with pytest.raises(Invalid):
        parse_month(f"{text}x")
