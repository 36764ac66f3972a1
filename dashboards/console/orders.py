"""Orders and how they are carried out, live: rates, everyone's figures, who to call now; and the season's account."""

from __future__ import annotations

from datetime import datetime
from html import escape

from nicegui import ui

from analytics.execution import Standing
from dashboards.console import markup, order_acts
from dashboards.console.frame import loading, title
from dashboards.console.season import season_card
from dashboards.console.visit import Visit
from domain.orderly import Order, OrderState
from response.orderly.execution_answers import EnterpriseExecution, OrderExecution
from response.orderly.order_words import hours_words

TONES = {
    Standing.COMPLIES: "ok",
    Standing.SHORT: "warning",
    Standing.NOT_REDUCING: "critical",
    Standing.NO_DATA: "critical",
}
STATES = {OrderState.PREPARED: "warning", OrderState.ISSUED: "critical", OrderState.LIFTED: ""}
#: Blocks close every quarter of an hour; between them stand the minutes, replies and revisions.
EVERY_S = 10.0


def build(visit: Visit, chosen: str) -> None:
    title(visit.t("page.orders"), visit.t("orders.note"))
    with ui.element("div").classes("card"):
        orders = ui.select({}, label=visit.t("orders.order")).props("outlined dense data-name=order")
        orders.style("max-width: 520px")
        facts = ui.html(loading(visit), sanitize=False)
        tools = ui.element("div").classes("tools")
    with ui.element("div").classes("card"):
        box = ui.html("", sanitize=False).props("data-name=execution")
    with ui.element("div").classes("card"):
        season_card(visit)

    async def show() -> None:
        wanted = str(orders.value or "")
        found = await visit.ask(lambda: _look(visit, wanted)) if wanted else None
        if found is None:
            facts.set_content(markup.state(visit.t("orders.none"), visit.t("orders.none.how")) if not wanted else "")
            return
        order, execution = found
        facts.set_content(order_facts(visit, order, visit.services.clock.now()))
        if fit is not None:
            fit(order)
        box.set_content("" if execution is None else execution_markup(visit, execution))

    async def fill() -> None:
        found = await visit.ask(lambda: visit.services.orderly.orders.orders(visit.principal))
        names = {each.id: f"{each.id} {hours_words(each.windows, visit.zone)}" for each in found or ()}
        orders.set_options(names, value=chosen if chosen in names else next(iter(names), None))
        await show()

    with tools:
        fit = order_acts.build(visit, orders, show) if visit.principal.may_write() else None
    orders.on_value_change(show)
    ui.timer(0.1, fill, once=True)
    ui.timer(EVERY_S, show)


def _look(visit: Visit, ident: str) -> tuple[Order, OrderExecution | None]:
    desk = visit.services.orderly
    order = desk.orders.get(visit.principal, ident)
    return order, None if order.state is OrderState.PREPARED else desk.executions.of(visit.principal, ident)


def order_facts(visit: Visit, order: Order, now: datetime) -> str:
    state = markup.pill(visit.t(f"order_state.{order.state}"), STATES[order.state])
    drill = " " + markup.pill(visit.t("orderly.drill"), "warning") if order.drill else ""
    told = [
        (visit.t("orders.state"), state + drill + _outside_hours(visit, order, now)),
        (visit.t("orderly.instruction"), escape(order.instruction) or markup.NONE),
        (visit.t("orderly.hours"), escape(hours_words(order.windows, visit.zone))),
        (visit.t("orders.count"), markup.number(len(order.lines))),
        (visit.t("orders.officer"), escape(order.confirmed_by) or markup.NONE),
        (visit.t("orderly.level"), escape(order.level) or markup.NONE),
        (visit.t("orders.revision"), markup.number(order.revision)),
    ]
    if order.outside_level:
        told.append((visit.t("orderly.outside"), escape(order.outside_level)))
    if order.issued_at is not None:
        told.append((visit.t("orders.issued_at"), escape(visit.moment(order.issued_at))))
    if order.lifted_at is not None:
        told.append((visit.t("orders.lifted_at"), escape(f"{visit.moment(order.lifted_at)} {order.lift_reason}")))
    return markup.facts(told)


