"""The rolling baseline: each like day moves it a little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baselines.days import DayTable, Window, candidate_days, mean_of_days, newest
from analytics.baselines.estimate import Baseline, Refusal
from domain.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Rolling:
    """B_new = (1 - weight) B_old + weight load, over like days; begun with the mean of the first ``start_days``.

    Source: ISO-NE, domain 3.1 (weight 0.1)
    """

    weight: float
    lookback_days: int
    start_days: int = 5

    def __call__(self, table: DayTable, day: int, window: Window) -> Baseline:  # noqa: ARG002
        days = candidate_days(table, day, lookback_days=self.lookback_days)
        number = np.cumsum(days, axis=1)
        base = mean_of_days(table.load_kw, days & (number <= self.start_days))
        for d in np.flatnonzero((days & (number > self.start_days)).any(axis=0)).tolist():
            moved = days[:, d] & (number[:, d] > self.start_days)
            base = _moved(base, table.load_kw[:, d], moved[:, None], self.weight)
        enough = number[:, -1] >= self.start_days
        base[~enough] = np.nan
        refusal = np.where(enough, Refusal.NONE, Refusal.TOO_FEW_DAYS).astype(np.int8)
        return Baseline(base, newest(days, table.load_kw.shape[1]) & enough[:, None], refusal)


def _moved(base: FloatArray, load_kw: FloatArray, which: BoolArray, weight: float) -> FloatArray:
    """A missing block leaves the baseline where it was."""
    return np.where(which & ~np.isnan(load_kw), (1 - weight) * base + weight * load_kw, base)
