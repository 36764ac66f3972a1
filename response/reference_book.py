"""Quota, record and expected maximum for the rules, kept for a while: rules ask for every scope at every change."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.instants import BLOCK_S
from domain.references import Reference, ReferenceKind
from domain.scopes import Scope
from storage.ledger_ports import ReferenceLedger

#: Entries of another process are not announced on our bus, so nothing is believed for longer than this.
KEEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Bases:
    """What 100 % means for a scope in one 15-minute block [kW]; None = not entered."""

    quota_kw: float | None
    record_kw: float | None
    expected_maximum_kw: float | None


class ReferenceBook:
    """Thread-safe. ``forget`` after ReferencesChanged; instants are the district's."""

    def __init__(self, ledger: ReferenceLedger, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._zone = zone
        self._lock = threading.Lock()
        self._block: datetime | None = None
        self._read_at: datetime | None = None
        self._bases: dict[Scope, Bases] = {}

    def forget(self) -> None:
        with self._lock:
            self._bases = {}

    def bases(self, scope: Scope, instant: datetime) -> Bases:
        """In force for the block that ``instant`` lies in. Raises Unavailable when the ledger does not answer."""
        block = instant - timedelta(seconds=instant.timestamp() % BLOCK_S)
        with self._lock:
            old = self._read_at is None or abs(instant - self._read_at) >= KEEP
            if block != self._block or old:
                self._block, self._read_at, self._bases = block, instant, {}
            kept = self._bases
        found = kept.get(scope)
        if found is None:
            found = kept[scope] = self._read(scope, instant)
        return found

    def _read(self, scope: Scope, instant: datetime) -> Bases:
        local = instant.astimezone(self._zone)
        day = local.date()
        quota = self._ledger.quota(scope, day)
        point = (local.hour * 3600 + local.minute * 60) // BLOCK_S
        return Bases(
            None if quota is None else quota.points_kw[point],
            _kw(self._ledger.reference(scope, ReferenceKind.RECORD, day)),
            _kw(self._ledger.reference(scope, ReferenceKind.EXPECTED_MAXIMUM, day)),
        )


def _kw(reference: Reference | None) -> float | None:
    return None if reference is None else reference.value_kw
