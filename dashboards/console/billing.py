"""Statements of a month against what the meters measured: import, comparison, export."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from html import escape

from nicegui import events, ui

from dashboards.console import markup
from dashboards.console.frame import loading, title
from dashboards.console.registry import MOST_BYTES, cell_errors
from dashboards.console.visit import Visit
from domain.billing import parse_month
from monitor.billing import BilledComparison, Verdict
from response.billing_sheet import BASES, VERDICTS, billing_sheet, told
from storage.billing_files import BillingImport, import_billing
from storage.sheet_files import SheetFile

TONES = {Verdict.AGREES: "ok", Verdict.DEVIATES: "critical", Verdict.INSUFFICIENT: "warning"}


def build(visit: Visit) -> None:
    title(visit.t("page.billing"), visit.t("billing.note"))
    today = visit.today()
    usual = today.replace(day=1) - timedelta(days=1)  # statements come for the month before
    with ui.element("div").classes("card"):
        with ui.element("div").classes("tools"):
            month = ui.input(visit.t("billing.month"), value=f"{usual:%Y-%m}")
            month.props("outlined dense type=month stack-label")
            find = ui.button(visit.t("billing.compare")).props("no-caps data-name=compare").classes("act")
            export = ui.button(visit.t("export"), icon="download").props("flat no-caps data-name=export")
        box = ui.html("", sanitize=False)

    async def ask() -> None:
        box.set_content(loading(visit))
        found = await visit.ask(lambda: _compared(visit, str(month.value)))
        box.set_content("" if found is None else _markup(visit, found))

    async def save() -> None:
        content = await visit.ask(lambda: _sheet(visit, str(month.value)))
        if content is not None:
            ui.download.content(content, f"billing-{month.value}.xlsx")

    find.on_click(ask)
    export.on_click(save)
    if visit.principal.may_write():
        _import(visit, month, ask)
    ui.timer(0.1, ask, once=True)


def _import(visit: Visit, month: ui.input, again: Callable[[], Awaitable[None]]) -> None:
    with ui.element("div").classes("card"):
        ui.html(f"<h2>{escape(visit.t('billing.import'))}</h2>", sanitize=False)
        ui.html(f'<p class="soft">{escape(visit.t("billing.import.how"))}</p>', sanitize=False)
        trial = ui.checkbox(visit.t("import.trial"), value=False)
        box = ui.html("", sanitize=False)

        async def take(event: events.UploadEventArguments) -> None:
            file = SheetFile(event.file.name, await event.file.read())
            read = await visit.ask(lambda: _run(visit, file, str(month.value), dry_run=bool(trial.value)))
            if read is not None:
                box.set_content(_outcome(visit, read, tried=bool(trial.value)))
                if not read.errors:
                    await again()

        upload = ui.upload(label=visit.t("import.drop"), auto_upload=True, max_file_size=MOST_BYTES, on_upload=take)
        upload.props('accept=".xlsx,.xls,.csv" flat')
        box.move(target_index=-1)


def _run(visit: Visit, file: SheetFile, month: str, *, dry_run: bool) -> BillingImport:
    visit.principal.require_write()
    ledger = visit.services.ledger
    registry, name = ledger.registry.registry(), visit.principal.name
    return import_billing(ledger.billing, registry, name, file, month=parse_month(month), dry_run=dry_run)


def _outcome(visit: Visit, read: BillingImport, *, tried: bool) -> str:
    if read.errors:
        return markup.state(visit.t("import.bad", n=len(read.errors))) + cell_errors(visit, read.errors)
    return markup.state(visit.t("billing.tried" if tried else "billing.done", n=len(read.months)))


def _compared(visit: Visit, month: str) -> list[BilledComparison]:
    return visit.services.billing.compare(visit.principal, parse_month(month))


def _sheet(visit: Visit, month: str) -> bytes:
    return billing_sheet(parse_month(month), _compared(visit, month))


def _markup(visit: Visit, found: Sequence[BilledComparison]) -> str:
    if not found:
        return markup.state(visit.t("billing.none"), visit.t("billing.none.how"))
    columns = (
        markup.Column(visit.t("billing.account")),
        markup.Column(visit.t("enterprise.name"), wide=True),
        markup.Column(visit.t("billing.verdict")),
        markup.Column(visit.t("billing.energy"), right=True),
        markup.Column(visit.t("billing.metered"), right=True),
        markup.Column(visit.t("billing.demand"), right=True, wide=True),
        markup.Column(visit.t("billing.causes")),
    )
    return markup.table(columns, [_row(visit, each) for each in found], name="billing")


def _row(visit: Visit, each: BilledComparison) -> tuple[str, ...]:
    billed, language = each.billed, 0 if visit.language == "zh" else 1
    basis = f'<br><span class="soft">{escape(BASES[each.basis][language])} · {each.coverage:.1%}</span>'
    metered = _beside(markup.number(each.metered_kw, "kW"), each.demand_deviation)
    return (
        f'<span class="num">{escape(billed.account)}</span>',
        escape(each.name),
        markup.pill(VERDICTS[each.verdict][language], TONES[each.verdict]),
        markup.number(billed.energy_kwh, "kWh"),
        _beside(markup.number(each.metered_kwh, "kWh"), each.energy_deviation) + basis,
        f"{markup.number(billed.maximum_kw, 'kW')}<br>{metered}",
        "<br>".join(escape(told(finding, language)) for finding in each.causes) or markup.NONE,
    )


def _beside(figure: str, deviation: float | None) -> str:
    return figure if deviation is None else f'{figure} <span class="soft num">{deviation:+.1%}</span>'
