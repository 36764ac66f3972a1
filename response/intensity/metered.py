"""Electricity by month, from meters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray
from domain.instants import day_span
from domain.months import last_day, next_month
from domain.people import Principal
from domain.scopes import Scope
from monitor.load_history import LoadHistories, LoadHistory

SECONDS_PER_HOUR = 3600
#: A month's energy is told from this share of its blocks; the rest are filled with the month's mean of the same block.
MINIMUM_COVERAGE = 0.98


def metered_kwh(
    histories: LoadHistories, principal: Principal, wanted: Mapping[date, Sequence[Scope]], zone: ZoneInfo
) -> dict[tuple[Scope, date], float]:
    """Energy of each month and scope wanted of it, where it was metered well enough [kWh]. Raises Unavailable.

    A month at a time: a year of a large district would not fit into memory.
    """
    found: dict[tuple[Scope, date], float] = {}
    for month, scopes in wanted.items():
        if not scopes:
            continue
        history = histories.history(principal, scopes, month, last_day(month))
        start = day_span(month, zone).start_ms
        energy = _energy_kwh(history, start, day_span(next_month(month), zone).start_ms)
        for i in np.flatnonzero(~np.isnan(energy)).tolist():
            found[scopes[i], month] = float(energy[i])
    return found


class MeteredOnce:
    """Each month of a scope is read once, for work that asks often and is to see one state of the readings."""

    def __init__(self) -> None:
        self._known: dict[tuple[Principal, Scope, date], float | None] = {}

    def kwh(
        self, histories: LoadHistories, principal: Principal, wanted: Mapping[date, Sequence[Scope]], zone: ZoneInfo
    ) -> dict[tuple[Scope, date], float]:
        """As ``metered_kwh``."""
        known = self._known
        new = {month: [s for s in scopes if (principal, s, month) not in known] for month, scopes in wanted.items()}
        read = metered_kwh(histories, principal, new, zone)
        for month, scopes in new.items():
            known |= {(principal, scope, month): read.get((scope, month)) for scope in scopes}
        asked = ((scope, month) for month, scopes in wanted.items() for scope in scopes)
        return {each: kwh for each in asked if (kwh := known[principal, *each]) is not None}


def _energy_kwh(history: LoadHistory, start_ms: int, end_ms: int) -> FloatArray:
    """Of the blocks in [start, end), scaled to all of them; NaN where too few were measured. Shape (s,) [kWh]"""
    inside = (history.ts_ms >= start_ms) & (history.ts_ms < end_ms)
    load = history.demand_kw[:, inside]
    known = ~np.isnan(load)
    share = known.mean(axis=1) if inside.any() else np.zeros(len(load))
    total = np.where(known, load, 0.0).sum(axis=1) * history.step_s / SECONDS_PER_HOUR
    enough = share >= MINIMUM_COVERAGE
    return np.asarray(np.divide(total, share, out=np.full(len(load), np.nan), where=enough))
