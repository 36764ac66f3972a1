"""Restored load (还原负荷): measured plus what orders and events took off, so that success never hides the need."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.ids import EnterpriseId, MeterId
from domain.instants import BLOCK_MS, Span, floor_ms, from_ms, local_date, to_ms
from domain.reductions import Reduction
from domain.registry import RegistryView
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope
from monitor.live import LiveLoads, MeterState, ScopeLoad
from storage.ledger_ports import RegistryLedger
from storage.reduction_ports import ReductionLedger

#: The reductions of the running block are read again after so many real seconds.
LIVE_AGE_S = 5.0


class Reductions(Protocol):
    """Where none is given, no event and no order runs."""

    def reduction_kw(self, scope: Scope, minute: datetime) -> float:
        """Load that running events and orders take off a scope at a minute, 0 where none runs [kW]"""
        ...

    def series(self, scopes: Sequence[Scope], ts_ms: IntArray, *, verified_only: bool = True) -> FloatArray:
        """Reduction of each scope and block, shape (s, b), 0 where none [kW]"""
        ...


class KeptReductions:
    """From the ledger. What is kept of an enterprise, or of its accounts, counts in every total it belongs to, besides
    what is kept of the total itself. ``series`` holds settled figures unless told otherwise; the running block holds
    estimates as well."""

    def __init__(self, ledger: ReductionLedger, registry: RegistryLedger, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._registry = registry
        self._zone = zone
        self._live: dict[int, tuple[float, list[Reduction]]] = {}

    def reduction_kw(self, scope: Scope, minute: datetime) -> float:
        block_ms = floor_ms(to_ms(minute), BLOCK_MS)
        kept = self._around(block_ms)
        if not kept:
            return 0.0
        return float(self._laid([scope], np.array([block_ms], dtype=np.int64), kept)[0, 0])

    def _around(self, block_ms: int) -> list[Reduction]:
        """Of a running block, or of one of the few before it that are still judged."""
        now = time.monotonic()
        found = self._live.get(block_ms)
        if found is not None and now - found[0] <= LIVE_AGE_S:
            return found[1]
        kept = self._ledger.reductions(Span(from_ms(block_ms), from_ms(block_ms + BLOCK_MS)), verified_only=False)
        fresh = {block: each for block, each in self._live.items() if now - each[0] <= LIVE_AGE_S}
        self._live = {**fresh, block_ms: (now, kept)}
        return kept

    def series(self, scopes: Sequence[Scope], ts_ms: IntArray, *, verified_only: bool = True) -> FloatArray:
        if not len(ts_ms):
            return np.zeros((len(scopes), 0))
        span = Span(from_ms(int(ts_ms[0])), from_ms(int(ts_ms[-1]) + BLOCK_MS))
        return self._laid(scopes, ts_ms, self._ledger.reductions(span, verified_only=verified_only))

    def _laid(self, scopes: Sequence[Scope], ts_ms: IntArray, kept: list[Reduction]) -> FloatArray:
        found = np.zeros((len(scopes), len(ts_ms)))
        if not kept:
            return found
        view = self._registry.registry().view(local_date(from_ms(int(ts_ms[-1])), self._zone))
        counted = [counts_in(scope, view) for scope in scopes]
        for each in kept:
            place = np.searchsorted(ts_ms, each.ts_ms)
            place = np.minimum(place, len(ts_ms) - 1)
            inside = ts_ms[place] == each.ts_ms
            for row, counts in enumerate(counted):
                if counts(each.scope):
                    found[row, place[inside]] += each.reduction_kw[inside]
        return found


def counts_in(scope: Scope, view: RegistryView) -> Callable[[Scope], bool]:
    """Tells whether what an enterprise, or some of its accounts, took off was taken off a scope.

    Of an enterprise as a whole nobody can say how much of it was one account's, so it counts in no account.
    """
    if scope.kind is ScopeKind.ACCOUNTS:
        own = set(scope.accounts)
        return lambda kept: bool(kept.accounts) and own.issuperset(kept.accounts)
    owners = _owners(scope, view)
    return lambda kept: kept == scope or _owner(kept, view) in owners


def may_touch(scope: Scope, view: RegistryView) -> Callable[[Scope], bool]:
    """Tells whether load asked of an enterprise, or of some of its accounts, may have been taken off a scope."""
    if scope.kind is ScopeKind.ACCOUNTS:
        own, owner = set(scope.accounts), view.owner_of(scope)
        return lambda asked: (
            not own.isdisjoint(asked.accounts) or (owner is not None and asked == enterprise_scope(owner))
        )
    return counts_in(scope, view)


def _owner(scope: Scope, view: RegistryView) -> EnterpriseId | None:
    return EnterpriseId(scope.id) if scope.kind is ScopeKind.ENTERPRISE else view.owner_of(scope)


def _owners(scope: Scope, view: RegistryView) -> frozenset[EnterpriseId]:
    """The enterprises whose load is part of a total, or is the total; none for a meter."""
    if scope in (DISTRICT, MONITORED):
        return frozenset(view.enterprises)
    if scope.kind is ScopeKind.ENTERPRISE:
        return frozenset([EnterpriseId(scope.id)])
    members = view.members(scope) if scope.kind.is_area else ()
    owners = {view.enterprise_of(MeterId(str(meter))) for meter, _ in members}
    return frozenset(owner for owner in owners if owner is not None)


class RestoredLoads:
    """The live picture with what runs put back into totals, for the rules on quota, record and gap.

    An enterprise, and a meter, is judged on what it draws: its capacity and approved demand know no events.
    """

    def __init__(self, live: LiveLoads, reductions: Reductions) -> None:
        self._live = live
        self._reductions = reductions

    def loads(self) -> list[ScopeLoad]:
        return [self._restored(load) for load in self._live.loads()]

    def load(self, scope: Scope) -> ScopeLoad | None:
        load = self._live.load(scope)
        return None if load is None else self._restored(load)

    def meters(self) -> list[MeterState]:
        return self._live.meters()

    def _restored(self, load: ScopeLoad) -> ScopeLoad:
        if load.scope.kind in (ScopeKind.ENTERPRISE, ScopeKind.ACCOUNTS, ScopeKind.METER):
            return load
        told = tuple(self._restored(quarter) for quarter in load.told)
        kw = self._reductions.reduction_kw(load.scope, load.minute)
        if not kw:
            return replace(load, told=told) if told else load
        projection = load.projection
        if projection is not None:
            projection = replace(
                projection,
                demand_kw=projection.demand_kw + kw,
                low_kw=projection.low_kw + kw,
                high_kw=projection.high_kw + kw,
            )
        return replace(
            load,
            measured_kw=load.measured_kw + kw,
            sliding_kw=_plus(load.sliding_kw, kw),
            estimate_kw=_plus(load.estimate_kw, kw),
            estimate_low_kw=_plus(load.estimate_low_kw, kw),
            estimate_high_kw=_plus(load.estimate_high_kw, kw),
            projection=projection,
            told=told,
        )


def _plus(value: float | None, kw: float) -> float | None:
    return None if value is None else value + kw
