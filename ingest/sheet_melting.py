"""The values of a file's sheets as they are found, a row each, with the cells that are refused."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ingest.files import CellError, SheetRows, TextTable
from storage.sheet_cells import Cell, CellMistake, Sheet

TS, SITE, VALUE = "ts", "site", "value"


@dataclass(slots=True)
class Melting:
    """What the sheets of a file have given so far, a value at a place."""

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

    def refuse(self, sheet: Sheet, cell: Cell, column: str, mistake: CellMistake) -> None:
        name = sheet.name if self.several else ""
        self.errors.append(
            CellError(cell.row, column, cell.shown[:60], mistake.message_zh, mistake.message_en, cell.place, name)
        )
