"""Files of statements, value added and the list above scale, handed in on the page of intensity."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape

from nicegui import events, ui

from dashboards.console import markup
from dashboards.console.registry import MOST_BYTES, cell_errors
from dashboards.console.visit import Visit
from storage.output_files import Prices
from storage.sheet_cells import CellError
from storage.sheet_files import SheetFile

KINDS = ("energy", "output", "scope")


@dataclass(frozen=True, slots=True)
class Taken:
    """read : rows of the file; errors : every mistake by cell, and then nothing was written; flags : to be looked at
    note : what else changed with it"""

    read: int
    errors: tuple[CellError, ...]
    flags: tuple[CellError, ...] = ()
    note: str = ""


def draw(visit: Visit, again: Callable[[], Awaitable[None]]) -> None:
    with ui.element("div").classes("card"):
        ui.html(f"<h2>{escape(visit.t('intensity.import'))}</h2>", sanitize=False)
        with ui.element("div").classes("tools"):
            names = {each: visit.t(f"intensity_import.{each}") for each in KINDS}
            kind = ui.select(names, value="energy", label=visit.t("intensity.file")).props("outlined dense")
            year = ui.number(visit.t("intensity.year"), value=visit.today().year, format="%d").props("outlined dense")
            cumulative = ui.checkbox(visit.t("intensity.cumulative"))
            trial = ui.checkbox(visit.t("import.trial"))
        box = ui.html("", sanitize=False)

        async def take(event: events.UploadEventArguments) -> None:
            file = SheetFile(event.file.name, await event.file.read())
            asked = (str(kind.value), int(year.value or 0), bool(cumulative.value), bool(trial.value))
            taken = await visit.ask(lambda: _take(visit, file, *asked))
            if taken is not None:
                box.set_content(outcome(visit, taken, tried=bool(trial.value)))
                if not taken.errors and not trial.value:
                    await again()

        upload = ui.upload(label=visit.t("import.drop"), auto_upload=True, max_file_size=MOST_BYTES, on_upload=take)
        upload.props('accept=".xlsx,.xls,.csv" flat')
        box.move(target_index=-1)


def _take(visit: Visit, file: SheetFile, kind: str, year: int, cumulative: bool, trial: bool) -> Taken:
    intake, who = visit.services.intensity.intake, visit.principal
    if kind == "scope":
        listed = intake.scope(who, file, year, dry_run=trial)
        note = visit.t(
            "intensity.scope_changed",
            n=listed.listed,
            joined=" ".join(listed.joined) or "—",
            left=" ".join(listed.left) or "—",
        )
        return Taken(len(listed.members), tuple(listed.errors), tuple(listed.flags), note)
    if kind == "output":
        # The file says which prices: a guess would turn inflation into savings.
        found = intake.output(who, file, prices=Prices(), cumulative=cumulative, dry_run=trial)
        return Taken(len(found.entries), tuple(found.errors), tuple(found.flags))
    stated = intake.energy(who, file, cumulative=cumulative, dry_run=trial)
    return Taken(len(stated.entries), tuple(stated.errors), tuple(stated.flags))


def outcome(visit: Visit, taken: Taken, *, tried: bool) -> str:
    if taken.errors:
        return markup.state(visit.t("import.bad", n=len(taken.errors))) + cell_errors(visit, taken.errors)
    told = markup.state(visit.t("intensity.tried" if tried else "intensity.done", n=taken.read), taken.note)
    return told + (cell_errors(visit, taken.flags) if taken.flags else "")
