"""What a batch changes in a store: new rows, filled rows, repeats and conflicts (invariant 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import CodeArray, FloatArray, IntArray
from domain.quality import Quality
from domain.readings import QUANTITIES, ReadingBatch
from storage.ports import RejectedRow, WriteOutcome

ACCEPTED, REPEAT, REJECTED = range(3)


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """The effect of a batch of n rows.

    written : complete rows to put into the store, one per changed (meter, ts)
    fills : shape (len(written),), True where the store has the row already and fields are added
    verdict : shape (n,), ACCEPTED | REPEAT | REJECTED; origin : shape (n,), index into ``written``, -1 = none
    """

    batch: ReadingBatch
    written: ReadingBatch
    fills: np.ndarray[tuple[int], np.dtype[np.bool_]]
    verdict: CodeArray
    origin: IntArray
    conflicts: tuple[RejectedRow, ...]

    def outcome(self, refused: dict[int, tuple[str, str]] | None = None) -> WriteOutcome:
        """``refused`` : index into ``written`` -> (reason, detail), for rows the server would not take.

        Every row of the batch that led to a refused one is rejected with it, repeats included: they are not stored.
        """
        verdict = self.verdict.copy()
        rejected = list(self.conflicts)
        for i in np.flatnonzero(np.isin(self.origin, list(refused))) if refused else ():
            reason, detail = (refused or {})[int(self.origin[i])]
            verdict[i] = REJECTED
            rejected.append(RejectedRow(_row(self.batch, int(i)), reason, detail))
        return WriteOutcome(int((verdict == ACCEPTED).sum()), int((verdict == REPEAT).sum()), tuple(rejected))


@dataclass(slots=True, eq=False)
class _State:
    """The rows of the store that the batch touches, one per distinct (meter, ts), as the batch goes by."""

    exists: np.ndarray[tuple[int], np.dtype[np.bool_]]
    changed: np.ndarray[tuple[int], np.dtype[np.bool_]]
    values: FloatArray
    quality: CodeArray
    received_ms: IntArray


def _row(batch: ReadingBatch, i: int) -> ReadingBatch:
    return batch.take(slice(i, i + 1))


def _keys(batch: ReadingBatch, stored: ReadingBatch) -> tuple[IntArray, IntArray]:
    """(meter, ts) as one integer, for the rows of both."""
    codes: dict[str, int] = {}
    meter = np.fromiter(
        (codes.setdefault(m, len(codes)) for rows in (batch, stored) for m in rows.meter),
        dtype=np.int64,
        count=len(batch) + len(stored),
    )
    ts_ms = np.concatenate([batch.ts_ms, stored.ts_ms])
    first = int(ts_ms.min())
    keys = meter * (int(ts_ms.max()) - first + 1) + (ts_ms - first)
    return keys[: len(batch)], keys[len(batch) :]


def _rounds(group: IntArray) -> list[IntArray]:
    """Row indices split so that each part names a group once: the first occurrences, the second ones, and so on."""
    order = np.argsort(group, kind="stable")
    start = np.r_[True, group[order][1:] != group[order][:-1]]
    first = np.maximum.accumulate(np.where(start, np.arange(len(group)), 0))
    rank = np.arange(len(group)) - first
    by_rank = np.argsort(rank, kind="stable")
    bounds = np.searchsorted(rank[by_rank], np.arange(1, int(rank.max()) + 1))
    return [np.sort(order[part]) for part in np.split(by_rank, bounds)]


def _start(distinct: IntArray, stored: ReadingBatch, stored_keys: IntArray) -> _State:
    n = len(distinct)
    state = _State(
        exists=np.zeros(n, dtype=np.bool_),
        changed=np.zeros(n, dtype=np.bool_),
        values=np.full((n, len(QUANTITIES)), np.nan),
        quality=np.zeros(n, dtype=np.int8),
        received_ms=np.zeros(n, dtype=np.int64),
    )
    at = np.searchsorted(distinct, stored_keys)
    hit = np.flatnonzero((at < n) & (distinct[np.minimum(at, n - 1)] == stored_keys))
    at = at[hit]
    state.exists[at] = True
    state.values[at] = stored.values[hit]
    state.quality[at] = stored.quality[hit]
    state.received_ms[at] = stored.received_ms[hit]
    return state


def _conflict(batch: ReadingBatch, state: _State, i: int, g: int) -> RejectedRow:
    row = _row(batch, i)
    stored = ReadingBatch(
        row.meter, row.ts_ms, state.values[g : g + 1].copy(), state.quality[[g]], state.received_ms[[g]]
    )
    differing = [
        f"{name} {stored.values[0, k]:g} stored, {row.values[0, k]:g} received"
        for k, name in enumerate(QUANTITIES)
        if not np.isnan(row.values[0, k] + stored.values[0, k]) and row.values[0, k] != stored.values[0, k]
    ]
    return RejectedRow(row, "conflict", "; ".join(differing), stored)


def merge(batch: ReadingBatch, stored: ReadingBatch) -> Merge:
    """Apply ``batch`` in its order to ``stored``, which holds at least the store's rows with the batch's keys.

    Quality is a judgement, not a measurement: alone it makes no conflict; a filled row keeps the less
    trusted of the two.
    """
    n = len(batch)
    verdict = np.full(n, REPEAT, dtype=np.int8)
    if n == 0:
        none = np.zeros(0, dtype=np.int64)
        return Merge(batch, batch, none.astype(np.bool_), verdict, none, ())
    keys, stored_keys = _keys(batch, stored)
    distinct, first, group = np.unique(keys, return_index=True, return_inverse=True)
    state = _start(distinct, stored, stored_keys)
    known = state.exists.copy()
    conflicts: list[RejectedRow] = []
    for i in _rounds(group):
        _apply(batch, state, i, group[i], verdict, conflicts)
    position = np.where(state.changed, np.cumsum(state.changed) - 1, -1)
    where = np.flatnonzero(state.changed)
    written = ReadingBatch(
        batch.meter[first[where]],
        batch.ts_ms[first[where]],
        state.values[where],
        state.quality[where],
        state.received_ms[where],
    )
    origin = np.where(verdict == REJECTED, -1, position[group])
    return Merge(batch, written, known[where], verdict, origin, tuple(conflicts))


def _apply(
    batch: ReadingBatch, state: _State, i: IntArray, g: IntArray, verdict: CodeArray, conflicts: list[RejectedRow]
) -> None:
    new = ~state.exists[g]
    incoming, present = batch.values[i], state.values[g]
    absent = np.isnan(present)
    clash = ~np.isnan(incoming) & ~absent & (incoming != present)
    clashes = clash.any(axis=1)
    fills = (~np.isnan(incoming) & absent).any(axis=1) & ~clashes
    conflicts.extend(_conflict(batch, state, int(i[row]), int(g[row])) for row in np.flatnonzero(clashes))
    verdict[i[clashes]] = REJECTED
    take = new | fills
    verdict[i[take]] = ACCEPTED
    at = g[take]
    state.values[at] = np.where(absent[take], incoming[take], present[take])
    state.quality[at] = np.where(
        new[take], batch.quality[i[take]], np.maximum(state.quality[at], batch.quality[i[take]])
    )
    state.received_ms[at] = np.where(new[take], batch.received_ms[i[take]], state.received_ms[at])
    state.exists[at] = True
    state.changed[at] = True


def quality_codes(texts: list[str | None]) -> CodeArray:
    """Codes of stored quality texts. A text we never wrote is not to be trusted."""
    codes: dict[str | None, int] = {quality.text: int(quality) for quality in Quality}
    codes[None] = codes[""] = int(Quality.OK)
    return np.fromiter((codes.get(text, int(Quality.BAD)) for text in texts), dtype=np.int8, count=len(texts))
