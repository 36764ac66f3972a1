"""When each meter was heard last, whether it is silent, and the fault its newest reading carries."""

from __future__ import annotations

import math

import numpy as np

from domain.arrays import BoolArray, CodeArray, IntArray
from domain.instants import MINUTE_MS, from_ms
from domain.quality import Quality
from monitor.live import MeterState
from monitor.roster import Roster

#: Overdue by more than this many intervals is silent, and never before SILENT_LEAST_MS.
SILENT_INTERVALS = 3
SILENT_LEAST_MS = 5 * MINUTE_MS
NEVER = -1
_FAULTS: dict[int, tuple[str, ...]] = {
    int(code): () if code in (Quality.OK, Quality.ESTIMATED) else (code.text,) for code in Quality
}


class MeterWatch:
    """Columns by slot. Not thread-safe: the owner holds a lock."""

    def __init__(self) -> None:
        self._ts_ms = np.zeros(0, dtype=np.int64)
        self._from_ms = np.zeros(0, dtype=np.int64)
        self._quality = np.zeros(0, dtype=np.int8)
        self._end = np.zeros(0, dtype=np.int64)

    def reserve(self, slots: int, now_ms: int) -> None:
        """Room for that many meters; a new one has been awaited since now."""
        more = slots - len(self._ts_ms)
        if more > 0:
            self._ts_ms = np.pad(self._ts_ms, (0, more), constant_values=NEVER)
            self._from_ms = np.pad(self._from_ms, (0, more), constant_values=now_ms)
            self._quality = np.pad(self._quality, (0, more))
            self._end = np.pad(self._end, (0, more), constant_values=NEVER)

    def note(self, slot: IntArray, ts_ms: IntArray, quality: CodeArray, roster: Roster) -> None:
        """Remember the newest reading of each meter; older ones and repeats change nothing."""
        order = np.argsort(ts_ms, kind="stable")
        slot, ts_ms, quality = slot[order], ts_ms[order], quality[order]
        newer = ts_ms > self._ts_ms[slot]
        slot, ts_ms, quality = slot[newer], ts_ms[newer], quality[newer]
        self._ts_ms[slot] = ts_ms
        self._quality[slot] = quality
        np.maximum.at(self._end, slot, ts_ms // MINUTE_MS + roster.minutes[slot])

    def heard_until(self, slots: int) -> IntArray:
        """The minute after each meter's newest interval, shape (slots,)."""
        return self._end[:slots]

    def unheard(self, roster: Roster) -> IntArray:
        return np.flatnonzero(self._ts_ms[: len(roster)] == NEVER)

    def silent_s(self, roster: Roster, now_ms: int, *, lag_ms: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Seconds since the end of each silent meter's newest interval, NaN for those that are not silent.

        lag_ms : what a reading may need from the meter to here, in the district's time [ms]
        """
        n = len(roster)
        interval_ms = roster.interval_s * 1000
        never = self._ts_ms[:n] == NEVER
        ended = np.where(never, self._from_ms[:n], self._ts_ms[:n] + interval_ms)
        overdue = now_ms - ended
        allowed = np.maximum(SILENT_INTERVALS * interval_ms, SILENT_LEAST_MS) + lag_ms
        silent: BoolArray = roster.expected & (overdue > allowed)
        return np.where(silent, overdue / 1000.0, np.nan)

    def states(self, roster: Roster, now_ms: int, *, lag_ms: int) -> list[MeterState]:
        silent = self.silent_s(roster, now_ms, lag_ms=lag_ms)
        silent_s, heard_ms, codes = silent.tolist(), self._ts_ms.tolist(), self._quality.tolist()
        found = []
        for slot in np.flatnonzero(roster.listed).tolist():
            ts_ms = heard_ms[slot]
            found.append(
                MeterState(
                    meter=roster.ids[slot],
                    enterprise=roster.enterprise_of(slot),
                    last_ts=None if ts_ms == NEVER else from_ms(ts_ms),
                    silent_s=None if math.isnan(silent_s[slot]) else silent_s[slot],
                    faults=_FAULTS[codes[slot]],
                )
            )
        return found
