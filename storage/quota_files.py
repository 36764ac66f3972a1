"""Import of quotas (用电指标) from Excel and CSV: one figure a day, 96 columns, or 96 rows, with mistakes by cell.

Headings: 日期, then 指标 alone (one figure), or 时间 and 指标 (a row for each quarter of an hour), or 96 times of day.
范围 names the scope (``district`` where it is not given), 文号 the document. 00:00 to 23:45 name the start of
each quarter, 00:15 to 24:00 its end. The heading's unit counts: kW, MW or 万千瓦.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from domain.errors import Invalid
from domain.references import BLOCKS_PER_DAY, Quota
from domain.scopes import DISTRICT, Scope
from storage import cell_values
from storage.ledger_ports import ReferenceLedger
from storage.sheet_files import (
    HEADING_SEARCH_ROWS,
    Cell,
    CellError,
    CellMistake,
    Sheet,
    SheetFile,
    heading_key,
    read_sheets,
)

_UNITS_KW = {"kw": 1.0, "千瓦": 1.0, "": 1.0, "mw": 1_000.0, "兆瓦": 1_000.0, "万千瓦": 10_000.0}
_NAMES = {
    "day": ("日期", "day", "date"),
    "time": ("时间", "时刻", "time"),
    "scope": ("范围", "scope"),
    "source": ("文号", "来源", "source", "document"),
}
_FIGURE = re.compile(r"(?:用电指标|指标|quota|quota_kw)\(?(kw|mw|千瓦|兆瓦|万千瓦|)\)?")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")


@dataclass(frozen=True, slots=True)
class QuotaImport:
    quotas: tuple[Quota, ...]
    errors: tuple[CellError, ...]


def import_quotas(
    ledger: ReferenceLedger, actor: str, file: SheetFile, *, source: str, dry_run: bool = False
) -> QuotaImport:
    """Put every quota of the file, or none when a cell is wrong. ``source`` names the document for rows without one."""
    read = read_quotas(file, actor=actor, source=source)
    if not read.errors and not dry_run:
        for quota in read.quotas:
            ledger.put_quota(quota)
    return read


def read_quotas(file: SheetFile, *, actor: str, source: str) -> QuotaImport:
    """Raises Invalid when the file has no table of quotas."""
    quotas: list[Quota] = []
    errors: list[CellError] = []
    tables = [(sheet, layout) for sheet in read_sheets(file) if (layout := _layout(sheet)) is not None]
    if not tables:
        raise Invalid(
            f"{file.name}: 没有找到指标表，表头应有“日期”和“指标(kW)”或96个时刻 / "
            "no table of quotas; headings must hold 日期 (day) and 指标(kW) (quota), or 96 times of day"
        )
    for sheet, layout in tables:
        reading = _Reading(sheet, layout, actor, source)
        quotas += reading.quotas()
        errors += reading.errors
    return QuotaImport(tuple(quotas), tuple(sorted(errors, key=CellError.order)))


@dataclass(frozen=True, slots=True)
class _Layout:
    """figures : column -> minute of the day its heading names, or {column: None} for the one column of figures"""

    row: int
    names: Mapping[str, int]
    figures: Mapping[int, int | None]
    to_kw: float

    @property
    def minutes(self) -> list[int]:
        return [minute for minute in self.figures.values() if minute is not None]


def minute_of_day(value: object) -> int | None:
    """Minute of the day, 1440 for 24:00; None when it is no quarter of an hour."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return 1440 if value.year < 1901 else None  # Excel keeps 24:00 as the first day of its calendar
    if isinstance(value, datetime | time):
        hour, minute, exact = value.hour, value.minute, not value.second
    else:
        found = _TIME.fullmatch(unicodedata.normalize("NFKC", str(value)).strip())
        if found is None:
            return None
        hour, minute, exact = int(found.group(1)), int(found.group(2)), True
    total = hour * 60 + minute
    return total if exact and minute < 60 and total <= 1440 and total % 15 == 0 else None


def _layout(sheet: Sheet) -> _Layout | None:
    for index, row in enumerate(sheet.rows[:HEADING_SEARCH_ROWS]):
        names: dict[str, int] = {}
        single: dict[int, int | None] = {}
        times: dict[int, int | None] = {}
        to_kw = 1.0
        for cell in row:
            plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell.shown)).lower()
            named = next((name for name, words in _NAMES.items() if heading_key(cell.shown) in words), None)
            if named is not None:
                names[named] = cell.column
            elif found := _FIGURE.fullmatch(plain):
                single, to_kw = {cell.column: None}, _UNITS_KW[found.group(1)]
            elif (minute := minute_of_day(cell.value)) is not None:
                times[cell.column] = minute
        if "day" in names and (single or times):
            return _Layout(index, names, times or single, to_kw)
    return None


