"""Stamps of readings: ISO 8601 with offset, epoch seconds or epoch milliseconds, to milliseconds since the epoch."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache

from domain.instants import to_ms
from ingest.codecs.columns import DecodeError

#: Dates outside are absurd for a meter: a dead clock battery says 1970 or 2000, a wrong unit the year 50000.
EARLIEST_MS = to_ms(datetime(2005, 1, 1, tzinfo=UTC))
LATEST_MS = to_ms(datetime(2100, 1, 1, tzinfo=UTC))
#: Numbers from here on are milliseconds: as seconds this would be the year 5138.
MILLISECONDS_FROM = 1e11


def parse_ts(stamp: str | int | float) -> int:
    """Milliseconds since the epoch, or DecodeError."""
    ts_ms = _parse_text(stamp) if isinstance(stamp, str) else _parse_number(stamp)
    if not EARLIEST_MS <= ts_ms < LATEST_MS:
        raise DecodeError("absurd_date", f"ts {stamp!r} lies outside 2005...2099; check the meter's clock and unit")
    return ts_ms


def _parse_number(stamp: int | float) -> int:
    if isinstance(stamp, float) and not math.isfinite(stamp):
        raise DecodeError("not_finite", "ts is not a finite number")
    return round(stamp if abs(stamp) >= MILLISECONDS_FROM else stamp * 1000)


# The readings of one gateway list, and the meters of one minute, share their stamp.
@lru_cache(maxsize=4096)
def _parse_text(stamp: str) -> int:
    try:
        instant = datetime.fromisoformat(stamp)
    except ValueError:
        raise DecodeError(
            "bad_timestamp", f"ts {stamp[:60]!r} is not ISO 8601, as in 2026-07-20T10:15:00+08:00"
        ) from None
    if instant.tzinfo is None:
        raise DecodeError("naive_timestamp", f"ts {stamp[:60]!r} has no offset; append +08:00 or Z")
    return to_ms(instant)
