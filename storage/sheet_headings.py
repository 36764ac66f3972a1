"""Headings of a table: in which row they end, which column each means, and the unit that stands in brackets with it.

Headings may stand in one row or in up to three, wide ones merged over narrow ones. A unit in a merged heading holds
for the columns under the merge and no farther.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from storage.cell_values import Reader
from storage.sheet_cells import HEADING_SEARCH_ROWS, Cell, Sheet, heading_key

#: Rows of merged headings that may stand above the last one.
MOST_ABOVE = 2
#: What stands under a flow's heading where a table has the month's figure and the one since January.
OF_THE_MONTH = ("本月", "当月", "本期")
SINCE_JANUARY = ("累计", "本年累计", "年累计", "本月累计", "自年初累计", "1-本月", "1—本月")


@dataclass(frozen=True, slots=True)
class Field:
    """words : headings that mean it; needed : there is no table without it; empty : what an empty cell is told

    measured : a quantity, whose unit may stand in a merged heading above it
    """

    name: str
    words: tuple[str, ...]
    read: Reader
    needed: bool = False
    empty: tuple[str, str] | None = None
    measured: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """row : index of the last row of headings; units : field -> the text in brackets behind its heading"""

    row: int
    columns: Mapping[str, int]
    units: Mapping[str, str]


def flow_words(*words: str, cumulative: bool) -> tuple[str, ...]:
    """Headings of a flow, alone or over the one of its two columns that is asked for: 购进量, and 购进量 over 累计."""
    under = SINCE_JANUARY if cumulative else OF_THE_MONTH
    return (*words, *(f"{word}{each}" for word in words for each in under))


def layout_of(sheet: Sheet, fields: Sequence[Field]) -> Layout | None:
    """The one under which no heading is left, of these the one that knows most of the fields, and then the first."""
    found = [
        layout
        for index in range(min(HEADING_SEARCH_ROWS, len(sheet.rows)))
        for headings in _headings(sheet, index)
        if (layout := _layout(sheet, index, headings, fields)) is not None
    ]
    return max(found, key=lambda layout: (_ends(sheet, layout), len(layout.columns)), default=None)


def plain_heading(text: str) -> tuple[str, str]:
    """A heading without its bracket, and what stands in it."""
    key = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
    found = re.search(r"\((.*?)\)", key)
    plain = re.sub(r"\(.*", "", heading_key(text)).rstrip(":")
    return re.sub(r"^(其中:?|[0-9一二三四五六七八九十]+[.、])+", "", plain), found.group(1) if found else ""


def _ends(sheet: Sheet, layout: Layout) -> bool:
    """No heading of its columns is merged over the next column or row: there, narrower ones stand below."""
    row = sheet.rows[layout.row][0].row
    return not any(
        merge.first_row <= row <= merge.last_row and (merge.last_row > row or merge.last_column > merge.first_column)
        for merge in sheet.merged
        if any(merge.first_column <= column <= merge.last_column for column in layout.columns.values())
    )


def _headings(sheet: Sheet, index: int) -> Iterator[dict[int, tuple[str, ...]]]:
    """Column -> what may be its heading: the row alone, then with one and two rows of merged headings above it."""
    own = {cell.column: cell.shown for cell in sheet.rows[index] if not cell.empty}
    found: dict[int, tuple[str, ...]] = {column: (text,) for column, text in own.items()}
    yield found
    for above in range(index - 1, max(index - MOST_ABOVE - 1, -1), -1):
        found = _under(sheet, sheet.rows[above], found, own)
        yield found


def _under(
    sheet: Sheet, row: Sequence[Cell], below: Mapping[int, tuple[str, ...]], own: Mapping[int, str]
) -> dict[int, tuple[str, ...]]:
    """What a row of wide headings adds: joined with the heading under it, or alone where no period stands under it."""
    above = {cell.column: cell for cell in row if not cell.empty}
    wide: dict[int, tuple[str, ...]] = {}
    last: Cell | None = None
    for column in range(1, max([*below, *above], default=0) + 1):
        last = above.get(column, last)
        if last is not None and column > _reach(sheet, last):
            last = None
        name = own.get(column, "")
        joined = f"{plain_heading(last.shown)[0]}{name}" if last is not None and name else ""
        over_periods = plain_heading(name)[0] in (*OF_THE_MONTH, *SINCE_JANUARY)
        alone = above[column].shown if column in above and not over_periods else ""
        wide[column] = tuple(text for text in (*below.get(column, ()), joined, alone) if text)
    return wide


def _reach(sheet: Sheet, cell: Cell) -> int:
    """The last column a heading stands over: to its merge's end; where none is told (CSV), to the next heading."""
    merge = next((each for each in sheet.merged if each.holds(cell.row, cell.column)), None)
    return merge.last_column if merge is not None else len(max(sheet.rows, key=len))


def _layout(sheet: Sheet, index: int, headings: Mapping[int, Sequence[str]], fields: Sequence[Field]) -> Layout | None:
    columns: dict[str, int] = {}
    units: dict[str, str] = {}
    for column, texts in headings.items():
        for text in texts:
            plain, unit = plain_heading(text)
            name = next((each.name for each in fields if plain in each.words and each.name not in columns), None)
            if name is not None:
                columns[name], units[name] = column, unit
                break
    if not all(each.name in columns for each in fields if each.needed):
        return None
    measured = {columns[each.name] for each in fields if each.measured and each.name in columns}
    others = set(columns.values()) - measured
    for name, column in columns.items():
        if not units[name] and column in measured:
            units[name] = _unit_above(sheet, index, column, others)
    return Layout(index, columns, {name: unit for name, unit in units.items() if unit})


def _unit_above(sheet: Sheet, index: int, column: int, others: set[int]) -> str:
    """The unit of the nearest heading merged over the column and over quantities alone: a title lies over all."""
    for row in reversed(sheet.rows[max(index - MOST_ABOVE, 0) : index]):
        merge = next((each for each in sheet.merged if each.holds(row[0].row, column)), None)
        if merge is None or any(merge.first_column <= other <= merge.last_column for other in others):
            continue
        unit = plain_heading(next((cell.shown for cell in row if cell.column == merge.first_column), ""))[1]
        if unit:
            return unit
    return ""
