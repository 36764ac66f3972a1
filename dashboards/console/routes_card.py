"""The ways to somebody, entered and removed: the first step is tried first, higher ones stand by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.duty_forms import Fill
from dashboards.console.list_box import ListBox
from dashboards.console.visit import Visit
from domain.alerts import Severity
from domain.duty import SEVERITIES, Route, masked
from domain.errors import Invalid
from domain.notices import Recipient
from response.delivery.duty_desk import KNOWN


def build(visit: Visit) -> None:
    ui.html(f"<h2>{escape(visit.t('routes'))}</h2><p class='soft'>{escape(visit.t('routes.note'))}</p>", sanitize=False)
    with ui.element("div").classes("tools"):
        to = ui.input(visit.t("notices.to"), placeholder="user:officer").props("outlined dense data-name=route-to")
        look = ui.button(visit.t("refresh")).props("flat no-caps data-name=route-look").classes("act")

    def wanted() -> Recipient | None:
        text = str(to.value or "").strip()
        return Recipient.parse(text) if text else None

    routes: ListBox[Route] = ListBox(
        visit,
        lambda: visit.services.duty.routes(visit.principal, wanted()),
        lambda route: _route(visit, route, routes.fill),
        empty=visit.t("routes.none"),
        name="routes",
    )
    look.on_click(routes.fill)
    if visit.principal.may_write():
        _route_form(visit, wanted, routes.fill)


def _route(visit: Visit, route: Route, fill: Fill) -> None:
    switched = route.channel in visit.services.duty.channels
    off = "" if switched else " " + markup.pill(visit.t("routes.off"), "warning")
    alerts = (
        "" if route.alerts_from is None else visit.t("routes.alerts", severity=visit.t(f"severity.{route.alerts_from}"))
    )
    with ui.element("div").classes("account"):
        ui.html(
            f'<div><span class="strong">{escape(str(route.recipient))}</span> {route.step + 1}. '
            f"{escape(route.channel)} "
            f'<span class="num">{escape(masked(route.channel, route.address))}</span>{off} '
            f'<span class="soft">{escape(alerts)}</span></div>',
            sanitize=False,
        )
        if visit.principal.may_write():

            async def remove() -> None:
                desk = visit.services.duty

                def put() -> Sequence[Route]:
                    left = [each for each in desk.routes(visit.principal, route.recipient) if each.id != route.id]
                    return desk.put_routes(visit.principal, route.recipient, left)

                if await visit.ask(put) is not None:
                    visit.tell(visit.t("routes.removed"))
                    await fill()

            ui.button(visit.t("remove"), on_click=remove).props("flat no-caps").classes("act")


def _route_form(visit: Visit, wanted: Callable[[], Recipient | None], fill: Fill) -> None:
    severities = {"": visit.t("routes.no_alerts")} | {str(each): visit.t(f"severity.{each}") for each in SEVERITIES}
    with ui.expansion(visit.t("routes.add"), icon="add").classes("more"), ui.element("div").classes("tools"):
        channel = ui.select(sorted(KNOWN), label=visit.t("notices.channel")).props(
            "outlined dense data-name=route-channel"
        )
        address = ui.input(visit.t("routes.address")).props("outlined dense data-name=route-address")
        step = ui.number(visit.t("routes.step"), value=1, min=1, max=10, step=1).props("outlined dense")
        alerts = ui.select(severities, value="", label=visit.t("routes.alerts_from")).props("outlined dense")

        def put() -> Sequence[Route]:
            who = wanted()
            if who is None:
                raise Invalid(visit.t("routes.no_recipient"))
            severity = Severity(str(alerts.value)) if alerts.value else None
            given = Route(
                who, str(channel.value or ""), str(address.value or "").strip(), int(step.value or 1) - 1, severity
            )
            desk = visit.services.duty
            return desk.put_routes(visit.principal, who, [*desk.routes(visit.principal, who), given])

        async def save() -> None:
            if await visit.ask(put) is not None:
                visit.tell(visit.t("duty.kept"))
                await fill()

        ui.button(visit.t("save"), on_click=save).props("no-caps data-name=route-save").classes("act")
