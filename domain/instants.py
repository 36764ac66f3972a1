"""Instants, days and grids. Instants are UTC; a day is a day of the district's time zone.

Array instants are int64 milliseconds since the epoch (``ts_ms``); intervals are [start, end), named by start.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import IntArray
from domain.errors import Invalid

MINUTE_MS = 60_000
BLOCK_S = 900
BLOCK_MS = BLOCK_S * 1000
HOUR_MS = 3_600_000


def to_ms(instant: datetime) -> int:
    """Milliseconds since the epoch. Refuses naive datetimes: a local time without zone is not an instant."""
    if instant.tzinfo is None:
        raise Invalid(f"{instant.isoformat()} has no time zone")
    delta = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def from_ms(ts_ms: int) -> datetime:
    return datetime.fromtimestamp(ts_ms // 1000, tz=UTC) + timedelta(milliseconds=ts_ms % 1000)


def floor_ms(ts_ms: int, step_ms: int) -> int:
    return ts_ms - ts_ms % step_ms


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of instants [start, end)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise Invalid("a span needs instants with a time zone")
        if self.end <= self.start:
            raise Invalid(f"a span must end after it starts: {self.start.isoformat()} to {self.end.isoformat()}")

    @property
    def start_ms(self) -> int:
        return to_ms(self.start)

    @property
    def end_ms(self) -> int:
        return to_ms(self.end)

    def grid_ms(self, step_s: int) -> IntArray:
        """Starts of the steps that begin inside the span, aligned to the epoch."""
        step_ms = step_s * 1000
        first = -(-self.start_ms // step_ms) * step_ms
        return np.arange(first, self.end_ms, step_ms, dtype=np.int64)


def day_span(day: date, zone: tzinfo) -> Span:
    """The instants of a local day: 23, 24 or 25 hours where clocks change."""
    start = datetime.combine(day, time(), tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return Span(start.astimezone(UTC), end.astimezone(UTC))


def days_span(first: date, last: date, zone: ZoneInfo) -> Span:
    """From the start of ``first`` to the end of ``last``, both local days, inclusive."""
    return Span(day_span(first, zone).start, day_span(last, zone).end)


def local_date(instant: datetime, zone: tzinfo) -> date:
    return instant.astimezone(zone).date()
