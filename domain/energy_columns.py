"""Energy statements and value added as columns: a year of a large district holds hundreds of thousands of entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from domain.arrays import FloatArray, IntArray
from domain.energy import Standing
from domain.ids import EnterpriseId

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Coded(Generic[T]):
    """A column of few distinct values. values : each once, in order; at : shape (k,), places of the entries' values"""

    values: tuple[T, ...]
    at: IntArray

    def each(self) -> list[T]:
        """The value of every entry."""
        return [self.values[place] for place in self.at.tolist()]


@dataclass(frozen=True, slots=True, eq=False)
class EnergyColumns:
    """The newest revision of k entries, ordered by enterprise, month and carrier. See ``domain.energy.EnergyEntry``.

    consumption, feedstock, certified_non_fossil : shape (k,), in the carriers' own units
    kgce_measured : shape (k,), NaN = the table's factor; revision : shape (k,), 1 = never corrected
    """

    enterprise: Coded[EnterpriseId]
    month: Coded[date]
    carrier: Coded[str]
    consumption: FloatArray
    feedstock: FloatArray
    certified_non_fossil: FloatArray
    kgce_measured: FloatArray
    standing: Coded[Standing]
    source: Coded[str]
    revision: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class OutputColumns:
    """The newest revision of k entries, ordered by enterprise and month. See ``domain.energy.OutputEntry``.

    value_added_10k_cny : shape (k,) [10,000 CNY]; base_year : shape (k,), 0 = current prices
    real_growth : shape (k,), NaN = not known; revision : shape (k,), 1 = never corrected
    """

    enterprise: Coded[EnterpriseId]
    month: Coded[date]
    value_added_10k_cny: FloatArray
    base_year: IntArray
    real_growth: FloatArray
    standing: Coded[Standing]
    source: Coded[str]
    revision: IntArray
