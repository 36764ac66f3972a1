"""Demand-response events: the list, a new one, and the official figures of contracts."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape

from nicegui import events as nicegui_events
from nicegui import ui

from config.programmes import Programme
from dashboards.console import markup
from dashboards.console.board import Answer, Topic
from dashboards.console.frame import live, loading, title, trouble
from dashboards.console.registry import MOST_BYTES, cell_errors
from dashboards.console.visit import Visit
from domain.dr import DrEvent, EventKind
from domain.dr_states import EventState
from domain.errors import Invalid
from domain.event_days import ends_after, hours_text
from domain.instants import from_ms, to_ms
from response.dr.drafting import NewEvent
from storage.sheet_files import SheetFile

TONES = {
    EventState.EXECUTING: "serious",
    EventState.CONFIRMED: "warning",
    EventState.INVITED: "info",
    EventState.CLEARED: "info",
    EventState.SETTLED: "ok",
    EventState.CANCELLED: "",
}
MOST = 100


def build(visit: Visit) -> None:
    title(visit.t("page.events"), visit.t("events.note"))
    with ui.element("div").classes("board"):
        with ui.element("div").classes("card"):
            box = ui.html(loading(visit), sanitize=False)
        if visit.principal.may_write():
            with ui.element("div").classes("card"):
                _drill(visit)
            with ui.element("div").classes("card"):
                _new(visit)
            with ui.element("div").classes("card"):
                _contracts(visit)

    def show(answer: Answer) -> None:
        if answer.problem:
            box.set_content(trouble(visit, answer.problem))
        elif answer.value is not None:
            box.set_content(listed(visit, answer.value))

    live(visit, Topic(("events", visit.principal.name), lambda: _events(visit)), show)


def _events(visit: Visit) -> tuple[DrEvent, ...]:
    return visit.services.dr.book.list(visit.principal, limit=MOST).items


def listed(visit: Visit, found: tuple[DrEvent, ...]) -> str:
    if not found:
        return markup.state(visit.t("events.none"), visit.t("events.none.how"))
    columns = (
        markup.Column(visit.t("events.event")),
        markup.Column(visit.t("events.state")),
        markup.Column(visit.t("events.window"), wide=True),
        markup.Column(visit.t("events.target"), right=True),
        markup.Column(visit.t("events.cleared"), right=True, wide=True),
    )
    return markup.table(columns, [_row(visit, each) for each in found], name="events")


def _row(visit: Visit, event: DrEvent) -> tuple[str, ...]:
    start, end = (from_ms(ms).astimezone(visit.zone) for ms in (event.start_ms, event.end_ms))
    when = f"{start:%m-%d} {hours_text(start, end)}"
    name = markup.link(f"/console/event/{event.id}", event.title)
    drill = " " + markup.pill(visit.t("events.drill"), "warning") if event.drill else ""
    return (
        f'{name}{drill}<br><span class="soft num small">{escape(event.id)} · {when}</span>',
        markup.pill(visit.t(f"event.{event.state}"), TONES.get(event.state, "info")),
        f'<span class="num">{when}</span>',
        markup.number(event.target_kw, "kW"),
        markup.number(sum(each.promised_kw for each in event.participants), "kW"),
    )


def _drill(visit: Visit) -> None:
    """One button: what is asked of whom, and what comes of it, without anybody's figures being real."""
    ui.html(f"<h2>{escape(visit.t('events.drill'))}</h2>", sanitize=False)
    programmes = {each.id: visit.pick(each.name_zh, each.name_en) for each in _programmes(visit)}
    with ui.element("div").classes("tools"):
        programme = ui.select(programmes, value=next(iter(programmes)), label=visit.t("events.programme"))
        target = ui.number(visit.t("events.target"), min=1, suffix="kW", placeholder=visit.t("events.drill.by_gap"))
        for field in (programme, target):
            field.props("outlined dense stack-label")

        async def run() -> None:
            who, dr = visit.principal, visit.services.dr
            made = await visit.ask(lambda: dr.drill.begin(who, str(programme.value), target.value or None))
            if made is not None:
                ui.navigate.to(f"/event/{made.id}")

        def ask() -> None:
            with visit.client, ui.dialog() as dialog, ui.card().style("width: min(440px, 92vw)"):
                ui.label(visit.t("events.drill.ask"))
                with ui.row().style("justify-content: flex-end; width: 100%"):
                    ui.button(visit.t("cancel"), on_click=dialog.close).props("flat no-caps").classes("act")
                    go = ui.button(visit.t("alerts.confirm"), on_click=run).props("no-caps data-name=confirm")
                    go.classes("act")
            dialog.on("hide", dialog.delete)
            dialog.open()

        ui.button(visit.t("events.drill.run"), on_click=ask).props("no-caps data-name=drill").classes("act main")


