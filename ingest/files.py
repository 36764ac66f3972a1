"""Load files as other people write them, read as text: CSV, Parquet and Excel, told by content; CSV may be gzip."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from openpyxl.utils import get_column_letter

from domain.arrays import FloatArray
from domain.errors import Invalid
from domain.instants import from_ms
from storage.sheet_files import Sheet, SheetFile, is_workbook, read_sheets

GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = (",", ";", "\t", "|")
#: Bytes and rows that tell what kind of CSV a file is.
BEGINNING, MOST_HEAD_ROWS = 64_000, 20


@dataclass(frozen=True, slots=True)
class CellError:
    """One cell that was not taken. row : its line in the file or sheet, counted from 1; cell : as Excel writes it"""

    row: int
    column: str
    value: str
    reason_zh: str
    reason_en: str
    cell: str = ""
    sheet: str = ""

    @property
    def place(self) -> str:
        """Sheet1!C7, or C7 where there is one sheet only."""
        return f"{self.sheet}!{self.cell}" if self.sheet else self.cell

    def __str__(self) -> str:
        return f"{self.place} {self.column}: {self.value!r} {self.reason_zh} {self.reason_en}"


@dataclass(frozen=True, slots=True, eq=False)
class SheetRows:
    """What a table made of sheets knows beside its text: for each of its n rows the cell it came from.

    sheet, row, letter : shape (n,)
    factor : shape (n,), to kW, with the multiplier where it was to be applied
    multipliers, applied : of a site, as the file gave them and whether values are multiplied, where that is known
    errors : cells that were not taken already; accounts, names : of a site, where the file told them
    notes : what a person should know of the reading
    registers : the values are registers in kWh at the instants of their stamps, and ``factor`` is to kWh
    """

    sheet: Sequence[str]
    row: Sequence[int]
    letter: Sequence[str]
    factor: FloatArray
    multipliers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    applied: Mapping[str, bool] = field(default_factory=dict)
    errors: tuple[CellError, ...] = ()
    accounts: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    registers: bool = False


@dataclass(frozen=True, slots=True)
class TextTable:
    """A file as columns of text, nothing interpreted. ``first_line`` : the line of the file its first row stands on."""

    columns: tuple[str, ...]
    table: pa.Table
    first_line: int
    sheets: SheetRows | None = None

    @property
    def rows(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> pa.Array:
        """A column of text; null where the cell is empty."""
        return self.table.column(name).combine_chunks()

    def error(self, row: int, column: str, value: str | None, reason_zh: str, reason_en: str) -> CellError:
        """A cell of the table that is not taken, by its place in the file."""
        shown = (value or "")[:60]
        if self.sheets is None:
            line = row + self.first_line
            cell = f"{get_column_letter(self.columns.index(column) + 1)}{line}"
            return CellError(line, column, shown, reason_zh, reason_en, cell)
        line, sheet = self.sheets.row[row], self.sheets.sheet[row]
        return CellError(line, column, shown, reason_zh, reason_en, f"{self.sheets.letter[row]}{line}", sheet)


def read_table(path: Path, is_sheet: Callable[[Sheet], bool] = lambda _: False) -> TextTable | list[Sheet]:
    """The file as text, or as sheets: Excel, and CSV written like one. Raises Invalid when it is no table.

    is_sheet : whether the first lines of a CSV file are those of a sheet, with titles or with times of day as columns
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
        if head.startswith(PARQUET):
            return _parquet(path)
        raw = gzip.decompress(path.read_bytes()) if head.startswith(GZIP) else path.read_bytes()
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise Invalid(f"{path}: cannot be read: {error}") from error
    if path.suffix.lower() in (".xls", ".xlsx", ".xlsm"):
        return read_sheets(SheetFile(path.name, raw))
    if is_workbook(raw):
        return read_sheets(SheetFile(f"{path.name}.xlsx", raw))
    if is_sheet(_beginning(path, raw)):
        return read_sheets(SheetFile(f"{path.stem}.csv", raw))
    return _csv(path, raw)


def _beginning(path: Path, raw: bytes) -> Sheet:
    """The first lines of a CSV file, to see what kind it is without reading a file of gigabytes twice."""
    head = raw[:BEGINNING]
    cut = max(head.rfind(b"\n"), 0) if len(raw) > BEGINNING else len(head)
    try:
        (sheet,) = read_sheets(SheetFile(f"{path.stem}.csv", head[:cut]))
    except Invalid:
        return Sheet(path.stem, ())
    return Sheet(sheet.name, sheet.rows[:MOST_HEAD_ROWS])


def _parquet(path: Path) -> TextTable:
    try:
        table = pyarrow.parquet.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise Invalid(f"{path}: is no readable Parquet file: {error}") from error
    texts = [_as_text(table.column(name).combine_chunks(), name, path) for name in table.column_names]
    return TextTable(tuple(table.column_names), pa.table(texts, names=table.column_names), 1)


def _as_text(column: pa.Array, name: str, path: Path) -> pa.Array:
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        # Shown on the file's own clock, with its offset: where a day begins there tells how intervals are labelled.
        zone = _zone(column.type.tz)
        instants = column.cast(pa.timestamp("ms", "UTC"), safe=False).cast(pa.int64()).to_pylist()
        texts = [None if ts_ms is None else from_ms(ts_ms).astimezone(zone).isoformat() for ts_ms in instants]
        return pa.array(texts, pa.string())
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise Invalid(f"{path}: column {name} of type {column.type} is neither a time, a text nor a number") from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _csv(path: Path, raw: bytes) -> TextTable:
    text = _decoded(path, raw)
    header = next((line for line in text.splitlines() if line.strip()), "")
    if not header:
        raise Invalid(f"{path}: the file is empty")
    delimiter = max(DELIMITERS, key=header.count)
    names = [name.strip().strip('"').strip() for name in header.split(delimiter)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or "" in names:
        what = f"columns named twice: {', '.join(repeated)}" if repeated else "a column without a name"
        raise Invalid(f"{path}: the first line must name the columns, each once; it has {what}")
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(text.encode("utf-8")),
            read_options=pyarrow.csv.ReadOptions(column_names=names, skip_rows=1, block_size=1 << 24),
            parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as error:
        raise Invalid(f"{path}: is no regular table: {error}") from error
    return TextTable(tuple(names), table, 2)


def _decoded(path: Path, raw: bytes) -> str:
    if b"\x00" in raw[:4096]:
        raise Invalid(f"{path}: is neither text nor Parquet; save spreadsheets as CSV (UTF-8)")
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding).lstrip("\r\n")
        except UnicodeDecodeError:
            continue
    raise Invalid(f"{path}: the text is neither UTF-8 nor GB 18030; save it as CSV UTF-8")
