"""Stamps of a file, as local clock times or instants, to interval starts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import IntArray
from domain.errors import Invalid
from domain.instants import HOUR_MS, to_ms

#: Stands for a stamp that could not be read.
UNREAD = np.iinfo(np.int64).min
DAY_MS = 24 * HOUR_MS
_PARTS = re.compile(
    r"\s*(?P<y>\d{4})[-/.年]?(?P<m>\d{1,2})[-/.月]?(?P<d>\d{1,2})日?"
    r"(?:[T\s]*(?P<H>\d{1,2})[:时]?(?P<M>\d{2})分?(?::?(?P<S>\d{2})(?:[.,]\d+)?)?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?\s*"
)


@dataclass(frozen=True, slots=True)
class Stamps:
    """Stamps as read.

    ``clock_ms`` : shape (n,), what the clock showed, as if it were UTC, UNREAD where unreadable [ms];
    ``offset_ms`` : shape (n,), the offset each carries, meaningless where ``has_offset`` is false;
    ``midnight_24`` : whether some stamp says 24:00
    """

    clock_ms: IntArray
    offset_ms: IntArray
    has_offset: bool
    midnight_24: bool

    @property
    def read(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.asarray(self.clock_ms != UNREAD)


def read_stamps(texts: Sequence[str | None]) -> Stamps:
    """Read every text once; files repeat their stamps for every site. Raises Invalid when only some have an offset."""
    known: dict[str | None, tuple[int, int | None, bool]] = {}
    rows = []
    for text in texts:
        found = known.get(text)
        if found is None:
            found = known[text] = _read(text)
        rows.append(found)
    offsets = [row[1] for row in known.values() if row[0] != UNREAD]
    with_offset = sum(offset is not None for offset in offsets)
    if 0 < with_offset < len(offsets):
        raise Invalid("some stamps carry an offset (+08:00 or Z) and some do not; a file must be of one kind")
    return Stamps(
        clock_ms=np.array([row[0] for row in rows], dtype=np.int64),
        offset_ms=np.array([row[1] or 0 for row in rows], dtype=np.int64),
        has_offset=with_offset > 0,
        midnight_24=any(row[2] for row in known.values()),
    )


def closing_midnights(stamps: Stamps, interval_s: int, sites: Sequence[str | None] | None) -> Stamps:
    """Some writers close a day with 00:00 of the same day: after its last interval that can only mean 24:00.

    sites : of a long file, whose row each is; where one site ends and the next begins nothing is closed
    """
    clock = stamps.clock_ms
    closes = (clock[1:] % DAY_MS == 0) & (clock[:-1] == clock[1:] + DAY_MS - interval_s * 1000)
    places = [i + 1 for i in np.flatnonzero(closes).tolist() if sites is None or sites[i] == sites[i + 1]]
    if not places:
        return stamps
    said = Counter(zip(clock.tolist(), sites or [None] * len(clock), strict=True))
    # A day that also began with 00:00 was only repeated.
    places = [i for i in places if said[int(clock[i]), sites[i] if sites else None] == 1]
    moved = clock.copy()
    moved[places] += DAY_MS
    return replace(stamps, clock_ms=moved, midnight_24=stamps.midnight_24 or bool(places))


def _read(text: str | None) -> tuple[int, int | None, bool]:
    """Clock time, offset (None = none given) and whether it says 24:00."""
    match = _PARTS.fullmatch(text) if text is not None else None
    if match is None:
        return UNREAD, None, False
    hour = int(match["H"] or 0)
    late = hour == 24 and int(match["M"]) == 0
    try:
        clock = datetime(
            int(match["y"]),
            int(match["m"]),
            int(match["d"]),
            0 if late else hour,
            int(match["M"] or 0),
            int(match["S"] or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return UNREAD, None, False
    return to_ms(clock + timedelta(days=1 if late else 0)), _offset_ms(match["zone"]), late


def _offset_ms(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone == "Z":
        return 0
    sign = -1 if zone[0] == "-" else 1
    return sign * (int(zone[1:3]) * HOUR_MS + int(zone[-2:]) * 60_000)


def to_starts(
    stamps: Stamps, zone: ZoneInfo, *, interval_s: int, ends: bool, series: IntArray
) -> tuple[IntArray, IntArray]:
    """Interval starts in UTC, and the rows whose clock time does not exist in the zone.

    Where the clock is put back an hour is shown twice: of the rows of one series, the first to show a time means the
    earlier instant and the second the later one. ``series`` : shape (n,), which site a row belongs to.
    """
    if stamps.has_offset:
        instants = np.where(stamps.read, stamps.clock_ms - stamps.offset_ms, UNREAD)
        missing = np.empty(0, dtype=np.int64)
    else:
        instants, missing = _from_clock(stamps.clock_ms, zone, series)
    shift = interval_s * 1000 if ends else 0
    return np.where(instants == UNREAD, UNREAD, instants - shift), missing


def _from_clock(clock_ms: IntArray, zone: ZoneInfo, series: IntArray) -> tuple[IntArray, IntArray]:
    unique, place = np.unique(clock_ms, return_inverse=True)
    early, late = np.empty(len(unique), dtype=np.int64), np.empty(len(unique), dtype=np.int64)
    for i, clock in enumerate(unique.tolist()):
        early[i], late[i] = (UNREAD, UNREAD) if clock == UNREAD else _instants(clock, zone)
    instants, second = early[place], late[place]
    missing = np.flatnonzero((second == UNREAD) & (clock_ms != UNREAD))
    instants[missing] = UNREAD
    seen: set[tuple[int, int]] = set()
    for row in np.flatnonzero(second > instants).tolist():
        key = (int(series[row]), int(clock_ms[row]))
        if key in seen:
            instants[row] = second[row]
        seen.add(key)
    return instants, missing


def _instants(clock_ms: int, zone: ZoneInfo) -> tuple[int, int]:
    """Earlier and later instant at which the zone's clock shows this; the second UNREAD when it never does."""
    naive = datetime(1970, 1, 1) + timedelta(milliseconds=clock_ms)  # a clock's face has no zone
    early = naive.replace(tzinfo=zone, fold=0)
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
        return to_ms(early.astimezone(UTC)), UNREAD
    return to_ms(early.astimezone(UTC)), to_ms(naive.replace(tzinfo=zone, fold=1).astimezone(UTC))
