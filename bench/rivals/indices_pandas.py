"""The figures of days, months and the year in pandas: one wide frame, grouped once by integer keys."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.rivals.ten_in_ten import EVENT_DAY, FEWEST_DAYS, LOOKBACK, SAMPLE_DAYS, WINDOW
from domain.arrays import BoolArray, FloatArray, IntArray

BLOCKS = 96


def indices(frame: pd.DataFrame, day: IntArray, month: IntArray) -> dict[str, FloatArray]:
    """frame : blocks x sites, NaN = missing; day : shape (b,) of each block; month : shape (d,), 0...11 of each day"""
    days = frame.groupby(day, sort=False)
    count = days.count()
    counted = count >= 0.9 * BLOCKS
    high, low, mean = (figure.where(counted) for figure in (days.max(), days.min(), days.mean()))
    gamma, valley = mean / high, (high - low) / high
    energy = mean * 24
    of_month = [table.groupby(month, sort=False) for table in (high, gamma, energy, counted)]
    enough = of_month[3].sum() >= 0.9 * np.bincount(month)[:, None]
    month_high = of_month[0].max().where(enough)
    sigma = (of_month[2].mean() / of_month[2].max()).where(enough)
    year_high = high.max()
    load_factor = mean.mean() / year_high
    near = frame.where(frame.ge(0.95 * year_high, axis=1)).groupby(day, sort=False).count().where(counted).sum() / 4
    return {
        "day maximum": high.to_numpy().T,
        "day minimum": low.to_numpy().T,
        "day mean": mean.to_numpy().T,
        "day load factor": gamma.to_numpy().T,
        "day peak-valley ratio": valley.to_numpy().T,
        "month maximum": month_high.to_numpy().T,
        "month mean load factor": of_month[1].mean().where(enough).to_numpy().T,
        "month imbalance": sigma.to_numpy().T,
        "year load factor": load_factor.to_numpy(),
        "hours near the maximum": near.to_numpy(),
    }


def ten_in_ten(frame: pd.DataFrame, workday: BoolArray) -> FloatArray:
    """Mean curve of each site's newest whole workdays before the event, shape (sites, 96)."""
    first = EVENT_DAY - LOOKBACK
    near = frame.iloc[first * BLOCKS : EVENT_DAY * BLOCKS]
    day, slot = np.repeat(np.arange(LOOKBACK), BLOCKS), np.tile(np.arange(BLOCKS), LOOKBACK)
    whole = near.groupby(day, sort=False).count() >= 0.9 * BLOCKS
    inside = (slot >= WINDOW[0]) & (slot < WINDOW[1])
    whole &= near[inside].groupby(day[inside], sort=False).count() == WINDOW[1] - WINDOW[0]
    whole &= np.asarray(workday[first:EVENT_DAY])[:, None]
    chosen = whole & (whole[::-1].cumsum()[::-1] <= SAMPLE_DAYS)
    some = chosen.any(axis=1).to_numpy()
    own = near[some[day]].where(chosen[some].to_numpy().repeat(BLOCKS, axis=0))
    base = own.groupby(slot[some[day]], sort=False).mean()
    base.loc[:, chosen.sum() < FEWEST_DAYS] = np.nan
    return np.asarray(base.to_numpy().T)
