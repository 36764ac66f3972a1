"""Loads of many sites as days x blocks, and which days may stand for which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import BoolArray, FloatArray
from domain.errors import Invalid

#: A sample day needs this share of its blocks measured, and at most a tenth of it may be estimated (domain 7.4).
MINIMUM_COMPLETENESS = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class DayTable:
    """Consecutive calendar days of s sites; day 0 is the oldest.

    load_kw : shape (s, d, b), measured mean power of each block of the local day; NaN = missing [kW]
    works : shape (d,), workday or make-up workday; holiday : shape (d,), a public holiday
    event : shape (s, d), days of events, orders and notices, which are no samples
    outage : shape (s, d), days of outages and stops that are not normal
    temperature_c : shape (d, b), outdoor temperature; NaN = unknown [°C]
    step_s : length of a block [s]
    """

    load_kw: FloatArray
    works: BoolArray
    holiday: BoolArray
    event: BoolArray
    outage: BoolArray
    temperature_c: FloatArray
    step_s: int

    def __post_init__(self) -> None:
        s, d, b = self.load_kw.shape
        shapes = {"works": (d,), "holiday": (d,), "event": (s, d), "outage": (s, d), "temperature_c": (d, b)}
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise Invalid(f"{name} has shape {getattr(self, name).shape}, expected {shape}")

    @property
    def per_hour(self) -> int:
        """Blocks of an hour, at least one."""
        return max(1, 3600 // self.step_s)

    def until(self, day: int) -> DayTable:
        """The days before ``day`` and the day itself: what is known when its event begins, and nothing later."""
        return self.between(0, day + 1)

    def between(self, first: int, end: int) -> DayTable:
        """The days [first, end), without a copy."""
        days = slice(first, end)
        return DayTable(
            self.load_kw[:, days],
            self.works[days],
            self.holiday[days],
            self.event[:, days],
            self.outage[:, days],
            self.temperature_c[days],
            self.step_s,
        )


@dataclass(frozen=True, slots=True)
class Window:
    """Blocks [first, end) of a day."""

    first: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.end:
            raise Invalid(f"a window of blocks {self.first} to {self.end} is empty")

    @property
    def blocks(self) -> slice:
        return slice(self.first, self.end)


def complete_days(load_kw: FloatArray, *, minimum: float = MINIMUM_COMPLETENESS) -> BoolArray:
    """Which days have enough measured blocks. load_kw : shape (s, d, b). Returns shape (s, d)"""
    blocks = load_kw.shape[-1]
    # A sum is the cheapest question whether anything is missing; only where it is, the blocks are counted.
    complete = ~np.isnan(np.einsum("...b->...", load_kw))
    gap = ~complete
    missing = np.count_nonzero(np.isnan(load_kw[gap]), axis=-1)
    complete[gap] = blocks - missing >= (minimum - 1e-9) * blocks
    return np.asarray(complete)


def candidate_days(table: DayTable, day: int, *, lookback_days: int, gap_days: int = 0) -> BoolArray:
    """Days that may stand for ``day``: alike (both worked or both not), no holiday, event or outage, and complete.

    lookback_days : how far back, in calendar days; gap_days : the newest days that are left out
    Returns shape (s, d)
    """
    near = slice(max(day - lookback_days, 0), max(day - gap_days, 0))
    alike = (table.works[near] == table.works[day]) & ~table.holiday[near]
    found = np.zeros(table.load_kw.shape[:2], dtype=np.bool_)
    found[:, near] = alike & ~table.event[:, near] & ~table.outage[:, near] & complete_days(table.load_kw[:, near])
    return found


def newest(days: BoolArray, count: int) -> BoolArray:
    """The ``count`` newest of the chosen days of each site. days : shape (s, d)"""
    rank = np.cumsum(days[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(days & (rank <= count))


def highest(days: BoolArray, figure: FloatArray, count: int) -> BoolArray:
    """The ``count`` chosen days of each site with the highest figure; of equal ones the newer. figure : shape (s, d)"""
    keyed = np.where(days & ~np.isnan(figure), figure, -np.inf)
    # A stable sort of the reversed days puts the newer of two equal days first.
    order = np.argsort(-keyed[:, ::-1], axis=1, kind="stable")[:, :count]
    picked = np.zeros_like(days)
    np.put_along_axis(picked, days.shape[1] - 1 - order, True, axis=1)
    return np.asarray(picked & days)


def mean_of_days(load_kw: FloatArray, days: BoolArray) -> FloatArray:
    """Point-wise mean over the chosen days. load_kw : (s, d, b); days : (s, d). Returns (s, b), NaN without any [kW]"""
    total = np.zeros((len(days), load_kw.shape[2]))
    # Day by day, for few of a year's days are chosen, and mostly the same at all sites.
    for day in np.flatnonzero(days.any(axis=0)).tolist():
        np.add(total, load_kw[:, day], out=total, where=days[:, day, None])
    count = np.repeat(days.sum(axis=1)[:, None], total.shape[1], axis=1)
    site, slot = np.nonzero(np.isnan(total))
    own = load_kw[site, :, slot]
    there = days[site] & ~np.isnan(own)
    total[site, slot] = np.where(there, own, 0.0).sum(axis=1)
    count[site, slot] = there.sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def window_means(load_kw: FloatArray, window: Window) -> FloatArray:
    """Mean over the window of each day, NaN where a block of it is missing. Returns shape (s, d) [kW]"""
    return np.asarray(load_kw[:, :, window.blocks].mean(axis=2))
