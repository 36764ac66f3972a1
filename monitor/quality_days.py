"""One meter's day from its readings: the counts, and its energy by intervals and by register."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np

from analytics.data_quality import QualityCounts, count_intervals
from config.data_quality import QualityEdition
from domain.ids import MeterId
from domain.instants import Span
from domain.quality import Quality
from domain.readings import ENERGY_IMPORT, POWER, ReadingBatch
from domain.registry import DataClass, Meter, RegistryView
from storage.ports import ReadingStore
from storage.quality_ports import MeterDay

#: Meters whose day is read in one go.
METERS_AT_ONCE = 500
HOUR_MS = 3_600_000


def meter_days(
    store: ReadingStore, view: RegistryView, day: Span, now_ms: int, edition: QualityEdition
) -> list[MeterDay]:
    """Every meter in service that day, by id. Raises Unavailable. Monthly meters owe nothing by the day."""
    meters = [m for m in sorted(view.meters.values(), key=lambda m: m.id) if _counts(m)]
    found: list[MeterDay] = []
    for first in range(0, len(meters), METERS_AT_ONCE):
        part = meters[first : first + METERS_AT_ONCE]
        batch = store.read([meter.id for meter in part], day)
        order = np.argsort(batch.meter.astype(str), kind="stable")
        names = batch.meter[order].astype(str)
        for meter in part:
            low, high = np.searchsorted(names, meter.id, "left"), np.searchsorted(names, meter.id, "right")
            found.append(_of_meter(meter, batch.take(order[low:high]), view, day, now_ms, edition))
    return found


def _counts(meter: Meter) -> bool:
    return meter.in_service and meter.data_class is not DataClass.MONTHLY


def _of_meter(
    meter: Meter, rows: ReadingBatch, view: RegistryView, day: Span, now_ms: int, edition: QualityEdition
) -> MeterDay:
    interval_ms = meter.interval_s * 1000
    next_day = meter.data_class is DataClass.NEXT_DAY
    # An interval owes its reading once the time it may take is over; a next-day meter owes nothing before its day ends.
    until_ms = min(day.end_ms, now_ms)
    if next_day and now_ms < day.end_ms:
        until_ms = day.start_ms
    _, first = np.unique(rows.ts_ms, return_index=True)
    rows = rows.take(first)
    ended_ms = day.end_ms if next_day else rows.ts_ms + interval_ms
    prompt_s = edition.next_day_prompt_s if next_day else edition.prompt_s
    counts = count_intervals(
        rows.ts_ms,
        rows.received_ms - ended_ms,
        np.isin(rows.quality, edition.valid_codes),
        rows.quality != int(Quality.CLOCK),
        start_ms=day.start_ms,
        until_ms=until_ms,
        interval_ms=interval_ms,
        prompt_ms=prompt_s * 1000,
    )
    energy_kwh, register_kwh = _energies(rows, counts, day, interval_ms)
    enterprise = view.enterprise_of(MeterId(meter.id))
    return MeterDay(view.day, meter.id, enterprise, astuple(counts), energy_kwh, register_kwh)


def _energies(
    rows: ReadingBatch, counts: QualityCounts, day: Span, interval_ms: int
) -> tuple[float | None, float | None]:
    """Energy of the intervals between the first and the last register of the day, and the difference of the two.

    Only of a whole day: a sum with gaps deviates for another reason than a wrong multiplier or a lost interval.
    """
    whole = counts.valid * interval_ms == day.end_ms - day.start_ms
    register = rows.values[:, ENERGY_IMPORT]
    power = rows.values[:, POWER]
    if not whole or np.isnan(register).any() or np.isnan(power).any() or len(rows) < 2:
        return None, None
    # Registers are read at the end of their interval (or all at its start): between first and last lie n - 1 intervals.
    energy_kwh = float(power[1:].sum()) * interval_ms / HOUR_MS
    return round(energy_kwh, 6), round(float(register[-1] - register[0]), 6)


def counts_of(row: MeterDay) -> QualityCounts:
    return QualityCounts(*row.counts)
