"""A file as a history: sites, interval starts and mean powers, with every cell that could not be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.arrays import BoolArray, FloatArray, IntArray
from domain.errors import Invalid
from domain.instants import Span, from_ms
from domain.series import Matrix
from ingest.file_layouts import Layout, Wanted, infer, usual_step_s
from ingest.file_times import UNREAD, Stamps, to_starts
from ingest.files import CellError, SheetRows, TextTable, read_table
from ingest.sheet_tables import is_sheet, melt
from ingest.sheet_words import site_name

#: Ways of writing that there is no value. A value that is not there is missing, never zero.
MISSING = ("", "nan", "na", "n/a", "null", "none", "-", "--", "—", "无")
_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
MOST_ERRORS = 1_000
#: Cells of the grid the values are put on; a century of quarters for a hundred sites would be less.
MOST_CELLS = 500_000_000
#: No site of a district draws more [kW].
LARGEST_KW = 1e9


@dataclass(frozen=True, eq=False)
class History:
    """Mean power of sites, missing = NaN, one matrix for the sites of each interval [kW]; where ``registers``, what the
    import registers showed at the instants instead [kWh].

    sheets : what a file of sheets told beside its values; errors : the first MOST_ERRORS cells not taken, of
    ``refused`` in all; repeats : values that stood in the file more than once with the same figure
    """

    parts: tuple[Matrix, ...]
    layout: Layout
    errors: tuple[CellError, ...]
    refused: int
    repeats: int
    sheets: SheetRows | None = None

    @property
    def registers(self) -> bool:
        return self.sheets is not None and self.sheets.registers

    @property
    def sites(self) -> tuple[str, ...]:
        return tuple(site for part in self.parts for site in part.ids)

    @property
    def values(self) -> int:
        return sum(int((~np.isnan(part.values)).sum()) for part in self.parts)

    @property
    def span(self) -> Span:
        """From the first interval's start to the last one's end."""
        ends = (int(part.ts_ms[-1]) + part.step_s * 1000 for part in self.parts)
        return Span(from_ms(min(int(part.ts_ms[0]) for part in self.parts)), from_ms(max(ends)))


class _Errors:
    def __init__(self) -> None:
        self.kept: list[CellError] = []
        self.count = 0

    def add(self, error: CellError) -> None:
        self.count += 1
        if len(self.kept) < MOST_ERRORS:
            self.kept.append(error)

    def by_place(self) -> tuple[CellError, ...]:
        """As a person goes through the file: by sheet, row and column."""
        return tuple(sorted(self.kept, key=lambda e: (e.sheet, e.row, len(e.cell), e.cell)))


def read_history(path: Path, wanted: Wanted | None = None) -> History:
    """Read a file. Raises Invalid when it cannot be read at all, Ambiguous when it can be read in two ways."""
    wanted = wanted or Wanted()
    source = read_table(path, is_sheet)
    if isinstance(source, TextTable):
        table = source
    else:
        table, wanted = melt(source, wanted, path.name)
    if not table.rows:
        raise Invalid(f"{path}: has column names but no rows")
    layout, stamps = infer(table, wanted)
    errors = _Errors()
    for error in table.sheets.errors if table.sheets is not None else ():
        errors.add(error)
    names, series, columns = _series(table, layout)
    power = [_numbers(table, name, errors) for name in columns]
    parts, repeats = [], 0
    for interval_s, members in _intervals(layout, wanted, stamps, series).items():
        cells = _Cells.of(table, replace(layout, interval_s=interval_s), stamps, series, power, members, errors)
        if cells is not None:
            matrix, again = _place(cells, tuple(names[m] for m in members), table, errors)
            parts.append(matrix)
            repeats += again
    if not parts:
        raise Invalid("the file holds no value that can be used; see its first errors: " + _some(errors))
    return History(tuple(parts), layout, errors.by_place(), errors.count, repeats, table.sheets)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The usable cells of the sites of one interval: start, site (place among them), power [kW] and row."""

    layout: Layout
    starts: IntArray
    site: IntArray
    power_kw: FloatArray
    row: IntArray

    @classmethod
    def of(
        cls,
        table: TextTable,
        layout: Layout,
        stamps: Stamps,
        series: IntArray,
        power: Sequence[FloatArray],
        members: Sequence[int],
        errors: _Errors,
    ) -> Self | None:
        concerned = np.ones(table.rows, dtype=bool) if layout.site is None else np.isin(series, members)
        starts = _starts(table, layout, stamps, series, concerned, errors)
        factor = 3600 / layout.interval_s if layout.unit == "kwh" else 1.0
        if layout.site is None:
            times, site = np.tile(starts, len(members)), np.repeat(np.arange(len(members)), len(starts))
            rows, values = np.tile(np.arange(len(starts)), len(members)), np.concatenate(power) * factor
        else:
            place = np.full(int(series.max()) + 1, -1)
            place[list(members)] = np.arange(len(members))
            scale = factor * (table.sheets.factor if table.sheets is not None else 1.0)
            times, site, rows, values = starts, place[series], np.arange(len(starts)), power[0] * scale
        good = (times != UNREAD) & ~np.isnan(values) & (site >= 0)
        return cls(layout, times[good], site[good], values[good], rows[good]) if good.any() else None


def _intervals(layout: Layout, wanted: Wanted, stamps: Stamps, series: IntArray) -> dict[int, list[int]]:
    """Sites by interval. The sites of a long file may each have their own."""
    if layout.site is None:
        return {layout.interval_s: list(range(len(layout.columns)))}
    found: dict[int, list[int]] = {}
    instants = stamps.clock_ms - stamps.offset_ms
    for site in range(int(series.max()) + 1):
        mine = instants[(series == site) & stamps.read]
        step = wanted.interval_s or usual_step_s(mine) or layout.interval_s
        found.setdefault(step, []).append(site)
    return found


