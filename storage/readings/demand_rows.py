"""Choosing and ordering rows of ``demand_15m``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domain.arrays import FloatArray, IntArray, TextArray
from domain.scopes import Scope
from storage.ports import DemandRows

#: Numeric columns that may be NaN, in the order of the table.
MEASURES = ("demand_kw", "energy_kwh", "coverage", "estimate_kw", "estimate_low_kw", "estimate_high_kw")


def demand_rows(
    scope: Sequence[Scope], ts_ms: IntArray, measures: Sequence[FloatArray], quality: TextArray, revision: IntArray
) -> DemandRows:
    """measures : the columns of MEASURES, each of shape (n,)."""
    demand, energy, coverage, estimate, low, high = (np.asarray(m, dtype=np.float64) for m in measures)
    return DemandRows(tuple(scope), ts_ms, demand, energy, coverage, estimate, low, high, quality, revision)


def measures_of(rows: DemandRows) -> list[FloatArray]:
    return [getattr(rows, name) for name in MEASURES]


def take_demand(rows: DemandRows, where: Sequence[int] | IntArray) -> DemandRows:
    at = np.asarray(where, dtype=np.int64)
    return demand_rows(
        [rows.scope[i] for i in at],
        rows.ts_ms[at],
        [column[at] for column in measures_of(rows)],
        rows.quality[at],
        rows.revision[at],
    )


def last_of_each(rows: DemandRows) -> DemandRows:
    """One row per (scope, ts): the last one given replaces those before it."""
    last = {(scope, int(ts)): i for i, (scope, ts) in enumerate(zip(rows.scope, rows.ts_ms, strict=True))}
    return rows if len(last) == len(rows) else take_demand(rows, sorted(last.values()))


def in_order(rows: DemandRows, scopes: Sequence[Scope]) -> DemandRows:
    """Ordered by (scope as given, ts)."""
    place = {scope: i for i, scope in reversed(list(enumerate(scopes)))}
    rank = np.fromiter((place[scope] for scope in rows.scope), dtype=np.int64, count=len(rows))
    return take_demand(rows, np.lexsort((rows.ts_ms, rank)))


def no_demand() -> DemandRows:
    none = np.zeros(0)
    return demand_rows((), none.astype(np.int64), [none] * 6, np.zeros(0, dtype=object), none.astype(np.int64))
