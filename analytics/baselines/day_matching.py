"""Baselines from sample days: the last so many, the highest of them, without the odd ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.baselines.days import (
    DayTable,
    Window,
    candidate_days,
    highest,
    mean_of_days,
    newest,
    window_means,
)
from analytics.baselines.estimate import Baseline, Refusal
from domain.arrays import BoolArray, FloatArray

#: Dropping a low day can make another one low; more rounds than sample days cannot be needed.
MOST_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class DayMatching:
    """Sources: domain facts 2.3 and 3.1; each method's own numbers stand in config/policy/baselines.toml.

    workdays, other_days : sample days for an event on a workday, or on another day
    lookback_days : how far back they may lie; gap_days : the newest days left out (2: not the day before, nor that day)
    keep_workdays, keep_other_days : only so many with the highest load, None = all
    rank_by : load of the event window, or of the whole day
    low_share : a day whose window mean is below this share of the reference is dropped and made up for; 0 = never
    low_reference : mean of the sample days' window means, or the highest hour of their windows
    low_point, high_point : a point outside this share of the samples' mean at that point is left out; 0 and inf = never
    minimum_days : with fewer there is no baseline
    """

    workdays: int
    other_days: int
    lookback_days: int
    gap_days: int = 0
    keep_workdays: int | None = None
    keep_other_days: int | None = None
    rank_by: Literal["window", "day"] = "window"
    low_share: float = 0.0
    low_reference: Literal["mean", "highest_hour"] = "mean"
    low_point: float = 0.0
    high_point: float = np.inf
    minimum_days: int = 3

    def __call__(self, table: DayTable, day: int, window: Window) -> Baseline:
        # Only the days looked back on are read: of a year this is an eighth.
        first = max(day - self.lookback_days, 0)
        found = self._near(table.between(first, day + 1), day - first, window)
        days = np.zeros(table.load_kw.shape[:2], dtype=np.bool_)
        days[:, first : day + 1] = found.days
        return Baseline(found.base_kw, days, found.refusal)

    def _near(self, table: DayTable, day: int, window: Window) -> Baseline:
        works = bool(table.works[day])
        wanted = self.workdays if works else self.other_days
        keep = self.keep_workdays if works else self.keep_other_days
        days = candidate_days(table, day, lookback_days=self.lookback_days, gap_days=self.gap_days)
        means = window_means(table.load_kw, window)
        days = self._without_low_days(days & ~np.isnan(means), means, table, window, wanted)
        if keep is not None:
            figure = means if self.rank_by == "window" else np.nanmean(_filled(table.load_kw), axis=2)
            days = highest(days, figure, keep)
        enough = days.sum(axis=1) >= min(self.minimum_days, wanted if keep is None else keep)
        base = mean_of_days(self._without_odd_points(table.load_kw, days), days)
        base[~enough] = np.nan
        refusal = np.where(enough, Refusal.NONE, Refusal.TOO_FEW_DAYS).astype(np.int8)
        return Baseline(base, days & enough[:, None], refusal)

    def _without_low_days(
        self, candidates: BoolArray, means: FloatArray, table: DayTable, window: Window, wanted: int
    ) -> BoolArray:
        days = newest(candidates, wanted)
        if not self.low_share:
            return days
        peaks = _hour_peaks(table, window) if self.low_reference == "highest_hour" else means
        for _ in range(MOST_ROUNDS):
            if self.low_reference == "mean":
                count = np.maximum(days.sum(axis=1), 1)
                reference = np.where(days, means, 0.0).sum(axis=1) / count
            else:
                reference = np.where(days, peaks, 0.0).max(axis=1, initial=0.0)
            # Of a site that feeds in, the lowest mean is the most usual one, not an odd one.
            low = days & (reference > 0)[:, None] & (means < self.low_share * reference[:, None])
            if not low.any():
                break
            candidates = candidates & ~low
            days = newest(candidates, wanted)
        return days

    def _without_odd_points(self, load_kw: FloatArray, days: BoolArray) -> FloatArray:
        if not self.low_point and np.isinf(self.high_point):
            return load_kw
        mean = mean_of_days(load_kw, days)[:, None, :]
        odd = (mean > 0) & ((load_kw < self.low_point * mean) | (load_kw > self.high_point * mean))
        return np.where(odd, np.nan, load_kw)


def _filled(load_kw: FloatArray) -> FloatArray:
    """Days without any block count as zero here, so that their mean is a number; they are never chosen."""
    return np.where(np.isnan(load_kw).all(axis=2, keepdims=True), 0.0, load_kw)


def _hour_peaks(table: DayTable, window: Window) -> FloatArray:
    """The highest hourly mean inside the window of each day, shape (s, d) [kW]"""
    inside = table.load_kw[:, :, window.blocks]
    per_hour = min(table.per_hour, inside.shape[2])
    hours = inside.shape[2] // per_hour
    hourly = inside[:, :, : hours * per_hour].reshape(*inside.shape[:2], hours, per_hour).mean(axis=3)
    return np.asarray(np.nan_to_num(hourly).max(axis=2))
