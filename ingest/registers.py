"""Energy registers as they come in: the state machine of ``analytics.registers`` for every meter at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from analytics.registers import Incident, Registers, Seen, step
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.instants import HOUR_MS

#: One interval of slack: stamp and register may belong to neighbouring intervals.
SLACK_H = 1.0
_COLUMNS = tuple(field.name for field in fields(Registers))


class Noted(NamedTuple):
    """faulty : the reading cannot be; power_kw : mean power since the reading one interval before, NaN where there is
    none [kW]; stood : the register moved again after standing still"""

    faulty: BoolArray
    power_kw: FloatArray
    stood: BoolArray


class RegisterMemory:
    """The import register of each meter, indexed by slot."""

    def __init__(self) -> None:
        self._registers = Registers.blank(0)

    def reserve(self, count: int) -> None:
        held = len(self._registers.kwh)
        if count > held:
            more = Registers.blank(max(count, 2 * held, 256) - held)
            self._registers = Registers(
                *(np.concatenate([getattr(self._registers, name), getattr(more, name)]) for name in _COLUMNS)
            )

    def note(
        self,
        slot: IntArray,
        ts_ms: IntArray,
        energy_kwh: FloatArray,
        modulus_kwh: FloatArray,
        limit_kw: FloatArray,
        trusted: BoolArray,
        interval_ms: IntArray,
    ) -> Noted:
        """Registers that went back without a roll-over, or leapt further than the capacity allows.

        A meter that was swapped or reset is faulty once; its new register is then followed. No energy is invented.
        trusted : readings whose clock and value are believed; the others move no register
        """
        held = Registers(*(getattr(self._registers, name)[slot] for name in _COLUMNS))
        moved, outcome = step(
            held, energy_kwh, ts_ms, trusted=trusted, limit_kw=limit_kw, modulus_kwh=modulus_kwh, slack_h=SLACK_H
        )
        for name in _COLUMNS:
            getattr(self._registers, name)[slot] = getattr(moved, name)
        faulty: BoolArray = np.isin(outcome.incident, (Incident.FELL, Incident.LEAPT)) | (outcome.seen == Seen.ASTRAY)
        hours = (ts_ms - outcome.from_ms) / HOUR_MS
        one = ts_ms - outcome.from_ms == interval_ms
        power_kw = np.where(one, outcome.energy_kwh / np.where(one, hours, 1.0), np.nan)
        return Noted(faulty, power_kw, outcome.incident == Incident.STOOD)

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        return {f"register_{name}": getattr(self._registers, name).copy() for name in _COLUMNS}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        blank = Registers.blank(0)
        self._registers = Registers(
            *(saved[f"register_{name}"].astype(getattr(blank, name).dtype) for name in _COLUMNS)
        )
