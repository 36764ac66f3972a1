"""Who may ask about what: the one place where the questions check their scope (invariant 11)."""

from __future__ import annotations

from datetime import date

from domain.errors import NotFound
from domain.people import Principal
from domain.registry import Registry, RegistryView
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope


def require(principal: Principal, scope: Scope, registry: Registry, *days: date) -> None:
    """Forbidden when the principal may not see the scope on one of the days, NotFound when it exists on none.

    An enterprise is refused before it can learn whether the scope of another exists
    """
    views = [registry.view(day) for day in days]
    for view in views:
        principal.require_scope(scope, owner=view.owner_of(scope))
    if not any(_exists(scope, view) for view in views):
        raise NotFound(
            f"登记簿中没有 {scope}（{days[0].isoformat()}）/ the registry has no {scope} on {days[0].isoformat()}"
        )


def _exists(scope: Scope, view: RegistryView) -> bool:
    if scope in (DISTRICT, MONITORED):
        return True
    if scope.kind is ScopeKind.METER:
        return scope.id in view.meters
    if scope.kind is ScopeKind.ENTERPRISE:
        return scope.id in view.enterprises
    if scope.kind is ScopeKind.ACCOUNTS:
        return view.owner_of(scope) is not None
    return bool(view.members(scope))


def visible_scopes(principal: Principal, registry: Registry, day: date) -> list[Scope]:
    """District and monitored first, then areas and enterprises; an enterprise sees itself."""
    if principal.enterprise is not None:
        return [enterprise_scope(principal.enterprise)]
    view = registry.view(day)
    named = {enterprise_scope(enterprise) for enterprise in view.enterprises}
    rest = sorted((set(view.scopes()) | named) - {DISTRICT, MONITORED}, key=lambda s: (not s.kind.is_area, s))
    return [DISTRICT, MONITORED, *rest]


def visible_enterprises(principal: Principal, view: RegistryView) -> tuple[Scope, ...]:
    """Enterprises of that day's registry that the principal may see, in its order."""
    return tuple(
        enterprise_scope(each) for each in view.enterprises if principal.sees_all() or each == principal.enterprise
    )


def visible_meters(principal: Principal, registry: Registry, day: date) -> list[str]:
    """Meters in service that day that the principal may see."""
    view = registry.view(day)
    return [
        meter_id
        for meter_id, meter in sorted(view.meters.items())
        if meter.in_service and (principal.sees_all() or view.enterprise_of(meter_id) == principal.enterprise)
    ]
