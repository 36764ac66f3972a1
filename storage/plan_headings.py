"""Headings of an orderly-use plan as offices lay them out: one or two rows, merged, with units, levels as columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.contact_columns import ContactColumns
from storage.registry_columns import ACCOUNTS, ENTERPRISES, Column
from storage.sheet_files import HEADING_SEARCH_ROWS, Cell, Sheet, heading_key

#: Headings of plans besides those of the registry: words of offices for the same attribute.
_OTHERS = {
    "夏季最大": "summer_max_kw",
    "冬季最大": "winter_max_kw",
    "供电变电站": "substation",
    "线路名称": "feeder",
    "可错峰kw": "shiftable_kw",
    "有序用电等级": "plan_level",
    "压降负荷": "level_reduction_kw",
    "压降": "level_reduction_kw",
    "签约量": "dr_contract_kw",
    "需求响应约定量": "dr_contract_kw",
    "是否超限额标准": "limit_exceeded",
}
_LEVEL = re.compile(r"(?:等级|方案)?([a-z])(?:级|等级|级方案)?(?:压降|错避峰|压限|压减)?(?:负荷)?")
_SCALE = (("万千瓦", 10_000.0), ("mw", 1_000.0), ("兆瓦", 1_000.0))
#: Two rows of headings fewer than this alike are no plan.
FEWEST_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class PlanHeadings:
    """last : index of the last heading row; columns : column number -> what it holds; levels : column number -> letter
    to_kw : column number -> factor of its unit; cumulative : as the sheet declares it, None = it does not say
    """

    last: int
    columns: Mapping[int, Column]
    levels: Mapping[int, str]
    to_kw: Mapping[int, float]
    contacts: ContactColumns
    cumulative: bool | None
    doubles: tuple[tuple[Cell, Cell], ...]


@dataclass(frozen=True, slots=True)
class _Heading:
    cell: Cell
    own: str
    above: str


def find_headings(sheet: Sheet, letters: Sequence[str]) -> PlanHeadings | None:
    """The row, or pair of rows, that names the most columns of a plan; None where no 户号 column is found."""
    best: PlanHeadings | None = None
    for first in range(min(HEADING_SEARCH_ROWS, len(sheet.rows))):
        for last in (first, first + 1):
            if last < len(sheet.rows):
                found = _read(sheet, first, last, letters)
                if found is not None and (best is None or _known(found) > _known(best)):
                    best = found
    return best


def _known(found: PlanHeadings) -> int:
    return len(found.columns) + len(found.levels)


def column_of(heading: str) -> Column | None:
    """Accounts first: 户号 is what names a row of a plan. 企业编号 is the enterprise's own number, not a field of the
    account: it says whose an account is that the registry does not know yet."""
    other = _OTHERS.get(heading_key(heading))
    for kind in (ACCOUNTS, ENTERPRISES):
        for column in kind.columns:
            if column.field in ("valid_from", "closed", "enterprise"):
                continue
            if column.field == other or heading_key(heading) in column.keys:
                return column
    return None


def _read(sheet: Sheet, first: int, last: int, letters: Sequence[str]) -> PlanHeadings | None:
    columns: dict[int, Column] = {}
    levels: dict[int, str] = {}
    to_kw: dict[int, float] = {}
    doubles: list[tuple[Cell, Cell]] = []
    seen: dict[str, Cell] = {}
    for heading in _headings(sheet, first, last):
        whole = heading.above + heading.own
        to_kw[heading.cell.column] = _scale(whole)
        letter = _letter(heading, letters)
        if letter is not None:
            levels[heading.cell.column] = letter
            continue
        column = column_of(heading.own) or column_of(whole)
        if column is None:
            continue
        key = f"{column.read.__name__}:{column.field}" if column.field == "id" else column.field
        if column.field == "id" and column not in ACCOUNTS.columns:
            key = "enterprise"
        if key in seen:
            doubles.append((heading.cell, seen[key]))
            continue
        seen[key] = heading.cell
        columns[heading.cell.column] = column
    has_account = any(column is ACCOUNTS.columns[0] for column in columns.values())
    if not has_account or len(columns) + len(levels) < FEWEST_COLUMNS:
        return None
    contacts = ContactColumns.found_in([h.cell for h in _headings(sheet, first, last)], ENTERPRISES)
    said = "".join(cell.shown for row in sheet.rows[: last + 1] for cell in row)
    return PlanHeadings(last, columns, levels, to_kw, contacts, _cumulative(said), tuple(doubles))


def _headings(sheet: Sheet, first: int, last: int) -> list[_Heading]:
    """One for each column; a merged heading stands in its first cell and counts for the empty ones beside it."""
    lower = {cell.column: cell for cell in sheet.rows[last]}
    if first == last:
        return [_Heading(cell, cell.shown, "") for cell in lower.values() if not cell.empty]
    upper = {cell.column: cell for cell in sheet.rows[first]}
    found, above = [], ""
    for number in sorted(upper.keys() | lower.keys()):
        top, own = upper.get(number), lower.get(number)
        if top is not None and not top.empty:
            above = top.shown
        if own is not None and not own.empty:
            found.append(_Heading(own, own.shown, above))
        elif top is not None and not top.empty:
            found.append(_Heading(top, top.shown, ""))
    return found


def _letter(heading: _Heading, letters: Sequence[str]) -> str | None:
    found = _LEVEL.fullmatch(heading_key(heading.own))
    if found is None or found.group(1).upper() not in letters:
        return None
    told = heading.above + heading.own
    return found.group(1).upper() if re.search(r"级|压|错避峰", told) else None


def _scale(heading: str) -> float:
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", heading)).lower()
    return next((factor for word, factor in _SCALE if word in plain), 1.0)


def _cumulative(text: str) -> bool | None:
    if re.search("(?<!非)累计", text) or "cumulative" in text.lower():
        return True
    return False if re.search(r"逐级|单级|分级|非累|per level", text.lower()) else None
