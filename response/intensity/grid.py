"""Where entries of the ledger stand in matrices of enterprises x months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar

import numpy as np

from domain.arrays import IntArray
from domain.energy_columns import Coded, EnergyColumns, OutputColumns
from domain.ids import EnterpriseId

T = TypeVar("T")


class Grid:
    """shape : (n, m), enterprises and months"""

    def __init__(self, enterprises: Sequence[EnterpriseId], months: Sequence[date]) -> None:
        self._rows = {enterprise: i for i, enterprise in enumerate(enterprises)}
        self._columns = {month: j for j, month in enumerate(months)}
        self.shape = len(enterprises), len(months)

    def place(self, enterprise: EnterpriseId, month: date) -> tuple[int, int] | None:
        row, column = self._rows.get(enterprise), self._columns.get(month)
        return None if row is None or column is None else (row, column)

    def cells(self, entries: EnergyColumns | OutputColumns) -> tuple[IntArray, tuple[IntArray, IntArray]]:
        """Which of the entries lie in the grid, shape (k,), and the row and column of each of them."""
        rows, columns = places(entries.enterprise, self._rows), places(entries.month, self._columns)
        inside = np.flatnonzero((rows >= 0) & (columns >= 0))
        return inside, (rows[inside], columns[inside])


def places(column: Coded[T], known: Mapping[T, int]) -> IntArray:
    """The place of each entry's value, -1 = not known. Shape (k,)"""
    return np.array([known.get(value, -1) for value in column.values], dtype=np.int64)[column.at]
