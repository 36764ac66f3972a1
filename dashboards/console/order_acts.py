"""Issue, revise and lift an order on its page; each is confirmed by a name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from dashboards.console.pairs import pairs
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.orderly import Order, OrderState, Window
from monitor.baseline_data import ClockWindow
from response.orderly.revising import Changes


def build(visit: Visit, orders: ui.select, show: Callable[[], Awaitable[None]]) -> Callable[[Order], None]:
    """orders : where the order is chosen; show : the page anew. Returns what shows the acts that an order allows"""
    officer = ui.input(visit.t("orders.officer")).props("outlined dense data-name=officer")
    desk = visit.services.orderly.orders

    async def done(act: Callable[[str, str], Order], say: str) -> None:
        ident, name = str(orders.value or ""), str(officer.value or "").strip()
        found = await visit.ask(lambda: act(ident, name))
        if found is not None:
            visit.tell(visit.t(say, n=len(found.lines)))
            await show()

    async def issue() -> None:
        await done(lambda ident, name: desk.issue(visit.principal, ident, officer=name), "orders.issued")

    async def lift() -> None:
        why = str(reason.value or "").strip()
        await done(lambda ident, name: desk.lift(visit.principal, ident, officer=name, reason=why), "orders.lifted")

    async def revise() -> None:
        def act(ident: str, name: str) -> Order:
            changes = _changes(visit, hours.value, day.value, changed.value, dropped.value)
            return desk.amend(visit.principal, ident, changes, officer=name)

        await done(act, "orders.revised")

    issuing = ui.button(visit.t("orders.issue"), on_click=issue).props("no-caps data-name=issue").classes("act")
    reason = ui.input(visit.t("orders.reason")).props("outlined dense data-name=reason")
    lifting = ui.button(visit.t("orders.lift"), on_click=lift).props("outline no-caps data-name=lift").classes("act")
    revising = ui.expansion(visit.t("orders.revise")).props("dense data-name=revising").classes("w-full")
    with revising:  # noqa: SIM117
        with ui.element("div").classes("tools"):
            day = ui.input(visit.t("day"), value=visit.today().isoformat())
            day.props("outlined dense type=date stack-label data-name=revised-day")
            hours = ui.input(visit.t("orders.new_hours")).props("outlined dense data-name=revised-hours")
            changed = ui.input(visit.t("orders.changed")).props("outlined dense data-name=revised-kw")
            dropped = ui.input(visit.t("orders.dropped")).props("outlined dense data-name=revised-dropped")
            button = ui.button(visit.t("orders.revise.do"), on_click=revise)
            button.props("outline no-caps data-name=revise").classes("act")

    def fit(order: Order) -> None:
        issuing.set_visibility(order.state is OrderState.PREPARED)
        for each in (officer, reason, lifting, revising):
            each.set_visibility(order.state is not OrderState.LIFTED)

    return fit


def _changes(visit: Visit, hours: object, day: object, changed: object, dropped: object) -> Changes:
    window = None
    if str(hours or "").strip():
        try:
            chosen = type(visit.today()).fromisoformat(str(day))
        except ValueError:
            raise Invalid(visit.t("day.wrong")) from None
        span = ClockWindow.parse(str(hours)).on(chosen, visit.zone)
        window = Window(span.start, span.end)
    return Changes(window, pairs(changed, float), tuple(pairs(dropped, str)))
