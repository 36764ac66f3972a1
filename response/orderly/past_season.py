"""The loads, quota and cooling of a past season, as every plan of a rehearsal meets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from analytics.baselines.days import Window as ClockWindow
from analytics.cooling import CoolingFit, at_temperature
from config.characteristics import CharacteristicsTable
from domain.arrays import FloatArray
from domain.errors import InsufficientData
from domain.instants import BLOCK_MS, MINUTE_MS
from domain.orderly import Window
from domain.registry import RegistryView
from monitor.analysis_data import AnalysisData
from monitor.load_history import LoadHistory
from monitor.window_cooling import fit_window
from response.orderly.rehearsed import Season
from storage.ledger_ports import ReferenceLedger

DAY_BLOCKS = 96


@dataclass(frozen=True, eq=False)
class PastSeason:
    """names : of the enterprises, rows of the history after the first, which is the scope whose gap it is

    total_kw, quota_kw : shape (b,) [kW]; told : where the quota is from; yuan : value added a kWh, by enterprise
    """

    season: Season
    history: LoadHistory
    names: Sequence[str]
    view: RegistryView
    total_kw: FloatArray
    quota_kw: FloatArray
    told: str
    yuan: Mapping[str, float | None]
    cooling: PastCooling
    zone: ZoneInfo
    digest: str

    def runs(self) -> list[tuple[int, int]]:
        """Slots above the quota, run by run, no run over midnight."""
        above = np.nan_to_num(self.total_kw - self.quota_kw) > 0
        starts = set(np.searchsorted(self.history.ts_ms, self.history.day_starts_ms).tolist())
        found: list[tuple[int, int]] = []
        for place in np.flatnonzero(above).tolist():
            if found and found[-1][1] == place and place not in starts:
                found[-1] = (found[-1][0], place + 1)
            else:
                found.append((place, place + 1))
        return found


@dataclass(eq=False)
class PastCooling:
    """Cooling load of past windows from the regression on temperature over the season itself, or the 120 days to its
    end; row 0 of the loads is the scope, the others the enterprises."""

    loads: AnalysisData
    rules: CharacteristicsTable
    _fits: dict[tuple[int, int], CoolingFit] = field(default_factory=dict)

    def of(self, window: Window, day: date, zone: ZoneInfo) -> FloatArray:
        """In the mean load of the window, a value an enterprise; NaN where nothing can be said [kW]"""
        place = (day - self.loads.days.days[0]).days
        highest = self.loads.kinds.maximum_c
        if place < 1 or np.isnan(highest[place - 1 : place + 1]).any():
            return np.full(len(self.loads.history.scopes) - 1, np.nan)
        first = _slot(window.start, zone)
        clock = (first, first + round(window.hours * 60 * MINUTE_MS / BLOCK_MS))
        if clock not in self._fits:
            self._fits[clock] = fit_window(self.loads, ClockWindow(clock[0], min(clock[1], DAY_BLOCKS)), self.rules)
        off = 0.0 if self.loads.kinds.workday[place] else 1.0
        return at_temperature(self._fits[clock], highest[place], highest[place - 1], [off]).cooling_kw[1:]


def cut_to(data: AnalysisData, season: Season) -> LoadHistory:
    """The season's own days of loads that begin earlier."""
    place = (season.first - data.days.days[0]).days
    history = data.history
    own = history.ts_ms >= history.day_starts_ms[place]
    return replace(
        history,
        ts_ms=history.ts_ms[own],
        day_starts_ms=history.day_starts_ms[place:],
        demand_kw=history.demand_kw[:, own],
        estimate_kw=history.estimate_kw[:, own],
        partial=history.partial[:, own],
        reduction_kw=history.reduction_kw[:, own],
    )


def total_of(history: LoadHistory, season: Season) -> FloatArray:
    """Restored load of the scope, the estimate where it was not measured whole. Raises InsufficientData without any."""
    total = np.where(np.isnan(history.demand_kw[0]), history.estimate_kw[0], history.demand_kw[0])
    total = total + history.reduction_kw[0]
    if np.isnan(total).all():
        raise InsufficientData(f"{season.first} 至 {season.last} 没有 {season.scope} 的负荷 / no load in this span")
    return np.asarray(total)


def quota_of(
    season: Season, history: LoadHistory, total: FloatArray, references: ReferenceLedger
) -> tuple[FloatArray, str]:
    """Entered quotas where there are any; else the share of the highest load."""
    quota = np.full(len(total), np.nan)
    entered = 0
    for number, start in enumerate(history.day_starts_ms[:-1].tolist()):
        day = date.fromordinal(season.first.toordinal() + number)
        known = references.quota(season.scope, day)
        own = (history.ts_ms >= start) & (history.ts_ms < history.day_starts_ms[number + 1])
        if known is not None and int(own.sum()) == len(known.points_kw):
            quota[own] = known.points_kw
            entered += 1
    if entered:
        return quota, f"{entered} 天录入指标 / quotas entered for {entered} days"
    flat = season.quota_share * float(np.nanmax(total))
    text = f"指标取最大负荷的 {season.quota_share:.0%} / quota taken as {season.quota_share:.0%} of the maximum"
    return np.full(len(total), flat), text


def _slot(at: datetime, zone: ZoneInfo) -> int:
    """Place on the clock of the block that begins then."""
    local = at.astimezone(zone)
    return (local.hour * 60 + local.minute) * MINUTE_MS // BLOCK_MS
