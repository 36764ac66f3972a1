"""Meter exchanges on the registry page: those that are kept with an undo, and a form to enter one."""

from __future__ import annotations

from datetime import datetime
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.events import RegistryChanged
from monitor.meter_exchange import ExchangeAsked
from storage.exchange_ports import MeterExchange


class Exchanges:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        note = escape(visit.t("exchange.note"))
        ui.html(f"<h2>{escape(visit.t('exchange'))}<span class='soft'>{note}</span></h2>", sanitize=False)
        if visit.principal.may_write():
            self._form()
        self._box = ui.element("div").style("width: 100%").props("data-name=exchanges")
        self.fill()

    def fill(self) -> None:
        found = self._visit.services.vee.exchanges.list(self._visit.principal)
        self._box.clear()
        with self._box:
            if not found:
                ui.html(markup.state(self._visit.t("exchange.none")), sanitize=False)
            for each in reversed(found):
                self._one(each)

    def _form(self) -> None:
        visit = self._visit
        with ui.element("div").classes("tools"):
            self._meter = self._input("meter", "exchange.meter")
            self._at = self._input("at", "exchange.at", "type=datetime-local")
            self._closing = self._input("closing", "exchange.closing", "inputmode=decimal")
            self._opening = self._input("opening", "exchange.opening", "inputmode=decimal")
            self._multiplier = self._input("multiplier", "exchange.multiplier", "inputmode=decimal")
            self._source = self._input("source", "exchange.source", "maxlength=200")
            button = ui.button(visit.t("exchange.put"), icon="swap_horiz", on_click=self._put)
            button.props("flat dense no-caps data-name=exchange-put").classes("act")

    def _input(self, name: str, word: str, props: str = "") -> ui.input:
        field = ui.input(self._visit.t(word)).style("min-width: 150px; flex: 1 1 150px")
        field.props(f"outlined dense stack-label data-name=exchange-{name} {props}")
        return field

    def _asked(self) -> ExchangeAsked:
        """Raises Invalid naming the field."""
        visit = self._visit
        text = str(self._at.value or "")
        try:
            at = datetime.fromisoformat(text).replace(tzinfo=visit.zone)
        except ValueError:
            raise Invalid(visit.t("exchange.at.wrong")) from None
        multiplier = str(self._multiplier.value or "").strip()
        return ExchangeAsked(
            str(self._meter.value or "").strip(),
            at,
            self._number(self._closing, "exchange.closing"),
            self._number(self._opening, "exchange.opening"),
            str(self._source.value or "").strip(),
            self._number(self._multiplier, "exchange.multiplier") if multiplier else None,
        )

    def _number(self, field: ui.input, word: str) -> float:
        text = str(field.value or "")
        try:
            return float(text.replace(",", ""))
        except ValueError:
            raise Invalid(self._visit.t("exchange.number.wrong", what=self._visit.t(word), text=text)) from None

    async def _put(self) -> None:
        visit = self._visit
        made = await visit.ask(lambda: visit.services.vee.exchanges.record(visit.principal, self._asked()))
        if made is not None:
            visit.tell(visit.t("exchange.done", meter=made.meter))
            self._changed()

    def _changed(self) -> None:
        services = self._visit.services
        services.bus.publish(RegistryChanged(services.ledger.registry.registry().revision))
        self.fill()

    def _one(self, each: MeterExchange) -> None:
        visit = self._visit
        same = each.old_multiplier == each.new_multiplier
        times = f"×{each.old_multiplier:g}" if same else f"×{each.old_multiplier:g} → ×{each.new_multiplier:g}"
        head = f"{each.meter} · {each.at.astimezone(visit.zone):%Y-%m-%d %H:%M}"
        registers = visit.t("exchange.registers", closing=f"{each.closing_kwh:g}", opening=f"{each.opening_kwh:g}")
        with ui.element("div").classes("account"):
            ui.html(
                f'<div><span class="strong">{escape(head)}</span><div class="small soft">'
                f"{escape(f'{registers} · {times} · {each.source} · {each.actor}')}</div></div>",
                sanitize=False,
            )
            if visit.principal.may_write():
                undo = ui.button(visit.t("exchange.undo"), icon="undo", on_click=lambda: self._undo(each))
                undo.props("flat dense no-caps data-name=exchange-undo").classes("act")

    async def _undo(self, each: MeterExchange) -> None:
        visit, reason = self._visit, self._visit.t("exchange.undo.reason")
        gone = await visit.ask(lambda: visit.services.vee.exchanges.undo(visit.principal, each.meter, each.at, reason))
        if gone is not None:
            visit.tell(visit.t("exchange.undone", meter=each.meter))
            self._changed()