def _programmes(visit: Visit) -> tuple[Programme, ...]:
    return visit.services.dr.desk.programmes.programme


def _new(visit: Visit) -> None:
    ui.html(f"<h2>{escape(visit.t('events.new'))}</h2>", sanitize=False)
    programmes = {each.id: visit.pick(each.name_zh, each.name_en) for each in _programmes(visit)}
    kinds = {EventKind.LOCAL.value: visit.t("events.local"), EventKind.MIRRORED.value: visit.t("events.mirrored")}
    usual = visit.services.clock.now().astimezone(visit.zone) + timedelta(days=1)
    with ui.element("div").classes("tools"):
        programme = ui.select(programmes, value=next(iter(programmes)), label=visit.t("events.programme"))
        kind = ui.select(kinds, value=EventKind.LOCAL.value, label=visit.t("events.kind"))
        day = ui.input(visit.t("events.day"), value=f"{usual:%Y-%m-%d}").props("type=date stack-label")
        start = ui.input(visit.t("events.start"), value="14:00").props("type=time step=900 stack-label")
        end = ui.input(visit.t("events.end"), value="16:00").props("type=time step=900 stack-label")
        target = ui.number(visit.t("events.target"), value=1000, min=1, suffix="kW")
        document = ui.input(visit.t("events.document"))
        for field in (programme, kind, day, start, end, target, document):
            field.props("outlined dense")
        drill = ui.checkbox(visit.t("events.drill"), value=False)

    async def save() -> None:
        def make() -> DrEvent:
            begins = _instant(visit, str(day.value), str(start.value))
            ends = ends_after(begins, _instant(visit, str(day.value), str(end.value)))
            new = NewEvent(
                kind=EventKind(str(kind.value)),
                programme=str(programme.value),
                start_ms=to_ms(begins),
                end_ms=to_ms(ends),
                target_kw=float(target.value or 0),
                document=str(document.value or ""),
                drill=bool(drill.value),
            )
            return visit.services.dr.desk.create(visit.principal, new)

        made = await visit.ask(make)
        if made is not None:
            ui.navigate.to(f"/event/{made.id}")

    ui.button(visit.t("events.create"), on_click=save).props("no-caps data-name=create").classes("act")


def _instant(visit: Visit, day: str, at: str) -> datetime:
    try:
        return datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=visit.zone)
    except ValueError:
        raise Invalid(f"时间不对：{day} {at} / not a time: {day} {at}") from None


def _contracts(visit: Visit) -> None:
    ui.html(f"<h2>{escape(visit.t('events.contracts'))}</h2>", sanitize=False)
    ui.html(f'<p class="soft">{escape(visit.t("events.contracts.how"))}</p>', sanitize=False)
    programmes = {each.id: visit.pick(each.name_zh, each.name_en) for each in _programmes(visit)}
    programme = ui.select(programmes, value=next(iter(programmes)), label=visit.t("events.programme"))
    programme.props("outlined dense")
    box = ui.html("", sanitize=False)

    async def take(event: nicegui_events.UploadEventArguments) -> None:
        file = SheetFile(event.file.name, await event.file.read())
        records, who = visit.services.dr.records, visit.principal
        taken = await visit.ask(lambda: records.take_contracts(who, file, str(programme.value)))
        if taken is None:
            return
        read = taken.read
        if read.errors:
            box.set_content(markup.state(visit.t("import.bad", n=len(read.errors))) + cell_errors(visit, read.errors))
        else:
            box.set_content(markup.state(visit.t("events.contracts.done", n=len(read.rows))))

    upload = ui.upload(label=visit.t("import.drop"), auto_upload=True, max_file_size=MOST_BYTES, on_upload=take)
    upload.props('accept=".xlsx,.xls,.csv" flat')
    box.move(target_index=-1)
