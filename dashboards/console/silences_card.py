"""Silences: what is held back until when and why, ended early where it was a mistake."""

from __future__ import annotations

from datetime import timedelta
from html import escape

from nicegui import ui

from dashboards.console.duty_forms import Fill, moment, time_field
from dashboards.console.list_box import ListBox
from dashboards.console.visit import Visit
from domain.duty import Silence


def build(visit: Visit) -> None:
    note = escape(visit.t("silences.note"))
    ui.html(f"<h2>{escape(visit.t('silences'))}</h2><p class='soft'>{note}</p>", sanitize=False)
    silences: ListBox[Silence] = ListBox(
        visit,
        lambda: visit.services.duty.silences(visit.principal, in_force=True),
        lambda each: _silence(visit, each, silences.fill),
        empty=visit.t("silences.none"),
        name="silences",
    )
    if visit.principal.may_write():
        _silence_form(visit, silences.fill)


def _silence(visit: Visit, silence: Silence, fill: Fill) -> None:
    covered = " · ".join(part for part in (silence.kind, silence.recipient, silence.reference) if part)
    with ui.element("div").classes("account"):
        ui.html(
            f'<div><span class="strong">{escape(covered or visit.t("silences.everything"))}</span> '
            f'<span class="num">{visit.moment(silence.start)} – {visit.moment(silence.end)}</span>'
            f'<div class="small soft">{escape(silence.reason)} · {escape(silence.actor)}</div></div>',
            sanitize=False,
        )
        if visit.principal.may_write():

            async def end() -> None:
                desk = visit.services.duty
                if await visit.ask(lambda: desk.end_silence(visit.principal, silence.id)) is not None:
                    visit.tell(visit.t("silences.ended"))
                    await fill()

            ui.button(visit.t("silences.end"), on_click=end).props("flat no-caps data-name=silence-end").classes("act")


def _silence_form(visit: Visit, fill: Fill) -> None:
    now = visit.services.clock.now().astimezone(visit.zone)
    with ui.expansion(visit.t("silences.add"), icon="add").classes("more"), ui.element("div").classes("tools"):
        kind = ui.input(visit.t("silences.kind"), placeholder="alert.meter_silent").props("outlined dense")
        to = ui.input(visit.t("notices.to"), placeholder="user:officer").props("outlined dense")
        until = time_field(visit.t("to"), now + timedelta(hours=2), "silence-until")
        reason = ui.input(visit.t("silences.reason")).props("outlined dense data-name=silence-reason")

        def put() -> Silence:
            start = visit.services.clock.now()
            text = str(reason.value or "").strip()
            given = Silence(
                str(kind.value or "").strip(), str(to.value or "").strip(), "", start, moment(visit, until.value), text
            )
            return visit.services.duty.add_silence(visit.principal, given)

        async def save() -> None:
            if await visit.ask(put) is not None:
                visit.tell(visit.t("duty.kept"))
                await fill()

        ui.button(visit.t("save"), on_click=save).props("no-caps data-name=silence-save").classes("act")
