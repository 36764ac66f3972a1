"""Cells of Excel 97-2003 workbooks (.xls), which many metering platforms still export. xlrd reads nothing else."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from datetime import datetime, time

import xlrd
from xlrd.compdoc import CompDocError

from domain.errors import Invalid
from storage.sheet_cells import HEADING_SEARCH_ROWS, Cell, CellValue, Merged, Sheet

#: What xlrd raises on damaged files, besides its own errors.
DAMAGED = (
    xlrd.XLRDError,
    CompDocError,
    struct.error,
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    TypeError,
    UnicodeDecodeError,
    ValueError,
    OverflowError,
)


def read_old_workbook(name: str, content: bytes) -> Iterator[Sheet]:
    """Every sheet with all its rows, empty ones too. Raises Invalid when the file is damaged."""
    try:
        # With formats: only they tell a date from a number and show the zeros of 0330000001.
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=io.StringIO())
        sheets = [Sheet(sheet.name, _rows(book, sheet), bool(book.datemode), _merged(sheet)) for sheet in book.sheets()]
    except DAMAGED as error:
        raise Invalid(
            f"{name}: 不是完好的 Excel 97-2003 工作簿，请用 Excel 打开后另存为 .xlsx / "
            f"not a sound Excel 97-2003 workbook; open it in Excel and save it as .xlsx ({type(error).__name__})"
        ) from error
    yield from sheets


def _rows(book: xlrd.book.Book, sheet: xlrd.sheet.Sheet) -> list[list[Cell]]:
    return [
        [_cell(book, sheet.cell(row, column), row + 1, column + 1) for column in range(sheet.row_len(row))]
        for row in range(sheet.nrows)
    ]


def _merged(sheet: xlrd.sheet.Sheet) -> tuple[Merged, ...]:
    """xlrd counts from 0 and names the row and column behind the last ones."""
    return tuple(
        Merged(first_row + 1, first_column + 1, last_row, last_column)
        for first_row, last_row, first_column, last_column in sheet.merged_cells
        if first_row < HEADING_SEARCH_ROWS
    )


def _cell(book: xlrd.book.Book, cell: xlrd.sheet.Cell, row: int, column: int) -> Cell:
    shown = ""
    if cell.xf_index is not None:
        shown = book.format_map[book.xf_list[cell.xf_index].format_key].format_str or ""
    return Cell(row, column, _value(cell, book.datemode), "" if shown == "General" else shown)


def _value(cell: xlrd.sheet.Cell, datemode: int) -> CellValue:
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return str(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR!"))
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return float(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _moment(float(cell.value), datemode)
    return None


def _moment(serial: float, datemode: int) -> CellValue:
    if 0 <= serial < 1:
        seconds = round(serial * 86_400)
        return "24:00" if seconds == 86_400 else time(seconds // 3600, seconds % 3600 // 60, seconds % 60)
    if serial == 1:
        return "24:00"  # a time column's midnight at the end of the day
    moment: datetime = xlrd.xldate_as_datetime(serial, datemode)
    return moment.date() if moment.time() == time() else moment
