"""What the rules need from one day's registry, worked out once for each view of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.ids import EnterpriseId
from domain.registry import DataClass, RegistryView
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope

AREA_ZH = {
    ScopeKind.SUBSTATION: "变电站",
    ScopeKind.FEEDER: "线路",
    ScopeKind.STREET: "街道",
    ScopeKind.SECTOR: "行业",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Sums over the enterprise's accounts in force that day; None unless every account has the figure."""

    running_capacity_kva: float | None
    approved_demand_kw: float | None


NO_LIMITS = Limits(None, None)


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    view: RegistryView
    limits: Mapping[Scope, Limits]
    real_time: frozenset[str]

    def names(self, scope: Scope) -> tuple[str, str]:
        """(zh, en) name of a scope as people call it."""
        if scope == DISTRICT:
            return "全区", "District"
        if scope == MONITORED:
            return "监测企业合计", "Monitored enterprises"
        if scope.kind is ScopeKind.ENTERPRISE:
            known = self.view.enterprises.get(EnterpriseId(scope.id))
            name = known.name if known is not None else scope.id
            return f"{name}（{scope.id}）", f"{name} ({scope.id})"
        return f"{AREA_ZH.get(scope.kind, '计量点')}{scope.id}", f"{scope.kind.value} {scope.id}"


def _total(figures: Sequence[float | None]) -> float | None:
    """A part is not the whole: one account without a figure leaves the sum unknown."""
    known = [f for f in figures if f is not None]
    return sum(known) if known and len(known) == len(figures) and sum(known) > 0 else None


def roster_of(view: RegistryView) -> Roster:
    capacity: dict[EnterpriseId, list[float | None]] = {}
    approved: dict[EnterpriseId, list[float | None]] = {}
    for account in view.accounts.values():
        capacity.setdefault(account.enterprise, []).append(account.running_capacity_kva)
        approved.setdefault(account.enterprise, []).append(account.approved_demand_kw)
    limits = {enterprise_scope(e): Limits(_total(capacity[e]), _total(approved[e])) for e in capacity}
    meters = (m for m in view.meters.values() if m.in_service and m.data_class is DataClass.REAL_TIME)
    return Roster(view, limits, frozenset(m.id for m in meters))
