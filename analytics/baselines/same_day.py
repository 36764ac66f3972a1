"""Baselines from the event day itself: the point before control, and the hours around the event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baselines.days import DayTable, Window
from analytics.baselines.estimate import Baseline, Refusal
from domain.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class PointBefore:
    """The value of the block just before the event, held flat. Source: Jiangsu 2015, real-time response (domain 2.3)"""

    def __call__(self, table: DayTable, day: int, window: Window) -> Baseline:
        s, _, b = table.load_kw.shape
        before = table.load_kw[:, day, window.first - 1] if window.first > 0 else np.full(s, np.nan)
        return _flat(table, before, window, b)


@dataclass(frozen=True, slots=True)
class HoursAround:
    """Mean of the hours -4...-2 before and +2...+3 after the event, one hour skipped on each side.

    Source: PJM same-day (3+2), domain 3.1. Known only when the hours after the event are over.
    """

    before_hours: tuple[float, float] = (4.0, 1.0)
    after_hours: tuple[float, float] = (1.0, 3.0)

    def __call__(self, table: DayTable, day: int, window: Window) -> Baseline:
        b = table.load_kw.shape[2]
        hour = table.per_hour
        first = [window.first - round(self.before_hours[0] * hour), window.first - round(self.before_hours[1] * hour)]
        last = [window.end + round(self.after_hours[0] * hour), window.end + round(self.after_hours[1] * hour)]
        if first[0] < 0 or last[1] > b:
            return _flat(table, np.full(len(table.load_kw), np.nan), window, b)
        around = np.concatenate(
            [table.load_kw[:, day, first[0] : first[1]], table.load_kw[:, day, last[0] : last[1]]], axis=1
        )
        return _flat(table, np.asarray(around.mean(axis=1)), window, b)


def _flat(table: DayTable, value_kw: FloatArray, window: Window, blocks: int) -> Baseline:
    base = np.full((len(value_kw), blocks), np.nan)
    base[:, window.blocks] = value_kw[:, None]
    refusal = np.where(np.isnan(value_kw), Refusal.NO_LOAD_BEFORE, Refusal.NONE).astype(np.int8)
    return Baseline(base, np.zeros(table.load_kw.shape[:2], dtype=np.bool_), refusal)
