"""Baselines from the days most like the event day: in its other hours, or in its temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baselines.days import DayTable, Window, candidate_days, highest, mean_of_days
from analytics.baselines.estimate import Baseline, Refusal
from domain.arrays import BoolArray, CodeArray


@dataclass(frozen=True, slots=True)
class MatchDays:
    """The days most similar in the hours outside the event, an hour on each side left out.

    Source: PJM match day, domain 3.1. Known only when the event day is over.
    """

    days: int
    lookback_days: int
    skip_hours: float = 1.0

    def __call__(self, table: DayTable, day: int, window: Window) -> Baseline:
        skip = round(self.skip_hours * table.per_hour)
        outside = np.ones(table.load_kw.shape[2], dtype=np.bool_)
        outside[max(0, window.first - skip) : window.end + skip] = False
        candidates = candidate_days(table, day, lookback_days=self.lookback_days)
        off = table.load_kw[:, :, outside] - table.load_kw[:, day][:, None, outside]
        compared = ~np.isnan(off)
        count = compared.sum(axis=2)
        square = np.where(compared, off, 0.0) ** 2
        distance = np.divide(square.sum(axis=2), count, out=np.full(count.shape, np.inf), where=count > 0)
        chosen = highest(candidates & np.isfinite(distance), -distance, self.days)
        return _of_days(table, chosen, self.days, Refusal.TOO_FEW_DAYS)


@dataclass(frozen=True, slots=True)
class WeatherDays:
    """The days with the closest daily maximum temperature. Source: CAISO weather matching, domain 3.1"""

    days: int
    lookback_days: int
    minimum_days: int = 3

    def __call__(self, table: DayTable, day: int, window: Window) -> Baseline:  # noqa: ARG002
        known: BoolArray = np.asarray(~np.isnan(table.temperature_c).any(axis=1))
        warmest = np.where(known, np.where(known[:, None], table.temperature_c, 0.0).max(axis=1), np.nan)
        if not known[day]:
            none = np.zeros(table.load_kw.shape[:2], dtype=np.bool_)
            return _of_days(table, none, 1, Refusal.NO_TEMPERATURE)
        candidates = candidate_days(table, day, lookback_days=self.lookback_days) & known
        distance = np.broadcast_to(-np.abs(warmest - warmest[day]), candidates.shape)
        chosen = highest(candidates, distance, self.days)
        return _of_days(table, chosen, self.minimum_days, Refusal.TOO_FEW_DAYS)


def _of_days(table: DayTable, chosen: BoolArray, minimum: int, reason: Refusal) -> Baseline:
    enough = chosen.sum(axis=1) >= minimum
    base = mean_of_days(table.load_kw, chosen)
    base[~enough] = np.nan
    refusal: CodeArray = np.where(enough, Refusal.NONE, reason).astype(np.int8)
    return Baseline(base, chosen & enough[:, None], refusal)
