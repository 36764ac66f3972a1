"""Minutes of meters that report more often than once a minute: the mean of the readings each minute holds."""

from __future__ import annotations

import numpy as np

from domain.arrays import CodeArray, FloatArray, IntArray
from domain.instants import MINUTE_MS


class FineCells:
    """One bit for each reading of a minute, so that a repeat changes nothing. Only meters that need it take room."""

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._place: dict[int, int] = {}
        self._minute = np.full((cells, 0), -1, dtype=np.int64)
        self._seen = np.zeros((cells, 0), dtype=np.int64)
        self._sum_kw = np.zeros((cells, 0))
        self._worst = np.zeros((cells, 0), dtype=np.int8)

    def add(
        self, slot: IntArray, ts_ms: IntArray, interval_s: IntArray, power_kw: FloatArray, quality: CodeArray
    ) -> tuple[FloatArray, CodeArray]:
        """Add readings; returns, for each, the mean of its minute so far and the worst quality in it.

        slot, ts_ms, interval_s, power_kw, quality : shape (n,), intervals below 60 s, no NaN [ms], [s], [kW]
        """
        place = self._places(slot)
        minute = ts_ms // MINUTE_MS
        bit = (ts_ms % MINUTE_MS) // (interval_s * 1000)
        _, first = np.unique(np.stack([place, minute, bit]), axis=1, return_index=True)
        # In time order, so that the sum of a minute does not depend on how its readings were batched.
        for i in first[np.argsort(ts_ms[first], kind="stable")]:
            row, column = int(minute[i] % self._cells), int(place[i])
            if self._minute[row, column] != minute[i]:
                self._minute[row, column] = minute[i]
                self._seen[row, column] = 0
                self._sum_kw[row, column] = 0.0
                self._worst[row, column] = 0
            if not self._seen[row, column] >> bit[i] & 1:
                self._seen[row, column] |= 1 << bit[i]
                self._sum_kw[row, column] += power_kw[i]
                self._worst[row, column] = max(self._worst[row, column], quality[i])
        at = (minute % self._cells, place)
        return self._sum_kw[at] / np.bitwise_count(self._seen[at]), self._worst[at]

    def forget(self, slots: IntArray, minutes: IntArray) -> None:
        held = [self._place[slot] for slot in slots.tolist() if slot in self._place]
        if held:
            self._minute[np.ix_(minutes % self._cells, np.array(held))] = -1

    def _places(self, slot: IntArray) -> IntArray:
        for each in np.unique(slot).tolist():
            self._place.setdefault(each, len(self._place))
        missing = len(self._place) - self._sum_kw.shape[1]
        if missing > 0:
            more = max(missing, self._sum_kw.shape[1])
            self._minute = np.pad(self._minute, ((0, 0), (0, more)), constant_values=-1)
            self._seen, self._sum_kw, self._worst = (
                np.pad(self._seen, ((0, 0), (0, more))),
                np.pad(self._sum_kw, ((0, 0), (0, more))),
                np.pad(self._worst, ((0, 0), (0, more))),
            )
        return np.fromiter((self._place[each] for each in slot.tolist()), dtype=np.int64, count=len(slot))