def _series(table: TextTable, layout: Layout) -> tuple[tuple[str, ...], IntArray, tuple[str, ...]]:
    """Names of the sites, which one each row of a long file belongs to, and the columns that hold loads."""
    if layout.site is None:
        return tuple(site_name(c) for c in layout.columns), np.zeros(table.rows, dtype=np.int64), layout.columns
    column = table.column(layout.site)
    if column.null_count:
        raise Invalid(f"column {layout.site!r} is empty in {column.null_count} rows; each row must name its site")
    encoded = column.dictionary_encode()
    return tuple(encoded.dictionary.to_pylist()), encoded.indices.to_numpy().astype(np.int64), layout.columns


def _starts(
    table: TextTable, layout: Layout, stamps: Stamps, series: IntArray, concerned: BoolArray, errors: _Errors
) -> IntArray:
    """Interval starts of the rows concerned, UNREAD for the others and for those that cannot be placed."""
    zone = layout.zone or ZoneInfo("UTC")
    starts, nowhere = to_starts(stamps, zone, interval_s=layout.interval_s, ends=layout.label == "end", series=series)
    texts = table.column(layout.ts)

    def refuse(rows: BoolArray, reason_zh: str, reason_en: str) -> None:
        for row in np.flatnonzero(rows & concerned).tolist():
            errors.add(table.error(row, layout.ts, texts[row].as_py(), reason_zh, reason_en))

    skipped = np.zeros(len(starts), dtype=bool)
    skipped[nowhere] = True
    crooked = (starts != UNREAD) & (starts % (layout.interval_s * 1000) != 0)
    refuse(~stamps.read, "时间无法识别", "is not a time")
    refuse(
        skipped,
        f"{zone} 当地时钟没有这一时刻（夏令时跳过）；若文件用固定标准时，请改 --tz",
        f"does not exist on the clock of {zone}; if the file keeps standard time, give another --tz",
    )
    refuse(crooked, "不在数据间隔的整点上", "does not stand on the interval's grid")
    return np.where(crooked | ~concerned, UNREAD, starts)


def _numbers(table: TextTable, name: str, errors: _Errors) -> FloatArray:
    texts = pc.fill_null(table.column(name), "")
    is_number = pc.match_substring_regex(texts, _NUMBER)
    numbers = pc.if_else(is_number, pc.utf8_trim_whitespace(texts), None).cast(pa.float64())
    values = np.array(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)
    strange = ~np.asarray(is_number.to_numpy(zero_copy_only=False), dtype=bool)
    for row in np.flatnonzero(strange).tolist():
        text = texts[row].as_py()
        if text.strip().lower() not in MISSING:
            errors.add(table.error(row, name, text, "不是数字", "is not a number"))
    for row in np.flatnonzero(np.abs(values) >= LARGEST_KW).tolist():
        errors.add(table.error(row, name, texts[row].as_py(), "数值过大，请核对单位", "is too large; check the unit"))
        values[row] = np.nan
    return values


def _place(cells: _Cells, names: tuple[str, ...], table: TextTable, errors: _Errors) -> tuple[Matrix, int]:
    """Put the values on their grid. Of two that differ the first stays and the second is an error."""
    layout = cells.layout
    step_ms = layout.interval_s * 1000
    first = int(cells.starts.min())
    count = (int(cells.starts.max()) - first) // step_ms + 1
    if count * len(names) > MOST_CELLS:
        raise Invalid("the stamps spread over too long a time; one of them is probably wrong")
    cell = cells.site * count + (cells.starts - first) // step_ms
    values = np.full(len(names) * count, np.nan)
    # Assigning backwards leaves the first of several values in the cell.
    values[cell[::-1]] = cells.power_kw[::-1]
    again = np.ones(len(cell), dtype=bool)
    again[np.unique(cell, return_index=True)[1]] = False
    differs = again & (values[cell] != cells.power_kw)
    for place in np.flatnonzero(differs).tolist():
        row = int(cells.row[place])
        column = layout.columns[int(cells.site[place])] if layout.site is None else layout.columns[0]
        reason_zh, reason_en = (
            "同一时刻已有不同数值，保留先出现的",
            "differs from an earlier value of that time, which stays",
        )
        errors.add(table.error(row, column, str(table.column(column)[row].as_py()), reason_zh, reason_en))
    ts_ms = first + np.arange(count, dtype=np.int64) * step_ms
    matrix = Matrix(names, ts_ms, layout.interval_s, values.reshape(len(names), count))
    return matrix, int(again.sum() - differs.sum())


def _some(errors: _Errors) -> str:
    shown = [f"{e.place} {e.column}: {e.value!r} {e.reason_en}" for e in errors.kept[:3]]
    return "; ".join(shown) or "every cell is empty"


def first_day(history: History, zone: ZoneInfo, sites: int = 5) -> list[tuple[datetime, list[float]]]:
    """The first local day as it was read, for a dry run: interval starts and the first sites' mean powers [kW]."""
    matrix = history.parts[0]
    day = from_ms(int(matrix.ts_ms[0])).astimezone(zone).date()
    rows = []
    for place, ts_ms in enumerate(matrix.ts_ms.tolist()):
        local = from_ms(ts_ms).astimezone(zone)
        if local.date() != day:
            break
        rows.append((local, [float(v) for v in matrix.values[:sites, place]]))
    return rows
