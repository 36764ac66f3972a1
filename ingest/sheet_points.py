"""Columns of times of day across a heading: P1 ... P96, 00:15 ... 24:00, 0时 ... 23时, with 24, 48 or 96 points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise

from domain.errors import Invalid
from ingest.file_layouts import Ambiguous, Label
from ingest.sheet_words import plain
from storage.sheet_cells import Cell, Sheet

DAY_MIN = 1440
#: Points of a day that files have: hours, half hours, quarters.
COUNTS = (24, 48, 96)
#: Fewer columns in a row are no curve.
FEWEST = 12

_ORDINAL = re.compile(r"(?:p|点|第|时点|数据点|t|v)[_\-]?0*(\d{1,2})(?:点|时段|个点)?(?:[(\[].*[)\]])?|0*(\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2})[:时点h](\d{2})?分?(?::00)?(?:[(\[].*[)\]])?")
_RANGE = re.compile(r"(\d{1,2}):(\d{2})(?::00)?[-~—至到](\d{1,2}):(\d{2})(?::00)?")
_FOUR = re.compile(r"([01]\d|2[0-4])([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Point:
    """minute : of the day, as the heading's clock shows; ordinal : the number of P1 ...; span_min : of 00:00-00:15"""

    column: int
    minute: int | None = None
    ordinal: int | None = None
    span_min: int | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """One quantity's columns in order. ``starts`` : where each interval begins [min of the day], -15 = 23:45 before."""

    columns: tuple[int, ...]
    starts: tuple[int, ...]
    step_min: int
    label: Label
    told: bool


def point_of(cell: Cell) -> Point | None:
    """The point of the day a heading names, or None."""
    value = cell.value
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, datetime | time):
        return Point(cell.column, minute=value.hour * 60 + value.minute) if not value.second else None
    if isinstance(value, date):
        return Point(cell.column, minute=DAY_MIN) if value.year in (1900, 1904) else None
    if isinstance(value, float):
        return _number(cell.column, value)
    return _text(cell.column, plain(value))


def _number(column: int, value: float) -> Point | None:
    if value.is_integer() and 1 <= value <= max(COUNTS):
        return Point(column, ordinal=int(value))
    minutes = value * DAY_MIN
    if 0 <= value < 1 and abs(minutes - round(minutes)) < 1e-6 and round(minutes) % 15 == 0:
        return Point(column, minute=round(minutes))  # a time whose format was lost: 0.0104167 is 00:15
    return None


def _text(column: int, text: str) -> Point | None:
    if span := _RANGE.fullmatch(text):
        first, last = _minute(span[1], span[2]), _minute(span[3], span[4])
        return Point(column, minute=first, span_min=(last - first) % DAY_MIN or None)
    if found := _CLOCK.fullmatch(text):
        minute = _minute(found[1], found[2] or "0")
        return Point(column, minute=minute) if minute <= DAY_MIN else None
    if found := _FOUR.fullmatch(text):
        minute = _minute(found[1], found[2])
        return Point(column, minute=minute) if minute <= DAY_MIN else None
    if found := _ORDINAL.fullmatch(text):
        return Point(column, ordinal=int(found[1] or found[2]))
    return None


def _minute(hour: str, minute: str) -> int:
    return int(hour) * 60 + int(minute)


def runs_of(row: Sequence[Cell]) -> list[list[Point]]:
    """Points of a heading row, cut where they begin anew (two quantities side by side)."""
    runs: list[list[Point]] = []
    for cell in row:
        point = point_of(cell)
        if point is None:
            continue
        last = runs[-1][-1] if runs else None
        if last is None or not _follows(last, point, runs[-1]):
            runs.append([point])
        else:
            runs[-1].append(_closing(point, runs[-1]))
    return [run for run in runs if len(run) >= FEWEST]


def _follows(last: Point, point: Point, run: Sequence[Point]) -> bool:
    if (last.ordinal is None) != (point.ordinal is None):
        return False
    if last.ordinal is not None and point.ordinal is not None:
        return point.ordinal > last.ordinal
    minute = _closing(point, run).minute
    return minute is not None and last.minute is not None and minute > last.minute


def _closing(point: Point, run: Sequence[Point]) -> Point:
    """00:00 after 23:45 closes the day, where the day did not begin with it."""
    begun = run[0].minute
    if point.minute == 0 and begun and len(run) >= FEWEST and (run[-1].minute or 0) + begun == DAY_MIN:
        return Point(point.column, minute=DAY_MIN, span_min=point.span_min)
    return point


def curve_of(run: Sequence[Point], sheet: Sheet, wanted: Label | None) -> Curve:
    """How the columns stand in the day. Raises Invalid naming those that are missing, Ambiguous for the label."""
    columns = tuple(p.column for p in run)
    minutes = [p.minute or 0 for p in run]
    if run[0].ordinal is not None:
        numbers = [p.ordinal or 0 for p in run]
        if numbers[0] or numbers[-1] not in COUNTS:
            return _ordinals(numbers, columns, sheet)
        minutes = [n * DAY_MIN // numbers[-1] for n in numbers]  # P0 ... P96 are instants from 00:00 to 24:00
    steps = [after - before for before, after in pairwise(minutes)]
    step = min(steps)
    if step <= 0 or DAY_MIN % step or DAY_MIN // step not in COUNTS:
        raise Invalid(
            f"{sheet.name}: 时刻列间隔为{step}分钟，只支持24、48、96点 / times {step} min apart; 24, 48 or 96 a day"
        )
    missing = [m + step * k for m, s in zip(minutes, steps, strict=False) for k in range(1, s // step)]
    if missing or any(s % step for s in steps):
        shown = "、".join(f"{m // 60:02}:{m % 60:02}" for m in missing[:5])
        raise Invalid(f"{sheet.name}: 缺少时刻列 {shown} / columns are missing: {shown}")
    if all(p.span_min == step for p in run):
        return Curve(columns, tuple(minutes), step, "start", told=True)
    label = wanted or _label(minutes, step)
    shift = step if label == "end" else 0
    return Curve(columns, tuple(m - shift for m in minutes), step, label, told=False)


def _ordinals(numbers: Sequence[int], columns: Sequence[int], sheet: Sheet) -> Curve:
    """P1 is the day's first interval, whether it is stamped 00:00 or 00:15; P0 ... P95 is the same from nought."""
    first = numbers[0]
    count = next((c for c in COUNTS if c >= numbers[-1] - (0 if first else -1)), COUNTS[-1])
    wanted = range(0, count) if first == 0 else range(1, count + 1)
    missing = [n for n in wanted if n not in set(numbers)]
    if missing:
        shown = "、".join(f"P{n}" for n in missing[:5])
        raise Invalid(f"{sheet.name}: 应有{count}个点，缺少 {shown} / {count} points are needed; missing: {shown}")
    step = DAY_MIN // count
    starts = tuple((n - wanted[0]) * step for n in numbers)
    return Curve(tuple(columns), starts, step, "end" if first else "start", told=True)


def _label(minutes: Sequence[int], step: int) -> Label:
    if (minutes[0], minutes[-1]) == (0, DAY_MIN - step):
        return "start"
    if (minutes[0], minutes[-1]) == (step, DAY_MIN):
        return "end"
    shown = f"{minutes[0] // 60:02}:{minutes[0] % 60:02}-{minutes[-1] // 60:02}:{minutes[-1] % 60:02}"
    raise Ambiguous(
        "label",
        f"时刻列为 {shown}，标在时段起点还是终点？",
        f"columns {shown}: does a time mark the start or the end of its interval?",
        ["start", "end"],
    )
