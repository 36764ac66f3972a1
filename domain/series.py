"""Matrices of sites x instants, and single figures, each with the data they stand on."""

from __future__ import annotations

from dataclasses import dataclass

from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Values of several ids on one grid.

    ids : n ids; ts_ms : shape (t,), interval starts, evenly ``step_s`` apart; values : shape (n, t), NaN = missing
    """

    ids: tuple[str, ...]
    ts_ms: IntArray
    step_s: int
    values: FloatArray

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.ids), len(self.ts_ms)):
            raise Invalid(f"values have shape {self.values.shape}, expected {(len(self.ids), len(self.ts_ms))}")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the share of data it stands on; ``value`` is None when that is too little, ``reason`` says why."""

    value: float | None
    coverage: float
    reason: str = ""
    estimated: bool = False
