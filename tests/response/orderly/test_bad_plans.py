"""Plan workbooks as they should not be: each is refused, or read past, in a sentence that says what to do."""

from __future__ import annotations

import pytest

from domain.errors import Invalid
from storage.plan_files import PlanImport, read_plan
from storage.sheet_files import SheetFile
from tests.response.orderly.plan_case import LETTERS, book, view

HEAD: list[object] = ["户号", "企业名称", "保安负荷(kW)", "夏季最大负荷(kW)", "A级压降(kW)"]
GOOD: list[object] = ["3302001", "企业1", 100, 1000, 20]


def read(*rows: list[object], name: str = "方案.xlsx", merge: tuple[str, ...] = ()) -> PlanImport:
    return read_plan(book([["逐级"], HEAD, *rows], merge=merge, name=name), view(), LETTERS)


@pytest.mark.parametrize(
    ("cell", "row", "said"),
    [
        ("E4", ["3302002", "企业2", 100, 1000, "二十"], "不是数字"),
        ("D4", ["3302002", "企业2", 100, "约1000", 20], "不是数字"),
        ("D4", ["3302002", "企业2", 100, -1000, 20], "不能为负"),
        ("D4", ["3302002", "企业2", 100, "#REF!", 20], "错误值"),
        ("E4", ["3302002", "企业2", 100, 1000, "=1+1"], "公式"),
        ("A4", ["3302001", "企业1", 100, 1000, 20], "与A3重复"),
        ("A4", [3302002, "企业2", 100, 1000, 20], "存成了数字"),
        ("A4", ["9999999", "谁家", 100, 1000, 20], "登记簿中没有此户号"),
        ("A4", [None, "企业2", 100, 1000, 20], "户号必填"),
    ],
)
def test_one_wrong_cell_stops_the_plan_and_is_named(cell: str, row: list[object], said: str) -> None:
    found = read(GOOD, row)
    assert [error.cell for error in found.errors] == [cell]
    assert said in found.errors[0].message_zh
    assert found.errors[0].message_en


def test_merged_totals_blank_rows_and_repeated_headings_are_no_enterprises() -> None:
    total: list[object] = ["合计", None, 100, 1000, 999]
    found = read(GOOD, [], HEAD, total, merge=("A6:B6",))
    assert [row.account.id for row in found.rows] == ["3302001"]
    assert found.errors == ()
    assert [(each.cell, "20 kW" in each.message_zh) for each in found.warnings] == [("E6", True)]


def test_macros_are_not_run_and_it_says_so() -> None:
    found = read(GOOD, name="方案.xlsm")
    assert len(found.rows) == 1
    assert "宏未执行" in found.warnings[-1].message_zh


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("菜单.xlsx", book([["菜单", "价格"], ["面", 12]]).content, "户号"),
        ("空.xlsx", book([[]]).content, "户号"),
        ("坏.xlsx", b"PK\x03\x04 cut off", "另存为"),
        ("网页.xls", b"<html><table></table></html>", "网页"),
        ("方案.pdf", b"%PDF-1.7", "另存为"),
    ],
)
def test_what_is_no_plan_at_all_is_refused_with_what_to_do(name: str, content: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_plan(SheetFile(name, content), view(), LETTERS)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_other_encodings_of_a_csv_say_the_same(encoding: str) -> None:
    lines = "\n".join(",".join(str(cell) for cell in row) for row in (HEAD, GOOD))
    found = read_plan(SheetFile("方案.csv", lines.encode(encoding)), view(), LETTERS)
    assert found.errors == ()
    assert found.rows == read(GOOD).rows
