"""Alerts as a list with what can be done about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.visit import Visit
from domain.alerts import ACTIVE_STATES, Alert, AlertState

LONGEST_NOTE = 500


class AlertList:
    """``changed`` is called after an acknowledgement, so that a page with filters asks again."""

    def __init__(self, visit: Visit, *, limit: int = 50, changed: Callable[[], None] = lambda: None) -> None:
        self._visit = visit
        self._limit = limit
        self._changed = changed
        self._shown: tuple[Alert, ...] | None = None
        self._box = ui.element("div").style("width: 100%")

    def show(self, alerts: Sequence[Alert], *, empty: str) -> None:
        wanted = tuple(sorted(alerts, key=_urgency)[: self._limit])
        if wanted == self._shown:
            return
        self._shown = wanted
        self._box.clear()
        with self._box:
            if not wanted:
                ui.html(markup.state(empty), sanitize=False)
            for alert in wanted:
                self._one(alert)
            if len(alerts) > len(wanted):
                ui.html(
                    markup.link("/console/alerts", self._visit.t("list.more", n=len(alerts) - len(wanted))),
                    sanitize=False,
                )

    def _one(self, alert: Alert) -> None:
        visit = self._visit
        with ui.element("div").classes(f"alert {alert.severity}").props(f'data-alert="{escape(alert.id)}"'):
            ui.html(_text(visit, alert), sanitize=False)
            if not visit.principal.may_write() or alert.state not in ACTIVE_STATES:
                return
            with ui.element("div").classes("acts"):
                if alert.acknowledged_by is None:
                    button = ui.button(visit.t("alerts.acknowledge"), on_click=lambda: self._ask_note(alert))
                    button.props("outline no-caps data-name=acknowledge").classes("act")
                else:
                    button = ui.button(visit.t("alerts.undo"), on_click=lambda: self._undo(alert))
                    button.props("flat no-caps data-name=undo").classes("act")

    def _ask_note(self, alert: Alert) -> None:
        visit = self._visit
        # In the page and not in the list: the list is drawn anew whenever an alert moves, under the person's hands.
        with visit.client, ui.dialog() as dialog, ui.card().style("width: min(440px, 92vw)"):
            ui.label(visit.pick(alert.message_zh, alert.message_en))
            note = ui.input(visit.t("alerts.note")).props(f"maxlength={LONGEST_NOTE} outlined").style("width: 100%")
            with ui.row().style("justify-content: flex-end; width: 100%"):
                ui.button(visit.t("cancel"), on_click=dialog.close).props("flat no-caps").classes("act")

                async def confirm() -> None:
                    dialog.close()
                    await self._acknowledge(alert, str(note.value or ""))

                ui.button(visit.t("alerts.confirm"), on_click=confirm).props("no-caps data-name=confirm").classes("act")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _acknowledge(self, alert: Alert, note: str) -> None:
        visit = self._visit
        done = await visit.ask(lambda: visit.services.alerts.acknowledge(visit.principal, alert.id, note))
        if done is not None:
            visit.tell(visit.t("alerts.acknowledged"))
            visit.board.poke()
            self._changed()

    async def _undo(self, alert: Alert) -> None:
        visit = self._visit
        done = await visit.ask(lambda: visit.services.alerts.unacknowledge(visit.principal, alert.id))
        if done is not None:
            visit.tell(visit.t("alerts.undone"))
            visit.board.poke()
            self._changed()


def _urgency(alert: Alert) -> tuple[bool, bool, int, float]:
    order = ("critical", "serious", "warning", "info")
    active = alert.state in ACTIVE_STATES
    return not active, alert.acknowledged_by is not None, order.index(alert.severity), -alert.started_at.timestamp()


def _text(visit: Visit, alert: Alert) -> str:
    parts = [
        markup.pill(visit.t(f"severity.{alert.severity}"), alert.severity),
        f"<span>{escape(visit.t(f'alert.{alert.kind}'))}</span>",
        f"<span>{escape(visit.t(f'state.{alert.state}'))}</span>",
        f'<span class="num">{visit.moment(alert.started_at)}</span>',
    ]
    if alert.resolved_at is not None:
        parts.append(f'<span class="num">→ {visit.moment(alert.resolved_at)}</span>')
    if alert.acknowledged_by is not None:
        by = visit.t("alerts.by", name=alert.acknowledged_by, at=visit.time(alert.acknowledged_at))
        parts.append(f"<span>{escape(by)}{': ' + escape(alert.note) if alert.note else ''}</span>")
    if alert.state is AlertState.CLEARING:
        parts.append(f"<span>{escape(visit.t('alerts.clearing'))}</span>")
    text = escape(visit.pick(alert.message_zh, alert.message_en))
    more = f'<div class="small soft">{escape("、".join(alert.members[:20]))}</div>' if alert.members else ""
    return f'<div class="head">{"".join(parts)}</div><div class="text">{text}</div>{more}'
