"""A table under its headings: each row as a mapping of fields, each mistake in its cell.

Headings may stand in one row or in two (a wide one merged over narrow ones), and may carry a unit in brackets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.errors import Invalid
from storage.cell_values import Reader
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

#: Headings of columns that only count the rows.
COUNTING = frozenset({"序号", "行号", "编号", "no", "no."})


@dataclass(frozen=True, slots=True)
class Field:
    """words : headings that mean it; needed : there is no table without it; empty : what an empty cell is told"""

    name: str
    words: tuple[str, ...]
    read: Reader
    needed: bool = False
    empty: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """row : index of the last row of headings; units : field -> the text in brackets behind its heading"""

    row: int
    columns: Mapping[str, int]
    units: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class TableRow:
    sheet: Sheet
    cells: Sequence[Cell]
    layout: Layout
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def at(self, name: str) -> Cell:
        return _at(self.cells, self.layout, name)

    def error(self, name: str, mistake: CellMistake | Invalid) -> CellError:
        """In the column the mistake names, or ``name``; where the table has no such column, in the row's first cell."""
        name = getattr(mistake, "column", "") or name
        cell = self.at(name) if name in self.layout.columns else self.cells[0]
        zh, en = words_of(mistake)
        return self.sheet.error(cell, zh, en)


@dataclass(slots=True)
class Tables:
    """rows : those whose every cell could be read; errors : the mistakes of the others

    ignored : headings of columns that hold figures and mean nothing here, so that none is left out in silence
    """

    rows: list[TableRow] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    ignored: list[CellError] = field(default_factory=list)


def words_of(mistake: CellMistake | Invalid) -> tuple[str, str]:
    if isinstance(mistake, CellMistake):
        return mistake.message_zh, mistake.message_en
    zh, _, en = str(mistake).partition(" / ")
    return zh, en or zh


def read_tables(file: SheetFile, fields: Sequence[Field], what: str) -> Tables:
    """Every sheet that has the needed headings. Raises Invalid when none has."""
    found = tables_of(read_sheets(file), fields)
    if found is None:
        raise no_table(file, fields, what)
    return found


def tables_of(sheets: Sequence[Sheet], fields: Sequence[Field]) -> Tables | None:
    """None when no sheet has the needed headings."""
    laid_out = [(sheet, layout) for sheet in sheets if (layout := layout_of(sheet, fields)) is not None]
    found = Tables()
    for sheet, layout in laid_out:
        found.ignored += _ignored(sheet, layout)
        for cells in sheet.rows[layout.row + 1 :]:
            read_row(sheet, layout, cells, fields, found)
    return found if laid_out else None


def _ignored(sheet: Sheet, layout: Layout) -> Iterator[CellError]:
    figures = {cell.column for cells in sheet.rows[layout.row + 1 :] for cell in cells if _is_figure(cell)}
    for cell in sheet.rows[layout.row]:
        unread = not cell.empty and cell.column in figures and cell.column not in layout.columns.values()
        if unread and _plain(cell.shown)[0] not in COUNTING:
            zh, en = "这一列的表头未识别，数字没有读入", "this heading is not known: its figures were not read"
            yield sheet.error(cell, zh, en)


def _is_figure(cell: Cell) -> bool:
    try:
        return not cell.empty and float(cell.shown.replace(",", "")) != 0
    except ValueError:
        return False


def no_table(file: SheetFile, fields: Sequence[Field], what: str) -> Invalid:
    needed = "、".join(each.words[0] for each in fields if each.needed)
    return Invalid(f"{file.name}: 没有找到{what}，表头应有 {needed} / no such table: its headings must hold these")


def layout_of(sheet: Sheet, fields: Sequence[Field]) -> Layout | None:
    """The one that knows most of the fields, and of several the first: a merged heading alone would know fewer."""
    found = [
        layout
        for index in range(min(HEADING_SEARCH_ROWS, len(sheet.rows)))
        for headings in _headings(sheet, index)
        if (layout := _layout(index, headings, fields)) is not None
    ]
    return max(found, key=lambda layout: len(layout.columns), default=None)


def _headings(sheet: Sheet, index: int) -> Iterator[dict[int, tuple[str, ...]]]:
    """Column -> what may be its heading: the row alone, then with one and two rows of merged headings above it."""
    own = {cell.column: cell.shown for cell in sheet.rows[index] if not cell.empty}
    found: dict[int, tuple[str, ...]] = {column: (text,) for column, text in own.items()}
    yield found
    for above in range(index - 1, max(index - 3, -1), -1):
        found = _under(sheet.rows[above], found, own)
        yield found


def _under(
    row: Sequence[Cell], below: Mapping[int, tuple[str, ...]], own: Mapping[int, str]
) -> dict[int, tuple[str, ...]]:
    """What a row of merged headings adds: joined with the heading under it, or alone where nothing stands under it."""
    above = {cell.column: cell.shown for cell in row if not cell.empty}
    wide: dict[int, tuple[str, ...]] = {}
    last = ""
    for column in range(1, max([*below, *above], default=0) + 1):
        last = above.get(column, last)
        joined = f"{last}{own[column]}" if column in own else ""
        texts = [*below.get(column, ()), joined, above.get(column, "")]
        wide[column] = tuple(text for text in texts if text)
    return wide


def _layout(index: int, headings: Mapping[int, Sequence[str]], fields: Sequence[Field]) -> Layout | None:
    columns: dict[str, int] = {}
    units: dict[str, str] = {}
    for column, texts in headings.items():
        for text in texts:
            plain, unit = _plain(text)
            name = next((each.name for each in fields if plain in each.words and each.name not in columns), None)
            if name is not None:
                columns[name], units[name] = column, unit
                break
    if all(each.name in columns for each in fields if each.needed):
        return Layout(index, columns, {name: unit for name, unit in units.items() if unit})
    return None


def _plain(text: str) -> tuple[str, str]:
    """A heading without its bracket, and what stands in it."""
    key = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
    found = re.search(r"\((.*?)\)", key)
    plain = re.sub(r"\(.*", "", heading_key(text)).rstrip(":")
    return re.sub(r"^(其中:?|[0-9一二三四五六七八九十]+[.、])+", "", plain), found.group(1) if found else ""


def _at(cells: Sequence[Cell], layout: Layout, name: str) -> Cell:
    column = layout.columns.get(name, 0)
    return next((cell for cell in cells if cell.column == column), Cell(cells[0].row, max(column, 1), None))


def read_row(sheet: Sheet, layout: Layout, cells: Sequence[Cell], fields: Sequence[Field], found: Tables) -> None:
    """Adds the row, or the mistakes of its cells."""
    values: dict[str, Any] = {}
    wrong = False
    for each in fields:
        cell = _at(cells, layout, each.name)
        try:
            if cell.empty and each.empty is not None:
                raise CellMistake(*each.empty)
            values[each.name] = each.read(cell) if each.name in layout.columns else None
        except (CellMistake, Invalid) as mistake:
            wrong = True
            found.errors.append(sheet.error(cell, *words_of(mistake)))
    if not wrong:
        found.rows.append(TableRow(sheet, cells, layout, values))