def blocks_of_labels(minutes: Sequence[int]) -> dict[int, int] | None:
    """Label -> block, for labels that are each of the 96 once, by start or by end; None otherwise.

    Labels of the end may write the last one 00:00: then the day begins with 00:15 and ends with 00:00.
    """
    starts = list(range(0, 1440, 15))
    if sorted(minutes) == starts and (minutes[0], minutes[-1]) == (15, 0):
        return {minute: (minute // 15 - 1) % BLOCKS_PER_DAY for minute in starts}
    if sorted(minutes) == starts:
        return {minute: minute // 15 for minute in starts}
    if sorted(minutes) == [minute + 15 for minute in starts]:
        return {minute + 15: minute // 15 for minute in starts}
    return None


class _Reading:
    def __init__(self, sheet: Sheet, layout: _Layout, actor: str, source: str) -> None:
        self.errors: list[CellError] = []
        self._sheet = sheet
        self._layout = layout
        self._actor = actor
        self._source = source
        self._seen: dict[tuple[Scope, date], Cell] = {}

    def quotas(self) -> list[Quota]:
        rows = self._sheet.rows[self._layout.row + 1 :]
        if "time" in self._layout.names:
            return self._from_long(rows)
        if self._layout.minutes and blocks_of_labels(self._layout.minutes) is None:
            cell = self._sheet.rows[self._layout.row][0]
            self._wrong(
                cell, "时刻列应为96个，00:00至23:45或00:15至24:00", "96 times are needed: 00:00-23:45 or 00:15-24:00"
            )
            return []
        return [quota for row in rows if (quota := self._from_row(row)) is not None]

    def _wrong(self, cell: Cell, message_zh: str, message_en: str) -> None:
        self.errors.append(self._sheet.error(cell, message_zh, message_en))

    def _at(self, row: Sequence[Cell], column: int) -> Cell:
        return next((cell for cell in row if cell.column == column), Cell(row[0].row, column, None))

    def _key(self, row: Sequence[Cell]) -> tuple[Scope, date, str] | None:
        names = self._layout.names
        day_cell = self._at(row, names["day"])
        scope, source, day = DISTRICT, self._source, None
        try:
            day = cell_values.day(day_cell)
            if day is None:
                raise CellMistake("缺少日期", "no day")
        except CellMistake as mistake:
            self._wrong(day_cell, mistake.message_zh, mistake.message_en)
        if "scope" in names and not self._at(row, names["scope"]).empty:
            cell = self._at(row, names["scope"])
            try:
                scope = DISTRICT if cell.shown.strip() in ("全区", "district") else Scope.parse(cell.shown.strip())
            except Invalid as error:
                self._wrong(cell, "范围应为“全区”或 enterprise:编号 这样的写法", str(error))
                return None
        if "source" in names:
            source = cell_values.text(self._at(row, names["source"])) or source
        return (scope, day, source) if day is not None else None

    def _figure_kw(self, cell: Cell) -> float | None:
        try:
            value: float | None = cell_values.figure("kW" if self._layout.to_kw == 1.0 else "")(cell)
            if value is None or not 0 < value * self._layout.to_kw < 1e9:
                raise CellMistake("指标应大于0，不能留空", "a quota must be above 0 and may not be empty")
        except CellMistake as mistake:
            self._wrong(cell, mistake.message_zh, mistake.message_en)
            return None
        return value * self._layout.to_kw

    def _quota(self, place: Cell, key: tuple[Scope, date, str], points: Sequence[float | None]) -> Quota | None:
        scope, day, source = key
        if (scope, day) in self._seen:
            other = self._seen[scope, day].place
            self._wrong(
                place, f"与{other}是同一范围、同一日期，只留一个", f"the same scope and day as {other}; keep one"
            )
            return None
        self._seen[scope, day] = place
        if not source.strip():
            self._wrong(place, "缺少文号或来源", "the document it comes from is missing")
            return None
        whole = tuple(point for point in points if point is not None)
        return Quota(scope, day, whole, source, self._actor) if len(whole) == BLOCKS_PER_DAY else None

    def _from_row(self, row: Sequence[Cell]) -> Quota | None:
        key = self._key(row)
        points: list[float | None] = [None] * BLOCKS_PER_DAY
        blocks = blocks_of_labels(self._layout.minutes)
        for column, minute in self._layout.figures.items():
            value = self._figure_kw(self._at(row, column))
            if minute is None or blocks is None:
                points = [value] * BLOCKS_PER_DAY
            else:
                points[blocks[minute]] = value
        return self._quota(self._at(row, self._layout.names["day"]), key, points) if key is not None else None

    def _from_long(self, rows: Sequence[Sequence[Cell]]) -> list[Quota]:
        """Rows of one quarter each, gathered by scope and day."""
        gathered: dict[tuple[Scope, date, str], dict[int, float | None]] = defaultdict(dict)
        first: dict[tuple[Scope, date, str], Cell] = {}
        [column] = list(self._layout.figures)[:1]
        for row in rows:
            key = self._key(row)
            cell = self._at(row, self._layout.names["time"])
            minute = minute_of_day(cell.value)
            if minute is None:
                self._wrong(cell, "时间应为整刻钟，如 13:15", "must be a quarter of an hour such as 13:15")
            value = self._figure_kw(self._at(row, column))
            if key is None or minute is None:
                continue
            if minute in gathered[key]:
                self._wrong(cell, "这一时刻已有一行", "a second row for this time")
            gathered[key][minute] = value
            first.setdefault(key, cell)
        found = [self._gathered(first[key], key, by_minute) for key, by_minute in gathered.items()]
        return [quota for quota in found if quota is not None]

    def _gathered(
        self, place: Cell, key: tuple[Scope, date, str], by_minute: Mapping[int, float | None]
    ) -> Quota | None:
        blocks = blocks_of_labels(list(by_minute))
        if blocks is None:
            zh = f"{key[1].isoformat()} 有{len(by_minute)}个时刻，应为96个：00:00至23:45或00:15至24:00"
            self._wrong(place, zh, f"{len(by_minute)} times for the day, 96 are needed: 00:00-23:45 or 00:15-24:00")
            return None
        points: list[float | None] = [None] * BLOCKS_PER_DAY
        for minute, value in by_minute.items():
            points[blocks[minute]] = value
        return self._quota(place, key, points)
