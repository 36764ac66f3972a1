"""Blocks of the district's days laid out for the forecast: local days, slots, and what the calendar says of them."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.forecast_frame import REST_DAY, SATURDAY, WORKDAY, Frame
from config.calendar import Calendar, DayKind
from domain.arrays import IntArray
from domain.instants import BLOCK_S, HOUR_MS, from_ms, local_date

SUNDAY = 6


def block_frame(ts_ms: IntArray, known: int, calendar: Calendar, zone: ZoneInfo) -> Frame:
    """The frame of consecutive blocks, the first ``known`` of them before the issue."""
    local_ms = _local_ms(ts_ms, zone)
    number = local_ms // (24 * HOUR_MS)
    slot = local_ms % (24 * HOUR_MS) // (BLOCK_S * 1000)
    first = date(1970, 1, 1) + timedelta(days=int(number[0]))
    kinds = [(first + timedelta(days=n), n) for n in range(int(number[-1] - number[0]) + 1)]
    classed = [_class_of(day, calendar) for day, _ in kinds]
    return Frame(
        day=np.asarray(number - number[0]),
        slot=np.asarray(slot),
        day_class=np.array([kind for kind, _ in classed], dtype=np.int64),
        weekday=np.array([weekday for _, weekday in classed], dtype=np.int64),
        known=known,
        step_s=BLOCK_S,
    )


def _class_of(day: date, calendar: Calendar) -> tuple[int, int]:
    kind, weekday = calendar.kind(day), day.weekday()
    if kind is DayKind.HOLIDAY:
        return REST_DAY, SUNDAY
    if kind is DayKind.MAKEUP:
        # A made-up Saturday or Sunday is worked in place of a weekday that was free: as a middle one.
        return WORKDAY, 2
    if kind is DayKind.WORKDAY:
        return WORKDAY, min(weekday, 4)
    return (SATURDAY if weekday == 5 else REST_DAY), weekday


def _local_ms(ts_ms: IntArray, zone: ZoneInfo) -> IntArray:
    """Clock time of the zone as milliseconds since 1970-01-01 00:00 on that clock."""
    hours, place = np.unique(ts_ms // HOUR_MS, return_inverse=True)
    # Zones change their offset at whole hours of UTC, or a quarter past them; within a block it never moves.
    offsets = [from_ms(int(hour) * HOUR_MS).astimezone(zone).utcoffset() or timedelta() for hour in hours]
    shift = np.array([int(offset.total_seconds()) * 1000 for offset in offsets], dtype=np.int64)
    return np.asarray(ts_ms + shift[place], dtype=np.int64)


def local_days(ts_ms: IntArray, zone: ZoneInfo) -> list[date]:
    return [local_date(from_ms(int(ts)), zone) for ts in ts_ms]
