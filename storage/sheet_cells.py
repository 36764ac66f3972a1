"""Cells that know their place, so that a mistake is shown where it is, whatever the file was."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from openpyxl.utils import get_column_letter

HEADING_SEARCH_ROWS = 10

CellValue = str | float | bool | date | datetime | time | None


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong in one cell, and what to do. ``cell`` is written as in Excel: C7."""

    sheet: str
    cell: str
    value: str
    message_zh: str
    message_en: str

    def order(self) -> tuple[str, int, str]:
        """As a person goes through the file: by sheet, row and column."""
        column = self.cell.rstrip("0123456789")
        return self.sheet, int(self.cell.removeprefix(column)), column.rjust(3)

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell} {self.value!r}: {self.message_zh} / {self.message_en}"


class CellMistake(Exception):
    """Raised by what reads one cell; becomes a CellError where the cell's sheet is known.

    column : the field it is about, for what reads a whole row
    """

    def __init__(self, message_zh: str, message_en: str, column: str = "") -> None:
        super().__init__(message_en)
        self.column = column
        self.message_zh = message_zh
        self.message_en = message_en


@dataclass(frozen=True, slots=True)
class Cell:
    """number_format : Excel's, "" for CSV; formula : the value is a formula's text, not its result"""

    row: int
    column: int
    value: CellValue
    number_format: str = ""
    formula: bool = False

    @property
    def place(self) -> str:
        return f"{get_column_letter(self.column)}{self.row}"

    @property
    def shown(self) -> str:
        value = self.value
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return value.isoformat() if isinstance(value, date | time) else str(value)

    @property
    def empty(self) -> bool:
        return self.value is None or (isinstance(self.value, str) and not self.value.strip())


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells shown as one, numbered from 1, the last ones among them; the first of them holds the text."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def holds(self, row: int, column: int) -> bool:
        return self.first_row <= row <= self.last_row and self.first_column <= column <= self.last_column


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows that are not empty, each with its cells from the first column on.

    merged : that begin in the first rows, where headings are; CSV has none
    epoch_1904 : days written as numbers count from 1904, as old Macintosh workbooks do
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    epoch_1904: bool = False
    merged: Sequence[Merged] = ()

    def error(self, cell: Cell, message_zh: str, message_en: str) -> CellError:
        return CellError(self.name, cell.place, cell.shown, message_zh, message_en)


def heading_key(text: str) -> str:
    """Headings are compared without width, case, spaces and their unit: 合同容量（kVA） is 合同容量."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
    return re.sub(r"\((kw|kva|kv|kwh|s|秒|mw|万千瓦|千瓦|千伏安)\)$|(?<=[\u4e00-\u9fff])(kw|kva|kv|kwh|mw)$", "", plain)
