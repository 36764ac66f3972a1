"""Quota, record and expected maximum for the rules, kept for a while: rules ask for every scope at every change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from datetime import date, datetime, timedelta
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from domain.instants import BLOCK_S
from domain.references import OfficialLevel, Quota, Reference
from domain.scopes import Scope
from storage.ledger_ports import ReferenceLedger

T = TypeVar("T")

#: Entries of another process are not announced on our bus, so nothing is believed for longer than this.
KEEP = timedelta(minutes=5)


class ReferenceBook:
    """Thread-safe. ``forget`` after ReferencesChanged; instants are the district's."""

    def __init__(self, ledger: ReferenceLedger, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._zone = zone
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[datetime, object]] = {}
        self._swept: datetime | None = None

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()

    def quota_kw(self, scope: Scope, instant: datetime) -> float | None:
        """Quota of the block that ``instant`` lies in [kW]; None = no quota."""
        local = instant.astimezone(self._zone)
        quota = self._keep(("quota", scope, local.date()), instant, lambda: self._quota(scope, local.date()))
        return None if quota is None else quota.points_kw[(local.hour * 3600 + local.minute * 60) // BLOCK_S]

    def reference_kw(self, scope: Scope, kind: str, instant: datetime) -> float | None:
        """The newest reference of this kind in force at ``instant`` [kW]; None = not entered."""
        day = instant.astimezone(self._zone).date()
        found = self._keep((kind, scope, day), instant, lambda: self._reference(scope, kind, day))
        return None if found is None else found.value_kw

    def official_level(self, instant: datetime) -> OfficialLevel | None:
        day = instant.astimezone(self._zone).date()
        return self._keep(("official", day), instant, lambda: self._ledger.official_level(day))

    def _quota(self, scope: Scope, day: date) -> Quota | None:
        return self._ledger.quota(scope, day)

    def _reference(self, scope: Scope, kind: str, day: date) -> Reference | None:
        return self._ledger.reference(scope, kind, day)

    def _keep(self, key: Hashable, now: datetime, read: Callable[[], T]) -> T:
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and abs(now - kept[0]) < KEEP:
            return cast("T", kept[1])
        value = read()
        with self._lock:
            # Yesterday's days are never asked for again; without this a long run would keep every one of them.
            if self._swept is None or abs(now - self._swept) >= KEEP:
                self._kept = {k: v for k, v in self._kept.items() if abs(now - v[0]) < KEEP}
                self._swept = now
            self._kept[key] = (now, value)
        return value
