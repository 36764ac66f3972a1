"""The questions behind the pages, shared by every page that shows the same thing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from dashboards.console.board import Topic
from dashboards.console.services import ConsoleServices
from dashboards.console.visit import Visit
from domain.alerts import Alert
from domain.instants import BLOCK_MS, Span, day_span, floor_ms, from_ms, local_date
from domain.people import Principal
from domain.registry import Account, Enterprise
from domain.scopes import Scope
from monitor.answers import Curve, EnterpriseDemands

MOST_ALERTS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    today: Curve
    yesterday: Curve


@dataclass(frozen=True, slots=True)
class Row:
    """An enterprise in the newest closed block, its demand against capacity, and what is wrong with its meters.

    use : apparent at power factor 1, so a lower bound: demand [kW] over running capacity [kVA]; share : of the sum
    """

    enterprise: Enterprise
    demand_kw: float | None
    coverage: float
    share: float | None
    capacity_kva: float | None
    use: float | None
    silent: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    block: Span
    rows: tuple[Row, ...]


def whole_scope(visit: Visit) -> Scope:
    """The district where it has a series of its own, else the sum of its enterprises."""
    return visit.services.ledger.registry.registry().view(visit.today()).whole()


def current_topic(visit: Visit, scope: Scope) -> Topic:
    visit.principal.require_scope(scope)
    services, principal = visit.services, visit.principal
    return Topic(("current", scope), lambda: services.questions.current(principal, scope))


def curves_topic(visit: Visit, scope: Scope) -> Topic:
    visit.principal.require_scope(scope)
    services, principal = visit.services, visit.principal

    def ask() -> Curves:
        zone = services.settings.district.zone
        day = local_date(services.clock.now(), zone)
        today, yesterday = day_span(day, zone), day_span(day - timedelta(days=1), zone)
        questions = services.questions
        return Curves(questions.curve(principal, scope, today), questions.curve(principal, scope, yesterday))

    return Topic(("curves", scope), ask, slow=True)


def alerts_topic(visit: Visit) -> Topic:
    """What stands now; each enterprise has a list of its own."""
    services, principal = visit.services, visit.principal

    def ask() -> tuple[Alert, ...]:
        return services.alerts.list(principal, active=True, limit=MOST_ALERTS).items

    return Topic(("alerts", principal.enterprise), ask)


def brief_topic(visit: Visit) -> Topic:
    services, principal = visit.services, visit.principal
    return Topic("brief", lambda: services.questions.brief(principal))


def rows_topic(visit: Visit) -> Topic:
    services, principal = visit.services, visit.principal
    return Topic("rows", lambda: enterprise_rows(services, principal), slow=True)


def enterprise_rows(services: ConsoleServices, principal: Principal) -> Rows:
    zone = services.settings.district.zone
    now = services.clock.now()
    day = local_date(now, zone)
    view = services.ledger.registry.registry().view(day)
    start = from_ms(floor_ms(services.clock.now_ms(), BLOCK_MS) - 2 * BLOCK_MS)
    span = Span(start, start + timedelta(minutes=30))
    found = services.questions.demands(principal, span)
    # The newer block may not be closed yet; then the one before it is the newest.
    column = -1 if not np.isnan(found.demand_kw[:, -1]).all() else 0
    place = {enterprise: row for row, enterprise in enumerate(found.enterprises)}
    demands = {e: _known(found, place.get(e), column) for e in view.enterprises}
    whole = sum(d for d in demands.values() if d is not None)
    troubles: dict[str, list[tuple[bool, tuple[str, ...]]]] = {}
    for meter in services.questions.quality(principal, day):
        troubles.setdefault(str(meter.enterprise), []).append((meter.silent, meter.faults))
    rows = []
    for ident, enterprise in view.enterprises.items():
        demand, capacity = demands[ident], _capacity(view.accounts_of(ident))
        own = troubles.get(ident, [])
        rows.append(
            Row(
                enterprise=enterprise,
                demand_kw=demand,
                coverage=float(found.coverage[place[ident], column]) if ident in place else 0.0,
                share=None if demand is None or whole <= 0 else demand / whole,
                capacity_kva=capacity,
                use=None if demand is None or not capacity else demand / capacity,
                silent=sum(silent for silent, _ in own),
                faults=tuple(sorted({fault for _, faults in own for fault in faults})),
            )
        )
    rows.sort(key=lambda row: -math.inf if row.demand_kw is None else row.demand_kw, reverse=True)
    begin = start + timedelta(minutes=15 if column == -1 else 0)
    return Rows(Span(begin, begin + timedelta(minutes=15)), tuple(rows))


def _known(found: EnterpriseDemands, row: int | None, column: int) -> float | None:
    value = math.nan if row is None else float(found.demand_kw[row, column])
    return None if math.isnan(value) else value


def _capacity(accounts: Sequence[Account]) -> float | None:
    known = [a.running_capacity_kva for a in accounts if a.running_capacity_kva is not None]
    return sum(known) if known else None
