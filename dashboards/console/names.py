"""How the console names the places, enterprises and sites that figures are of."""

from __future__ import annotations

from html import escape

from dashboards.console import markup
from dashboards.console.visit import Visit
from domain.scopes import Scope, ScopeKind


def scope_name(visit: Visit, scope: Scope) -> str:
    return f"{visit.t(f'scope.{scope.kind}')} {scope.id}".strip()


def place_name(visit: Visit, scope: Scope) -> str:
    """As scope_name; an enterprise by its own name."""
    if scope.kind is not ScopeKind.ENTERPRISE:
        return scope_name(visit, scope)
    return enterprise_names(visit).get(scope.id, scope.id)


def enterprise_names(visit: Visit) -> dict[str, str]:
    """By id, as the registry has them today."""
    view = visit.services.ledger.registry.registry().view(visit.today())
    return {str(each.id): each.name for each in view.enterprises.values()}


def site_name(scope: str, name: str) -> str:
    """Markup: a site's name, linked to its page if it is an enterprise."""
    parsed = Scope.parse(scope)
    if parsed.kind is not ScopeKind.ENTERPRISE:
        return escape(name)
    return markup.link(f"/console/enterprise/{parsed.id}", f"{parsed.id} {name}")
