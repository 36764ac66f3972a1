"""One event, to be run from a phone: what it is, how it goes, whom to call, and one main button for its state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from dashboards.console import event_view, objections
from dashboards.console.board import Answer, Topic
from dashboards.console.event_view import Look
from dashboards.console.frame import live, loading, trouble
from dashboards.console.names import enterprise_names
from dashboards.console.visit import Visit
from domain.dr import DrEvent
from domain.dr_records import Objection
from domain.dr_states import BEFORE_START, EventState, Move
from domain.instants import from_ms, local_date
from response.dr.archive import KINDS
from response.dr.settlements import differences

RUNNING = (EventState.CONFIRMED, EventState.EXECUTING, EventState.ENDED)
#: Where a re-run is possible, as a revision with its reason.
JUDGED = (EventState.VERIFIED, EventState.PUBLISHED, EventState.SETTLED)
#: The one thing to do next in each state; the clock starts and ends.
MAIN = {
    EventState.INVITED: Move.CLEAR,
    EventState.CLEARED: Move.CONFIRM,
    EventState.EXECUTING: Move.REMIND,
    EventState.ENDED: Move.VERIFY,
    EventState.VERIFIED: Move.PUBLISH,
    EventState.PUBLISHED: Move.SETTLE,
}
#: Moves that let notices leave: the officer confirms by name.
TELLS = (Move.INVITE, Move.CONFIRM, Move.CANCEL, Move.REMIND)


def build(visit: Visit, event_id: str) -> None:
    head = ui.html(loading(visit), sanitize=False)
    acts = ui.element("div").classes("tools")
    body = ui.html("", sanitize=False)
    said = ui.element("div")
    files = ui.element("div").classes("tools")
    shown: list[tuple[int, Sequence[Objection]]] = []

    def draw(look: Look) -> None:
        head.set_content(event_view.head(visit, look))
        body.set_content(event_view.body(visit, look))
        seen = (look.event.version, look.objections)
        if shown == [seen]:
            return
        shown[:] = [seen]
        acts.clear()
        said.clear()
        files.clear()
        with acts:
            _actions(visit, look.event, again)
        with said:
            objections.build(visit, look, again)
        with files:
            _files(visit, look)

    async def again() -> None:
        look = await visit.ask(lambda: looked(visit, event_id))
        if look is not None:
            draw(look)

    def show(answer: Answer) -> None:
        if answer.problem:
            head.set_content(trouble(visit, answer.problem))
        elif answer.value is not None:
            draw(answer.value)

    live(visit, Topic(("event", event_id, visit.principal.name), lambda: looked(visit, event_id)), show)


def looked(visit: Visit, event_id: str) -> Look:
    dr = visit.services.dr
    event = dr.book.get(visit.principal, event_id)
    staff = visit.principal.sees_all()
    pace = dr.pace.pace(event) if staff and event.state in RUNNING else None
    found = dr.settlements.all(visit.principal, event_id)
    raised = dr.settlements.objections(visit.principal, event_id)
    changed = differences(*found[-2:]) if len(found) > 1 else []
    return Look(event, enterprise_names(visit), pace, found[-1] if found else None, raised, changed)


def main_move(event: DrEvent) -> Move | None:
    if event.state is EventState.DRAFT:
        return Move.INVITE if event.participants else Move.CHOOSE
    return MAIN.get(event.state)


def _actions(visit: Visit, event: DrEvent, again: Callable[[], Awaitable[None]]) -> None:
    if not visit.principal.may_write():
        return
    move = main_move(event)
    if move is not None:
        button = ui.button(visit.t(f"event.do.{move}"), on_click=lambda: _ask(visit, event, move, again))
        button.props("no-caps unelevated data-name=main").classes("act main")
    if event.state in JUDGED:
        again_button = ui.button(visit.t("event.do.again"), on_click=lambda: _ask(visit, event, Move.VERIFY, again))
        again_button.props("outline no-caps data-name=again").classes("act")
    if event.state in (*BEFORE_START, EventState.EXECUTING):
        cancel = ui.button(visit.t("event.do.cancel"), on_click=lambda: _ask(visit, event, Move.CANCEL, again))
        cancel.props("outline no-caps color=negative data-name=cancel").classes("act")


def _ask(visit: Visit, event: DrEvent, move: Move, again: Callable[[], Awaitable[None]]) -> None:
    """Every step is confirmed; one that tells people says under whose name it leaves."""
    again_judged = move is Move.VERIFY and event.state is not EventState.ENDED
    with visit.client, ui.dialog() as dialog, ui.card().style("width: min(440px, 92vw)"):
        ui.label(visit.t("event.ask.again" if again_judged else f"event.ask.{move}")).classes("strong")
        if move in TELLS and not event.drill:
            ui.label(visit.t("event.ask.name", name=visit.principal.name))
        if event.drill:
            ui.label(visit.t("event.ask.drill"))
        reason = ui.input(visit.t("event.reason")).props("outlined maxlength=500").style("width: 100%")
        reason.set_visibility(again_judged or move is Move.CANCEL)
        with ui.row().style("justify-content: flex-end; width: 100%"):
            ui.button(visit.t("cancel"), on_click=dialog.close).props("flat no-caps").classes("act")

            async def confirm() -> None:
                go.props("loading")
                done = await visit.ask(lambda: made(visit, event, move, str(reason.value or "")))
                dialog.close()
                if done is not None:
                    visit.tell(visit.t("event.done"))
                    visit.board.poke()
                await again()

            go = (
                ui.button(visit.t("alerts.confirm"), on_click=confirm).props("no-caps data-name=confirm").classes("act")
            )
    dialog.on("hide", dialog.delete)
    dialog.open()


def made(visit: Visit, event: DrEvent, move: Move, reason: str) -> bool:
    """Make the move as it was asked for, on the version that was looked at. Raises what the desks raise."""
    dr, who = visit.services.dr, visit.principal
    version, officer = event.version, who.name
    if move is Move.CHOOSE:
        dr.desk.choose(who, event.id, version)
    elif move is Move.INVITE:
        dr.desk.invite(who, event.id, version, officer=officer)
    elif move is Move.CLEAR:
        dr.desk.clear(who, event.id, version)
    elif move is Move.CONFIRM:
        dr.desk.confirm(who, event.id, version, officer=officer)
    elif move is Move.REMIND:
        dr.desk.remind(who, event.id, version, dr.pace.behind(event), officer=officer)
    elif move is Move.CANCEL:
        dr.desk.cancel(who, event.id, version, reason, officer=officer)
    elif move is Move.VERIFY:
        dr.settlements.verify(who, event.id, version, reason)
    elif move is Move.PUBLISH:
        dr.settlements.publish(who, event.id, version)
    else:
        dr.settlements.close(who, event.id, version)
    return True


def _files(visit: Visit, look: Look) -> None:
    if look.settlement is None or not visit.principal.sees_all():
        return
    event_id, archive = look.event.id, visit.services.dr.archive

    def save(name: str, content: Callable[[], bytes]) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            found = await visit.ask(content)
            if found is not None:
                ui.download.content(found, name)

        return run

    for kind in KINDS:
        for form in ("docx", "xlsx"):

            def content(kind: str = kind, form: str = form) -> bytes:
                return archive.rendered(archive.paper(visit.principal, event_id, kind), form)

            text = f"{visit.t(f'event.paper.{kind}')} .{form}"
            button = ui.button(text, icon="download", on_click=save(f"{event_id}-{kind}.{form}", content))
            button.props("flat no-caps").classes("act")
    day = local_date(from_ms(look.event.start_ms), visit.zone)
    ui.link(visit.t("page.review"), f"/review?day={day}").classes("act")
    pack = save(f"{event_id}-evidence.zip", lambda: archive.evidence(visit.principal, event_id))
    ui.button(visit.t("event.evidence"), icon="inventory", on_click=pack).props("flat no-caps").classes("act")
