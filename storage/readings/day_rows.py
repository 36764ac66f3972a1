"""Choosing and ordering rows of the series of days."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid
from domain.scopes import Scope
from storage.ports import DayRows
from storage.schema import DAY_SERIES


def fields_of(series: str) -> tuple[str, ...]:
    try:
        return DAY_SERIES[series]
    except KeyError:
        raise Invalid(f"unknown series of days {series!r}; known are {', '.join(DAY_SERIES)}") from None


def day_rows(series: str, scope: Sequence[Scope], ts_ms: IntArray, values: FloatArray, revision: IntArray) -> DayRows:
    """values : shape (n, fields), checked against the series."""
    width = len(fields_of(series))
    return DayRows(
        series,
        tuple(scope),
        np.asarray(ts_ms, dtype=np.int64),
        np.asarray(values, dtype=np.float64).reshape(len(scope), width),
        np.asarray(revision, dtype=np.int64),
    )


def take_days(rows: DayRows, where: Sequence[int] | IntArray) -> DayRows:
    at = np.asarray(where, dtype=np.int64)
    return DayRows(rows.series, tuple(rows.scope[i] for i in at), rows.ts_ms[at], rows.values[at], rows.revision[at])


def last_day_of_each(rows: DayRows) -> DayRows:
    """One row per (scope, ts): the last one given replaces those before it."""
    last = {(scope, int(ts)): i for i, (scope, ts) in enumerate(zip(rows.scope, rows.ts_ms, strict=True))}
    return rows if len(last) == len(rows) else take_days(rows, sorted(last.values()))


def days_in_order(rows: DayRows, scopes: Sequence[Scope]) -> DayRows:
    """Ordered by (scope as given, ts); rows of scopes that were not asked for fall out."""
    place = {scope: i for i, scope in reversed(list(enumerate(scopes)))}
    rank = np.fromiter((place.get(scope, -1) for scope in rows.scope), dtype=np.int64, count=len(rows))
    order = np.lexsort((rows.ts_ms, rank))
    return take_days(rows, order[rank[order] >= 0])


def no_days(series: str) -> DayRows:
    none = np.zeros(0, dtype=np.int64)
    return day_rows(series, (), none, np.zeros((0, len(fields_of(series)))), none)
