"""公平账: what the enterprises, or one of them, have borne this season."""

from __future__ import annotations

from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.frame import loading
from dashboards.console.visit import Visit
from response.orderly.fairness import SeasonLine


def season_card(visit: Visit, enterprise: str = "") -> None:
    """The season's account of all, or the line of one enterprise."""
    ui.html(f"<h2>{escape(visit.t('orders.season'))}</h2>", sanitize=False)
    box = ui.html(loading(visit), sanitize=False).props("data-name=season")

    async def show() -> None:
        year = visit.today().year
        found = await visit.ask(lambda: visit.services.orderly.fairness.of(visit.principal, year)) or ()
        box.set_content(season_markup(visit, tuple(line for line in found if enterprise in ("", line.enterprise))))

    ui.timer(0.1, show, once=True)


def season_markup(visit: Visit, lines: tuple[SeasonLine, ...]) -> str:
    borne = [line for line in lines if line.calls or line.orderly_kwh or line.dr_kwh]
    if not borne:
        return markup.state(visit.t("orders.season.none"))
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("orders.calls"), right=True),
        markup.Column(visit.t("orders.hours"), right=True, wide=True),
        markup.Column("kWh", right=True),
        markup.Column(visit.t("orders.even"), right=True, wide=True),
        markup.Column(visit.t("orders.loss"), right=True, wide=True),
        markup.Column(visit.t("orders.dr_income"), right=True, wide=True),
    )
    rows = [
        (
            markup.link(f"/console/enterprise/{line.enterprise}", line.name),
            markup.number(line.calls),
            markup.number(line.hours, "h", 1),
            markup.number(line.orderly_kwh),
            markup.number(line.even_kwh),
            markup.number(line.loss_yuan),
            markup.number(line.dr_income_yuan),
        )
        for line in borne
    ]
    return (
        markup.table(columns, rows, name="season", stacked=True)
        + f"<p class='soft'>{escape(visit.t('orders.season.note'))}</p>"
    )
