"""What each meter says of a stretch of minutes: its mean, how much of it was heard, and whether it was trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.coverage import mean_of_present
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.quality import FILLED, Quality
from monitor.roster import BLOCK_MINUTES, Roster
from monitor.windows import Windows

_FILLED = [int(code) for code in FILLED]


@dataclass(frozen=True, slots=True, eq=False)
class MeterMeans:
    """By slot, shape (n,).

    mean_kw : mean of the trusted minutes, NaN where there is none [kW]
    share : share of the minutes that were heard and trusted, 0...1
    suspect : whether a minute was heard that is not trusted (it counts as missing)
    filled_kw, filled_share : mean and share of the minutes that were estimated or edited: known, but not measured [kW]
    reactive_kvar : mean reactive power, NaN where unknown [kvar]
    held : the value is a longer interval's that ended before the window: an estimate of it
    """

    mean_kw: FloatArray
    share: FloatArray
    suspect: BoolArray
    reactive_kvar: FloatArray
    filled_kw: FloatArray
    filled_share: FloatArray
    held: BoolArray


def missing_slots(means: MeterMeans, roster: Roster) -> IntArray:
    """The expected meters that were not heard all the time."""
    return np.flatnonzero(roster.expected & (means.share < 1.0 - 1e-9))


def block_means(windows: Windows, roster: Roster, start: int, *, length: int = BLOCK_MINUTES) -> MeterMeans:
    """Means over the minutes [start, start + length), as they stand in the ring."""
    minutes = np.arange(start, start + length)
    power, quality = windows.power(minutes)
    heard, trusted = ~np.isnan(power), quality == Quality.OK
    covered = mean_of_present(np.where(trusted, power, np.nan), axis=0)
    reactive = windows.reactive(minutes)
    n = len(roster)
    estimated = heard & np.isin(quality, _FILLED)
    filled = mean_of_present(np.where(estimated, power, np.nan), axis=0) if estimated.any() else None
    return MeterMeans(
        covered.value[:n],
        covered.coverage[:n],
        (heard & ~trusted & ~estimated).any(axis=0)[:n],
        np.full(n, np.nan) if reactive is None else mean_of_present(reactive, axis=0).value[:n],
        np.full(n, np.nan) if filled is None else filled.value[:n],
        np.zeros(n) if filled is None else filled.coverage[:n],
        np.zeros(n, dtype=np.bool_),
    )


def sliding_means(windows: Windows, roster: Roster, end: int, last_end: IntArray) -> MeterMeans:
    """Means over the 15 minutes before ``end``; a meter on a longer interval stands with its newest complete one.

    last_end : shape (n,), the minute after each meter's newest heard cell. A meter whose next interval is not yet
        complete at ``end`` cannot have sent it: its window ends with what it has sent, and counts as heard
    """
    means = block_means(windows, roster, end - BLOCK_MINUTES)
    behind = end - last_end
    waiting = np.flatnonzero((roster.minutes > 1) & (behind > 0) & (behind < roster.minutes))
    if not waiting.size:
        return means
    minutes = last_end[waiting] - BLOCK_MINUTES + np.arange(BLOCK_MINUTES)[:, None]
    power, quality = windows.power_at(minutes, waiting)
    trusted = quality == Quality.OK
    covered = mean_of_present(np.where(trusted, power, np.nan), axis=0)
    means.mean_kw[waiting] = covered.value
    means.share[waiting] = covered.coverage
    estimated = ~np.isnan(power) & np.isin(quality, _FILLED)
    filled = mean_of_present(np.where(estimated, power, np.nan), axis=0)
    means.filled_kw[waiting], means.filled_share[waiting] = filled.value, filled.coverage
    means.held[waiting] = roster.coarse[waiting]
    means.suspect[waiting] = (~np.isnan(power) & ~trusted & ~estimated).any(axis=0)
    reactive = windows.reactive(minutes.ravel())
    if reactive is not None:
        cells = reactive[np.arange(minutes.size), np.tile(waiting, BLOCK_MINUTES)].reshape(minutes.shape)
        means.reactive_kvar[waiting] = mean_of_present(cells, axis=0).value
    return means


def newest_power(windows: Windows, roster: Roster, end: int, last_end: IntArray) -> FloatArray:
    """Power of each meter's newest minute before ``end``, held while its next is not due; NaN = unheard [kW]"""
    n = len(roster)
    behind = end - last_end
    waiting = (roster.minutes > 1) & (behind > 0) & (behind < roster.minutes)
    at = np.where(waiting, last_end, end) - 1
    power, quality = windows.power_at(at, np.arange(n))
    return np.where(quality == Quality.OK, power, np.nan)
