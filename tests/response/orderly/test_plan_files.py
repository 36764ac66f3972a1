"""Plan workbooks: laid out as offices do, wrong by cell, and the same after a round trip."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.errors import Invalid
from domain.orderly import Plan, PlanStep
from storage.plan_export import export_plan
from storage.plan_files import read_plan
from storage.sheet_files import SheetFile
from tests.response.orderly.plan_case import LETTERS, book, credit_code, enterprise, view

LAID_OUT: list[list[object]] = [
    ["2026年有序用电方案（各级压降为累计值）"],
    [],
    [
        "序号",
        "户号",
        "企业名称",
        "保安负荷（kW）",
        "夏季最大负荷(MW)",
        "可压负荷",
        None,
        "每级压降负荷(kW)",
        None,
        None,
        "联系人1",
        "电话1",
    ],
    [None, None, None, None, None, "可错峰", "可避峰", "A级", "B级", "C级", None, None],
    [1, "3302001", "企业1", 100, 1.2, 200, "150", 100, 150, 150, "王工", "13812345678"],
    [],
    [2, "3302002", "企业2", "—", 0.9, 80, None, 50, 90, 120, "李工", "13912345678"],
    ["合计", None, None, None, None, 280, 150, 150, 240, 999, None, None],
    ["注：本表由经济发展局汇总"],
]
MERGED = ("B3:B4", "C3:C4", "F3:G3", "H3:J3", "A1:L1")


def test_merged_headings_units_blank_rows_and_cumulative_levels() -> None:
    read = read_plan(book(LAID_OUT, merge=MERGED), view(), LETTERS)
    assert read.errors == ()
    assert read.cumulative is True
    first, second = read.rows
    assert first.enterprise.summer_max_kw == 1200
    assert (first.enterprise.shiftable_kw, first.enterprise.avoidable_kw) == (200, 150)
    assert first.steps == (PlanStep("A", 100), PlanStep("B", 50))
    assert second.steps == (PlanStep("A", 50), PlanStep("B", 40), PlanStep("C", 30))
    assert second.enterprise.security_load_kw is None
    assert [w.cell for w in read.warnings] == ["J8", "A9"]  # the printed total of C, and the note
    assert first.enterprise.contacts[0].phone == "13812345678"


def test_every_fault_is_shown_by_cell_and_nothing_is_read_past_it() -> None:
    rows: list[list[object]] = [
        ["逐级"],
        ["户号", "企业名称", "保安负荷(kW)", "夏季最大负荷(kW)", "A级压降(kW)", "B级压降(kW)"],
        [3302001, "企业1", 100, 1000, 10, 20],
        ["3302002", "企业2", "一百", 1000, 10, 20],
        ["3302003", "企业3", 100, -5, 10, 20],
        ["3302003", "企业3", 100, 1000, "=1+1", 20],
        ["9999999", "谁", 100, 1000, 10, 20],
        [None, "企业4", 100, 1000, 10, 20],
    ]
    read = read_plan(book(rows), view(), LETTERS)
    assert [error.cell for error in read.errors] == ["A3", "C4", "D5", "A6", "E6", "A7", "A8"]
    assert read.rows == ()


def test_a_book_that_does_not_say_how_levels_add_up_must_be_told() -> None:
    rows: list[list[object]] = [["户号", "企业名称", "A级压降", "B级压降"], ["3302001", "企业1", 10, 30]]
    asked = read_plan(book(rows), view(), LETTERS)
    assert [error.cell for error in asked.errors] == ["A1"]
    assert read_plan(book(rows), view(), LETTERS, cumulative=True).rows[0].steps[1].reduction_kw == 20
    assert read_plan(book(rows), view(), LETTERS, cumulative=False).rows[0].steps[1].reduction_kw == 30


def test_one_column_of_levels_and_one_of_kw() -> None:
    rows: list[list[object]] = [
        ["逐级"],
        ["户号", "名称", "所列等级", "每级压降(万千瓦)"],
        ["3302001", "x", "A-B", 0.01],
        ["3302002", "x", "Z", 1],
    ]
    read = read_plan(book(rows), view(), LETTERS)
    assert read.rows[0].steps == (PlanStep("A", 100), PlanStep("B", 100))
    assert [error.cell for error in read.errors] == ["C4"]


def test_other_encodings_wrong_sheets_and_what_is_no_workbook() -> None:
    text = "户号,企业名称,保安负荷(kW),A级压降\n3302001,企业1,100,20\n"
    read = read_plan(SheetFile("方案.csv", text.encode("gb18030")), view(), LETTERS)
    assert read.rows[0].steps == (PlanStep("A", 20),)
    with pytest.raises(Invalid, match="户号"):
        read_plan(book([["菜单", "价格"], ["面", 12]]), view(), LETTERS)
    with pytest.raises(Invalid):
        read_plan(SheetFile("方案.docx", b"PK\x03\x04"), view(), LETTERS)


def test_a_plan_read_back_from_its_own_export_is_the_same_plan() -> None:
    own = view(enterprise(1, measure="空调机组", rest_day="周六", dr_contract=True, dr_contract_kw=60.0), enterprise(2))
    rows: list[list[object]] = [
        ["逐级"],
        ["户号", "企业名称", "统一社会信用代码", "A级压降", "C级压降"],
        ["3302001", "甲", credit_code(1), 12.5, 7],
    ]
    rows += [["3302002", "乙", credit_code(2), None, 40]]
    first = read_plan(book(rows), own, LETTERS)
    plan = Plan(2026, 1, "方案", first.rows, "x", "otto", datetime(2026, 4, 1, tzinfo=UTC))
    again = read_plan(SheetFile("再读.xlsx", export_plan(plan, LETTERS, reveal_phones=True)), own, LETTERS)
    assert again.errors == ()
    assert again.rows == first.rows
