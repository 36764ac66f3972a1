"""Loads of many scopes over weeks and years, as one matrix, for the analyses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import BoolArray, FloatArray, IntArray, RevisionArray
from domain.clock import Clock
from domain.errors import Invalid
from domain.instants import BLOCK_S, Span, day_span, local_date
from domain.people import Principal
from domain.scopes import Scope
from monitor.access import require
from monitor.account_loads import derived_matrix, is_derived, merged
from monitor.demand_reader import DemandReader
from monitor.derivation import Derivation
from monitor.derived_days import absent_days, keep_derived
from storage.ledger_ports import RegistryLedger
from storage.ports import DEMAND_QUALITIES, NO_ROW, DemandMatrix, ReadingStore
from storage.revision_ports import SupersededLedger

OK = DEMAND_QUALITIES.index("ok")
#: Load that orders and events took off, shape of the matrix, 0 where none ran [kW]
ReductionSource = Callable[[Sequence[Scope], IntArray], FloatArray]


@dataclass(frozen=True)
class LoadHistory:
    """Scopes x blocks.

    ts_ms : shape (b,), block starts, whole local days; day_starts_ms : shape (d + 1,), their starts and the last end
    demand_kw : shape (s, b), complete measured blocks, NaN otherwise [kW]
    estimate_kw : shape (s, b), measured plus the usual value of the silent, NaN where unknown [kW]
    partial : shape (s, b), whether a row exists that is not complete and trusted
    reduction_kw : shape (s, b), verified reduction by events and orders, 0 where none [kW]
    revision : shape (s, b), of each block's figure, 1 = the first, 0 where there is none; read_at : when it was asked
    """

    scopes: tuple[Scope, ...]
    ts_ms: IntArray
    day_starts_ms: IntArray
    demand_kw: FloatArray
    estimate_kw: FloatArray
    partial: BoolArray
    reduction_kw: FloatArray
    revision: RevisionArray
    read_at: datetime
    step_s: int = BLOCK_S

    @property
    def restored_kw(self) -> FloatArray:
        """What would have been drawn without events and orders: measured plus reduction [kW]"""
        return self.demand_kw + self.reduction_kw

    def row(self, place: int) -> LoadHistory:
        """Of one scope alone, as if it had been asked for alone."""
        one = slice(place, place + 1)
        return replace(
            self,
            scopes=self.scopes[one],
            demand_kw=self.demand_kw[one],
            estimate_kw=self.estimate_kw[one],
            partial=self.partial[one],
            reduction_kw=self.reduction_kw[one],
            revision=self.revision[one],
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of scopes, instants and figures: equal digests are equal inputs."""
        found = hashlib.sha256("\n".join(map(str, self.scopes)).encode())
        for array in (self.ts_ms, self.demand_kw, self.estimate_kw, self.partial, self.reduction_kw):
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()


def joined(parts: Sequence[LoadHistory]) -> LoadHistory:
    """Histories of the same days, one below the other."""
    first = parts[0]
    if len(parts) == 1:
        return first

    def stacked(name: str) -> np.ndarray[Any, Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    return replace(
        first,
        scopes=tuple(scope for part in parts for scope in part.scopes),
        demand_kw=stacked("demand_kw"),
        estimate_kw=stacked("estimate_kw"),
        partial=stacked("partial"),
        reduction_kw=stacked("reduction_kw"),
        revision=stacked("revision"),
    )


class LoadHistories(Protocol):
    def history(self, principal: Principal, scopes: Sequence[Scope], first: date, last: date) -> LoadHistory:
        """Every block of the days first...last. Raises Forbidden, NotFound, Unavailable."""
        ...


class StoredHistories:
    """Days of which no row was written are derived from their readings first, and kept; of accounts nothing is kept.

    reductions : where events and orders keep what they took off; None while none is known
    """

    def __init__(
        self,
        store: ReadingStore,
        registry: RegistryLedger,
        derivation: Derivation,
        zone: ZoneInfo,
        clock: Clock,
        *,
        superseded: SupersededLedger,
        reductions: ReductionSource | None = None,
    ) -> None:
        self._store = store
        self._registry = registry
        self._derivation = derivation
        self._reader = DemandReader(store, derivation)
        self._zone = zone
        self._clock = clock
        self._superseded = superseded
        self._reductions = reductions

    def history(self, principal: Principal, scopes: Sequence[Scope], first: date, last: date) -> LoadHistory:
        if last < first:
            raise Invalid(f"{last.isoformat()} lies before {first.isoformat()}")
        if not scopes:
            raise Invalid("a history needs at least one scope")
        read_at, registry = self._clock.now(), self._registry.registry()
        for scope in scopes:
            require(principal, scope, registry, first, last)
        span = Span(day_span(first, self._zone).start, day_span(last, self._zone).end)
        starts_ms = self._day_starts(first, last)
        kept = [scope for scope in scopes if not is_derived(scope)]
        accounts = [scope for scope in scopes if is_derived(scope)]
        parts = [self._kept(kept, span, starts_ms)] if kept else []
        if accounts:
            parts.append(derived_matrix(self._reader, accounts, span, until_ms=self._clock.now_ms()))
        matrix = merged(scopes, parts) if len(parts) > 1 else parts[0]
        none = np.zeros(matrix.demand_kw.shape)
        return LoadHistory(
            scopes=matrix.scopes,
            ts_ms=matrix.ts_ms,
            day_starts_ms=starts_ms,
            demand_kw=np.where(matrix.quality == OK, matrix.demand_kw, np.nan),
            estimate_kw=matrix.estimate_kw,
            partial=(matrix.quality != OK) & (matrix.quality != NO_ROW),
            reduction_kw=none if self._reductions is None else self._reductions(matrix.scopes, matrix.ts_ms),
            revision=matrix.revision,
            read_at=read_at,
        )

    def _kept(self, scopes: Sequence[Scope], span: Span, starts_ms: IntArray) -> DemandMatrix:
        matrix = self._store.demand_matrix(scopes, span)
        today_ms = day_span(local_date(self._clock.now(), self._zone), self._zone).start_ms
        # Today is the engine's, and tomorrow nobody's; what lies before them in one run with them is not.
        if sum(self._keep(days) for days in absent_days(matrix, starts_ms[starts_ms <= today_ms])):
            matrix = self._store.demand_matrix(scopes, span)
        return matrix

    def _keep(self, days: Span) -> int:
        now = self._clock.now()
        return keep_derived(self._store, self._derivation, days, superseded=self._superseded, now=now)

    def _day_starts(self, first: date, last: date) -> IntArray:
        days = range(first.toordinal(), last.toordinal() + 1)
        starts = [day_span(date.fromordinal(day), self._zone).start_ms for day in days]
        return np.array([*starts, day_span(last, self._zone).end_ms], dtype=np.int64)
