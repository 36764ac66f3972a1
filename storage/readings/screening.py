"""Rows no store can keep are told apart before any of them is asked, so that every adapter refuses the same ones."""

from __future__ import annotations

import numpy as np

from domain.arrays import BoolArray
from domain.errors import Invalid
from domain.readings import QUANTITIES, ReadingBatch
from domain.vee import LAST_REVISION, VeeBatch
from storage.ports import DayRows, DemandRows, RejectedRow

#: InfluxDB keeps nanoseconds in an int64, which ends in 2262.
LAST_TS_MS = (2**63 - 1) // 1_000_000 - 1


def storable_id(text: str) -> bool:
    """Line protocol cannot carry control characters or a backslash before a separator; the rest is escaped."""
    return bool(text) and len(text) <= 256 and text.isprintable() and "\\" not in text


def screen(batch: ReadingBatch) -> tuple[BoolArray, list[RejectedRow]]:
    """Mask of the rows a store may keep, shape (n,), and the others as ``refused``."""
    known = {meter: storable_id(meter) for meter in set(batch.meter)}
    named = np.fromiter((known[meter] for meter in batch.meter), dtype=np.bool_, count=len(batch))
    dated: BoolArray = (batch.ts_ms >= 0) & (batch.ts_ms <= LAST_TS_MS)
    finite: BoolArray = np.logical_not(np.isinf(batch.values).any(axis=1))
    measured: BoolArray = np.logical_not(np.isnan(batch.values).all(axis=1))
    good: BoolArray = named & dated & finite & measured
    rejected = []
    for i in np.flatnonzero(~good):
        detail = (
            f"{batch.meter[i]!r} cannot be stored as a meter id: give it a printable id without backslash"
            if not named[i]
            else f"instant {batch.ts_ms[i]} ms lies outside 1970...2262: check the meter's clock"
            if not dated[i]
            else "a value is infinite: check the device"
            if not finite[i]
            else f"no quantity is present; at least one of {', '.join(QUANTITIES)} is needed"
        )
        rejected.append(RejectedRow(batch.take(slice(int(i), int(i) + 1)), "refused", detail))
    return good, rejected


def require_storable(rows: DemandRows | DayRows) -> None:
    """Demand and days are our own product: a row that cannot be kept is our caller's mistake, not a meter's."""
    for scope in set(rows.scope):
        if scope.id and not storable_id(scope.id):
            raise Invalid(f"scope {str(scope)!r} cannot be stored: give it a printable id without backslash")
    if len(rows) and not ((rows.ts_ms >= 0) & (rows.ts_ms <= LAST_TS_MS)).all():
        raise Invalid("a block or day lies outside 1970...2262")


def require_quantity(quantity: str) -> None:
    if quantity not in QUANTITIES:
        raise Invalid(f"unknown quantity {quantity!r}; known are {', '.join(QUANTITIES)}")


def require_keepable(rows: VeeBatch) -> None:
    """Revisions are our own product, like demand."""
    for meter in set(rows.meter.tolist()):
        if not storable_id(meter):
            raise Invalid(f"{meter!r} cannot be stored as a meter id: give it a printable id without backslash")
    for text in {*rows.rule.tolist(), *rows.actor.tolist(), *rows.flag.tolist()}:
        if not text or not text.isprintable():
            raise Invalid(f"{text!r} cannot stand as rule, actor or flag of a revision")
    if not len(rows):
        return
    if not ((rows.ts_ms >= 0) & (rows.ts_ms < LAST_TS_MS)).all():
        raise Invalid("a revision lies outside 1970...2262")
    if not ((rows.revision >= 1) & (rows.revision <= LAST_REVISION)).all():
        raise Invalid(f"revisions are numbered 1 to {LAST_REVISION}")
    if np.isinf(rows.raw_kw).any() or np.isinf(rows.value_kw).any():
        raise Invalid("a value of a revision is infinite")
