"""One sheet's rows to values: what is a value, its unit and multiplier, and the instant it is stamped with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
from openpyxl.utils import get_column_letter

from domain.errors import Invalid
from ingest.file_layouts import Ambiguous, Wanted
from ingest.sheet_facts import FactsReader, SheetRow
from ingest.sheet_headings import Headings, Values, applied_for, unit_for
from ingest.sheet_meanings import value_of
from ingest.sheet_melting import Melting
from ingest.sheet_points import DAY_MIN, Curve
from ingest.sheet_totals import Told, told_by_totals
from ingest.sheet_words import Kind, Part, Unit, is_closing, kind_of, part_of
from storage.sheet_cells import Cell, CellMistake, Sheet

MOST_CELLS = 20_000_000


class SheetReading:
    """One sheet's rows, top to bottom."""

    def __init__(self, into: Melting, sheet: Sheet, headings: Headings, wanted: Wanted) -> None:
        self._into = into
        self._sheet = sheet
        self._headings = headings
        self._wanted = wanted
        self._facts = FactsReader(into, sheet, headings)
        self._closed = self._others = 0
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
        found = self._facts.facts(cells)
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
        if self._facts.carried:
            self._into.notes.append(
                f"{name}: {self._facts.carried} 行没有户号，沿用上一行（合并单元格） / "
                "rows without an account follow the row above"
            )

    def _is_heading_again(self, cells: dict[Part, Cell]) -> bool:
        """Printed sheets repeat their headings on every page."""
        return any(part_of(cell.shown) is part for part, cell in cells.items() if not cell.empty)

    def _times(self, found: SheetRow) -> float:
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

    def _put(self, found: SheetRow, values: Values, by_column: dict[int, Cell], number: int) -> None:
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
            if len(into.values) >= MOST_CELLS:
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

    def _unit(self, values: Values, found: SheetRow) -> Unit:
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


def _stamp(found: SheetRow, start_min: int | None) -> str | None:
    if start_min is not None and found.day is not None:
        at = datetime(found.day.year, found.day.month, found.day.day) + timedelta(minutes=start_min)
        return at.strftime("%Y-%m-%d %H:%M")
    if found.day is not None and re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", found.clock):
        return f"{found.day.isoformat()} {found.clock}"
    return found.clock or None
