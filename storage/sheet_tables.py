"""A table under its headings (``sheet_headings``): each row as a mapping of fields, each mistake in its cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.errors import Invalid
from storage.sheet_files import Cell, CellError, CellMistake, Sheet, SheetFile, read_sheets
from storage.sheet_headings import Field, Layout, layout_of, plain_heading

#: Headings of columns that only count the rows.
COUNTING = frozenset({"序号", "行号", "编号", "no", "no."})


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
        if unread and plain_heading(cell.shown)[0] not in COUNTING:
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
