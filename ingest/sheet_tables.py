"""Sheets to one long table of text: a row for each value, with its site, its stamp and the cell it stands in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from domain.errors import Invalid
from ingest.file_layouts import Ambiguous, Wanted
from ingest.files import TextTable
from ingest.sheet_headings import Headings, find_headings, instant_note
from ingest.sheet_melting import SITE, TS, VALUE, Melting
from ingest.sheet_points import runs_of
from ingest.sheet_reading import SheetReading
from ingest.sheet_words import Part, part_of
from storage.sheet_cells import Sheet

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
    found = Melting(several=len([s for s in sheets if s.rows]) > 1)
    told: list[Headings] = []
    for sheet in sheets:
        headings = find_headings(sheet, wanted) if sheet.rows else None
        if headings is None:
            found.notes += [f"{sheet.name}: 未识别为负荷表，未读取 / no table of loads, not read"] if sheet.rows else []
            continue
        told.append(headings)
        _take(found, sheet, headings, wanted)
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


def _ask_multiplier(found: Melting) -> None:
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


def _take(found: Melting, sheet: Sheet, headings: Headings, wanted: Wanted) -> None:
    found.notes += [*headings.notes, *instant_note(sheet, headings)]
    reading = SheetReading(found, sheet, headings, wanted)
    for row in sheet.rows[headings.last_row + 1 :]:
        reading.take(row)
    reading.finish()
