"""Facts of a sheet's row beside its values: whose it is, its day and clock, its multiplier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ingest.sheet_headings import Headings
from ingest.sheet_meanings import Mistaken, clock_of, day_of, identifier_of, positive_of, ratio_of
from ingest.sheet_melting import Melting
from ingest.sheet_words import Part
from storage import cell_values
from storage.sheet_cells import Cell, CellMistake, Sheet


@dataclass(slots=True)
class SheetRow:
    """Facts of one row of a sheet."""

    site: str
    day: date | None
    clock: str
    multiplier: float
    unit_text: str
    quantity: str


class FactsReader:
    """Of one sheet's rows, top to bottom. carried : rows without an account that follow the row above"""

    def __init__(self, into: Melting, sheet: Sheet, headings: Headings) -> None:
        self._into = into
        self._sheet = sheet
        self._headings = headings
        self._identity: dict[Part, str] = {}
        self.carried = 0

    def facts(self, cells: dict[Part, Cell]) -> SheetRow | None:
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
        return SheetRow(site, day, clock, multiplier, unit_text, quantity)

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
            self.carried += 1
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
