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
    display_width,
    made_line,
    printable,
    title_of,
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
    Paragraph,
    Quantity,
    Signature,
    Table,
    shown,
)

_A4 = 9
_LONGEST_TEXT = 32_000  # a cell of Excel holds 32,767 characters
_COVER_WIDTH = 88
_LONGEST_NAME = 27  # leaves room for a number
_WIDEST, _NARROWEST = 40, 9


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
        if self._document.source_note:
            self._line(cover, row + 1, f"数据来源：{self._document.source_note}", font_size=9, italic=True)

    def _sheet(self, title: str) -> Any:
        sheet = self._book.add_worksheet(self._name(title))
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.6, right=0.6, top=0.9, bottom=0.8)
        sheet.fit_to_pages(1, 0)
        mark = self._document.watermark
        left = f'&L&"{HEADING_FONT},Regular"&9{_code(mark)}' if mark else ""
        sheet.set_header(f'{left}&R&"{TABLE_FONT},Regular"&9{_code(title_of(self._document))}')
        sheet.set_footer(f'&L&"{TABLE_FONT},Regular"&9{_code(made_line(self._document))}&R&9第 &P 页　共 &N 页')
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
        lines = [document.subtitle, made_line(document), document.watermark or ""]
        row = 1
        for line in filter(None, lines):
            sheet.merge_range(row, 0, row, 1, printable(line), self._form(align="center", font_color="#595959"))
            row += 1
        return row + 1

    def _plain(self, sheet: Any, row: int, block: Heading | Paragraph | Facts | Signature) -> int:
        if isinstance(block, Heading):
            self._line(sheet, row, block.text, font_name=HEADING_FONT, font_size=14 if block.level == 1 else 12)
            return row + 1
        if isinstance(block, Paragraph):
            self._line(sheet, row, block.text)
            return row + 1
        if isinstance(block, Signature):
            for number, line in enumerate(block.lines):
                self._line(sheet, row + number, line)
                sheet.set_row(row + number, 28)
            return row + len(block.lines)
        for label, value in block.pairs:
            sheet.write_string(row, 0, _text(label), self._form(border=1, bg_color="#F2F2F2", text_wrap=True))
            self._fact(sheet, row, value)
            row += 1
        return row + 1

    def _fact(self, sheet: Any, row: int, value: str | Quantity) -> None:
        if isinstance(value, Quantity) and value.value is not None:
            form = _number_form(value.digits, percent=value.percent, unit=value.unit)
            sheet.write_number(row, 1, value.value, self._form(border=1, align="left", num_format=form))
            return
        text = value if isinstance(value, str) else MISSING
        sheet.write_string(row, 1, _text(text), self._form(border=1, text_wrap=True, num_format="@"))
        sheet.set_row(row, 16 * _lines(text, _COVER_WIDTH - 26))

    def _line(self, sheet: Any, row: int, text: str, **options: object) -> None:
        sheet.merge_range(row, 0, row, 1, "", self._form(text_wrap=True, **options))
        sheet.write_string(row, 0, _text(text), self._form(text_wrap=True, **options))
        sheet.set_row(row, 18 * _lines(text, _COVER_WIDTH))

    def _refer(self, sheet: Any, row: int, name: str) -> int:
        link = self._form(font_color="#1F4E79", underline=1)
        sheet.write_url(row, 0, f"internal:'{name.replace(chr(39), chr(39) * 2)}'!A1", link, f"见工作表：{name}")
        return row + 1

    def _table(self, table: Table) -> str:
        sheet = self._sheet(table.title)
        last = len(table.columns) - 1
        sheet.write_string(0, 0, title_of(self._document), self._form(font_color="#595959"))
        sheet.write_string(1, 0, _text(table.title), self._form(font_name=HEADING_FONT, font_size=14))
        heading = self._form(bold=True, border=1, bg_color="#DDEBF7", text_wrap=True, align="center")
        for number, column in enumerate(table.columns):
            sheet.write_string(2, number, _text(column.heading), heading)
            sheet.set_column(number, number, _width(table, number))
        sheet.set_row(2, 16 * _heading_lines(table) + 4)
        for row, cells in enumerate(table.rows, 3):
            sheet.set_row(row, 15 * _row_lines(table, cells) + 1)
            for number, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
                self._cell(sheet, row, number, cell, column)
        if table.note:
            sheet.write_string(len(table.rows) + 3, 0, _text(f"注：{table.note}"), self._form(font_size=9))
        sheet.freeze_panes(3, 1)
        sheet.repeat_rows(2)
        if table.rows:
            sheet.autofilter(2, 0, len(table.rows) + 2, last)
        if sum(_width(table, number) for number in range(last + 1)) > _COVER_WIDTH:
            sheet.set_landscape()
            sheet.repeat_columns(0)
        return str(sheet.get_name())

    def _cell(self, sheet: Any, row: int, column: int, cell: Cell, kind: Column) -> None:
        if isinstance(cell, Quantity):
            if cell.value is not None:
                form = _number_form(cell.digits, percent=cell.percent)
                sheet.write_number(row, column, cell.value, self._form(border=1, num_format=form))
                return
            cell = None
        if isinstance(cell, date):
            day = datetime(cell.year, cell.month, cell.day)
            sheet.write_datetime(row, column, day, self._form(border=1, num_format="yyyy-mm-dd", align="center"))
        elif isinstance(cell, (int, float)):
            form = _number_form(kind.digits, percent=kind.kind is ColumnKind.PERCENT)
            sheet.write_number(row, column, cell, self._form(border=1, num_format=form))
        else:
            # A missing number is no number: a dash as text, so that no sum takes it for zero.
            right = {"align": "right"} if kind.kind in (ColumnKind.NUMBER, ColumnKind.PERCENT) else {}
            form = self._form(border=1, num_format="@", text_wrap=True, **right)
            sheet.write_string(row, column, _text(MISSING if cell is None else cell), form)

    def _chart(self, chart: Chart) -> str:
        sheet = self._sheet(chart.title)
        formats = {
            "heading": self._form(bold=True, border=1, bg_color="#DDEBF7", text_wrap=True, align="center"),
            "text": self._form(border=1, num_format="@"),
            "figure": self._form(border=1, num_format="#,##0.00##"),
        }
        sheet.write_string(0, 0, _text(chart.title), self._form(font_name=HEADING_FONT, font_size=14))
        sheet.set_column(0, len(chart.series), 14)
        made = add_chart(self._book, sheet, chart, row=2, formats=formats)
        made.set_size({"width": 720, "height": 360})
        sheet.insert_chart(1, len(chart.series) + 2, made)
        sheet.set_landscape()
        return str(sheet.get_name())


