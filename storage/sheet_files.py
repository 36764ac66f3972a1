"""Tables from Excel (.xlsx) and CSV files as cells that know their place, so that a mistake is shown where it is."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import PurePath
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from domain.errors import Invalid

MOST_ROWS = 200_000
HEADING_SEARCH_ROWS = 10

CellValue = str | float | bool | date | datetime | time | None


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A file as it was handed in. The name's ending says what it is."""

    name: str
    content: bytes


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
    """Raised by what reads one cell; becomes a CellError where the cell's sheet is known."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        super().__init__(message_en)
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
class Sheet:
    """Rows that are not empty, each with its cells from the first column on."""

    name: str
    rows: Sequence[Sequence[Cell]]

    def error(self, cell: Cell, message_zh: str, message_en: str) -> CellError:
        return CellError(self.name, cell.place, cell.shown, message_zh, message_en)


def heading_key(text: str) -> str:
    """Headings are compared without width, case, spaces and their unit: 合同容量（kVA） is 合同容量."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
    return re.sub(r"\((kw|kva|kv|kwh|s|秒|mw|万千瓦|千瓦|千伏安)\)$|(?<=[\u4e00-\u9fff])(kw|kva|kv|kwh|mw)$", "", plain)


def read_sheets(file: SheetFile) -> list[Sheet]:
    """Raises Invalid when the file as a whole cannot be read, saying how to save it so that it can."""
    ending = PurePath(file.name).suffix.lower()
    if ending in (".xlsx", ".xlsm"):
        return _workbook(file)
    if ending in (".csv", ".txt", ".tsv"):
        return [_csv(file)]
    raise Invalid(
        f"{file.name}: 只能读取 .xlsx 或 .csv，请另存为其中一种 / only .xlsx or .csv can be read; save it as one"
    )


def _workbook(file: SheetFile) -> list[Sheet]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl remarks on styles and validations, which are not read here
        try:
            book = openpyxl.load_workbook(io.BytesIO(file.content), read_only=True, data_only=False)
            sheets = []
            for worksheet in book.worksheets:
                worksheet.reset_dimensions()  # some programs write a wrong one, and rows would be cut off
                sheets.append(Sheet(worksheet.title, _filled(_excel_rows(worksheet.iter_rows()), file.name)))
            book.close()
        except (
            InvalidFileException,
            zipfile.BadZipFile,
            KeyError,
            ValueError,
            SyntaxError,
            OSError,
            EOFError,
        ) as error:
            raise Invalid(
                f"{file.name}: 不是完好的 Excel 工作簿，请用 Excel 打开后另存为 .xlsx / "
                f"not a sound Excel workbook; open it in Excel and save it as .xlsx ({type(error).__name__})"
            ) from error
    return sheets


def _excel_rows(rows: Iterable[Sequence[Any]]) -> Iterator[list[Cell]]:
    for row_number, row in enumerate(rows, start=1):
        yield [
            Cell(row_number, column, _plain(cell.value), cell.number_format or "", cell.data_type == "f")
            for column, cell in enumerate(row, start=1)
        ]


def _plain(value: Any) -> CellValue:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        # A float would not hold every digit of a long number, and the digits are shown in the message.
        return float(value) if abs(value) < 2**53 else str(value)
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    return value if isinstance(value, float | str | date | time) else str(value)


def _decoded(file: SheetFile) -> str:
    content = file.content
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for candidate in (encoding, "gb18030"):
        try:
            text = content.decode(candidate)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid(
        f"{file.name}: 编码既不是 UTF-8 也不是 GBK，请另存为“CSV UTF-8” / neither UTF-8 nor GBK; save it as CSV UTF-8"
    )


def _csv(file: SheetFile) -> Sheet:
    text = _decoded(file)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;，", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [[Cell(n, c, _csv_value(v)) for c, v in enumerate(row, 1)] for n, row in enumerate(reader, 1)]
    except csv.Error as error:
        raise Invalid(
            f"{file.name}: 第{reader.line_num}行不是CSV / line {reader.line_num} is not CSV: {error}"
        ) from error
    return Sheet(PurePath(file.name).stem, _filled(rows, file.name))


def _csv_value(text: str) -> str | None:
    # ="00123" is how programs keep Excel from eating zeros in a CSV file.
    kept = re.fullmatch(r'="(.*)"', text.strip())
    return (kept.group(1) if kept else text) or None


def _filled(rows: Iterable[list[Cell]], name: str) -> list[list[Cell]]:
    filled: list[list[Cell]] = []
    for row in rows:
        if all(cell.empty for cell in row):
            continue
        if len(filled) == MOST_ROWS:
            raise Invalid(f"{name}: 超过{MOST_ROWS}行，请拆分 / more than {MOST_ROWS} rows; split it")
        filled.append(row)
    return filled
