"""申诉 on the page of an event: an enterprise raises one against its published figure, an officer answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from dashboards.console.event_view import Look
from dashboards.console.visit import Visit
from domain.dr_records import LONGEST_TEXT, Objection
from domain.dr_states import EventState
from domain.instants import from_ms

Again = Callable[[], Awaitable[None]]


def build(visit: Visit, look: Look, again: Again) -> None:
    event, found = look.event, look.objections
    desk, who = visit.services.dr.settlements, visit.principal
    own, open_now = who.enterprise, event.state is EventState.PUBLISHED
    if not found and not (open_now and (own is not None or who.may_write())):
        return
    with ui.element("div").classes("card stack"):
        ui.label(visit.t("event.paper.objections")).classes("strong")
        for each in found:
            _one(visit, look, each, again)
        if open_now and own is not None:
            _asking(visit, "event.object", lambda text: desk.object(who, event.id, own, text), again)
        elif open_now and who.may_write():
            _recording(visit, look, again)


def _recording(visit: Visit, look: Look, again: Again) -> None:
    """An officer who was told by phone or letter writes it down for the enterprise."""
    desk, who = visit.services.dr.settlements, visit.principal
    enterprises = {
        each.enterprise: f"{each.enterprise} {look.name(each.enterprise)}" for each in look.event.taking_part()
    }
    chosen = ui.select(enterprises, value=next(iter(enterprises)), label=visit.t("enterprise.name")).props(
        "outlined dense"
    )
    _asking(visit, "event.object.for", lambda text: desk.object(who, look.event.id, str(chosen.value), text), again)


def _one(visit: Visit, look: Look, each: Objection, again: Again) -> None:
    desk, who = visit.services.dr.settlements, visit.principal
    ui.label(f"{look.name(each.enterprise)} · {visit.moment(from_ms(each.raised_ms))} · {each.text}")
    if each.answered_ms is not None:
        ui.label(f"{visit.t('event.object.answer')} · {each.answered_by}: {each.answer}").classes("soft")
    elif who.may_write():
        _asking(visit, "event.object.answer", lambda text: desk.answer(who, look.event.id, each.id, text), again)
    else:
        ui.label(visit.t("event.object.open")).classes("soft")


def _asking(visit: Visit, name: str, send: Callable[[str], Objection], again: Again) -> None:
    """A field for the words, and the button that sends them."""
    words = ui.textarea(visit.t(f"{name}.words")).props(f"outlined autogrow maxlength={LONGEST_TEXT}")
    words.style("width: 100%")

    async def sent() -> None:
        text = str(words.value or "")
        if await visit.ask(lambda: send(text)) is not None:
            visit.tell(visit.t("event.done"))
            await again()

    ui.button(visit.t(name), on_click=sent).props(f"outline no-caps data-name={name}").classes("act")
