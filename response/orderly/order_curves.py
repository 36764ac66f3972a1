"""An order's figures block by block as rows of the store (``order_15m``), for those who only draw curves: Grafana."""

from __future__ import annotations

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.scopes import MONITORED, Scope
from response.orderly.execution_answers import OrderRead
from storage.ports import DayRows
from storage.schema import DAY_SERIES, ORDER


def order_rows(read: OrderRead) -> DayRows:
    """Every due block of each enterprise, and of the judged together, whose rates are those of the block alone."""
    due = np.flatnonzero(read.ordered.due.any(axis=0))
    ts_ms = read.ts_ms[due]
    parts = [_whole(read, due), *(_own(read, row, due) for row in range(len(read.scopes)))]
    scopes: tuple[Scope, ...] = (MONITORED, *read.scopes)
    values = np.concatenate(parts).reshape(len(scopes) * len(due), len(DAY_SERIES[ORDER]))
    return DayRows(
        ORDER,
        tuple(scope for scope in scopes for _ in due),
        np.tile(ts_ms, len(scopes)),
        values,
        np.ones(len(values), dtype=np.int64),
    )


def _own(read: OrderRead, row: int, due: IntArray) -> FloatArray:
    """Shape (due, fields), in the order of the series."""
    judged, ordered = read.judged, read.ordered
    reduction, asked = judged.reduction_kw[row, due], judged.ordered_kw[row, due]
    columns = [
        ordered.baseline_kw[row, due],
        judged.target_kw[row, due],
        ordered.load_kw[row, due],
        asked,
        reduction,
        np.maximum(asked - reduction, 0.0),
        _share(np.minimum(reduction, asked), asked),
        np.where(judged.valid[row, due], judged.complies[row, due], np.nan),
    ]
    return np.column_stack(columns)


def _whole(read: OrderRead, due: IntArray) -> FloatArray:
    """Sums of those that are judged and told: a silent meter is in none of them."""
    judged, ordered = read.judged, read.ordered
    told = judged.valid[:, due] & judged.judged[:, None]

    def total(values: FloatArray) -> FloatArray:
        return np.asarray(np.where(told.any(axis=0), np.where(told, values[:, due], 0.0).sum(axis=0), np.nan))

    asked = total(judged.ordered_kw)
    missing = total(np.maximum(judged.ordered_kw - judged.reduction_kw, 0.0))
    columns = [
        total(ordered.baseline_kw),
        total(judged.target_kw),
        total(ordered.load_kw),
        asked,
        total(judged.reduction_kw),
        missing,
        _share(total(np.minimum(judged.reduction_kw, judged.ordered_kw)), asked),
        _share(total(judged.complies.astype(np.float64)), total(np.ones(judged.complies.shape))),
    ]
    return np.column_stack(columns)


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))
