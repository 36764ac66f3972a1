"""Months in sheets: one, or several merged into one figure (1-2月, 一季度), which only an estimate can take apart."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime

from domain.months import months_between
from storage.sheet_files import Cell, CellMistake

_MONTH = re.compile(r"(20\d\d)(?:[-年/.](\d{1,2})月?|(0[1-9]|1[0-2]))")
_SPAN = re.compile(r"(20\d\d)[-年/.](\d{1,2})月?[-—–~至到]+(?:\1[-年/.])?(\d{1,2})月?")
_QUARTER = re.compile(r"(20\d\d)年?(?:第?([一二三四1-4])季度|q([1-4]))")
_HALF = re.compile(r"(20\d\d)年?([上下])半年")
_NUMBERS = {"一": 1, "二": 2, "三": 3, "四": 4}


@dataclass(frozen=True, slots=True)
class Period:
    """From the month ``first`` to the month ``last``, both included and named by their first day."""

    first: date
    last: date

    @property
    def months(self) -> tuple[date, ...]:
        return months_between(self.first, self.last)

    def shares(self) -> list[float]:
        """Of each month by its days; they add up to one."""
        days = [monthrange(month.year, month.month)[1] for month in self.months]
        return [each / sum(days) for each in days]


def period(cell: Cell) -> Period:
    """Raises CellMistake."""
    if isinstance(cell.value, datetime | date):
        return _of(cell.value.year, cell.value.month, cell.value.month)
    if isinstance(cell.value, float) and not cell.value.is_integer():
        # 2026.10 typed as a number is kept as 2026.1, and nobody can tell October from January.
        raise CellMistake("月份存成了小数，10月会变成1月；请写作 2026-03", "a decimal number; write the month 2026-03")
    found = period_of(cell.shown)
    if found is None:
        raise CellMistake("月份应写作 2026-03", "a month is written 2026-03")
    return found


def period_of(text: str) -> Period | None:
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
    if found := _MONTH.fullmatch(plain):
        month = int(found.group(2) or found.group(3))
        return _checked(int(found.group(1)), month, month)
    if found := _SPAN.fullmatch(plain):
        return _checked(*(int(part) for part in found.groups()))
    if found := _QUARTER.fullmatch(plain):
        quarter = int(_NUMBERS.get(found.group(2) or "", found.group(2) or found.group(3)))
        return _checked(int(found.group(1)), quarter * 3 - 2, quarter * 3)
    if found := _HALF.fullmatch(plain):
        first = 1 if found.group(2) == "上" else 7
        return _checked(int(found.group(1)), first, first + 5)
    return None


def _checked(year: int, first: int, last: int) -> Period | None:
    return _of(year, first, last) if 1 <= first <= last <= 12 else None


def _of(year: int, first: int, last: int) -> Period:
    return Period(date(year, first, 1), date(year, last, 1))


def refuse_merged(found: Period) -> CellMistake:
    zh = f"{found.first:%Y-%m}至{found.last:%m}月合并为一个数，不能当作单月；可用“估算单月”按天数拆分并标记为估算"
    return CellMistake(zh, "several months in one figure; --estimate-months splits it by days, marked as an estimate")
