"""Load files as other people write them, read as text: CSV (plain or gzip) and Parquet, told by content."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from domain.errors import Invalid
from domain.instants import from_ms

GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class TextTable:
    """A file as columns of text, nothing interpreted. ``first_line`` : the line of the file its first row stands on."""

    columns: tuple[str, ...]
    table: pa.Table
    first_line: int

    @property
    def rows(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> pa.Array:
        """A column of text; null where the cell is empty."""
        return self.table.column(name).combine_chunks()


def read_table(path: Path) -> TextTable:
    """The file as text. Raises Invalid when it cannot be opened or is no table."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
        if head.startswith(PARQUET):
            return _parquet(path)
        raw = gzip.decompress(path.read_bytes()) if head.startswith(GZIP) else path.read_bytes()
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise Invalid(f"{path}: cannot be read: {error}") from error
    return _csv(path, raw)


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
