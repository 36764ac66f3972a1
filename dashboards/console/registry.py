"""The registry: import with every mistake by cell, a trial run that writes nothing, export."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nicegui import events, ui

from dashboards.console import figures, markup
from dashboards.console.closings import Closed
from dashboards.console.exchanges import Exchanges
from dashboards.console.frame import title
from dashboards.console.quota_entry import QuotaEntry
from dashboards.console.visit import Visit
from domain.events import RegistryChanged
from storage.registry_export import empty_workbook
from storage.registry_files import ImportOutcome, import_registry
from storage.sheet_files import CellError, SheetFile

MOST_BYTES = 20_000_000
MOST_SHOWN = 200


def build(visit: Visit) -> None:
    title(visit.t("page.registry"), _count(visit))
    with ui.element("div").classes("board halves"):
        with ui.element("div").classes("card"):
            _import(visit)
        with ui.element("div").classes("card"):
            figures.build(visit)
        with ui.element("div").classes("card wide"):
            QuotaEntry(visit)
        with ui.element("div").classes("card wide"):
            Exchanges(visit)
        with ui.element("div").classes("card wide"):
            Closed(visit)


def _count(visit: Visit) -> str:
    registry = visit.services.ledger.registry.registry()
    view = registry.view(visit.today())
    return visit.t(
        "registry.count",
        enterprises=len(view.enterprises),
        accounts=len(view.accounts),
        meters=len(view.meters),
        revision=registry.revision,
    )


def _import(visit: Visit) -> None:
    note = escape(visit.t("import.note"))
    ui.html(f"<h2>{escape(visit.t('import'))}<span class='soft'>{note}</span></h2>", sanitize=False)
    with ui.element("div").classes("tools"):
        ui.html(markup.link("/api/v1/registry/export", visit.t("export")), sanitize=False)
        template = ui.button(visit.t("export.empty"), icon="download").props("flat dense no-caps").classes("act")
        template.on_click(lambda: ui.download.content(empty_workbook(), "yingfeng-registry.xlsx"))
    if not visit.principal.may_write():
        ui.html(markup.state(visit.t("officers_only")), sanitize=False)
        return
    trial = ui.checkbox(visit.t("import.trial"), value=True)
    box = ui.html("", sanitize=False).props("data-name=import-result")

    async def take(event: events.UploadEventArguments) -> None:
        file = SheetFile(event.file.name, await event.file.read())
        outcome = await visit.ask(lambda: _run(visit, file, dry_run=bool(trial.value)))
        if outcome is not None:
            box.set_content(_outcome(visit, outcome))

    upload = ui.upload(label=visit.t("import.drop"), auto_upload=True, max_file_size=MOST_BYTES, on_upload=take)
    upload.props('accept=".xlsx,.xls,.csv" flat')
    box.move(target_index=-1)


def _run(visit: Visit, file: SheetFile, *, dry_run: bool) -> ImportOutcome:
    visit.principal.require_write()
    ledger = visit.services.ledger.registry
    outcome = import_registry(ledger, visit.principal.name, [file], today=visit.today(), dry_run=dry_run)
    if outcome.registry is not None:
        visit.services.bus.publish(RegistryChanged(outcome.registry.revision))
    return outcome


def _outcome(visit: Visit, outcome: ImportOutcome) -> str:
    read = outcome.read
    if read.errors:
        head = markup.state(visit.t("import.bad", n=len(read.errors)))
    elif outcome.registry is not None:
        head = markup.state(visit.t("import.done"))
    else:
        head = markup.state(visit.t("import.fine"))
    warnings = (
        f"<h2>{escape(visit.t('import.warnings'))}</h2>{cell_errors(visit, read.warnings)}" if read.warnings else ""
    )
    return head + (cell_errors(visit, read.errors) if read.errors else "") + warnings


def cell_errors(visit: Visit, errors: Sequence[CellError]) -> str:
    """A table of mistakes: where, what stands there, what to do."""
    columns = (
        markup.Column(visit.t("import.cell")),
        markup.Column(visit.t("import.value")),
        markup.Column(visit.t("why")),
    )
    rows = [
        (
            f'<span class="num">{escape(f"{e.sheet} {e.cell}".strip())}</span>',
            escape(str(e.value)),
            escape(visit.pick(e.message_zh, e.message_en)),
        )
        for e in errors[:MOST_SHOWN]
    ]
    return markup.table(columns, rows, name="mistakes")
