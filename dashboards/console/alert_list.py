"""Alerts as a list with what can be done about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.visit import Visit
from domain.alerts import ACTIVE_STATES, Alert, AlertState

LONGEST_NOTE = 500


@dataclass(slots=True)
class _Card:
    """One alert as it is shown: its text is set anew as it moves, its button stays under the person's hand."""

    alert: Alert
    box: ui.element
    text: ui.html
    acts: ui.element


class AlertList:
    """``changed`` is called after an acknowledgement, so that a page with filters asks again."""

    def __init__(self, visit: Visit, *, limit: int = 50, changed: Callable[[], None] = lambda: None) -> None:
        self._visit = visit
        self._limit = limit
        self._changed = changed
        self._cards: dict[str, _Card] = {}
        self._box = ui.element("div").style("width: 100%")
        with ui.element("div").style("width: 100%"):
            self._rest = ui.html("", sanitize=False)

    def show(self, alerts: Sequence[Alert], *, empty: str) -> None:
        wanted = sorted(alerts, key=_urgency)[: self._limit]
        for gone in self._cards.keys() - {alert.id for alert in wanted}:
            self._cards.pop(gone).box.delete()
        for place, alert in enumerate(wanted):
            self._draw(alert, place)
        more = len(alerts) - len(wanted)
        link = markup.link("/console/alerts", self._visit.t("list.more", n=more)) if more else ""
        self._rest.set_content(link if wanted else markup.state(empty))

    def _draw(self, alert: Alert, place: int) -> None:
        card = self._cards.get(alert.id)
        if card is None:
            card = self._cards[alert.id] = self._new(alert)
        elif card.alert != alert:
            card.text.set_content(_text(self._visit, alert))
            card.box.classes(remove=card.alert.severity, add=alert.severity)
            if _acts(card.alert) != _acts(alert):
                self._put_acts(card.acts, alert)
            card.alert = alert
        if self._box.default_slot.children.index(card.box) != place:
            card.box.move(self._box, place)

    def _new(self, alert: Alert) -> _Card:
        with self._box:
            box = ui.element("div").classes(f"alert {alert.severity}").props(f'data-alert="{escape(alert.id)}"')
        with box:
            text = ui.html(_text(self._visit, alert), sanitize=False)
            acts = ui.element("div").classes("acts")
        self._put_acts(acts, alert)
        return _Card(alert, box, text, acts)

    def _put_acts(self, acts: ui.element, alert: Alert) -> None:
        visit = self._visit
        acts.clear()
        if not visit.principal.may_write() or alert.state not in ACTIVE_STATES:
            return
        with acts:
            if alert.acknowledged_by is None:
                button = ui.button(
                    visit.t("alerts.acknowledge"), on_click=lambda: self._ask_note(self._cards[alert.id].alert)
                )
                button.props("outline no-caps data-name=acknowledge").classes("act")
            else:
                button = ui.button(visit.t("alerts.undo"), on_click=lambda: self._undo(alert))
                button.props("flat no-caps data-name=undo").classes("act")

    def _ask_note(self, alert: Alert) -> None:
        visit = self._visit
        # In the page and not in the list, which an alert leaves when it is over.
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


def _acts(alert: Alert) -> tuple[bool, bool]:
    """What decides which button an alert has."""
    return alert.state in ACTIVE_STATES, alert.acknowledged_by is None


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
