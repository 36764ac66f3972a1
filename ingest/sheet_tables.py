"""Sheets to one long table of text: a row for each value, with its site, its stamp and the cell it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
from openpyxl.utils import get_column_letter

from domain.errors import Invalid
from ingest.file_layouts import Ambiguous, Wanted
from ingest.files import CellError, SheetRows, TextTable
from ingest.sheet_headings import Headings, Values, applied_for, find_headings, instant_note, unit_for
from ingest.sheet_meanings import Mistaken, clock_of, day_of, identifier_of, positive_of, ratio_of, value_of
from ingest.sheet_points import DAY_MIN, Curve, runs_of
from ingest.sheet_totals import Told, told_by_totals
from ingest.sheet_words import Kind, Part, Unit, is_closing, kind_of, part_of
from storage import cell_values
from storage.sheet_cells import Cell, CellMistake, Sheet

TS, SITE, VALUE = "ts", "site", "value"
_MOST_CELLS = 20_000_000
_FIGURE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def is_sheet(sheet: Sheet) -> bool:
    """Whether a CSV file is written like a sheet: titles above its headings, or times of day across them."""
    if not sheet.rows:
        return False
    if any(runs_of(row) for row in sheet.rows):
        return True
    first = [cell for cell in sheet.rows[0] if not cell.empty]
    later = [len([c for c in row if not c.empty]) for row in sheet.rows[1:]]
    titled_above = len(first) == 1 and bool(later) and max(later) > 1
    two_columns = {Part.DAY, Part.TIME} <= {part for c in first if (part := part_of(c.shown)) is not None}
    return titled_above or two_columns


def melt(sheets: Sequence[Sheet], wanted: Wanted, name: str) -> tuple[TextTable, Wanted]:
    """The values of all sheets, and how they are then to be read. Raises Invalid, or Ambiguous with the question."""
    found = _Melting(several=len([s for s in sheets if s.rows]) > 1)
    told: list[Headings] = []
    for sheet in sheets:
        headings = find_headings(sheet, wanted) if sheet.rows else None
        if headings is None:
            found.notes += [f"{sheet.name}: 未识别为负荷表，未读取 / no table of loads, not read"] if sheet.rows else []
            continue
        told.append(headings)
        found.take(sheet, headings, wanted)
    if not told:
        raise Invalid(
            f"{name}: 没有找到表头，应有“日期”和时刻列（P1…P96 或 00:15…24:00），或“时间”列 / no headings found: a day "
            "(日期) with columns P1 ... P96 or 00:15 ... 24:00, or a column of the time (时间)"
        )
    if not found.values:
        raise Invalid(f"{name}: 没有可用的数值 / no value that can be used: " + "; ".join(map(str, found.errors[:3])))
    if found.doubts:
        _ask_multiplier(found)
    if len(found.kinds) > 1:
        raise Invalid(
            f"{name}: 同一文件既有示数又有功率或电量，请分开导入 / registers and loads in one file: import them apart"
        )
    return found.table(), _as_long(wanted, told, registers=found.kinds == {True})


def _ask_multiplier(found: _Melting) -> None:
    site, multiplier = found.doubts[0]
    cells = zip(found.sites, found.values, found.factor, strict=True)
    own = [(text, factor) for name, text, factor in cells if name == site and text and _FIGURE.fullmatch(text)]
    values = [abs(float(text)) * factor for text, factor in own]
    most = max(values, default=0.0)
    raise Ambiguous(
        "multiplier",
        f"文件有倍率，数值乘过倍率吗？如 {site} 最大 {most:,.2f} kW，乘 {multiplier:g} 为 {most * multiplier:,.2f} kW",
        f"a column of multipliers: are the values multiplied? {site} has at most {most:,.2f} kW as written, times "
        f"{multiplier:g} it is {most * multiplier:,.2f} kW",
        ["apply", "applied"],
    )


def _as_long(wanted: Wanted, told: Sequence[Headings], *, registers: bool) -> Wanted:
    curves = [v.curve for h in told for v in h.values if v.curve is not None]
    steps = {curve.step_min * 60 for curve in curves}
    if wanted.interval_s is not None and steps and steps != {wanted.interval_s}:
        raise Invalid(f"--interval {wanted.interval_s} s, but the sheets have {', '.join(map(str, sorted(steps)))} s")
    all_curves = len(curves) == sum(len(h.values) for h in told)
    return replace(
        wanted,
        layout="long",
        ts=TS,
        site=SITE,
        value=VALUE,
        columns=(),
        unit="kw",  # every row carries its factor to kW
        # A register stands at the instant it is stamped with, whatever interval ends there.
        label="start" if all_curves or registers else wanted.label,
        interval_s=wanted.interval_s or (steps.pop() if all_curves and len(steps) == 1 else None),
    )


@dataclass(slots=True)
class _Row:
    """Facts of one row of a sheet."""

    site: str
    day: date | None
    clock: str
    multiplier: float
    unit_text: str
    quantity: str


@dataclass(slots=True)
class _Melting:
    several: bool
    stamps: list[str | None] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    values: list[str | None] = field(default_factory=list)
    sheet: list[str] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    letter: list[str] = field(default_factory=list)
    factor: list[float] = field(default_factory=list)
    multipliers: dict[str, set[float]] = field(default_factory=dict)
    applied: dict[str, bool] = field(default_factory=dict)
    doubts: list[tuple[str, float]] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    kinds: set[bool] = field(default_factory=set)

    def table(self) -> TextTable:
        columns = {
            TS: pa.array(self.stamps, pa.string()),
            SITE: pa.array(self.sites, pa.string()),
            VALUE: pa.array(self.values, pa.string()),
        }
        rows = SheetRows(
            self.sheet,
            self.row,
            self.letter,
            np.array(self.factor),
            {site: tuple(sorted(given)) for site, given in self.multipliers.items()},
            self.applied,
            tuple(self.errors),
            self.accounts,
            self.names,
            tuple(self.notes),
            registers=self.kinds == {True},
        )
        return TextTable((TS, SITE, VALUE), pa.table(columns), 1, rows)

    def take(self, sheet: Sheet, headings: Headings, wanted: Wanted) -> None:
        self.notes += [*headings.notes, *instant_note(sheet, headings)]
        reading = _SheetReading(self, sheet, headings, wanted)
        for row in sheet.rows[headings.last_row + 1 :]:
            reading.take(row)
        reading.finish()

    def refuse(self, sheet: Sheet, cell: Cell, column: str, mistake: CellMistake) -> None:
        name = sheet.name if self.several else ""
        self.errors.append(
            CellError(cell.row, column, cell.shown[:60], mistake.message_zh, mistake.message_en, cell.place, name)
        )


class _SheetReading:
    """One sheet's rows, top to bottom."""

    def __init__(self, into: _Melting, sheet: Sheet, headings: Headings, wanted: Wanted) -> None:
        self._into = into
        self._sheet = sheet
        self._headings = headings
        self._wanted = wanted
        self._identity: dict[Part, str] = {}
        self._carried = self._closed = self._others = 0
        self._units: dict[str, Unit] = {}
        self._totals = self._told_by_totals()
        said = applied_for(headings, wanted)
        self._applied = self._totals.applied if said is None else said

    def take(self, row: Sequence[Cell]) -> None:
        by_column = {cell.column: cell for cell in row}
        number = row[0].row
        cells = {part: by_column.get(c, Cell(number, c, None)) for part, c in self._headings.parts.items()}
        first = next(cell for cell in row if not cell.empty)
        if is_closing(first.shown) or any(is_closing(c.shown) for p, c in cells.items() if p in (Part.DAY, Part.NAME)):
            self._closed += 1
            return
        values = [
            (value, by_column.get(column, Cell(number, column, None)))
            for value in self._headings.values
            for column in value.columns
        ]
        if all(cell.empty for _, cell in values) or self._is_heading_again(cells):
            return
        found = self._facts(cells)
        if found is None:
            return
        if found.quantity and kind_of(found.quantity) in (Kind.OTHER, Kind.REGISTER):
            self._others += 1
            return
        for each in self._headings.values:
            self._put(found, each, by_column, number)

    def _told_by_totals(self) -> Told:
        parts = self._headings.parts
        curves = [values.curve for values in self._headings.values if values.curve is not None]
        if Part.TOTAL not in parts or len(curves) != 1:
            return Told()
        rows = self._sheet.rows[self._headings.last_row + 1 :]
        return told_by_totals(rows, curves[0], parts[Part.TOTAL], parts.get(Part.MULTIPLIER))

    def _read_as(self) -> Iterator[str]:
        """How each group of values was read, for the person to check."""
        for values in self._headings.values:
            unit = self._units.get(values.told.strip())
            if unit is None:
                continue
            curve = values.curve
            shape = "逐行 by rows"
            if curve is not None:
                first = curve.starts[0] % DAY_MIN
                shape = (
                    f"{DAY_MIN // curve.step_min} 点 points, 首列起于 the first begins {first // 60:02}:{first % 60:02}"
                )
            factor = "" if unit.factor == 1 else f" × {unit.factor:g}"
            times = ""
            if self._into.multipliers and self._applied is not None:
                times = ", 倍率已乘 multiplied already" if self._applied else ", 已乘倍率列 multiplied by its column"
            what = "示数 registers kWh" if unit.kind is Kind.REGISTER else f"单位 unit {unit.kind}"
            yield f"{self._sheet.name}: {shape}, {what}{factor}{times}"

    def finish(self) -> None:
        name = self._sheet.name
        self._into.notes += self._read_as()
        if self._closed:
            self._into.notes.append(f"{name}: {self._closed} 行合计或表尾未取 / rows of totals or footers not taken")
        if self._others:
            self._into.notes.append(f"{name}: {self._others} 行为其他数据项，未取 / rows of other quantities not taken")
        if self._carried:
            self._into.notes.append(
                f"{name}: {self._carried} 行没有户号，沿用上一行（合并单元格） / "
                "rows without an account follow the row above"
            )

    def _is_heading_again(self, cells: dict[Part, Cell]) -> bool:
        """Printed sheets repeat their headings on every page."""
        return any(part_of(cell.shown) is part for part, cell in cells.items() if not cell.empty)

    def _facts(self, cells: dict[Part, Cell]) -> _Row | None:
        try_cell = next(iter(cells.values()), None)
        part = None
        try:
            site = self._site(cells)
            part = Part.DAY
            try_cell = cells.get(Part.DAY)
            day = self._day(cells)
            part, try_cell = Part.TIME, cells.get(Part.TIME)
            clock = clock_of(try_cell) if try_cell is not None else ""
            part, try_cell = Part.MULTIPLIER, cells.get(Part.MULTIPLIER)
            multiplier = self._multiplier(cells)
        except Mistaken as mistaken:
            self._into.refuse(self._sheet, mistaken.cell, mistaken.column, mistaken.mistake)
            return None
        except CellMistake as mistake:
            cell = try_cell or Cell(1, 1, None)
            self._into.refuse(self._sheet, cell, str(part), mistake)
            return None
        unit_text = cells[Part.UNIT].shown if Part.UNIT in cells else ""
        quantity = cells[Part.QUANTITY].shown if Part.QUANTITY in cells else ""
        return _Row(site, day, clock, multiplier, unit_text, quantity)

    def _site(self, cells: dict[Part, Cell]) -> str:
        """The meter where the sheet has one, else the account, the name, what the title says, or the sheet's name."""
        given: dict[Part, str] = {}
        for part in (Part.METER, Part.ACCOUNT, Part.NAME):
            text = ""
            if part in cells:
                text = identifier_of(cells[part]) if part is not Part.NAME else cell_values.text(cells[part])
            if text:
                given[part] = text
        if not given and self._identity and self._headings.parts.keys() & {Part.METER, Part.ACCOUNT, Part.NAME}:
            self._carried += 1
            given = self._identity.copy()
        elif given:
            self._identity = given
        title: dict[Part, str] = {
            p: self._headings.title[p] for p in (Part.METER, Part.ACCOUNT, Part.NAME) if p in self._headings.title
        }
        whole: dict[Part, str] = {**title, **given}
        site = whole.get(Part.METER) or whole.get(Part.ACCOUNT) or whole.get(Part.NAME) or self._sheet.name.strip()
        if Part.ACCOUNT in whole:
            self._into.accounts[site] = whole[Part.ACCOUNT]
        if Part.NAME in whole:
            self._into.names[site] = whole[Part.NAME]
        return site

    def _day(self, cells: dict[Part, Cell]) -> date | None:
        cell = cells.get(Part.DAY)
        if cell is not None:
            return day_of(cell, self._sheet)
        if Part.DAY in self._headings.title and Part.TIME not in cells:
            return day_of(Cell(1, 1, self._headings.title[Part.DAY]), self._sheet)
        return None

    def _multiplier(self, cells: dict[Part, Cell]) -> float:
        if Part.MULTIPLIER in cells and not cells[Part.MULTIPLIER].empty:
            return positive_of(cells[Part.MULTIPLIER])
        if Part.CT in cells or Part.PT in cells:
            ratios = [ratio_of(cells[part]) for part in (Part.CT, Part.PT) if part in cells and not cells[part].empty]
            return float(np.prod(ratios)) if ratios else np.nan
        stated = self._headings.title.get(Part.MULTIPLIER)
        return positive_of(Cell(1, 1, stated)) if stated else np.nan

    def _times(self, found: _Row) -> float:
        """What values are multiplied by: 1 where they are multiplied already."""
        given = not np.isnan(found.multiplier)
        if given:
            self._into.multipliers.setdefault(found.site, set()).add(found.multiplier)
        if self._applied is not None:
            self._into.applied[found.site] = self._applied
            return found.multiplier if given and not self._applied else 1.0
        if given and found.multiplier != 1.0:
            self._into.doubts.append((found.site, found.multiplier))
        return 1.0

    def _put(self, found: _Row, values: Values, by_column: dict[int, Cell], number: int) -> None:
        into = self._into
        unit = self._unit(values, found)
        self._units.setdefault(values.told.strip(), unit)
        times = self._times(found)
        curve = values.curve
        step_min = curve.step_min if curve is not None else None
        shift_min = self._register_shift(curve) if unit.kind is Kind.REGISTER else 0
        into.kinds.add(unit.kind is Kind.REGISTER)
        site = found.site if values.site is None else values.site
        for place, column in enumerate(values.columns):
            cell = by_column.get(column, Cell(number, column, None))
            try:
                text = value_of(cell)
            except CellMistake as mistake:
                into.refuse(self._sheet, cell, values.told.strip() or site, mistake)
                continue
            if text is None:
                continue
            if len(into.values) >= _MOST_CELLS:
                raise Invalid("the file holds too many values for one import; split it")
            into.stamps.append(_stamp(found, curve.starts[place] + shift_min if curve is not None else None))
            into.sites.append(site)
            into.values.append(text)
            into.sheet.append(self._sheet.name if into.several else "")
            into.row.append(number)
            into.letter.append(get_column_letter(column))
            factor = unit.factor
            if unit.kind is Kind.ENERGY:
                factor /= step_min / 60 if step_min is not None else self._hours()
            into.factor.append(factor * times)

    def _register_shift(self, curve: Curve | None) -> int:
        """From where a column's interval begins to the instant its register was read [min].

        A clock in the heading says it. P1 may have been read at 00:00 or at 00:15, and files do both.
        """
        if curve is None:
            return 0
        label = curve.label
        if curve.told and self._wanted.label is None and label == "end":
            raise Ambiguous(
                "label",
                "示数曲线的 P1 是 0:00 的示数（start）还是第一个时段末的示数（end）？",
                "registers P1 ...: was P1 read at 00:00 (start) or at the end of the first interval (end)?",
                ["start", "end"],
            )
        if curve.told and self._wanted.label is not None:
            label = self._wanted.label
        return curve.step_min if label == "end" else 0

    def _unit(self, values: Values, found: _Row) -> Unit:
        """As said, or as the daily totals tell; hourly values need neither: the mean kW of an hour is its kWh."""
        told = self._totals.kind
        try:
            unit = unit_for(values.told, self._headings, found.unit_text, found.quantity, self._wanted)
        except Ambiguous:
            hourly = values.curve is not None and values.curve.step_min == 60
            if told is None and not hourly:
                raise
            return Unit(told or Kind.POWER, 1.0)
        if told is not None and unit.kind is not told and self._wanted.unit is None:
            raise Ambiguous(
                "unit",
                f"表头说是{unit.kind}，合计列却与{told}相符，数值是平均功率还是时段电量？",
                f"the headings say {unit.kind}, the totals agree with {told}: mean power or energy of the interval?",
                ["kw", "kwh"],
            )
        return unit

    def _hours(self) -> float:
        if self._wanted.interval_s is None:
            raise Ambiguous(
                "interval",
                "逐行电量换算为功率需要数据间隔，是多少？",
                "rows of energy need their interval; what is it?",
                ["15m", "30m", "1h"],
            )
        return self._wanted.interval_s / 3600


def _stamp(found: _Row, start_min: int | None) -> str | None:
    if start_min is not None and found.day is not None:
        at = datetime(found.day.year, found.day.month, found.day.day) + timedelta(minutes=start_min)
        return at.strftime("%Y-%m-%d %H:%M")
    if found.day is not None and re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", found.clock):
        return f"{found.day.isoformat()} {found.clock}"
    return found.clock or None
