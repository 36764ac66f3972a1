"""The mean of several methods, checked against the days nearest in temperature: what came, over what it had said.

Sample days are cooler than the day of an event by construction, and the mean of methods that read them is low on the
hottest days; what it missed on the nearest of the earlier days corrects it. Ours; reads nothing of the event day but
its temperature, which is forecast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baselines.days import DayTable, Window
from analytics.baselines.estimate import Baseline, Refusal
from analytics.baselines.members import Combination, Member, Past, asked, past, taught
from domain.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class TemperatureChecked(Combination):
    """days : of the newest like days among which the nearest are sought; nearest : so many of them, by highest
    temperature of the day; cap : the correction stays within 1 - cap and 1 + cap"""

    members: tuple[Member, ...]
    days: int
    nearest: int
    cap: float

    def combined(self, table: DayTable, day: int, window: Window, known: dict[int, FloatArray]) -> Baseline:
        lessons = past(self.members, table, day, window, self.days, known)
        near = _nearest(table, day, lessons, self.nearest)
        ratio = _ratio(lessons, near)
        base = _mean(asked(self.members, table, day, window))
        corrected = base * np.clip(ratio, 1.0 - self.cap, 1.0 + self.cap)[:, None]
        refusal = np.where(
            near.sum(axis=1) < self.nearest,
            Refusal.NO_TEMPERATURE if np.isnan(_highest(table)[day]) else Refusal.TOO_FEW_DAYS,
            np.where(np.isnan(corrected[:, window.blocks]).all(axis=1), Refusal.TOO_FEW_DAYS, Refusal.NONE),
        ).astype(np.int8)
        told = refusal == Refusal.NONE
        return Baseline(
            np.where(told[:, None], corrected, np.nan), taught(table, lessons, near & told[:, None]), refusal
        )


def _highest(table: DayTable) -> FloatArray:
    """Of each day [°C], NaN where it is not known."""
    known = ~np.isnan(table.temperature_c)
    return np.where(
        known.any(axis=1), np.where(known, table.temperature_c, -np.inf).max(axis=1, initial=-np.inf), np.nan
    )


def _nearest(table: DayTable, day: int, lessons: Past, count: int) -> BoolArray:
    """Shape (s, e): of the days that may teach a site and were judged whole, those nearest in temperature."""
    highest = _highest(table)
    away = np.abs(highest[lessons.numbers] - highest[day])
    whole = np.isfinite(lessons.load_kw).all(axis=2) & np.isfinite(_mean(lessons.base_kw)).all(axis=2)
    usable = lessons.like & whole & np.isfinite(away)[None, :]
    # Of days equally near the newer teaches; a stable sort of the reversed days puts it first.
    order = np.argsort(np.where(usable, away, np.inf)[:, ::-1], axis=1, kind="stable")[:, :count]
    chosen = np.zeros_like(usable)
    np.put_along_axis(chosen, usable.shape[1] - 1 - order, True, axis=1)
    return np.asarray(chosen & usable)


def _ratio(lessons: Past, near: BoolArray) -> FloatArray:
    """Shape (s,): what came over what was said on the chosen days; 1 where nothing was said."""
    said = np.where(near[:, :, None], _mean(lessons.base_kw), 0.0).sum(axis=(1, 2))
    came = np.where(near[:, :, None], lessons.load_kw, 0.0).sum(axis=(1, 2))
    return np.asarray(np.divide(came, said, out=np.ones(len(said)), where=said > 0))


def _mean(base_kw: FloatArray) -> FloatArray:
    """Over the members that say something. base_kw : shape (m, ...)"""
    known = np.isfinite(base_kw)
    total = np.where(known, base_kw, 0.0).sum(axis=0)
    count = known.sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))
