"""A document as an Excel workbook: a cover sheet, a sheet for each table and each chart.

Numbers are numbers with a format, text is text: a cell that begins with = + - @ is never a formula.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from typing import Any

import xlsxwriter

from dashboards.reports.charts import add_chart
from dashboards.reports.typography import (
    HEADING_FONT,
    TABLE_FONT,
    heading_text,
    made_line,
    number_line,
    printable,
    title_of,
)
from dashboards.reports.workbook_cells import (
    axis_form,
    cell_text,
    column_width,
    lines_of,
    margin_text,
    number_form,
    row_lines,
)
from domain.report import (
    MISSING,
    Cell,
    Chart,
    Column,
    ColumnKind,
    Document,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    Quantity,
    Signature,
    Table,
)

_A4 = 9
_COVER_WIDTH = 88
_LONGEST_NAME = 27  # leaves room for a number


def xlsx_bytes(document: Document) -> bytes:
    """An .xlsx. Equal documents give equal bytes."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties(
            {
                "title": title_of(document),
                "subject": printable(document.subtitle),
                "comments": printable(document.version),
                "created": document.made_at.replace(tzinfo=None),
            }
        )
        _Book(book, document).write()
    return buffer.getvalue()


class _Book:
    def __init__(self, book: Any, document: Document) -> None:
        self._book = book
        self._document = document
        self._names: set[str] = set()
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self._breaks: list[int] = []

    def write(self) -> None:
        cover = self._sheet("正文")
        cover.set_column(0, 0, 26)
        cover.set_column(1, 1, _COVER_WIDTH - 26)
        row = self._head(cover)
        for block in self._document.blocks:
            if isinstance(block, Table):
                row = self._refer(cover, row, self._table(block))
            elif isinstance(block, Chart):
                row = self._refer(cover, row, self._chart(block))
            else:
                row = self._plain(cover, row, block)
        cover.set_h_pagebreaks(self._breaks)
        if self._document.source_note:
            self._line(cover, row + 1, f"数据来源：{self._document.source_note}", font_size=9, italic=True)

    def _sheet(self, title: str) -> Any:
        sheet = self._book.add_worksheet(self._name(title))
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.6, right=0.6, top=0.9, bottom=0.8)
        sheet.fit_to_pages(1, 0)
        mark = self._document.watermark
        left = f'&L&"{HEADING_FONT},Regular"&9 {margin_text(mark)}' if mark else ""
        # The space keeps a text that begins with a digit from being read as part of the size.
        sheet.set_header(f'{left}&R&"{TABLE_FONT},Regular"&9 {margin_text(title_of(self._document))}')
        sheet.set_footer(f'&L&"{TABLE_FONT},Regular"&9 {margin_text(made_line(self._document))}&R&9第 &P 页　共 &N 页')
        return sheet

    def _name(self, title: str) -> str:
        """Excel allows 31 units of UTF-16, none of []:*?/\\, and no name twice; History is its own."""
        units = re.sub(r"[\[\]:*?/\\]", " ", printable(title)).encode("utf-16-le")[: 2 * _LONGEST_NAME]
        plain = units.decode("utf-16-le", "ignore").strip(" '") or "表"
        if plain.lower() == "history":
            plain += "_"
        name, number = plain, 1
        while name.lower() in self._names:
            number += 1
            name = f"{plain}-{number}"
        self._names.add(name.lower())
        return name

    def _form(self, **options: object) -> Any:
        options = {"font_name": TABLE_FONT, "font_size": 10.5, "valign": "vcenter", **options}
        key = tuple(sorted(options.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(options)
        return self._formats[key]

    def _head(self, sheet: Any) -> int:
        """Title, subtitle, version and whose copy it is; the row after them."""
        document = self._document
        title = self._form(font_name=HEADING_FONT, font_size=18, align="center", text_wrap=True)
        sheet.merge_range(0, 0, 0, 1, title_of(document), title)
        sheet.set_row(0, 40)
        lines = [document.subtitle, number_line(document), made_line(document), document.watermark or ""]
        row = 1
        for line in filter(None, lines):
            sheet.merge_range(row, 0, row, 1, printable(line), self._form(align="center", font_color="#595959"))
            row += 1
        return row + 1

    def _plain(self, sheet: Any, row: int, block: Heading | Paragraph | Facts | Signature | PageBreak) -> int:
        if isinstance(block, Heading):
            self._line(sheet, row, block.text, font_name=HEADING_FONT, font_size=14 if block.level == 1 else 12)
            return row + 1
        if isinstance(block, Paragraph):
            self._line(sheet, row, block.text)
            return row + 1
        if isinstance(block, PageBreak):
            self._breaks.append(row)
            return row
        if isinstance(block, Signature):
            for number, line in enumerate(block.lines):
                self._line(sheet, row + number, line)
                sheet.set_row(row + number, 28)
            return row + len(block.lines)
        for label, value in block.pairs:
            sheet.write_string(row, 0, cell_text(label), self._form(border=1, bg_color="#F2F2F2", text_wrap=True))
            self._fact(sheet, row, value)
            row += 1
        return row + 1

    def _fact(self, sheet: Any, row: int, value: str | Quantity) -> None:
        if isinstance(value, Quantity) and value.value is not None:
            form = number_form(value.digits, percent=value.percent, unit=value.unit)
            sheet.write_number(row, 1, value.value, self._form(border=1, align="left", num_format=form))
            return
        text = value if isinstance(value, str) else MISSING
        sheet.write_string(row, 1, cell_text(text), self._form(border=1, text_wrap=True, num_format="@"))
        sheet.set_row(row, 16 * lines_of(text, _COVER_WIDTH - 26))

    def _line(self, sheet: Any, row: int, text: str, **options: object) -> None:
        sheet.merge_range(row, 0, row, 1, "", self._form(text_wrap=True, **options))
        sheet.write_string(row, 0, cell_text(text), self._form(text_wrap=True, **options))
        sheet.set_row(row, 18 * lines_of(text, _COVER_WIDTH))

    def _refer(self, sheet: Any, row: int, name: str) -> int:
        link = self._form(font_color="#1F4E79", underline=1)
        sheet.write_url(row, 0, f"internal:'{name.replace(chr(39), chr(39) * 2)}'!A1", link, f"见工作表：{name}")
        return row + 1

    def _table(self, table: Table) -> str:
        sheet = self._sheet(table.title)
        last = len(table.columns) - 1
        widths = [column_width(table, number) for number in range(last + 1)]
        headings = [heading_text(column, width - 1) for column, width in zip(table.columns, widths, strict=True)]
        sheet.write_string(0, 0, title_of(self._document), self._form(font_color="#595959"))
        sheet.write_string(1, 0, cell_text(table.title), self._form(font_name=HEADING_FONT, font_size=14))
        heading = self._form(bold=True, border=1, bg_color="#DDEBF7", text_wrap=True, align="center")
        for number, text in enumerate(headings):
            sheet.write_string(2, number, cell_text(text), heading)
            sheet.set_column(number, number, widths[number])
        sheet.set_row(2, 16 * row_lines(widths, headings) + 4)
        for row, cells in enumerate(table.rows, 3):
            sheet.set_row(row, 15 * row_lines(widths, cells) + 1)
            for number, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
                self._cell(sheet, row, number, cell, column)
        if table.note:
            sheet.write_string(len(table.rows) + 3, 0, cell_text(f"注：{table.note}"), self._form(font_size=9))
        sheet.freeze_panes(3, 1)
        sheet.repeat_rows(2)
        if table.rows:
            sheet.autofilter(2, 0, len(table.rows) + 2, last)
        if sum(widths) > _COVER_WIDTH:
            sheet.set_landscape()
            sheet.repeat_columns(0)
        return str(sheet.get_name())

    def _cell(self, sheet: Any, row: int, column: int, cell: Cell, kind: Column) -> None:
        if isinstance(cell, Quantity):
            if cell.value is not None:
                form = number_form(cell.digits, percent=cell.percent)
                sheet.write_number(row, column, cell.value, self._form(border=1, num_format=form))
                return
            cell = None
        if isinstance(cell, date):
            day = datetime(cell.year, cell.month, cell.day)
            sheet.write_datetime(row, column, day, self._form(border=1, num_format="yyyy-mm-dd", align="center"))
        elif isinstance(cell, (int, float)):
            form = number_form(kind.digits, percent=kind.kind is ColumnKind.PERCENT)
            sheet.write_number(row, column, cell, self._form(border=1, num_format=form))
        else:
            # A missing number is no number: a dash as text, so that no sum takes it for zero.
            right = {"align": "right"} if kind.kind in (ColumnKind.NUMBER, ColumnKind.PERCENT) else {}
            form = self._form(border=1, num_format="@", text_wrap=True, **right)
            sheet.write_string(row, column, cell_text(MISSING if cell is None else cell), form)

    def _chart(self, chart: Chart) -> str:
        sheet = self._sheet(chart.title)
        formats = {
            "heading": self._form(bold=True, border=1, bg_color="#DDEBF7", text_wrap=True, align="center"),
            "text": self._form(border=1, num_format="@"),
            "figure": self._form(border=1, num_format=axis_form(chart)),
        }
        sheet.write_string(0, 0, cell_text(chart.title), self._form(font_name=HEADING_FONT, font_size=14))
        sheet.set_column(0, len(chart.series), 14)
        made = add_chart(self._book, sheet, chart, row=2, formats=formats)
        made.set_size({"width": 720, "height": 360})
        sheet.insert_chart(1, len(chart.series) + 2, made)
        sheet.set_landscape()
        sheet.repeat_rows(2)
        return str(sheet.get_name())
