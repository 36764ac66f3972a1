"""Closing an enterprise or an account on its page, and taking it back where what is closed is listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.figures import entered_day
from dashboards.console.visit import Visit
from domain.events import RegistryChanged
from domain.registry import Account, Enterprise
from storage.registry_closing import Closable, Closing, closings, put_closing


def _put(visit: Visit, what: Closable, ident: str, day: date, *, closed: bool, reason: str) -> bool:
    visit.principal.require_write()
    ledger = visit.services.ledger.registry
    registry = put_closing(ledger, visit.principal.name, what, ident, day, closed=closed, reason=reason)
    visit.services.bus.publish(RegistryChanged(registry.revision))
    return True


def close_button(visit: Visit, found: Enterprise, accounts: Sequence[Account]) -> None:
    """For those who may write: a dialog with what, from which day, and why."""
    if not visit.principal.may_write():
        return
    button = ui.button(visit.t("closing"), icon="event_busy", on_click=lambda: _dialog(visit, found, accounts))
    button.props("flat dense no-caps data-name=closing").classes("act")


def _dialog(visit: Visit, found: Enterprise, accounts: Sequence[Account]) -> None:
    choices = {f"{Closable.ENTERPRISE}:{found.id}": f"{found.name}（{found.id}）"}
    choices |= {f"{Closable.ACCOUNT}:{a.id}": f"{visit.t('account')} {a.id}" for a in accounts}
    with visit.client, ui.dialog() as dialog, ui.card().style("width: min(460px, 92vw)"):
        ui.label(visit.t("closing.title")).classes("strong")
        ui.label(visit.t("closing.note")).classes("small soft")
        what = ui.select(choices, value=next(iter(choices))).props("outlined dense data-name=closing-what")
        day = ui.input(visit.t("closing.day"), value=visit.today().isoformat())
        day.props("outlined dense type=date stack-label data-name=closing-day")
        reason = ui.input(visit.t("closing.reason")).props("outlined dense maxlength=200 data-name=closing-reason")
        for field in (what, day, reason):
            field.style("width: 100%")

        async def confirm() -> None:
            kind, _, ident = str(what.value).partition(":")
            chosen, why = str(day.value or ""), str(reason.value or "")
            made = await visit.ask(
                lambda: _put(visit, Closable(kind), ident, entered_day(visit, chosen), closed=True, reason=why)
            )
            if made:
                dialog.close()
                visit.tell(visit.t("closing.done", id=ident, day=chosen))
                with visit.client:
                    ui.navigate.to("/registry#closed")

        with ui.row().style("justify-content: flex-end; width: 100%"):
            ui.button(visit.t("cancel"), on_click=dialog.close).props("flat no-caps").classes("act")
            ui.button(visit.t("alerts.confirm"), on_click=confirm).props("no-caps data-name=confirm").classes("act")
    dialog.on("hide", dialog.delete)
    dialog.open()


def is_closed(visit: Visit, enterprise_id: str) -> bool:
    found = closings(visit.services.ledger.registry.registry())
    return any(each.what is Closable.ENTERPRISE and each.id == enterprise_id for each in found)


class Closed:
    """What is closed or will be, with a button that opens it again from the same day on."""

    def __init__(self, visit: Visit, *, enterprise: str | None = None) -> None:
        self._visit = visit
        self._enterprise = enterprise
        self._box = ui.element("div").style("width: 100%").props("data-name=closed id=closed")
        self.fill()

    def fill(self) -> None:
        registry = self._visit.services.ledger.registry.registry()
        found = [c for c in closings(registry) if self._enterprise in (None, c.enterprise)]
        self._box.clear()
        with self._box:
            ui.html(f"<h2>{escape(self._visit.t('closed'))}</h2>", sanitize=False)
            if not found:
                ui.html(markup.state(self._visit.t("closed.none")), sanitize=False)
            for each in found:
                self._one(each)

    def _one(self, closing: Closing) -> None:
        visit = self._visit
        name = f"{closing.name}（{closing.enterprise}）"
        what = name if closing.what is Closable.ENTERPRISE else f"{visit.t('account')} {closing.id} · {name}"
        with ui.element("div").classes("account").props(f'data-closed="{escape(closing.id)}"'):
            since = visit.t("closed.since", day=closing.since.isoformat())
            ui.html(
                f'<div><span class="strong">{escape(what)}</span><div class="small soft">{escape(since)}</div></div>',
                sanitize=False,
            )
            if visit.principal.may_write():
                again = ui.button(visit.t("closed.undo"), icon="undo", on_click=lambda: self._open(closing))
                again.props("flat dense no-caps data-name=reopen").classes("act")

    async def _open(self, closing: Closing) -> None:
        visit, reason = self._visit, self._visit.t("closed.undo.reason")
        made = await visit.ask(
            lambda: _put(visit, closing.what, closing.id, closing.since, closed=False, reason=reason)
        )
        if made:
            visit.tell(visit.t("closed.undone", id=closing.id))
            self.fill()
