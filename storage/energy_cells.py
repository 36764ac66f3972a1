"""What the cells of energy statements mean. Each raises CellMistake with what to do."""

from __future__ import annotations

import unicodedata

from config.energy_factors import EnergyFactorTable
from storage import cell_values
from storage.sheet_cells import Cell, CellMistake


def amount(cell: Cell) -> float | None:
    value: float | None = cell_values.figure("")(cell)
    if value is not None and value < 0:
        raise CellMistake("不能为负数", "must be a number from 0 on")
    return value


def carrier_of(factors: EnergyFactorTable, text: str) -> str:
    """By its id, its name or another name of it. Raises CellMistake."""
    plain = unicodedata.normalize("NFKC", text).strip()
    for carrier in factors.carrier:
        if plain in (carrier.id, carrier.name_zh, unicodedata.normalize("NFKC", carrier.name_zh), *carrier.also):
            return carrier.id
    names = "、".join(carrier.name_zh for carrier in factors.carrier)
    raise CellMistake(f"没有能源品种“{plain}”，可用：{names}", f"no carrier {plain!r}; see energy_factors.toml")
