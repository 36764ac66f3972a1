"""Value added per kWh for the choice, read once an hour: it comes from a year of load and changes by the month."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import date

from domain.clock import Clock
from domain.ids import EnterpriseId
from domain.instants import HOUR_MS
from domain.people import Principal
from response.intensity.desk import IntensityDesk
from storage.energy_ports import EnergyLedger


class ValueBook:
    """Of the year, or of the year before where that knows nothing yet. Thread-safe."""

    def __init__(self, intensity: IntensityDesk, energy: EnergyLedger, clock: Clock) -> None:
        self._intensity, self._energy, self._clock = intensity, energy, clock
        self._lock = threading.Lock()
        self._hour = -1
        self._kept: dict[tuple[int, str], float | None] = {}

    def of(self, principal: Principal, names: Sequence[str], year: int) -> Mapping[str, float | None]:
        """[yuan/kWh]; None where none is known. A year without any value added is not divided by its load."""
        found = self._read(principal, names, year)
        if not any(value is not None for value in found.values()):
            found = self._read(principal, names, year - 1)
        return found

    def _read(self, principal: Principal, names: Sequence[str], year: int) -> dict[str, float | None]:
        with self._lock:
            hour = self._clock.now_ms() // HOUR_MS
            if hour != self._hour:
                self._hour, self._kept = hour, {}
            missing = [EnterpriseId(name) for name in names if (year, name) not in self._kept]
            # A year of load is read for it, so only for those whose value added was entered.
            entered = set(self._energy.output_columns(date(year, 1, 1), date(year, 12, 1)).enterprise.values)
            self._kept |= {(year, str(name)): None for name in missing if name not in entered}
            missing = [name for name in missing if name in entered]
            if missing:
                values = self._intensity.values_per_kwh(principal, missing, year)
                self._kept |= {(year, str(name)): value.yuan_per_kwh for name, value in values.items()}
            return {name: self._kept.get((year, name)) for name in names}
