"""用电异常: days that do not fit the weeks before, as the nightly look kept them; seen, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.list_box import ListBox
from dashboards.console.visit import Visit
from domain.anomalies import KeptAnomaly
from domain.scopes import ScopeKind

DAYS = 30
MOST = 100
LONGEST_NOTE = 500


class AnomalyCard:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        note = visit.t("anomalies.note", days=DAYS)
        title = f"<h2>{escape(visit.t('anomalies.title'))}<span class='soft'>{escape(note)}</span></h2>"
        ui.html(title, sanitize=False)
        which = {"open": visit.t("anomalies.open"), "all": visit.t("alerts.all")}
        self._which = ui.toggle(which, value="open").props("no-caps unelevated")
        none = visit.t("anomalies.none")
        self._list = ListBox(visit, self._found, self._one, empty=none, name="anomalies", most=MOST)
        self._which.on_value_change(self._list.fill)

    def _found(self) -> Sequence[KeptAnomaly]:
        visit, last = self._visit, self._visit.today()
        waiting = self._which.value == "open"
        return visit.services.anomalies.list(visit.principal, last - timedelta(days=DAYS), last, open_only=waiting)

    def _one(self, found: KeptAnomaly) -> None:
        visit = self._visit
        with ui.element("div").classes("alert info").props(f'data-anomaly="{found.id}"'):
            ui.html(_text(visit, found), sanitize=False)
            if not visit.principal.may_write():
                return
            with ui.element("div").classes("acts"):
                if found.acknowledged_by is None:
                    seen = ui.button(visit.t("alerts.acknowledge"), on_click=lambda: self._ask_note(found))
                    seen.props("outline no-caps data-name=acknowledge-anomaly").classes("act")
                else:
                    back = ui.button(visit.t("alerts.undo"), on_click=lambda: self._undo(found))
                    back.props("flat no-caps data-name=undo-anomaly").classes("act")

    def _ask_note(self, found: KeptAnomaly) -> None:
        visit = self._visit
        with visit.client, ui.dialog() as dialog, ui.card().style("width: min(440px, 92vw)"):
            ui.label(f"{found.day:%m-%d} {found.name} · {visit.t(f'anomaly.{found.kind}')}")
            note = ui.input(visit.t("alerts.note")).props(f"maxlength={LONGEST_NOTE} outlined").style("width: 100%")

            async def confirm() -> None:
                dialog.close()
                text = str(note.value or "")
                await self._done(lambda: visit.services.anomalies.acknowledge(visit.principal, found.id, text))

            with ui.row().style("justify-content: flex-end; width: 100%"):
                ui.button(visit.t("cancel"), on_click=dialog.close).props("flat no-caps").classes("act")
                ui.button(visit.t("alerts.confirm"), on_click=confirm).props("no-caps data-name=confirm").classes("act")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _undo(self, found: KeptAnomaly) -> None:
        visit = self._visit
        await self._done(lambda: visit.services.anomalies.unacknowledge(visit.principal, found.id))

    async def _done(self, change: Callable[[], KeptAnomaly]) -> None:
        if await self._visit.ask(change) is not None:
            await self._list.fill()


def _text(visit: Visit, found: KeptAnomaly) -> str:
    of_enterprise = found.scope.kind is ScopeKind.ENTERPRISE
    name = f"{found.scope.id} {found.name}" if of_enterprise else found.name
    who = markup.link(f"/console/enterprise/{found.scope.id}", name) if of_enterprise else escape(name)
    parts = [f'<span class="num">{found.day:%m-%d}</span>', f"<span>{escape(visit.t(f'anomaly.{found.kind}'))}</span>"]
    if found.acknowledged_by is not None:
        by = visit.t("alerts.by", name=found.acknowledged_by, at=visit.moment(found.acknowledged_at))
        parts.append(f"<span>{escape(by)}{': ' + escape(found.note) if found.note else ''}</span>")
    figures = visit.t(
        "anomalies.figures",
        value=markup.number(found.value_kw, "kW"),
        usual=markup.number(found.usual_kw, "kW"),
    )
    return f'<div class="head">{"".join(parts)}</div><div class="text">{who}　{figures}</div>'
