"""Who made the peak: the highest complete measured block of a group and each member's part of it."""

from __future__ import annotations

import numpy as np

from domain.arrays import FloatArray
from domain.errors import InsufficientData
from domain.ids import EnterpriseId
from domain.instants import from_ms
from domain.registry import RegistryView
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope, meter_scope
from monitor.answers import CoincidentPeak, PeakShare
from monitor.block_rows import OK
from monitor.demand_reader import DemandGrid


def parts_of(scope: Scope, view: RegistryView) -> list[Scope]:
    """What a scope's peak is shared out among: enterprises, or the meters of a single enterprise.

    An enterprise with accounts in several areas stands in each of them with its whole load
    """
    if scope.kind is ScopeKind.METER:
        return [scope]
    if scope.kind is ScopeKind.ENTERPRISE:
        return [meter_scope(meter) for meter, sign in view.members(scope) if sign > 0]
    group = MONITORED if scope == DISTRICT else scope
    # Tenants and landlords cancel in a sum that holds both, so owners are taken from all meters of the group.
    members = {view.enterprise_of(meter) for meter, _ in view.members(group)}
    if group == MONITORED:
        members |= {EnterpriseId(s.id) for s in view.scopes() if s.kind is ScopeKind.ENTERPRISE}
    return [enterprise_scope(enterprise) for enterprise in sorted(e for e in members if e is not None)]


def _name(scope: Scope, view: RegistryView) -> str:
    if scope.kind is ScopeKind.ENTERPRISE and EnterpriseId(scope.id) in view.enterprises:
        return view.enterprises[EnterpriseId(scope.id)].name
    return scope.id


def coincident_peak(grid: DemandGrid, view: RegistryView, *, until_ms: int) -> CoincidentPeak:
    """The peak of the grid's first scope, shared out among the others. Raises InsufficientData without an ok block."""
    scope, members = grid.scopes[0], grid.scopes[1:]
    due = grid.ts_ms < until_ms
    usable = (grid.quality[0] == OK) & due
    if not usable.any():
        coverage = float(grid.coverage[0][due].mean()) if due.any() else 0.0
        reason = "没有完整的实测时段 / no block of the span is complete and measured"
        raise InsufficientData(reason, coverage=coverage)
    total = np.where(usable, grid.demand_kw[0], -np.inf)
    at = int(np.argmax(total))
    peak_kw = float(total[at])
    trusted = np.where(grid.quality[1:] == OK, grid.demand_kw[1:], np.nan)
    own = _maxima(trusted)
    shares = [
        PeakShare(
            scope=member,
            name=_name(member, view),
            demand_kw=_number(trusted[i, at]),
            share=_number(trusted[i, at] / peak_kw) if peak_kw > 0 else None,
            own_maximum_kw=_number(own[i]),
            coverage=float(grid.coverage[i + 1, at]),
        )
        for i, member in enumerate(members)
    ]
    shares.sort(key=lambda share: (share.demand_kw is None, -(share.demand_kw or 0.0), share.scope))
    return CoincidentPeak(
        scope=scope,
        at=from_ms(int(grid.ts_ms[at])),
        demand_kw=peak_kw,
        coverage=float(grid.coverage[0, at]),
        coincidence_factor=_factor(scope, peak_kw, trusted[:, usable]),
        shares=tuple(shares),
        skipped_blocks=int((due & ~usable).sum()),
    )


def _maxima(demand_kw: FloatArray) -> FloatArray:
    highest = np.where(np.isnan(demand_kw), -np.inf, demand_kw).max(axis=1, initial=-np.inf)
    return np.where(np.isinf(highest), np.nan, highest)


def _factor(scope: Scope, peak_kw: float, demand_kw: FloatArray) -> float | None:
    """同时率: peak / sum of the members' maxima over the judged blocks; the district is no sum of them."""
    total = float(_maxima(demand_kw).sum()) if demand_kw.size else np.nan
    if scope == DISTRICT or np.isnan(total) or total <= 0:
        return None
    return peak_kw / total


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
