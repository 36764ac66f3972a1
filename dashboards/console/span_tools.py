"""Scope and days of an analysis, chosen at the head of its page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta

from nicegui import ui

from dashboards.console.names import scope_name
from dashboards.console.pictures import whole_scope
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.scopes import MONITORED, Scope, ScopeKind, enterprise_scope
from monitor.analyses import LONGEST_DAYS

GROUPS = (ScopeKind.STREET, ScopeKind.SECTOR, ScopeKind.SUBSTATION, ScopeKind.FEEDER)


@dataclass(frozen=True, slots=True)
class Asked:
    scope: Scope
    first: date
    last: date


class SpanTools:
    """``days`` : length of the span that ends yesterday, to begin with"""

    def __init__(self, visit: Visit, *, days: int, groups_only: bool = False) -> None:
        self._visit = visit
        scopes = {str(scope): name for scope, name in choices(visit, groups_only=groups_only)}
        last = visit.today() - timedelta(days=1)
        with ui.element("div").classes("tools"):
            usual = visit.principal.enterprise
            value = str(enterprise_scope(usual)) if usual else str(MONITORED)
            self._scope = ui.select(scopes, value=value, label=visit.t("scope"), with_input=len(scopes) > 12)
            self._scope.props("outlined dense data-name=scope")
            begin = (last - timedelta(days=days - 1)).isoformat()
            self._first = ui.input(visit.t("from"), value=begin)
            self._last = ui.input(visit.t("to"), value=last.isoformat())
            for field in (self._first, self._last):
                field.props("outlined dense type=date stack-label")
            self._button = ui.button(visit.t("analyses.ask")).props("no-caps data-name=ask").classes("act")

    def on_ask(self, ask: Callable[[], Awaitable[None]]) -> None:
        """Asked by the button, and once when the page opens."""
        self._button.on_click(ask)
        ui.timer(0.1, ask, once=True)

    def asked(self) -> Asked:
        """Raises Invalid."""
        first, last = (self._day(str(field.value)) for field in (self._first, self._last))
        if last < first or (last - first).days >= LONGEST_DAYS:
            raise Invalid(self._visit.t("analyses.span", days=LONGEST_DAYS))
        return Asked(Scope.parse(str(self._scope.value)), first, last)

    def _day(self, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise Invalid(f"{self._visit.t('day.wrong')}: {text!r}") from None


def choices(visit: Visit, *, groups_only: bool) -> list[tuple[Scope, str]]:
    view = visit.services.ledger.registry.registry().view(visit.today())
    own = visit.principal.enterprise
    if own is not None:
        return [(enterprise_scope(own), view.enterprise(own).name)]
    whole = dict.fromkeys((MONITORED, whole_scope(visit)))
    groups = [*whole, *(s for kind in GROUPS for s in view.scopes() if s.kind is kind)]
    found = [(scope, scope_name(visit, scope)) for scope in groups]
    if not groups_only:
        found += [(enterprise_scope(e), f"{e} {known.name}") for e, known in view.enterprises.items()]
    return found