def _outside_hours(visit: Visit, order: Order, now: datetime) -> str:
    """An order stays in force until it is lifted, its hours begun, over or not: which of them is said beside it."""
    if order.state is not OrderState.ISSUED or order.start <= now < order.end:
        return ""
    return f' <span class="soft">{escape(visit.t("orders.over" if now >= order.end else "orders.ahead"))}</span>'


def execution_markup(visit: Visit, found: OrderExecution) -> str:
    note = visit.t("orders.valid", share="—" if found.valid_share is None else f"{found.valid_share:.0%}")
    done, wanted = f"{found.total_reduction_kw / 1000:,.2f}", f"{found.total_ordered_kw / 1000:,.2f}"
    reduction = f"{visit.t('orders.done')} {done} / {visit.t('orders.ordered')} {wanted} MW"
    judged = visit.t("orders.judged", judged=found.judged, ordered=found.ordered, pending=found.pending)
    tiles = (
        markup.tile(visit.t("orders.rate"), markup.share(found.total_rate), escape(reduction)),
        markup.tile(visit.t("orders.in_place"), markup.share(found.in_place_rate), escape(judged)),
        markup.tile(visit.t("orders.excess"), markup.number(found.excess_kwh, "kWh"), escape(note)),
        markup.tile(visit.t("orders.baseline"), _age(visit, found), escape(found.baseline_method)),
    )
    calls = found.call_now
    head = f"<h2>{escape(visit.t('orders.call_now'))}</h2>"
    now = head + _calls(visit, calls) if calls else ""
    every = f"<h2>{escape(visit.t('orders.everyone'))}</h2>" + _table(visit, found.items)
    return f'<div class="tiles four">{"".join(tiles)}</div>{now}{every}'


def _age(visit: Visit, found: OrderExecution) -> str:
    if found.baseline_age_days is None:
        return markup.NONE
    text = visit.t("orders.age", days=found.baseline_age_days)
    return markup.pill(text, "warning") if found.old_baseline else escape(text)


def _calls(visit: Visit, calls: tuple[EnterpriseExecution, ...]) -> str:
    """Whom to call, as buttons a thumb can hit."""
    found = []
    for item in calls:
        who = f"{escape(item.name)} {_standing(visit, item)} <span class='soft'>−{item.missing_kw:,.0f} kW</span>"
        if item.phone and visit.principal.may_write():
            found.append(f'<a class="call" href="tel:{escape(item.phone)}">☎ {who} · {escape(item.contact)}</a>')
        else:
            found.append(f'<div class="call">{who}</div>')
    return f'<div class="calls" data-name="call-now">{"".join(found)}</div>'


def _standing(visit: Visit, item: EnterpriseExecution) -> str:
    below = " " + markup.pill(visit.t("orders.below_security"), "critical") if item.below_security else ""
    return markup.pill(visit.t(f"standing.{item.standing.word}"), TONES.get(item.standing, "")) + below


def _table(visit: Visit, items: tuple[EnterpriseExecution, ...]) -> str:
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("orders.standing")),
        markup.Column(visit.t("orders.target"), right=True),
        markup.Column(visit.t("orders.now"), right=True),
        markup.Column(visit.t("orders.ordered"), right=True),
        markup.Column(visit.t("orders.done"), right=True),
        markup.Column(visit.t("orders.missing"), right=True),
        markup.Column(visit.t("orders.rate"), right=True),
    )
    rows = [
        (
            markup.link(f"/console/enterprise/{item.enterprise}", item.name),
            _standing(visit, item),
            markup.number(item.target_kw, "kW"),
            _now(visit, item),
            markup.number(item.ordered_kw, "kW"),
            markup.number(item.reduction_kw, "kW"),
            markup.number(item.missing_kw, "kW"),
            markup.share(item.rate),
        )
        for item in items
    ]
    return markup.table(columns, rows, name="everyone", stacked=True)


def _now(visit: Visit, item: EnterpriseExecution) -> str:
    if item.now_kw is None or item.now_at is None:
        return markup.NONE
    minute = f' <span class="soft small">{item.now_at.astimezone(visit.zone):%H:%M}</span>'
    return markup.number(item.now_kw, "kW") + minute
