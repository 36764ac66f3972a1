"""What each enterprise drew at most over the last year, read once an hour: a year of load stands behind it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from domain.clock import Clock
from domain.instants import HOUR_MS
from domain.people import Principal
from domain.scopes import Scope, enterprise_scope
from monitor.load_history import LoadHistories, LoadHistory
from storage.ledger_ports import RegistryLedger

YEAR_DAYS = 365
#: Fewer complete blocks than these make no yearly maximum (a month).
FEWEST_BLOCKS = 30 * 96


@dataclass(frozen=True, slots=True)
class Metered:
    """Of one enterprise over the last year [kW]; None = too little is known."""

    max_kw: float | None
    max_day_mean_kw: float | None


NOTHING = Metered(None, None)


class MeteredBook:
    """Thread-safe."""

    def __init__(self, histories: LoadHistories, registry: RegistryLedger, clock: Clock) -> None:
        self._histories, self._registry, self._clock = histories, registry, clock
        self._lock = threading.Lock()
        self._stand: tuple[int, int] = (-1, -1)
        self._kept: dict[str, Metered] = {}

    def of(self, principal: Principal, enterprises: Sequence[str], today: date) -> Mapping[str, Metered]:
        """Restored load of the 365 days before today, by enterprise; without meters an enterprise is left out."""
        registry = self._registry.registry()
        view = registry.view(today)
        scopes = {each: enterprise_scope(each) for each in dict.fromkeys(enterprises)}
        measured = {name: scope for name, scope in scopes.items() if view.members(scope)}
        with self._lock:
            stand = (self._clock.now_ms() // HOUR_MS, registry.revision)
            if stand != self._stand:
                self._stand, self._kept = stand, {}
            missing = [scope for name, scope in measured.items() if name not in self._kept]
            if missing:
                self._kept |= self._read(principal, missing, today)
            return {name: self._kept[name] for name in measured}

    def _read(self, principal: Principal, scopes: Sequence[Scope], today: date) -> dict[str, Metered]:
        last = today - timedelta(days=1)
        history = self._histories.history(principal, scopes, last - timedelta(days=YEAR_DAYS), last)
        return {scope.id: _highest(history, row) for row, scope in enumerate(history.scopes)}


def _highest(history: LoadHistory, row: int) -> Metered:
    load = history.restored_kw[row]
    if int((~np.isnan(load)).sum()) < FEWEST_BLOCKS:
        return NOTHING
    at = int(np.nanargmax(load))
    day = int(np.searchsorted(history.day_starts_ms, history.ts_ms[at], side="right")) - 1
    first, end = np.searchsorted(history.ts_ms, history.day_starts_ms[day : day + 2])
    return Metered(float(load[at]), float(np.nanmean(load[first:end])))
