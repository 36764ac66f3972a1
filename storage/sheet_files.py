"""Tables from Excel (.xlsx, .xls) and CSV files as cells that know their place: what a file is tells its content."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import PurePath
from typing import Any

import openpyxl
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string
from openpyxl.utils.exceptions import InvalidFileException

from domain.errors import Invalid
from storage.old_workbook import read_old_workbook
from storage.sheet_cells import (
    HEADING_SEARCH_ROWS,
    Cell,
    CellError,
    CellMistake,
    CellValue,
    Merged,
    Sheet,
    heading_key,
)

__all__ = [
    "HEADING_SEARCH_ROWS",
    "Cell",
    "CellError",
    "CellMistake",
    "CellValue",
    "Sheet",
    "SheetFile",
    "heading_key",
    "is_workbook",
    "read_sheets",
]

MOST_ROWS = 200_000
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Za-z]+[0-9]+:[A-Za-z]+[0-9]+)"[^<>]*>')
_ENDINGS = (".xlsx", ".xlsm", ".xls", ".csv", ".txt", ".tsv")


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A file as it was handed in. The name's ending says what it is."""

    name: str
    content: bytes


def is_workbook(content: bytes) -> bool:
    """An Excel file, new or old, whatever its name."""
    return content.startswith((ZIP, OLE))


def read_sheets(file: SheetFile) -> list[Sheet]:
    """Raises Invalid when the file as a whole cannot be read, saying how to save it so that it can."""
    if PurePath(file.name).suffix.lower() not in _ENDINGS:
        raise Invalid(
            f"{file.name}: 只能读取 .xlsx、.xls 或 .csv，请另存为其中一种 / "
            "only .xlsx, .xls or .csv can be read; save it as one"
        )
    if file.content.startswith(OLE):
        return [
            replace(each, rows=_filled(each.rows, file.name)) for each in read_old_workbook(file.name, file.content)
        ]
    if file.content.startswith(ZIP) or PurePath(file.name).suffix.lower() in (".xlsx", ".xlsm"):
        return _workbook(file)
    # Platforms write web pages and plain text under the name .xls; Excel opens both, with a warning.
    if re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|table|meta|\?xml|head|style)", file.content[:200], re.IGNORECASE):
        raise Invalid(
            f"{file.name}: 实为网页或 XML，不是 Excel 工作簿，请用 Excel 打开后另存为 .xlsx / "
            "a web page or XML under this name; open it in Excel and save it as .xlsx"
        )
    return [_csv(file)]


def _workbook(file: SheetFile) -> list[Sheet]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl remarks on styles and validations, which are not read here
        try:
            book = openpyxl.load_workbook(io.BytesIO(file.content), read_only=True, data_only=False)
            sheets = []
            for worksheet in book.worksheets:
                worksheet.reset_dimensions()  # some programs write a wrong one, and rows would be cut off
                rows = _filled(_excel_rows(worksheet.iter_rows()), file.name)
                sheets.append(Sheet(worksheet.title, rows, book.epoch.year == 1904, _merged(worksheet)))
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


def _merged(worksheet: Any) -> tuple[Merged, ...]:
    """Read out of the sheet's own text: openpyxl tells merged cells only of workbooks it holds in memory whole."""
    found: list[Merged] = []
    with worksheet.parent._archive.open(worksheet._worksheet_path) as source:
        text = b""
        while part := source.read(1 << 20):
            text += part
            found += [Merged(*_numbers(match.group(1).decode())) for match in _MERGE.finditer(text)]
            text = text[text.rfind(b">") + 1 :]  # the tag that the part cut in two
    return tuple(each for each in found if each.first_row <= HEADING_SEARCH_ROWS)


def _numbers(reference: str) -> tuple[int, int, int, int]:
    """Row and column of both ends of A1:B2."""
    (first_column, first_row), (last_column, last_row) = map(coordinate_from_string, reference.split(":"))
    return first_row, column_index_from_string(first_column), last_row, column_index_from_string(last_column)


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
    if isinstance(value, timedelta):
        return "24:00" if value == timedelta(days=1) else str(value)
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


def _filled(rows: Iterable[Sequence[Cell]], name: str) -> list[Sequence[Cell]]:
    filled: list[Sequence[Cell]] = []
    for row in rows:
        if all(cell.empty for cell in row):
            continue
        if len(filled) == MOST_ROWS:
            raise Invalid(f"{name}: 超过{MOST_ROWS}行，请拆分 / more than {MOST_ROWS} rows; split it")
        filled.append(row)
    return filled
