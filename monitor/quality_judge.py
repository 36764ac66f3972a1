"""Each day's data quality judged once it has ended, and again when late data touch it: kept, and put into the store
for curves. History stays as it was judged: what is judged again is a new revision."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.data_quality import QualityCounts, monthly_deviation, rates
from config.data_quality import QualityTable
from domain.clock import Clock
from domain.errors import Unavailable
from domain.events import Bus, Metrics, ReadingsStored
from domain.instants import day_span, from_ms, local_date
from domain.scopes import DISTRICT, Scope, enterprise_scope, meter_scope
from domain.series import Figure
from monitor.quality_days import counts_of, meter_days
from storage.ledger_ports import RegistryLedger
from storage.ports import DayRows, ReadingStore
from storage.quality_ports import MeterDay, QualityLedger
from storage.schema import DAY_SERIES, QUALITY_DAY

log = logging.getLogger(__name__)

#: Days back that are judged after this process was away.
MOST_DAYS_BACK = 35
#: District seconds between attempts after a store or ledger that does not answer.
RETRY_MS = 60_000


class QualityJudge:
    """``tick`` is called every second and judges at most one day. Thread-safe towards the bus."""

    def __init__(
        self,
        *,
        store: ReadingStore,
        registry: RegistryLedger,
        quality: QualityLedger,
        policy: QualityTable,
        clock: Clock,
        bus: Bus,
        metrics: Metrics,
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._registry = registry
        self._quality = quality
        self._policy = policy
        self._clock = clock
        self._metrics = metrics
        self._zone = zone
        self._lock = threading.Lock()
        # Day touched by late data -> when it is judged again.
        self._again_ms: dict[date, int] = {}
        self._last: date | None = None
        self._wait_until_ms = 0
        self._unsubscribe = bus.subscribe(ReadingsStored, self._on_stored)

    def close(self) -> None:
        self._unsubscribe()

    def tick(self) -> None:
        now_ms = self._clock.now_ms()
        if now_ms < self._wait_until_ms <= now_ms + RETRY_MS:
            return
        try:
            day = self._due(now_ms)
            if day is not None:
                self.judge(day)
        except Unavailable as error:
            self._wait_until_ms = now_ms + RETRY_MS
            log.info("data quality is judged later: %s", error)

    def judge(self, day: date) -> int:
        """Judge a day now; how many meters came out otherwise than before. Raises Unavailable."""
        view = self._registry.registry().view(day)
        span = day_span(day, self._zone)
        rows = meter_days(self._store, view, span, self._clock.now_ms(), self._policy.on(day))
        changed = self._quality.keep(rows)
        if changed:
            month = self._quality.days(day.replace(day=1), day)
            self._store.write_days(day_series(rows_of(month, day), month, span.start_ms))
        with self._lock:
            self._again_ms.pop(day, None)
            self._last = day if self._last is None else max(self._last, day)
        self._metrics.count("quality_days_judged_total")
        return changed

    def _due(self, now_ms: int) -> date | None:
        """The oldest day that has ended and was not judged, else one that late data have touched."""
        if self._last is None:
            judged = self._quality.judged()
            yesterday = self._day(now_ms) - timedelta(days=1)
            self._last = yesterday - timedelta(days=1) if judged is None else judged[1]
        last = max(self._last, self._day(now_ms) - timedelta(days=MOST_DAYS_BACK))
        following = last + timedelta(days=1)
        wait_ms = self._policy.on(following).judge_after_s * 1000
        if day_span(following, self._zone).end_ms + wait_ms <= now_ms:
            self._last = last
            return following
        with self._lock:
            ready = [day for day, at_ms in self._again_ms.items() if at_ms <= now_ms]
        return min(ready, default=None)

    def _on_stored(self, event: ReadingsStored) -> None:
        if self._last is None:
            return
        now_ms = self._clock.now_ms()
        first, last = self._day(event.start_ms), self._day(event.end_ms - 1)
        if first > self._last:
            return
        with self._lock:
            for offset in range((min(last, self._last) - first).days + 1):
                day = first + timedelta(days=offset)
                self._again_ms.setdefault(day, now_ms + self._policy.on(day).settle_s * 1000)

    def _day(self, ts_ms: int) -> date:
        return local_date(from_ms(ts_ms), self._zone)


def rows_of(rows: Iterable[MeterDay], day: date) -> list[MeterDay]:
    return [row for row in rows if row.day == day]


def groups_of(rows: Sequence[MeterDay], *, meters: bool = True) -> dict[Scope, list[MeterDay]]:
    """The district, each enterprise, and each meter, with the meters that count in it."""
    found: dict[Scope, list[MeterDay]] = defaultdict(list)
    for row in rows:
        found[DISTRICT].append(row)
        if row.enterprise is not None:
            found[enterprise_scope(row.enterprise)].append(row)
        if meters:
            found[meter_scope(row.meter)].append(row)
    return dict(found)


def sum_of(rows: Iterable[MeterDay]) -> QualityCounts:
    return sum(map(counts_of, rows), QualityCounts())


def month_of(rows: Iterable[MeterDay]) -> Figure:
    """日月一致性 over the days of the month so far."""
    days = list(rows)

    def column(values: Iterable[float | None]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)

    return monthly_deviation(column(r.energy_kwh for r in days), column(r.register_kwh for r in days))


def day_series(rows: Sequence[MeterDay], month: Sequence[MeterDay], start_ms: int) -> DayRows:
    """Rows of ``quality_1d`` of one day; ``month`` : rows from the first of the month to that day."""
    of_month = groups_of(month)
    groups = groups_of(rows)
    values = np.full((len(groups), len(DAY_SERIES[QUALITY_DAY])), np.nan)
    for i, (scope, own) in enumerate(groups.items()):
        counts = sum_of(own)
        made = rates(counts)
        figures = (made.completeness, made.online, made.success, made.timely, made.clock, month_of(of_month[scope]))
        values[i] = [np.nan if f.value is None else f.value for f in figures] + [counts.expected, counts.received]
    revisions = [max(row.revision for row in own) for own in groups.values()]
    return DayRows(
        QUALITY_DAY,
        tuple(groups),
        np.full(len(groups), start_ms, dtype=np.int64),
        values,
        np.array(revisions, dtype=np.int64),
    )
