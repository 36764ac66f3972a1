"""Workbooks read back with openpyxl."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.reports.workbook import xlsx_bytes
from domain.errors import Invalid
from domain.report import Column, ColumnKind, Document, Quantity, Table, shown_number
from tests.dashboards.reports.sample import HOSTILE, MADE_AT, document, hostile


def _book(made: Document) -> Any:
    return openpyxl.load_workbook(io.BytesIO(xlsx_bytes(made)))


def test_a_sheet_for_each_table_and_chart_with_numbers_as_numbers() -> None:
    book = _book(document())

    assert book.sheetnames == ["正文", "主要指标", "万元增加值能耗", "企业能耗明细"]
    sheet = book["企业能耗明细"]
    # Broken before its unit, as the column is too narrow for one line.
    assert [cell.value for cell in sheet[3]] == ["企业", "截止日", "综合能耗\n（tce）", "同比"]
    row = sheet[4]
    assert [cell.value for cell in row] == ["宁波第1精密机械有限公司", datetime(2026, 6, 30), 1234.567, 0.0123]
    assert [cell.number_format for cell in row][1:] == ["yyyy-mm-dd", "#,##0.00", "0.0%"]
    assert [cell.value for cell in sheet[10]][3] == "—"
    assert book["主要指标"]["C5"].number_format == "#,##0.0000"


def test_headings_stay_in_view_and_are_printed_on_every_a4_page() -> None:
    sheet = _book(document())["企业能耗明细"]

    assert sheet.freeze_panes == "B4"
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.paperSize == 9
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.oddFooter.right.text == "第 &P 页　共 &N 页"


def test_cells_have_a_chinese_font() -> None:
    fonts = {cell.font.name for row in _book(document())["企业能耗明细"].iter_rows() for cell in row if cell.value}

    assert fonts <= {"宋体", "黑体"}


def test_the_chart_is_native_and_refers_to_its_cells() -> None:
    sheet = _book(document())["万元增加值能耗"]

    (chart,) = sheet._charts
    assert chart.tagname == "lineChart"
    assert [each.val.numRef.f for each in chart.series] == ["万元增加值能耗!$B$4:$B$6", "万元增加值能耗!$C$4:$C$6"]
    assert [[cell.value for cell in row] for row in sheet["B4:C6"]] == [[0.21, 0.22], [None, 0.21], [0.19, 0.2]]


def test_text_never_becomes_a_formula() -> None:
    book = _book(hostile())

    assert len(book.sheetnames) == 3
    sheet = book[book.sheetnames[1]]
    cells = [row[0] for row in sheet.iter_rows(min_row=4, max_row=3 + len(HOSTILE))]
    assert [cell.value for cell in cells] == [each.replace("\x00", "").replace("\x0b", "") for each in HOSTILE]
    assert {cell.data_type for cell in cells} == {"s"}


def test_watermark_and_drill_are_printed_on_every_page() -> None:
    for sheet in _book(hostile()).worksheets:
        assert "张三 && 李四" in str(sheet.oddHeader.left.text) or "张三 & 李四" in str(sheet.oddHeader.left.text)
        assert "【演练】" in str(sheet.oddHeader.right.text)


def test_a_title_that_begins_with_its_year_is_printed_whole() -> None:
    """&9 is the size; 2026 written to it would be read as one number."""
    yearly = replace(document(), title="2026年总结", watermark="7号窗口", number="")

    for sheet in _book(yearly).worksheets:
        assert (sheet.oddHeader.right.size, sheet.oddHeader.right.text.strip()) == (9, "2026年总结")
        assert (sheet.oddHeader.left.size, sheet.oddHeader.left.text.strip()) == (9, "7号窗口")
    assert "文号：" in str(_book(yearly)["正文"]["A3"].value)


def test_equal_documents_give_equal_bytes() -> None:
    assert xlsx_bytes(document()) == xlsx_bytes(document())


@given(st.text(max_size=40), st.floats(-1e12, 1e12))
@settings(max_examples=40, deadline=None)
def test_any_text_and_figure_comes_back(text: str, value: float) -> None:
    table = Table(text or "t", (Column("名"), Column("值", kind=ColumnKind.NUMBER)), ((text, value),))

    sheet = _book(Document("t", "", (table,), MADE_AT, "草稿")).worksheets[1]

    assert sheet["B4"].value == pytest.approx(value)
    assert sheet["A4"].data_type in ("s", "n")


def test_a_figure_that_is_no_number_is_refused() -> None:
    with pytest.raises(Invalid, match="nan"):
        Quantity(float("nan"))
    with pytest.raises(Invalid, match="inf"):
        Table("t", (Column("值", kind=ColumnKind.NUMBER),), ((float("inf"),),))
    with pytest.raises(Invalid, match="2 cells in a row of 1"):
        Table("t", (Column("值"),), (("a", "b"),))


def test_a_figure_that_rounds_to_nothing_has_no_sign() -> None:
    assert shown_number(-0.0001, 2) == "0.00"
    assert shown_number(-0.035, 1, percent=True) == "-3.5%"
