"""A quota of 96 points: pasted from a sheet or read from a file, looked at as a curve, then entered as a revision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from nicegui import events, ui

from dashboards.console import charts, markup
from dashboards.console.pictures import whole_scope
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.events import ReferencesChanged
from domain.references import Quota
from domain.scopes import Scope
from storage.quota_files import QuotaImport, import_quotas
from storage.quota_text import UNITS_KW, points_of_text
from storage.sheet_files import CellError, SheetFile

MOST_BYTES = 5_000_000
MOST_SHOWN = 50
LABELS = tuple(f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 1440, 15))


class QuotaEntry:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._scope: Scope = whole_scope(visit)
        note = escape(visit.t("points.note"))
        ui.html(f"<h2>{escape(visit.t('points'))}<span class='soft'>{note}</span></h2>", sanitize=False)
        if not visit.principal.may_write():
            ui.html(markup.state(visit.t("officers_only")), sanitize=False)
            return
        with ui.element("div").classes("tools"):
            self._day = ui.input(visit.t("day"), value=visit.today().isoformat(), on_change=self._compare)
            self._day.props("outlined dense type=date stack-label data-name=points-day")
            self._source = ui.input(visit.t("figures.source")).props("outlined dense data-name=points-source")
            self._unit = ui.select(list(UNITS_KW), value="MW", label=visit.t("points.unit")).props("outlined dense")
        self._text = ui.textarea(visit.t("points.paste"))
        self._text.props("outlined input-style=height:120px data-name=points-text").style("width: 100%")
        with ui.element("div").classes("tools"):
            ui.button(visit.t("points.preview"), on_click=self._compare).props(
                "outline no-caps data-name=points-preview"
            ).classes("act")
            ui.button(visit.t("figures.enter"), on_click=self._enter).props("no-caps data-name=points-enter").classes(
                "act"
            )
        self._said = ui.html("", sanitize=False).props("data-name=points-said")
        self._chart = ui.echart(charts.base("MW", LABELS)).classes("chartbox short")
        upload = ui.upload(
            label=visit.t("points.file"), auto_upload=True, max_file_size=MOST_BYTES, on_upload=self._take
        )
        upload.props('accept=".xlsx,.csv" flat')
        ui.timer(0.1, self._compare, once=True)

    async def _compare(self) -> None:
        """The points as they stand in the field beside those in force, and which revision they would be."""
        visit, text, unit = self._visit, str(self._text.value or ""), str(self._unit.value)

        def look() -> tuple[tuple[float, ...], list[Quota]]:
            points = points_of_text(text, unit) if text.strip() else ()
            return points, visit.services.ledger.references.quota_history(self._scope, self._on())

        found = await visit.ask(look)
        if found is not None:
            self._draw(*found)

    async def _enter(self) -> None:
        visit, text, unit = self._visit, str(self._text.value or ""), str(self._unit.value)

        def put() -> list[Quota]:
            visit.principal.require_write()
            references, on = visit.services.ledger.references, self._on()
            source = str(self._source.value or "").strip()
            references.put_quota(Quota(self._scope, on, points_of_text(text, unit), source, visit.principal.name))
            visit.services.bus.publish(ReferencesChanged())
            return references.quota_history(self._scope, on)

        history = await visit.ask(put)
        if history is not None:
            visit.tell(visit.t("points.entered", revision=history[-1].revision))
            self._text.value = ""
            self._draw((), history)
            visit.board.poke()

    async def _take(self, event: events.UploadEventArguments) -> None:
        """A file may hold many days and scopes; with any mistake nothing is written."""
        visit = self._visit
        file, source = SheetFile(event.file.name, await event.file.read()), str(self._source.value or "").strip()

        def read() -> QuotaImport:
            visit.principal.require_write()
            outcome = import_quotas(visit.services.ledger.references, visit.principal.name, file, source=source)
            if not outcome.errors:
                visit.services.bus.publish(ReferencesChanged())
            return outcome

        outcome = await visit.ask(read)
        if outcome is None:
            return
        if outcome.errors:
            head = markup.state(visit.t("import.bad", n=len(outcome.errors)))
            self._said.set_content(head + _mistakes(visit, outcome.errors))
            return
        visit.tell(visit.t("points.days", n=len(outcome.quotas)))
        own = [quota for quota in outcome.quotas if quota.scope == self._scope]
        if own:
            self._day.value = own[0].day.isoformat()
        visit.board.poke()
        await self._compare()

    def _on(self) -> date:
        try:
            return date.fromisoformat(str(self._day.value))
        except ValueError:
            raise Invalid(self._visit.t("day.wrong")) from None

    def _draw(self, points: Sequence[float], history: Sequence[Quota]) -> None:
        visit = self._visit
        present = history[-1] if history else None
        options, series = charts.base("MW", LABELS), []
        if present is not None:
            series.append(
                charts.line(visit.t("points.present"), _megawatts(present.points_kw), charts.GREY, step="end")
            )
        if points:
            series.append(charts.line(visit.t("points.new"), _megawatts(points), charts.RED, step="end"))
        options["series"] = series
        self._chart.options.clear()
        self._chart.options.update(options)
        self._chart.update()
        rows = [(visit.t("points.revision", n=q.revision), f"{escape(q.source)} · {escape(q.actor)}") for q in history]
        if points:
            span = f"{markup.megawatts(min(points))} – {markup.megawatts(max(points))}"
            rows.append((visit.t("points.new"), f"{escape(visit.t('points.read', n=len(points)))} {span}"))
        self._said.set_content(markup.facts(rows) if rows else markup.state(visit.t("quota.none")))


def _megawatts(points_kw: Sequence[float]) -> list[float | None]:
    return [round(point / 1000, 4) for point in points_kw]


def _mistakes(visit: Visit, errors: Sequence[CellError]) -> str:
    columns = (
        markup.Column(visit.t("import.cell")),
        markup.Column(visit.t("import.value")),
        markup.Column(visit.t("why")),
    )
    rows = [
        (escape(f"{e.sheet} {e.cell}".strip()), escape(str(e.value)), escape(visit.pick(e.message_zh, e.message_en)))
        for e in errors[:MOST_SHOWN]
    ]
    return markup.table(columns, rows, name="mistakes")
