"""Why energy use changed: activity, structure and intensity (LMDI, additive, Ang 2005)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import FloatArray
from domain.errors import Invalid


@dataclass(frozen=True, slots=True, eq=False)
class Decomposition:
    """Parts of the change [tce]; they add up to it exactly.

    activity, structure, intensity : shape (n,), by the total output, its mix, and each sector's own intensity
    moved : shape (n,), of sectors with output or energy in one of the two periods only, for which no ratio exists
    """

    activity: FloatArray
    structure: FloatArray
    intensity: FloatArray
    moved: FloatArray

    @property
    def total(self) -> float:
        return float(self.activity.sum() + self.structure.sum() + self.intensity.sum() + self.moved.sum())


def log_mean(a: FloatArray, b: FloatArray) -> FloatArray:
    """Logarithmic mean (a - b) / (ln a - ln b) of positive numbers, a where the two are equal."""
    a, b = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    close = np.isclose(a, b, rtol=1e-9, atol=0.0)
    spread = np.where(close, 1.0, np.log(np.where(close, 1.0, a)) - np.log(np.where(close, 1.0, b)))
    return np.where(close, (a + b) / 2, (a - b) / spread)


def decompose(
    energy_before: FloatArray, energy_now: FloatArray, output_before: FloatArray, output_now: FloatArray
) -> Decomposition:
    """Change of energy use between two periods, sector by sector.

    energy_*, output_* : shape (n,), n sectors; energy [tce], value added in constant prices [10,000 CNY]
    Raises Invalid for NaN and negative figures: a part of unknown size cannot be told apart.
    """
    arrays = [np.asarray(each, dtype=np.float64) for each in (energy_before, energy_now, output_before, output_now)]
    if any(np.isnan(each).any() or (each < 0).any() for each in arrays):
        raise Invalid("a decomposition needs energy and value added of every sector, none below zero")
    e0, e1, q0, q1 = arrays
    both = (e0 > 0) & (e1 > 0) & (q0 > 0) & (q1 > 0)
    total0, total1 = q0.sum(), q1.sum()
    zero = np.zeros(e0.shape)
    if not both.any() or total0 <= 0 or total1 <= 0:
        return Decomposition(zero, zero.copy(), zero.copy(), e1 - e0)
    one = np.ones(e0.shape)
    weight = np.where(both, log_mean(np.where(both, e1, one), np.where(both, e0, one)), 0.0)
    share0, share1 = np.where(both, q0 / total0, 1.0), np.where(both, q1 / total1, 1.0)
    rate0, rate1 = np.where(both, e0 / np.where(both, q0, 1.0), 1.0), np.where(both, e1 / np.where(both, q1, 1.0), 1.0)
    return Decomposition(
        activity=weight * np.log(total1 / total0),
        structure=weight * np.log(share1 / share0),
        intensity=weight * np.log(rate1 / rate0),
        moved=np.where(both, 0.0, e1 - e0),
    )
