"""Roll-ups: one row a day and scope in ``load_1d``, so that questions over years read hundreds of rows, not millions.

We write them ourselves, as rows like any other. A continuous query of 1.x or a task of 2.x looks at a window once, each
on its own release only; late and edited readings would never reach it. Here a day is rolled up again whenever a block
of it was revised, on every store alike, by the district's own days of 23 to 25 hours, with what its figures stand on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.indices import daily_indices
from domain.arrays import FloatArray
from domain.clock import Clock
from domain.errors import Unavailable
from domain.events import Bus, IntervalClosed, Metrics
from domain.instants import BLOCK_MS, BLOCK_S, MINUTE_MS, day_span, from_ms, local_date
from domain.scopes import DISTRICT, MONITORED, Scope, enterprise_scope
from domain.series import Figure
from monitor.block_rows import OK
from monitor.changed_rows import write_changed
from monitor.demand_reader import DemandGrid, DemandReader
from monitor.derivation import Derivation
from storage.ledger_ports import RegistryLedger
from storage.ports import DayRows, ReadingStore
from storage.schema import DAY_SERIES, LOAD_DAY

log = logging.getLogger(__name__)

#: A day is rolled up when its last block has been written, and again when revisions have settled.
SETTLE_MS = 10 * MINUTE_MS
#: Days looked at after a start: the age up to which late readings derive blocks again, and the day that runs.
DAYS_BACK = 8
RETRY_MS = 60_000
SCOPES_AT_ONCE = 200


class DayLoads:
    """``tick`` is called every second and rolls up at most one day. Thread-safe towards the bus."""

    def __init__(
        self,
        *,
        store: ReadingStore,
        registry: RegistryLedger,
        clock: Clock,
        bus: Bus,
        metrics: Metrics,
        zone: ZoneInfo,
        minimum_coverage: float,
    ) -> None:
        self._store = store
        self._registry = registry
        self._clock = clock
        self._metrics = metrics
        self._zone = zone
        self._reader = DemandReader(store, Derivation(store, registry, zone, minimum_coverage=minimum_coverage))
        self._lock = threading.Lock()
        self._due_ms: dict[date, int] = {}
        self._looked_back = False
        self._wait_until_ms = 0
        self._unsubscribe = bus.subscribe(IntervalClosed, self._on_closed)

    def close(self) -> None:
        self._unsubscribe()

    def tick(self) -> None:
        now_ms = self._clock.now_ms()
        if now_ms < self._wait_until_ms <= now_ms + RETRY_MS:
            return
        try:
            if not self._looked_back:
                self._look_back(now_ms)
            day = self._next(now_ms)
            if day is not None:
                self.roll_up(day)
        except Unavailable as error:
            self._wait_until_ms = now_ms + RETRY_MS
            log.info("days are rolled up later: %s", error)

    def roll_up(self, day: date) -> int:
        """Roll up a day now; how many scopes came out otherwise than before. Raises Unavailable."""
        span = day_span(day, self._zone)
        scopes = self._scopes(day)
        changed = 0
        for first in range(0, len(scopes), SCOPES_AT_ONCE):
            part = scopes[first : first + SCOPES_AT_ONCE]
            grid = self._reader.grid(part, span, until_ms=self._clock.now_ms())
            changed += write_changed(self._store, _rows(grid, span.start_ms))
        with self._lock:
            self._due_ms.pop(day, None)
        self._metrics.count("load_days_rolled_up_total")
        return changed

    def _scopes(self, day: date) -> list[Scope]:
        view = self._registry.registry().view(day)
        named = {enterprise_scope(enterprise) for enterprise in view.enterprises}
        # Those of the whole come first: blocks are derived where the first scope has none.
        return [MONITORED, *sorted((set(view.scopes()) | named | {DISTRICT}) - {MONITORED})]

    def _look_back(self, now_ms: int) -> None:
        """Days that ended while nobody rolled up, or whose revision was announced to a process that then stopped."""
        today = local_date(from_ms(now_ms), self._zone)
        with self._lock:
            for back in range(1, DAYS_BACK + 1):
                self._due_ms.setdefault(today - timedelta(days=back), now_ms)
        self._looked_back = True

    def _next(self, now_ms: int) -> date | None:
        with self._lock:
            return min((day for day, due_ms in self._due_ms.items() if due_ms <= now_ms), default=None)

    def _on_closed(self, event: IntervalClosed) -> None:
        day = local_date(event.start, self._zone)
        ended_ms = day_span(day, self._zone).end_ms
        with self._lock:
            self._due_ms.setdefault(day, max(ended_ms + BLOCK_MS, self._clock.now_ms() + SETTLE_MS))


def _rows(grid: DemandGrid, start_ms: int) -> DayRows:
    values = np.full((len(grid.scopes), len(DAY_SERIES[LOAD_DAY])), np.nan)
    for i in range(len(grid.scopes)):
        values[i] = _day(grid, i)
    known = np.flatnonzero(values[:, DAY_SERIES[LOAD_DAY].index("block_revisions")] > 0)
    return DayRows(
        LOAD_DAY,
        tuple(grid.scopes[i] for i in known),
        np.full(len(known), start_ms, dtype=np.int64),
        values[known],
        np.ones(len(known), dtype=np.int64),
    )


def _day(grid: DemandGrid, i: int) -> list[float]:
    """In the order of ``DAY_SERIES[LOAD_DAY]``."""
    made = daily_indices(grid.demand_kw[i], step_s=BLOCK_S)
    whole = np.where(grid.quality[i] == OK, grid.demand_kw[i], np.nan)
    at = int(np.nanargmax(whole)) if not np.isnan(whole).all() else None

    def instant(block: int | None) -> float:
        return np.nan if block is None else float(grid.ts_ms[block])

    return [
        _number(made.maximum_kw),
        instant(made.maximum_at),
        _number(made.minimum_kw),
        instant(made.minimum_at),
        _number(made.mean_kw),
        _number(made.energy_kwh),
        made.completeness,
        np.nan if at is None else float(whole[at]),
        instant(at),
        float(grid.revision[i].sum()),
    ]


def _number(figure: Figure) -> float:
    return np.nan if figure.value is None else figure.value


def column(rows: DayRows, name: str) -> FloatArray:
    return rows.values[:, DAY_SERIES[rows.series].index(name)]


def of_scope(rows: DayRows, scope: Scope) -> Sequence[int]:
    return [i for i, each in enumerate(rows.scope) if each == scope]
