"""Energy registers: what a decrease or a leap means (domain: registers)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.arrays import BoolArray, FloatArray, IntArray
from domain.instants import HOUR_MS

#: A register may have rolled over when it stood above and stands below these shares of its modulus.
ROLLOVER_FROM, ROLLOVER_TO = 0.9, 0.1


class RegisterMemory:
    """The last import register of each meter, indexed by slot."""

    def __init__(self) -> None:
        self._kwh = np.zeros(0)
        self._ts = np.zeros(0, dtype=np.int64)

    def reserve(self, count: int) -> None:
        if count > len(self._kwh):
            more = max(count, 2 * len(self._kwh), 256) - len(self._kwh)
            self._kwh = np.concatenate([self._kwh, np.full(more, np.nan)])
            self._ts = np.concatenate([self._ts, np.full(more, -1, dtype=np.int64)])

    def faulty(
        self, slot: IntArray, ts_ms: IntArray, energy_kwh: FloatArray, modulus_kwh: FloatArray, limit_kw: FloatArray
    ) -> BoolArray:
        """Registers that went back without a roll-over, or leapt further than the capacity allows.

        A meter that was swapped or reset is faulty once; its new register is then followed. No energy is invented.
        """
        last, at = self._kwh[slot], self._ts[slot]
        newer = ~np.isnan(energy_kwh) & (ts_ms > at)
        hours = (ts_ms - at) / HOUR_MS
        delta = energy_kwh - last
        rolled = (delta < 0) & (last > ROLLOVER_FROM * modulus_kwh) & (energy_kwh < ROLLOVER_TO * modulus_kwh)
        moved = np.where(rolled, delta + modulus_kwh, delta)
        # One interval of slack: stamp and register may belong to neighbouring intervals.
        too_far = moved > limit_kw * (hours + 1.0)
        faulty: BoolArray = newer & ((moved < 0) | too_far)
        self._kwh[slot[newer]] = energy_kwh[newer]
        self._ts[slot[newer]] = ts_ms[newer]
        return faulty

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        return {"register_kwh": self._kwh.copy(), "register_ts": self._ts.copy()}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        self._kwh = saved["register_kwh"].astype(np.float64)
        self._ts = saved["register_ts"].astype(np.int64)
