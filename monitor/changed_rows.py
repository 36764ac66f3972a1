"""Rows of a series of days, written where they differ from what stands, one revision later."""

from __future__ import annotations

import numpy as np

from domain.arrays import FloatArray
from domain.instants import Span, from_ms
from storage.ports import DayRows, ReadingStore


def write_changed(store: ReadingStore, rows: DayRows) -> int:
    """How many rows were new or other than before. Raises Unavailable."""
    if not len(rows):
        return 0
    span = Span(from_ms(int(rows.ts_ms.min())), from_ms(int(rows.ts_ms.max()) + 1))
    fresh = _changed(store.read_days(rows.series, list(dict.fromkeys(rows.scope)), span), rows)
    if len(fresh):
        store.write_days(fresh)
    return len(fresh)


def _changed(stored: DayRows, rows: DayRows) -> DayRows:
    held = {place: i for i, place in enumerate(zip(stored.scope, stored.ts_ms.tolist(), strict=True))}
    keep: list[int] = []
    revisions: list[int] = []
    for i, place in enumerate(zip(rows.scope, rows.ts_ms.tolist(), strict=True)):
        j = held.get(place)
        if j is not None and _alike(rows.values[i], stored.values[j]):
            continue
        keep.append(i)
        revisions.append(1 if j is None else int(stored.revision[j]) + 1)
    return DayRows(
        rows.series,
        tuple(rows.scope[i] for i in keep),
        rows.ts_ms[keep],
        rows.values[keep],
        np.array(revisions, dtype=np.int64),
    )


def _alike(new: FloatArray, old: FloatArray) -> bool:
    return bool(np.isclose(new, old, rtol=1e-9, atol=1e-9, equal_nan=True).all())
