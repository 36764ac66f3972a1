"""What was known at an earlier moment: the present figures with the superseded ones put back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from domain.instants import BLOCK_MS, from_ms
from domain.scopes import Scope
from monitor.demand_reader import DemandGrid, place
from storage.revision_ports import SupersededRows


@dataclass(frozen=True, slots=True)
class Superseded:
    """A figure of a block that no longer counts. Numbers are None where there was too little data.

    revision : 0 where nothing was known of the block until then; ended : when the next revision took its place
    """

    scope: Scope
    start: datetime
    revision: int
    demand_kw: float | None
    coverage: float
    estimate_kw: float | None
    quality: str
    ended: datetime


def as_known(grid: DemandGrid, past: SupersededRows, as_of_ms: int, *, grace_ms: int) -> DemandGrid:
    """The grid as it stood at an instant. ``grid`` holds stored rows only; it is changed in place and returned.

    Of each block the figure is the one that ended first after the instant, else the present one. Blocks that had not
    closed by then, and those of which nothing was known, are empty
    """
    later = past.superseded_ms > as_of_ms
    rows = np.flatnonzero(later)
    keys = list(zip(past.rows.scope, past.rows.ts_ms.tolist(), strict=True))
    # Rows come oldest revision first: written backwards, the oldest of those that ended later stays.
    oldest = {keys[i]: i for i in rows[::-1].tolist()}
    if oldest and len(grid.ts_ms):
        place(grid, past.rows, np.array(sorted(oldest.values()), dtype=np.int64))
    unborn = grid.ts_ms + BLOCK_MS + grace_ms > as_of_ms
    grid.blank(np.broadcast_to(unborn, grid.revision.shape) | (grid.revision == 0))
    return grid


def kept_since(now: datetime, kept_days: int) -> datetime | None:
    """Superseded figures are kept from this moment on; None where they are kept for ever."""
    return now - timedelta(days=kept_days) if kept_days else None


def history_of(past: SupersededRows) -> list[Superseded]:
    """By block, oldest revision first."""

    def number(value: float) -> float | None:
        return None if np.isnan(value) else float(value)

    rows = past.rows
    order = np.lexsort((rows.revision, rows.ts_ms))
    return [
        Superseded(
            rows.scope[i],
            from_ms(int(rows.ts_ms[i])),
            int(rows.revision[i]),
            number(rows.demand_kw[i]),
            float(rows.coverage[i]),
            number(rows.estimate_kw[i]),
            str(rows.quality[i]),
            from_ms(int(past.superseded_ms[i])),
        )
        for i in order.tolist()
    ]
