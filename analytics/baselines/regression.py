"""Regression on time of day and temperature, newer days counting more.

For each block of the day its own line: P = a + b1 max(0, T - low) + b2 max(0, T - high) + c max(0, cold - T) + e T24,
where T24 is the mean temperature of the 24 hours before. Source: domain facts 3.1 (regression, LBNL style).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baselines.days import DayTable, Window, candidate_days
from analytics.baselines.estimate import Baseline, Refusal
from domain.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class TemperatureRegression:
    """lookback_days : days the lines are fitted on; half_life_days : a day this old counts half

    knees_c : low and high knee of the warm side and the knee of the cold side [°C]
    ridge : pull of the slopes towards zero, in units of the intercept's weight
    """

    lookback_days: int
    half_life_days: float
    knees_c: tuple[float, float, float] = (18.0, 25.0, 12.0)
    ridge: float = 0.02
    minimum_days: int = 10

    def __call__(self, table: DayTable, day: int, window: Window) -> Baseline:  # noqa: ARG002
        s, d, b = table.load_kw.shape
        features = self._features(table.temperature_c)
        known: BoolArray = np.asarray(~np.isnan(features).any(axis=2))
        days = candidate_days(table, day, lookback_days=self.lookback_days) & known.all(axis=1)
        if not known[day].all():
            nothing = np.full((s, b), np.nan)
            refused = np.full(s, Refusal.NO_TEMPERATURE, dtype=np.int8)
            return Baseline(nothing, np.zeros((s, d), dtype=np.bool_), refused)
        enough = days.sum(axis=1) >= self.minimum_days
        age = day - np.arange(d)
        weight = np.where(days, 0.5 ** (age / self.half_life_days), 0.0)
        base = np.full((s, b), np.nan)
        if enough.any():
            some = np.flatnonzero(days.any(axis=0))
            base[enough] = _fitted(
                features[some], table.load_kw[enough][:, some], weight[enough][:, some], features[day], self.ridge
            )
        refusal = np.where(enough, Refusal.NONE, Refusal.TOO_FEW_DAYS).astype(np.int8)
        return Baseline(base, days & enough[:, None], refusal)

    def _features(self, temperature_c: FloatArray) -> FloatArray:
        """Shape (d, b, k), scaled so that one unit is ten degrees; NaN where a temperature is missing."""
        low, high, cold = self.knees_c
        past = _mean_of_past_day(temperature_c)
        sides = [temperature_c - low, temperature_c - high, cold - temperature_c]
        warm = [np.where(np.isnan(side), np.nan, np.maximum(side, 0.0)) for side in sides]
        return np.stack([np.ones_like(temperature_c), *(side / 10 for side in warm), past / 10], axis=2)


def _mean_of_past_day(temperature_c: FloatArray) -> FloatArray:
    """Mean of the 24 hours before each block, shape (d, b); of the day's own past where there is no day before [°C]"""
    d, b = temperature_c.shape
    line = temperature_c.reshape(-1)
    known = ~np.isnan(line)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, line, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    end = np.arange(d * b)
    start = np.maximum(end - b, 0)
    inside = count[end] - count[start]
    past = np.divide(total[end] - total[start], inside, out=np.full(d * b, np.nan), where=inside > 0)
    past[np.isnan(past) & known] = line[np.isnan(past) & known]
    return np.asarray(past.reshape(d, b))


def _fitted(
    features: FloatArray, load_kw: FloatArray, weight: FloatArray, asked: FloatArray, ridge: float
) -> FloatArray:
    """Weighted ridge for each site and block at once.

    features : (d, b, k); load_kw : (s, d, b); weight : (s, d); asked : (b, k). Returns (s, b) [kW]
    """
    there = ~np.isnan(load_kw)
    w = weight[:, :, None] * there
    y = np.where(there, load_kw, 0.0)
    # Normal equations of k unknowns: sums over days, for every site and block.
    left = np.einsum("sdb,dbk,dbl->sbkl", w, features, features, optimize=True)
    right = np.einsum("sdb,sdb,dbk->sbk", w, y, features, optimize=True)
    size = left[..., 0, 0]
    pull = np.zeros(left.shape[-1])
    pull[1:] = ridge
    left = left + np.maximum(size, 1e-9)[..., None, None] * np.diag(pull)
    empty = size <= 0
    left[empty] = np.eye(left.shape[-1])
    solution = np.linalg.solve(left, right[..., None])[..., 0]
    base = np.einsum("sbk,bk->sb", solution, asked)
    base[empty] = np.nan
    return np.asarray(base)
