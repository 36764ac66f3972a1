"""The registry as columns: which meter speaks, whether it may, and by which rules its reading is read that day."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import BoolArray, FloatArray, IntArray
from domain.ids import EnterpriseId
from domain.instants import HOUR_MS, from_ms
from domain.registry import Meter, Registry, RegistryView, Stamp

STAMPS = (Stamp.START, Stamp.END, Stamp.INSTANT)
#: The enterprise level of the topic of meters that belong to no enterprise (boundary meters of the grid).
GRID = "grid"
_QUARTER_MS = HOUR_MS // 4
_EPOCH = date(1970, 1, 1)
_DAYS_KEPT = 16


@dataclass(frozen=True, slots=True, eq=False)
class MeterTable:
    """The meters in force on one day, n rows plus a last row for the unknown.

    limit_kw : plausible power by the account's capacity, infinite where it is not known [kW]
    modulus_kwh : where the register rolls over, in the values as stored (multiplier applied) [kWh]
    """

    view: RegistryView
    index: dict[str, int]
    enterprise: tuple[str, ...]
    gateway: tuple[str | None, ...]
    serving: tuple[bool, ...]
    interval_ms: IntArray
    stamp: IntArray
    multiplier: FloatArray
    primary: BoolArray
    limit_kw: FloatArray
    modulus_kwh: FloatArray

    @classmethod
    def of(cls, view: RegistryView, capacity_factor: float) -> MeterTable:
        meters = list(view.meters.values())
        return cls(
            view,
            {meter.id: row for row, meter in enumerate(meters)},
            tuple(view.enterprise_of(meter.id) or GRID for meter in meters),
            tuple(meter.gateway for meter in meters),
            tuple(meter.in_service for meter in meters),
            np.array([m.interval_s * 1000 for m in meters] + [60_000], dtype=np.int64),
            np.array([STAMPS.index(m.stamp) for m in meters] + [0], dtype=np.int64),
            np.array([m.multiplier for m in meters] + [1.0]),
            np.array([m.primary_values for m in meters] + [True]),
            np.array([_limit_kw(view, m, capacity_factor) for m in meters] + [np.inf]),
            np.array([m.register_modulus_kwh * (1.0 if m.primary_values else m.multiplier) for m in meters] + [np.inf]),
        )

    def speaks(self, row: int, enterprise: str | None, gateway: str | None) -> bool:
        """The usual case, cheaply: a meter in service on its own enterprise's topic or its gateway's."""
        owned = self.enterprise[row] == enterprise if enterprise is not None else self.gateway[row] == gateway
        return owned and self.serving[row]

    def refusal(self, row: int, meter: str, enterprise: str | None, gateway: str | None) -> tuple[str, str] | None:
        """Why this speaker may not report this meter, as (reason, detail); None when it may."""
        if row < 0:
            if enterprise is not None and enterprise != GRID and EnterpriseId(enterprise) not in self.view.enterprises:
                return (
                    "unknown_enterprise",
                    f"enterprise {enterprise} is not in the registry on {self.view.day}; register it, then replay",
                )
            return "unknown_meter", f"meter {meter} is not in the registry on {self.view.day}; register it, then replay"
        if enterprise is not None and self.enterprise[row] != enterprise:
            return (
                "foreign_meter",
                f"meter {meter} is not of enterprise {enterprise} on {self.view.day}; correct topic or registry",
            )
        if enterprise is None and self.gateway[row] != gateway:
            return (
                "gateway_not_allowed",
                f"the registry does not let gateway {gateway} speak for meter {meter} on {self.view.day}; enter the"
                " gateway with the meter, then replay",
            )
        if not self.serving[row]:
            return "out_of_service", f"meter {meter} is out of service on {self.view.day}"
        return None


def _limit_kw(view: RegistryView, meter: Meter, capacity_factor: float) -> float:
    account = view.accounts.get(meter.account) if meter.account is not None else None
    if account is None:
        return np.inf
    # A suspended transformer lowers the running capacity on paper; drawing more is a violation people must see, not
    # a faulty reading. Only what the installed transformers cannot carry is implausible.
    kva = max(account.running_capacity_kva or 0.0, account.contract_capacity_kva or 0.0)
    return capacity_factor * kva if kva > 0 else np.inf


class LocalDays:
    """Local day numbers (days since 1970) of instants, by the zone's own rules."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def of(self, ts_ms: IntArray) -> IntArray:
        # Zones change their offset on whole quarter hours, so one look-up serves a quarter.
        quarters, back = np.unique(ts_ms // _QUARTER_MS, return_inverse=True)
        days = [(from_ms(int(q) * _QUARTER_MS).astimezone(self._zone).date() - _EPOCH).days for q in quarters.tolist()]
        found: IntArray = np.array(days, dtype=np.int64)[back.reshape(-1)]
        return found


class MeterTables:
    """Tables by day, the last few kept; all are dropped when the registry changes."""

    def __init__(self, capacity_factor: float) -> None:
        self._capacity_factor = capacity_factor
        self._registry: Registry | None = None
        self._tables: OrderedDict[int, MeterTable] = OrderedDict()

    def of(self, registry: Registry, day: int) -> MeterTable:
        if registry is not self._registry:
            self._registry = registry
            self._tables.clear()
        if day not in self._tables:
            view = registry.view(_EPOCH + timedelta(days=day))
            self._tables[day] = MeterTable.of(view, self._capacity_factor)
            while len(self._tables) > _DAYS_KEPT:
                self._tables.popitem(last=False)
        self._tables.move_to_end(day)
        return self._tables[day]
