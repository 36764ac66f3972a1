"""The newest quarters that every meter of a scope has told.

A meter on a longer interval tells of a quarter only when its interval is over. Until then the sum of a scope holds its
last value beside the present ones of the others, and belongs to no quarter: an estimate. Where such meters weigh, rules
judge the quarters of the last told interval instead (config/policy/alerts.toml, ``coarse``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.instants import MINUTE_MS
from monitor.block_rows import block_of
from monitor.meter_means import MeterMeans, block_means, missing_slots
from monitor.roster import BLOCK_MINUTES, Roster, ScopeMembers
from monitor.scope_sums import ScopeSums, UsualPower, apparent_kva, scope_sums
from monitor.windows import Windows


@dataclass(frozen=True, slots=True, eq=False)
class Quarter:
    """All scopes in the quarter that begins with minute ``start``."""

    start: int
    sums: ScopeSums
    kva: FloatArray


def coarse_share(means: MeterMeans, roster: Roster, usual: UsualPower) -> FloatArray:
    """Share of each scope's load that is measured on intervals longer than a quarter, shape (s,), 0...1; by the
    amounts that flow, so that a tenant that is subtracted weighs as much as one that is added. A meter that is overdue
    weighs what it usually draws, so that nothing changes for the minutes until it has come."""
    drawn = np.abs(np.where(means.share > 0, means.mean_kw, np.nan_to_num(usual.value_kw)))
    either = roster.members.any
    total = either @ drawn
    coarse = either @ np.where(roster.coarse, drawn, 0.0)
    return np.asarray(np.divide(coarse, total, out=np.zeros_like(total), where=total > 0))


class ToldQuarters:
    """Reads the windows; the caller holds their lock. Each quarter is summed once, however many scopes ask for it.

    usual : usual power of the slots given, at a minute
    """

    def __init__(self, windows: Windows, roster: Roster, usual: Callable[[IntArray, int], UsualPower]) -> None:
        self._windows = windows
        self._roster = roster
        self._usual = usual
        self._summed: dict[int, Quarter] = {}

    def of(self, rows: IntArray, end: int, last_end: IntArray) -> dict[int, tuple[Quarter, ...]]:
        """By row of the roster's scopes, oldest first: the quarters of the longest interval among its meters that ends
        with the newest minute all of them have told. What the windows no longer hold whole is left out.

        last_end : shape (n,), the minute after each meter's newest heard cell
        """
        roster = self._roster
        behind = end - last_end
        waiting = roster.expected & (roster.minutes > 1) & (behind > 0) & (behind < roster.minutes)
        told = _reduced(np.minimum, roster.members, np.where(waiting, last_end, end))
        longest = _reduced(np.maximum, roster.members, np.where(roster.expected & roster.coarse, roster.minutes, 0))
        found = {}
        for row in rows.tolist():
            until = block_of(int(told[row]))
            oldest = block_of(self._windows.bottom + BLOCK_MINUTES - 1)
            starts = range(max(block_of(until - int(longest[row])), oldest), until, BLOCK_MINUTES)
            found[row] = tuple(self._quarter(start) for start in starts)
        return found

    def _quarter(self, start: int) -> Quarter:
        known = self._summed.get(start)
        if known is None:
            means = block_means(self._windows, self._roster, start)
            usual = self._usual(missing_slots(means, self._roster), start * MINUTE_MS)
            known = Quarter(start, scope_sums(means, self._roster, usual), apparent_kva(means, self._roster))
            self._summed[start] = known
        return known


def _reduced(how: np.ufunc, members: ScopeMembers, values: IntArray) -> IntArray:
    """The least or the greatest value among the members of each scope, 0 where it has none, shape (s,)."""
    found = np.zeros(len(members.scopes), dtype=np.int64)
    starts, ends = members.any.indptr[:-1], members.any.indptr[1:]
    filled = np.flatnonzero(ends > starts)
    if filled.size:
        # Scopes without members lie between none of these starts, so the pieces are those of the filled ones.
        found[filled] = how.reduceat(values[members.any.indices], starts[filled])
    return found
