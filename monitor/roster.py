"""The meters the windows hold, as columns, and the scopes their signed sums make, for one day of the registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
from scipy.sparse import csr_array

from domain.arrays import BoolArray, FloatArray, IntArray, TextArray
from domain.ids import MeterId
from domain.instants import BLOCK_S
from domain.registry import DataClass, Meter, RegistryView, Stamp
from domain.scopes import Scope, ScopeKind

#: Longer intervals are coarse: their values say nothing of the single quarter, and come late for it.
COARSE_S = BLOCK_S
#: Values of an instant say nothing of what happened between them; up to this interval they still make a demand.
INSTANT_LIMIT_S = 300


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """Meters by slot, shape (n,) each. A meter keeps its slot for as long as the process runs.

    interval_s : [s]; minutes : cells that one reading fills, 1 for intervals up to a minute
    builds : whether its values make demand at all (``instant`` only up to INSTANT_LIMIT_S)
    expected : real-time and in service: its minutes count in coverage; listed : in service, of any data class
    register_end : its register is read at the end of the interval, otherwise at the start
    modulus_kwh : primary reading at which the register starts again at 0 [kWh]
    """

    view: RegistryView
    ids: tuple[str, ...]
    slot: dict[str, int]
    interval_s: IntArray
    minutes: IntArray
    builds: BoolArray
    expected: BoolArray
    listed: BoolArray
    register_end: BoolArray
    modulus_kwh: FloatArray
    members: ScopeMembers = field(repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def coarse(self) -> BoolArray:
        """Meters whose interval is longer than a block, shape (n,)."""
        longer: BoolArray = self.interval_s > COARSE_S
        return longer

    def slots_of(self, meters: TextArray) -> IntArray:
        """Slot of each meter id, -1 where the registry does not know it."""
        return np.fromiter(map(self.slot.get, meters.tolist(), repeat(-1)), dtype=np.int64, count=len(meters))

    def enterprise_of(self, slot: int) -> str | None:
        return self.view.enterprise_of(MeterId(self.ids[slot]))


@dataclass(frozen=True, slots=True, eq=False)
class ScopeMembers:
    """Sums over members as sparse matrices of ones, scopes x slots: ``plus`` holds the members that are counted,
    ``minus`` those that are subtracted (a landlord less its tenants), ``any`` both."""

    scopes: tuple[Scope, ...]
    index: dict[Scope, int]
    plus: csr_array
    minus: csr_array
    any: csr_array

    def touched_by(self, slots: IntArray) -> IntArray:
        """Indices of the scopes that hold one of these slots."""
        mark = np.zeros(self.any.shape[1])
        mark[slots] = 1.0
        return np.flatnonzero(self.any @ mark > 0)

    def slots_in(self, scope: Scope) -> IntArray:
        row = self.index.get(scope)
        if row is None:
            return np.zeros(0, dtype=np.int64)
        return self.any.indices[self.any.indptr[row] : self.any.indptr[row + 1]].astype(np.int64)


def build_roster(view: RegistryView, known: tuple[str, ...] = (), *, scopes: tuple[Scope, ...] | None = None) -> Roster:
    """The meters in force that day. ``known`` ids keep their slots; those no longer in force are not listed.

    scopes : when given, only their members and only these scopes (single meters among them are no sums)
    """
    slot = {meter: i for i, meter in enumerate(known)}
    wanted = view.meters if scopes is None else {meter for scope in scopes for meter, _ in view.members(scope)}
    for meter_id in sorted(wanted):
        slot.setdefault(meter_id, len(slot))
    sums = view.scopes() if scopes is None else tuple(s for s in scopes if s.kind is not ScopeKind.METER)
    versions = [view.meters.get(MeterId(meter)) for meter in slot]
    interval = np.array([60 if m is None else m.interval_s for m in versions], dtype=np.int64)
    return Roster(
        view=view,
        ids=tuple(slot),
        slot=slot,
        interval_s=interval,
        minutes=np.maximum(interval // 60, 1),
        builds=np.array([m is not None and _builds(m) for m in versions], dtype=np.bool_),
        expected=np.array([m is not None and _expected(m) for m in versions], dtype=np.bool_),
        listed=np.array([m is not None and m.in_service for m in versions], dtype=np.bool_),
        register_end=np.array([m is not None and m.stamp is Stamp.END for m in versions], dtype=np.bool_),
        modulus_kwh=np.array([np.inf if m is None else _modulus_kwh(m) for m in versions]),
        members=_scope_members(view, slot, sums),
    )


def _builds(meter: Meter) -> bool:
    return meter.stamp is not Stamp.INSTANT or meter.interval_s <= INSTANT_LIMIT_S


def _expected(meter: Meter) -> bool:
    return meter.in_service and meter.data_class is DataClass.REAL_TIME


def _modulus_kwh(meter: Meter) -> float:
    return meter.register_modulus_kwh * (1.0 if meter.primary_values else meter.multiplier)


def _scope_members(view: RegistryView, slot: dict[str, int], scopes: tuple[Scope, ...]) -> ScopeMembers:
    rows: list[int] = []
    columns: list[int] = []
    signs: list[int] = []
    for row, scope in enumerate(scopes):
        for meter, sign in view.members(scope):
            rows.append(row)
            columns.append(slot[meter])
            signs.append(sign)
    shape = (len(scopes), len(slot))
    at, column = np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64)
    sign_of = np.array(signs, dtype=np.float64)
    # A member counted twice in a scope (two accounts, one tenant) keeps its weight.
    plus = csr_array((np.maximum(sign_of, 0.0), (at, column)), shape=shape)
    minus = csr_array((np.maximum(-sign_of, 0.0), (at, column)), shape=shape)
    either = csr_array((np.ones(len(sign_of)), (at, column)), shape=shape)
    return ScopeMembers(scopes, {scope: i for i, scope in enumerate(scopes)}, plus, minus, either)


def as_scope(roster: Roster, meter: Scope) -> ScopeMembers:
    """A single meter as the only sum of a roster."""
    return _scope_members(roster.view, roster.slot, (meter,))


#: Blocks are whole minutes of the ring.
BLOCK_MINUTES = BLOCK_S // 60
