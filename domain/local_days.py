"""Consecutive local days on a grid of blocks: where each block of a long series stands in its day.

Two ways to lay a series out by days: ``by_day`` in the order of the blocks (a day of 23 hours has fewer), for figures
of a day; ``on_clock`` by the time on the wall (the hour that comes twice is averaged), for shapes and tariffs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid
from domain.instants import BLOCK_S, day_span

DAY_S = 86_400
DAY_MS = DAY_S * 1000


@dataclass(frozen=True, slots=True, eq=False)
class LocalDays:
    """days : d local days in order; starts_ms : shape (d + 1,), their starts and the end of the last [ms];
    step_s : length of a block [s]; slot : shape (b,), place on the clock, 0...86400/step_s - 1, of every block of them
    """

    days: tuple[date, ...]
    starts_ms: IntArray
    step_s: int
    slot: IntArray

    def __len__(self) -> int:
        return len(self.days)

    @property
    def slots(self) -> int:
        return DAY_S // self.step_s

    @property
    def blocks(self) -> IntArray:
        """Shape (d,): blocks each day has, 92 or 100 of 15 minutes where clocks change."""
        return np.asarray(np.diff(self.starts_ms) // (self.step_s * 1000), dtype=np.int64)

    @property
    def ts_ms(self) -> IntArray:
        """Start of every block of the days [ms]."""
        return np.arange(self.starts_ms[0], self.starts_ms[-1], self.step_s * 1000, dtype=np.int64)

    @property
    def regular(self) -> bool:
        return bool((self.blocks == self.slots).all())

    def day_of(self, ts_ms: IntArray) -> IntArray:
        """Index of the day each instant falls on; -1 before the first and d after the last."""
        return np.asarray(np.searchsorted(self.starts_ms, ts_ms, side="right") - 1, dtype=np.int64)

    def by_day(self, values: FloatArray, ts_ms: IntArray) -> FloatArray:
        """Values by day and place in the day.

        values : shape (..., b), blocks that start at ``ts_ms`` (b,), which must grow: a block that comes twice is a
            mistake to be settled before, not here; blocks outside the days are dropped, absent ones are NaN
        Returns shape (..., d, n), n the blocks of the longest day; a view where the grid fits. Raises Invalid
        """
        self._check(values, ts_ms)
        if self.regular and len(ts_ms) == len(self) * self.slots and int(ts_ms[0]) == int(self.starts_ms[0]):
            return values.reshape(*values.shape[:-1], len(self), self.slots)
        day, inside = self._inside(ts_ms)
        place = (ts_ms[inside] - self.starts_ms[day]) // (self.step_s * 1000)
        laid = np.full((*values.shape[:-1], len(self), int(self.blocks.max(initial=0))), np.nan)
        laid[..., day, place] = values[..., inside]
        return laid

    def on_clock(self, values: FloatArray, ts_ms: IntArray) -> FloatArray:
        """Values by day and slot of the clock, shapes and gaps as ``by_day`` but n = 86400 / step_s always.

        An hour the clock skips is NaN; one it shows twice holds the mean of its two blocks.
        """
        self._check(values, ts_ms)
        if self.regular:
            return self.by_day(values, ts_ms)
        day, inside = self._inside(ts_ms)
        slot = self.slot[(ts_ms[inside] - int(self.starts_ms[0])) // (self.step_s * 1000)]
        cell = day * self.slots + slot
        chosen = values[..., inside].reshape(-1, int(inside.sum()))
        size = len(self) * self.slots
        laid = np.full((chosen.shape[0], size), np.nan)
        for row, own in enumerate(chosen):
            there = ~np.isnan(own)
            count = np.bincount(cell[there], minlength=size)
            total = np.bincount(cell[there], weights=own[there], minlength=size)
            np.divide(total, count, out=laid[row], where=count > 0)
        return laid.reshape(*values.shape[:-1], len(self), self.slots)

    def _inside(self, ts_ms: IntArray) -> tuple[IntArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
        day = self.day_of(ts_ms)
        inside = (day >= 0) & (day < len(self))
        return day[inside], inside

    def _check(self, values: FloatArray, ts_ms: IntArray) -> None:
        if values.shape[-1] != len(ts_ms):
            raise Invalid(f"{values.shape[-1]} values for {len(ts_ms)} instants")
        steps = np.diff(ts_ms)
        if (steps <= 0).any():
            at = int(np.argmax(steps <= 0))
            raise Invalid(f"instants must grow; {int((steps <= 0).sum())} do not, the first at place {at + 1}")
        if ((ts_ms - int(self.starts_ms[0])) % (self.step_s * 1000)).any():
            raise Invalid(f"instants are not on the grid of {self.step_s} s that begins with the first day")


def local_days(first: date, last: date, zone: ZoneInfo, *, step_s: int = BLOCK_S) -> LocalDays:
    """Every local day from ``first`` to ``last``, both included. Raises Invalid where blocks do not fill a day."""
    if last < first:
        raise Invalid(f"the first day {first} lies after the last {last}")
    if step_s <= 0 or DAY_S % step_s:
        raise Invalid(f"a step of {step_s} s does not divide a day")
    days = tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
    starts = [day_span(day, zone).start_ms for day in days] + [day_span(last, zone).end_ms]
    starts_ms = np.array(starts, dtype=np.int64)
    slots = DAY_S // step_s
    lengths = np.diff(starts_ms)
    if (lengths % (step_s * 1000)).any():
        raise Invalid(f"a day of {zone} is not a whole number of blocks of {step_s} s")
    usual = np.arange(slots, dtype=np.int64)
    parts = [
        usual if length == DAY_MS else _clock(start, length, step_s, zone)
        for start, length in zip(starts_ms[:-1].tolist(), lengths.tolist(), strict=True)
    ]
    return LocalDays(days, starts_ms, step_s, np.concatenate(parts))


def _clock(start_ms: int, length_ms: int, step_s: int, zone: ZoneInfo) -> IntArray:
    begin = datetime.fromtimestamp(start_ms // 1000, tz=UTC)
    local = [(begin + timedelta(seconds=s)).astimezone(zone) for s in range(0, length_ms // 1000, step_s)]
    return np.array([(t.hour * 3600 + t.minute * 60 + t.second) // step_s for t in local], dtype=np.int64)
