"""电量指标 of a day: entered with its document, shown with what holds, withdrawn where it was a mistake."""

from __future__ import annotations

from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.duty_forms import Fill
from dashboards.console.figures import entered_day
from dashboards.console.list_box import ListBox
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.orderly import EnergyQuota
from domain.scopes import Scope


def build(visit: Visit, scope: ui.select, changed: Fill) -> None:
    """scope : the one chosen above; changed : what is to be drawn again"""
    with ui.expansion(visit.t("energy_quota.title"), icon="battery_alert").classes("more"):
        ui.html(f"<p class='soft'>{escape(visit.t('energy_quota.note'))}</p>", sanitize=False)
        quotas: ListBox[EnergyQuota] = ListBox(
            visit,
            lambda: visit.services.orderly.energy_quotas.quotas(visit.principal),
            lambda each: _one(visit, each, again),
            empty=visit.t("energy_quota.none"),
            name="energy-quotas",
        )

        async def again() -> None:
            await quotas.fill()
            await changed()

        if visit.principal.may_write():
            _form(visit, scope, again)


def _one(visit: Visit, quota: EnergyQuota, again: Fill) -> None:
    with ui.element("div").classes("account"):
        ui.html(
            f'<div><span class="num">{quota.day}</span> <span class="strong">'
            f"{markup.number(quota.energy_kwh / 1000, 'MWh', 1)}</span> {escape(quota.scope)}"
            f'<div class="small soft">{escape(quota.source)} · {escape(quota.actor)}</div></div>',
            sanitize=False,
        )
        if visit.principal.may_write():

            async def withdraw() -> None:
                desk = visit.services.orderly.energy_quotas
                scope = Scope.parse(quota.scope)
                if await visit.ask(lambda: desk.withdraw(visit.principal, scope, quota.day)) is not None:
                    await again()

            ui.button(visit.t("attachments.withdraw"), on_click=withdraw).props("flat no-caps").classes("act")


def _form(visit: Visit, scope: ui.select, again: Fill) -> None:
    with ui.element("div").classes("tools"):
        day = ui.input(visit.t("day"), value=visit.today().isoformat())
        day.props("outlined dense type=date stack-label data-name=energy-day")
        mwh = ui.input("MWh").props("outlined dense inputmode=decimal data-name=energy-mwh")
        source = ui.input(visit.t("energy_quota.source")).props("outlined dense data-name=energy-source")

        def put() -> EnergyQuota:
            try:
                kwh = float(str(mwh.value or "")) * 1000
            except ValueError:
                raise Invalid(visit.t("energy_quota.wrong")) from None
            given = EnergyQuota(str(scope.value), entered_day(visit, str(day.value)), kwh, str(source.value or ""), "")
            return visit.services.orderly.energy_quotas.put(visit.principal, given)

        async def save() -> None:
            if await visit.ask(put) is not None:
                visit.tell(visit.t("duty.kept"))
                await again()

        ui.button(visit.t("save"), on_click=save).props("no-caps data-name=energy-save").classes("act")
