"""Quota, record and expected maximum for the rules, kept for the day: rules ask for every scope at every change."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.instants import BLOCK_S
from domain.references import DayReferences, ReferenceKind
from domain.scopes import Scope

#: Entries of another process are not announced on our bus: this often the kept ones are read again, in district time.
REFRESH_EVERY = timedelta(minutes=5)
#: The day before as well: quarters told after midnight stand against its quotas.
MOST_DAYS = 2


class ReferenceReader(Protocol):
    """The part of ``storage.ledger_ports.ReferenceLedger`` that rules need."""

    def in_force(self, day: date) -> DayReferences: ...


@dataclass(frozen=True, slots=True)
class Bases:
    """What 100 % means for a scope in one 15-minute block [kW]; None = not entered."""

    quota_kw: float | None
    record_kw: float | None
    expected_maximum_kw: float | None


class ReferenceBook:
    """Thread-safe. ``forget`` after ReferencesChanged; instants are the district's."""

    def __init__(self, ledger: ReferenceReader, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._zone = zone
        self._lock = threading.Lock()
        self._days: dict[date, DayReferences] = {}
        self._read_at: datetime | None = None

    def forget(self) -> None:
        with self._lock:
            self._days = {}

    def bases(self, scope: Scope, instant: datetime) -> Bases:
        """In force for the block that ``instant`` lies in. Raises Unavailable when the ledger does not answer."""
        local = instant.astimezone(self._zone)
        found = self._day(local.date())
        quota = found.quotas.get(scope)
        point = (local.hour * 3600 + local.minute * 60) // BLOCK_S
        return Bases(
            None if quota is None else quota.points_kw[point],
            found.value_kw(scope, ReferenceKind.RECORD),
            found.value_kw(scope, ReferenceKind.EXPECTED_MAXIMUM),
        )

    def refresh(self, now: datetime) -> None:
        """Forget what was read a while ago, for the sake of what other processes entered since."""
        with self._lock:
            if self._read_at is not None and timedelta(0) <= now - self._read_at < REFRESH_EVERY:
                return
            self._read_at = now
            self._days = {}

    def _day(self, day: date) -> DayReferences:
        with self._lock:
            kept = self._days
        found = kept.get(day)
        if found is None:
            found = self._ledger.in_force(day)
            with self._lock:
                # What was read before a ``forget`` in the meantime is used once and not kept.
                if self._days is kept:
                    self._days = dict(sorted({**kept, day: found}.items())[-MOST_DAYS:])
        return found
