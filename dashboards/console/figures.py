"""The figures officers enter: quota, record, maxima and the official level, each with date and source."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.pictures import whole_scope
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.events import ReferencesChanged
from domain.references import BLOCKS_PER_DAY, OfficialLevel, Quota, Reference, ReferenceKind


def build(visit: Visit) -> None:
    ui.html(
        f"<h2>{escape(visit.t('figures'))}<span class='soft'>{escape(visit.t('figures.note'))}</span></h2>",
        sanitize=False,
    )
    box = ui.html(_entered(visit), sanitize=False)
    if not visit.principal.may_write():
        ui.html(markup.state(visit.t("officers_only")), sanitize=False)
        return
    kinds = {
        "quota": visit.t("quota"),
        **{k: visit.t(f"reference.{k}") for k in ReferenceKind.ALL},
        "level": visit.t("gap.official"),
    }
    with ui.element("div").classes("tools"):
        kind = ui.select(kinds, value="quota", label=visit.t("figures.kind")).props("outlined dense")
        value = ui.input(visit.t("figures.value")).props("outlined dense data-name=figure-value")
        day = ui.input(visit.t("day"), value=visit.today().isoformat()).props("outlined dense type=date stack-label")
        source = ui.input(visit.t("figures.source")).props("outlined dense data-name=figure-source")
        button = ui.button(visit.t("figures.enter")).props("no-caps data-name=figure-enter").classes("act")

    async def enter() -> None:
        deed = _deed(visit, str(kind.value), str(value.value or ""), str(day.value), str(source.value or ""))
        if await visit.ask(lambda: deed() or True):
            visit.tell(visit.t("figures.entered"))
            box.set_content(_entered(visit))
            visit.board.poke()

    button.on_click(enter)


def _deed(visit: Visit, kind: str, value: str, day: str, source: str) -> Callable[[], None]:
    """What the button does, on a worker thread; its mistakes are told to the person."""

    def enter() -> None:
        visit.principal.require_write()
        on = entered_day(visit, day)
        references, actor = visit.services.ledger.references, visit.principal.name
        scope = whole_scope(visit)
        if kind == "level":
            references.put_official_level(OfficialLevel(value.strip(), source.strip(), on, None, actor))
        elif kind == "quota":
            references.put_quota(Quota(scope, on, (_kw(visit, value),) * BLOCKS_PER_DAY, source, actor))
        else:
            references.put_reference(Reference(scope, kind, _kw(visit, value), on, source, actor))
        visit.services.bus.publish(ReferencesChanged())

    return enter


def _kw(visit: Visit, text: str) -> float:
    """Entered in MW, as officers speak; kept in kW."""
    try:
        return float(text.replace(",", "")) * 1000
    except ValueError:
        raise Invalid(visit.t("figures.wrong", text=text)) from None


def entered_day(visit: Visit, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(visit.t("day.wrong")) from None


def _entered(visit: Visit) -> str:
    """What is in force today, with its source."""
    scope, today = whole_scope(visit), visit.today()
    references = visit.services.ledger.references
    quota = references.quota(scope, today)
    rows: list[tuple[str, str]] = []
    if quota is None:
        rows.append((visit.t("quota"), escape(visit.t("quota.none"))))
    else:
        low, high = min(quota.points_kw), max(quota.points_kw)
        shown = markup.megawatts(low) if low == high else f"{markup.megawatts(low)} – {markup.megawatts(high)}"
        rows.append((visit.t("quota"), f"{shown} · {escape(quota.source)}"))
    for kind in ReferenceKind.ALL:
        found = references.reference(scope, kind, today)
        text = (
            escape(visit.t("record.none"))
            if found is None
            else f"{markup.megawatts(found.value_kw)} · {escape(found.source)}"
        )
        rows.append((visit.t(f"reference.{kind}"), text))
    level = references.official_level(today)
    text = escape(visit.t("gap.official.none")) if level is None else f"{escape(level.level)} {escape(level.document)}"
    rows.append((visit.t("gap.official"), text))
    return markup.facts(rows)
