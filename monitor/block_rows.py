"""Rows of ``demand_15m`` for one block: every meter and every scope, or those that some readings touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.arrays import BoolArray, FloatArray, IntArray, TextArray
from domain.instants import BLOCK_MS, MINUTE_MS, Span, from_ms
from domain.scopes import Scope, meter_scope
from monitor.meter_means import MeterMeans
from monitor.roster import BLOCK_MINUTES, Roster
from monitor.scope_sums import ScopeSums, UsualPower, meter_sums, scope_sums
from storage.ports import DemandRows, ReadingStore

HOURS_PER_BLOCK = 0.25
OK, ESTIMATED, INSUFFICIENT, SUSPECT = "ok", "estimated", "insufficient", "suspect"
_FIGURES = ("demand_kw", "energy_kwh", "coverage", "estimate_kw", "estimate_low_kw", "estimate_high_kw")


def block_of(minute: int) -> int:
    """First minute of the block a minute lies in."""
    return minute - minute % BLOCK_MINUTES


def rows_of_block(
    start: int,
    means: MeterMeans,
    roster: Roster,
    usual: UsualPower,
    *,
    minimum_coverage: float,
    touched: IntArray | None = None,
) -> DemandRows:
    """Rows of the block that begins with minute ``start``, all at revision 1.

    touched : slots whose meters and scopes are wanted; None = every scope of which something is expected or known
    """
    by_meter, by_scope = meter_sums(means, roster, usual), scope_sums(means, roster, usual)
    known = (means.share > 0) | (means.filled_share > 0)
    meters = np.flatnonzero(roster.listed & (roster.expected | known | means.suspect))
    scopes = np.flatnonzero((by_scope.expected > 0) | (by_scope.known > 0))
    if touched is not None:
        meters = np.intersect1d(meters, touched)
        scopes = np.intersect1d(scopes, roster.members.touched_by(touched))
    names = [meter_scope(roster.ids[i]) for i in meters] + [roster.members.scopes[i] for i in scopes]
    return _rows(start, names, _chosen(by_meter, meters), _chosen(by_scope, scopes), minimum_coverage)


def _chosen(sums: ScopeSums, where: IntArray) -> ScopeSums:
    return ScopeSums(
        sums.measured_kw[where],
        sums.coverage[where],
        sums.estimate_kw[where],
        sums.low_kw[where],
        sums.high_kw[where],
        sums.suspect[where],
        sums.expected[where],
        sums.known_kw[where],
        sums.known[where],
    )


def _rows(start: int, scopes: Sequence[Scope], meters: ScopeSums, areas: ScopeSums, minimum: float) -> DemandRows:
    def both(name: str) -> FloatArray:
        return np.concatenate([getattr(meters, name), getattr(areas, name)])

    coverage = both("coverage")
    known = both("known")
    enough = coverage >= minimum - 1e-9
    demand = np.where(enough, both("measured_kw"), np.nan)
    return DemandRows(
        scope=tuple(scopes),
        ts_ms=np.full(len(scopes), start * MINUTE_MS, dtype=np.int64),
        demand_kw=demand,
        # Estimates count in totals and charts; demand_kw, which records rest on, is measured (invariant 6).
        energy_kwh=np.where(known >= minimum - 1e-9, both("known_kw"), np.nan) * HOURS_PER_BLOCK,
        coverage=coverage,
        estimate_kw=both("estimate_kw"),
        estimate_low_kw=both("low_kw"),
        estimate_high_kw=both("high_kw"),
        quality=_verdict(np.concatenate([meters.suspect, areas.suspect]), coverage, known, minimum),
        revision=np.ones(len(scopes), dtype=np.int64),
    )


def _verdict(suspect: FloatArray, coverage: FloatArray, known: FloatArray, minimum: float) -> TextArray:
    """Only ``ok`` blocks, complete, trusted and measured, may set a record."""
    verdict = np.full(len(coverage), ESTIMATED, dtype=object)
    verdict[coverage >= 1.0 - 1e-9] = OK
    verdict[known < minimum - 1e-9] = INSUFFICIENT
    verdict[suspect.astype(np.bool_)] = SUSPECT
    return verdict


def take_rows(rows: DemandRows, where: IntArray, *, revision: IntArray | None = None) -> DemandRows:
    demand, energy, coverage, estimate, low, high = (getattr(rows, name)[where] for name in _FIGURES)
    scopes = tuple(rows.scope[i] for i in where.tolist())
    revisions = rows.revision[where] if revision is None else revision
    return DemandRows(
        scopes, rows.ts_ms[where], demand, energy, coverage, estimate, low, high, rows.quality[where], revisions
    )


def concat_rows(parts: Sequence[DemandRows]) -> DemandRows:
    """All rows of at least one part, in order."""
    demand, energy, coverage, estimate, low, high = (
        np.concatenate([getattr(part, name) for part in parts]) for name in _FIGURES
    )
    scopes = tuple(scope for part in parts for scope in part.scope)
    ts_ms, quality, revision = (
        np.concatenate([part.ts_ms for part in parts]),
        np.concatenate([part.quality for part in parts]),
        np.concatenate([part.revision for part in parts]),
    )
    return DemandRows(scopes, ts_ms, demand, energy, coverage, estimate, low, high, quality, revision)


@dataclass(frozen=True, slots=True, eq=False)
class Revised:
    """``rows`` : what is to be written, each one revision later; ``superseded`` : what they replace."""

    rows: DemandRows
    superseded: DemandRows


def revise(store: ReadingStore, rows: DemandRows, *, may_fall: bool = True, late: bool = False) -> Revised:
    """The rows that differ from what is stored; rows not stored yet are revision 1.

    may_fall : False leaves rows alone whose coverage is below the stored one: readings are never taken back, so the
        store has not got all of them yet
    late : a row not stored yet supersedes "nothing known" (revision 0), and is left out while it still says nothing
    The estimate alone does not make a revision: it moves with the usual values, which are no measurement.
    """
    if not len(rows):
        return Revised(rows, rows)
    span = Span(from_ms(int(rows.ts_ms.min())), from_ms(int(rows.ts_ms.max()) + BLOCK_MS))
    stored = store.read_demand(tuple(dict.fromkeys(rows.scope)), span)
    place = {key: i for i, key in enumerate(zip(stored.scope, stored.ts_ms.tolist(), strict=True))}
    at = np.array([place.get(key, -1) for key in zip(rows.scope, rows.ts_ms.tolist(), strict=True)], dtype=np.int64)
    known = at >= 0
    changed = ~known
    changed[known] = _differ(take_rows(rows, np.flatnonzero(known)), take_rows(stored, at[known]))
    if not may_fall:
        changed[known] &= rows.coverage[known] >= stored.coverage[at[known]] - 1e-9
    if late:
        changed &= known | (rows.coverage > 0)
    revision = np.ones(len(rows), dtype=np.int64)
    revision[known] = stored.revision[at[known]] + 1
    old = take_rows(stored, at[known & changed])
    unknown = np.flatnonzero(changed & ~known) if late else np.zeros(0, dtype=np.int64)
    where = np.flatnonzero(changed)
    return Revised(
        take_rows(rows, where, revision=revision[where]), concat_rows([old, nothing_known(take_rows(rows, unknown))])
    )


def nothing_known(rows: DemandRows) -> DemandRows:
    """The same blocks before anything was written of them: revision 0."""
    n = len(rows)
    empty = np.full(n, np.nan)
    words = np.full(n, INSUFFICIENT, dtype=object)
    none = np.zeros(n, dtype=np.int64)
    return DemandRows(rows.scope, rows.ts_ms, empty, empty, np.zeros(n), empty, empty, empty, words, none)


def _differ(new: DemandRows, old: DemandRows) -> BoolArray:
    different: BoolArray = new.quality != old.quality
    for name in ("demand_kw", "energy_kwh", "coverage"):
        different = different | ~np.isclose(
            getattr(new, name), getattr(old, name), rtol=1e-9, atol=1e-9, equal_nan=True
        )
    return different
