"""Quota, record and expected maximum for the rules, kept for the day: rules ask for every scope at every change."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.instants import BLOCK_S
from domain.references import Quota, Reference, ReferenceKind
from domain.scopes import Scope

#: Entries of another process are not announced on our bus: this often the kept ones are read again, in district time.
REFRESH_EVERY = timedelta(minutes=5)
#: How many scopes at a time besides those that matter most: a hundred at once would hold up the alerts for a second.
REFRESHED_AT_ONCE = 4


class ReferenceReader(Protocol):
    """The part of ``storage.ledger_ports.ReferenceLedger`` that rules need."""

    def quota(self, scope: Scope, day: date) -> Quota | None: ...

    def reference(self, scope: Scope, kind: str, day: date) -> Reference | None: ...


@dataclass(frozen=True, slots=True)
class Bases:
    """What 100 % means for a scope in one 15-minute block [kW]; None = not entered."""

    quota_kw: float | None
    record_kw: float | None
    expected_maximum_kw: float | None


@dataclass(frozen=True, slots=True)
class _Kept:
    """A scope's entries for one day; ``bases`` has one for each point of the quota, or one for the whole day."""

    read_at: datetime
    bases: tuple[Bases, ...]


class ReferenceBook:
    """Thread-safe. ``forget`` after ReferencesChanged; instants are the district's."""

    def __init__(self, ledger: ReferenceReader, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._zone = zone
        self._lock = threading.Lock()
        self._day: date | None = None
        self._kept: dict[Scope, _Kept] = {}
        self._refreshed: datetime | None = None

    def forget(self) -> None:
        with self._lock:
            self._kept = {}

    def bases(self, scope: Scope, instant: datetime) -> Bases:
        """In force for the block that ``instant`` lies in. Raises Unavailable when the ledger does not answer."""
        local = instant.astimezone(self._zone)
        with self._lock:
            if local.date() != self._day:
                self._day, self._kept = local.date(), {}
            kept = self._kept
        found = kept.get(scope)
        if found is None:
            found = kept[scope] = self._read(scope, local)
        return found.bases[(local.hour * 3600 + local.minute * 60) // BLOCK_S % len(found.bases)]

    def refresh(self, now: datetime, foremost: Sequence[Scope]) -> None:
        """Read again the foremost scopes and a few of the others, those read longest ago."""
        with self._lock:
            if self._refreshed is not None and timedelta(0) <= now - self._refreshed < REFRESH_EVERY:
                return
            self._refreshed = now
            kept = self._kept
        local = now.astimezone(self._zone)
        others = sorted((s for s in kept if s not in foremost), key=lambda s: kept[s].read_at)
        for scope in [*(s for s in foremost if s in kept), *others[:REFRESHED_AT_ONCE]]:
            kept[scope] = self._read(scope, local)

    def _read(self, scope: Scope, local: datetime) -> _Kept:
        day = local.date()
        quota = self._ledger.quota(scope, day)
        record = _kw(self._ledger.reference(scope, ReferenceKind.RECORD, day))
        expected = _kw(self._ledger.reference(scope, ReferenceKind.EXPECTED_MAXIMUM, day))
        points: tuple[float | None, ...] = (None,) if quota is None else quota.points_kw
        return _Kept(local, tuple(Bases(point, record, expected) for point in points))


def _kw(reference: Reference | None) -> float | None:
    return None if reference is None else reference.value_kw
