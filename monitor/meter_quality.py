"""Data quality by meter and day: received against expected intervals, suspect values, silence and faults."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from domain.ids import MeterId
from domain.instants import Span, from_ms
from domain.quality import TRUSTED
from domain.readings import ReadingBatch
from domain.registry import DataClass, RegistryView
from monitor.answers import MeterQuality
from monitor.live import MeterState
from storage.ports import ReadingStore

#: Meters whose day is read in one go.
METERS_AT_ONCE = 500


def day_quality(
    store: ReadingStore,
    view: RegistryView,
    meters: list[str],
    day: Span,
    now: datetime,
    states: Mapping[str, MeterState],
) -> list[MeterQuality]:
    """Worst first. Expected intervals are those of the day that have ended by now. Raises Unavailable.

    A next-day or monthly meter owes nothing for a day that has not ended
    """
    found: list[MeterQuality] = []
    for first in range(0, len(meters), METERS_AT_ONCE):
        part = meters[first : first + METERS_AT_ONCE]
        batch = store.read(part, day)
        order = np.argsort(batch.meter.astype(str), kind="stable")
        names = batch.meter[order].astype(str)
        for meter in part:
            low, high = np.searchsorted(names, meter, "left"), np.searchsorted(names, meter, "right")
            found.append(_of_meter(meter, batch.take(order[low:high]), view, day, now, states.get(meter)))
    return sorted(found, key=lambda quality: (quality.completeness, -quality.suspect, quality.meter))


def _of_meter(
    meter: str, rows: ReadingBatch, view: RegistryView, day: Span, now: datetime, state: MeterState | None
) -> MeterQuality:
    version = view.meter(meter)
    until = min(day.end, now)
    expected = max(0, int((until - day.start).total_seconds()) // version.interval_s)
    if version.data_class is not DataClass.REAL_TIME and now < day.end:
        expected = 0
    received = len(np.unique(rows.ts_ms))
    suspect = int((~np.isin(rows.quality, list(TRUSTED))).sum())
    newest = from_ms(int(rows.ts_ms.max())) if received else None
    return MeterQuality(
        meter=meter,
        enterprise=view.enterprise_of(MeterId(meter)),
        received=received,
        expected=expected,
        suspect=suspect,
        completeness=min(1.0, received / expected) if expected else 1.0,
        last_ts=state.last_ts if state is not None and state.last_ts is not None else newest,
        silent=state is not None and state.silent_s is not None,
        faults=() if state is None else state.faults,
    )