def _number_form(digits: int, *, percent: bool = False, unit: str = "") -> str:
    figure = "#,##0" + ("." + "0" * digits if digits else "")
    if percent:
        return f"{figure.replace('#,##', '')}%"
    return f'{figure}" {unit.replace(chr(34), "")}"' if unit else figure


def _width(table: Table, number: int) -> float:
    """Of a column, in characters; headings wrap, so they count half."""
    column = table.columns[number]
    widest = max((display_width(shown(row[number], column)) for row in table.rows), default=0)
    return float(min(max(widest + 2, display_width(column.heading) / 2 + 3, _NARROWEST), _WIDEST))


def _heading_lines(table: Table) -> int:
    return max(_lines(column.heading, int(_width(table, n)) - 1) for n, column in enumerate(table.columns))


def _row_lines(table: Table, cells: tuple[Cell, ...]) -> int:
    """Not every program makes room for wrapped text by itself."""
    return max(_lines(cell, int(_width(table, n)) - 1) if isinstance(cell, str) else 1 for n, cell in enumerate(cells))


def _lines(text: str, width: int) -> int:
    return max(1, sum(-(-max(1, display_width(line)) // width) for line in text.split("\n")))


def _text(text: str) -> str:
    return printable(text)[:_LONGEST_TEXT]


def _code(text: str | None) -> str:
    """In headers & begins a code; Excel takes at most 255 characters there, so the parts are kept short."""
    return printable(text or "").replace("&", "&&").replace("\n", " ")[:70]
