"""One consistent picture of all scopes at the newest minute that can be judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from math import isnan

import numpy as np

from analytics.projection import Projected
from domain.arrays import FloatArray, IntArray
from domain.instants import MINUTE_MS, from_ms
from domain.scopes import Scope
from monitor.answers import Projection
from monitor.block_rows import block_of
from monitor.live import ScopeLoad
from monitor.meter_means import MeterMeans, missing_slots, newest_power, sliding_means
from monitor.meter_watch import MeterWatch
from monitor.projector import Projector
from monitor.roster import Roster
from monitor.scope_sums import ScopeSums, UsualPower, apparent_kva, scope_sums
from monitor.told_quarters import Quarter, ToldQuarters, coarse_share
from monitor.usual_book import UsualBook
from monitor.windows import Windows


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """All scopes judged with windows that end with the minute ``end``."""

    end: int
    means: MeterMeans
    sums: ScopeSums
    kva: FloatArray
    newest_kw: FloatArray
    coarse: FloatArray


class Picture:
    """Reads the windows; the caller holds their lock."""

    def __init__(self, windows: Windows, watch: MeterWatch, roster: Roster, book: UsualBook, projector: Projector):
        self._windows = windows
        self._watch = watch
        self._roster = roster
        self._book = book
        self._projector = projector
        self._told = ToldQuarters(windows, roster, self._usual)

    def loads(self, ends: Iterable[int]) -> list[ScopeLoad]:
        """Each scope at the newest of ``ends`` (newest first, the last one is past its grace) at which all are in.

        All are in when the window is complete, or lacks no more than it does at the last end: a minute that has just
        ended is judged as soon as those who still speak have spoken, and at the latest when its grace is over
        """
        roster = self._roster
        views: list[_View] = []
        choice = np.full(len(roster.members.scopes), -1, dtype=np.int64)
        for end in ends:
            view = self._view(end)
            choice[(choice < 0) & view.sums.complete] = len(views)
            views.append(view)
            if (choice >= 0).all():
                break
        for number, view in enumerate(views):
            choice[(choice < 0) & (view.sums.coverage >= views[-1].sums.coverage - 1e-9)] = number
        found: dict[int, ScopeLoad] = {}
        for number, view in enumerate(views):
            rows = np.flatnonzero((choice == number) & (view.sums.expected > 0))
            if rows.size:
                found.update(self._loads(view, rows))
        return [found[row] for row in sorted(found)]

    def missing(self, end: int) -> IntArray:
        """Slots of the expected meters of which the window before ``end`` lacks more than its own mean can mend."""
        means = sliding_means(self._windows, self._roster, end, self._watch.heard_until(len(self._roster)))
        return missing_slots(means, self._roster)

    def _view(self, end: int) -> _View:
        roster = self._roster
        last_end = self._watch.heard_until(len(roster))
        means = sliding_means(self._windows, roster, end, last_end)
        usual = self._usual(missing_slots(means, roster), (end - 1) * MINUTE_MS)
        newest = newest_power(self._windows, roster, end, last_end)
        heard = np.where(np.isnan(newest), 0.0, newest)
        total = np.asarray(roster.members.plus @ heard - roster.members.minus @ heard)
        any_heard = roster.members.any @ (~np.isnan(newest)) > 0
        return _View(
            end,
            means,
            scope_sums(means, roster, usual),
            apparent_kva(means, roster),
            np.where(any_heard, total, np.nan),
            coarse_share(means, roster, usual),
        )

    def _usual(self, slots: IntArray, minute_ms: int) -> UsualPower:
        return self._book.power(self._roster, slots, minute_ms)

    def _loads(self, view: _View, rows: IntArray) -> dict[int, ScopeLoad]:
        roster, sums = self._roster, view.sums
        usual = self._usual(missing_slots(view.means, roster), (view.end - 1) * MINUTE_MS)
        projected, seen = self._projector.project(self._windows, roster, usual, view.end, rows)
        coarse = rows[view.coarse[rows] > 0]
        last_end = self._watch.heard_until(len(roster))
        told = self._told.of(coarse, view.end, last_end) if coarse.size else {}
        minute, block = from_ms((view.end - 1) * MINUTE_MS), from_ms(block_of(view.end - 1) * MINUTE_MS)
        scopes = roster.members.scopes
        return {
            row: replace(
                _load(scopes[row], minute, sums, view.kva, row),
                projection=_projection(projected, i, block, seen[i]),
                instantaneous_kw=_number(view.newest_kw[row]),
                coarse_share=float(view.coarse[row]),
                told=tuple(_told(scopes[row], quarter, row) for quarter in told.get(row, ())),
            )
            for i, row in enumerate(rows.tolist())
        }


def _number(value: float) -> float | None:
    return None if isnan(value) else float(value)


def _told(scope: Scope, quarter: Quarter, row: int) -> ScopeLoad:
    return _load(scope, from_ms(quarter.start * MINUTE_MS), quarter.sums, quarter.kva, row)


def _load(scope: Scope, minute: datetime, sums: ScopeSums, kva: FloatArray, row: int) -> ScopeLoad:
    measured = float(sums.measured_kw[row])
    complete = bool(sums.complete[row] & ~sums.suspect[row])
    return ScopeLoad(
        scope=scope,
        minute=minute,
        measured_kw=measured,
        sliding_kw=measured if complete else None,
        sliding_kva=_number(kva[row]) if complete else None,
        coverage=float(sums.coverage[row]),
        estimate_kw=_number(sums.estimate_kw[row]),
        estimate_low_kw=_number(sums.low_kw[row]),
        estimate_high_kw=_number(sums.high_kw[row]),
        projection=None,
    )


def _projection(projected: Projected, i: int, block: datetime, seen: int) -> Projection | None:
    if isnan(projected.demand_kw[i]):
        return None
    return Projection(
        block_start=block,
        minutes=int(seen),
        demand_kw=float(projected.demand_kw[i]),
        low_kw=float(projected.low_kw[i]),
        high_kw=float(projected.high_kw[i]),
    )
