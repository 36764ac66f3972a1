"""One version of a report: what it says, its signature, copies, sendings and differences."""

from __future__ import annotations

from html import escape

from nicegui import ui

from dashboards.console import charts, markup
from dashboards.console.frame import loading
from dashboards.console.visit import Visit
from domain.report import (
    Block,
    Chart,
    ChartKind,
    ColumnKind,
    Document,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    Quantity,
    Signature,
    Table,
    shown,
    shown_quantity,
)
from domain.report_versions import Difference, Form, ReportVersion, Sending

#: Where a source can be looked at.
PLACES = {
    "计量电量": "/console/quality",
    "能源报表": "/console/intensity",
    "工业增加值": "/console/intensity",
    "企业登记簿": "/console/registry",
    "节能审查批复": "/console/intensity",
    "方案": "/console/plans",
    "指令": "/console/plans",
    "调度令": "/console/orders",
    "负荷预测": "/console/forecast",
}
COLOURS = (charts.BLUE, charts.AMBER, charts.GREY, charts.RED)
FIGURES = (ColumnKind.NUMBER, ColumnKind.PERCENT)


def build(visit: Visit, version_id: str) -> None:
    _View(visit, version_id)


class _View:
    def __init__(self, visit: Visit, version_id: str) -> None:
        self._visit = visit
        self._id = version_id
        with ui.element("div").classes("card"):
            self._head = ui.html(loading(visit), sanitize=False)
            self._acts = ui.element("div").classes("tools")
            with ui.expansion(visit.t("reports.sources"), icon="link").props("dense data-name=open-sources"):
                self._sources = ui.html("", sanitize=False)
        self._more = ui.element("div").classes("card")
        self._text = ui.element("div").classes("card report")
        ui.timer(0.1, self.show, once=True)

    async def show(self) -> None:
        visit, desk = self._visit, self._visit.services.reports
        found = await visit.ask(
            lambda: (desk.version(visit.principal, self._id), desk.copies.document(visit.principal, self._id))
        )
        if found is None:
            self._head.set_content(markup.state(visit.t("reports.none"), ""))
            return
        version, document = found
        self._head.set_content(head(visit, version, document))
        self._draw_acts(version)
        self._sources.set_content(sources_table(visit, version))
        self._text.clear()
        with self._text:
            for block in document.blocks:
                draw(block)
        if visit.principal.sees_all():
            await self._show_sendings()

    def _draw_acts(self, version: ReportVersion) -> None:
        visit = self._visit
        self._acts.clear()
        with self._acts:
            for form in Form:
                button = ui.button(f"{visit.t('reports.copy')} {form}", icon="download")
                button.props(f"flat no-caps data-name={form}")
                button.on_click(lambda _, form=form: self._export(form))
            if visit.principal.sees_all():
                compare = ui.button(visit.t("reports.compare")).props("flat no-caps data-name=differences")
                compare.on_click(self._compare)
            if visit.principal.may_write() and version.signed is None:
                sign = ui.button(visit.t("reports.sign")).props("no-caps data-name=sign").classes("act")
                sign.on_click(lambda: self._ask_signature(version))
                if not visit.services.reports.may_sign(visit.principal, version):
                    sign.disable()
                    ui.label(visit.t("reports.sign.other")).classes("soft").props("data-name=four-eyes")
            if visit.principal.may_write() and version.signed is not None:
                send = ui.button(visit.t("reports.send")).props("no-caps data-name=send").classes("act")
                send.on_click(self._ask_sending)

    async def _export(self, form: Form) -> None:
        visit = self._visit
        file = await visit.ask(lambda: visit.services.reports.copies.export(visit.principal, self._id, form))
        if file is not None:
            ui.download.content(file.data, file.name)

    def _ask_signature(self, version: ReportVersion) -> None:
        visit = self._visit
        with ui.dialog() as dialog, ui.card():
            ui.label(visit.t("reports.sign.what", name=visit.principal.name, title=version.title))
            ui.label(version.digest[:16]).classes("soft")
            number = ui.input(visit.t("reports.number.of")).props("outlined dense data-name=number").classes("w-full")
            note = ui.input(visit.t("reports.remark")).props("outlined dense").classes("w-full")

            async def sign() -> None:
                dialog.close()
                said = {"note": str(note.value or ""), "number": str(number.value or "")}
                desk = visit.services.reports
                done = await visit.ask(lambda: desk.sign(visit.principal, version.id, digest=version.digest, **said))
                if done is not None:
                    visit.tell(visit.t("reports.signed"))
                    await self.show()

            ui.button(visit.t("reports.sign"), on_click=sign).props("no-caps data-name=confirm")
        dialog.open()

    def _ask_sending(self) -> None:
        visit = self._visit
        with ui.dialog() as dialog, ui.card():
            ui.label(visit.t("reports.send.what"))
            recipient = ui.input(visit.t("reports.recipient")).props("outlined dense data-name=recipient")
            channel = ui.input(visit.t("reports.channel")).props("outlined dense data-name=channel")
            form = ui.select([str(each) for each in Form], value=str(Form.DOCX), label=visit.t("reports.form"))
            form.props("outlined dense")
            hidden = ui.checkbox(visit.t("reports.anonymised"))

            async def send() -> None:
                dialog.close()
                asked = (str(recipient.value or ""), str(channel.value or ""), Form(str(form.value)))
                await self._send(*asked, anonymised=bool(hidden.value))

            ui.button(visit.t("reports.send"), on_click=send).props("no-caps data-name=confirm")
        dialog.open()

    async def _send(self, recipient: str, channel: str, form: Form, *, anonymised: bool) -> None:
        visit, copies = self._visit, self._visit.services.reports.copies
        sending = await visit.ask(
            lambda: copies.send(
                visit.principal, self._id, recipient=recipient, channel=channel, form=form, anonymised=anonymised
            )
        )
        if sending is None:
            return
        file = await visit.ask(lambda: copies.copy(visit.principal, sending.id))
        if file is not None:
            ui.download.content(file.data, file.name)
        await self._show_sendings()

    async def _show_sendings(self) -> None:
        visit = self._visit
        page = await visit.ask(lambda: visit.services.reports.copies.sendings(visit.principal, self._id))
        self._tell(visit.t("reports.sendings"), "" if page is None else sendings_table(visit, page.items))

    async def _compare(self) -> None:
        visit = self._visit
        self._tell(visit.t("reports.differences"), loading(visit))
        found = await visit.ask(lambda: visit.services.reports.differences(visit.principal, self._id))
        self._tell(visit.t("reports.differences"), "" if found is None else differences_table(visit, found))

    def _tell(self, heading: str, content: str) -> None:
        self._more.clear()
        with self._more:
            ui.html(f"<h2>{escape(heading)}</h2>{content}", sanitize=False)


def state_pill(visit: Visit, version: ReportVersion) -> str:
    if version.signed is not None:
        return markup.pill(visit.t("reports.edition", n=version.signed.edition), "ok")
    return markup.pill(visit.t("reports.correction" if version.corrects else "reports.unsigned"), "warning")


def head(visit: Visit, version: ReportVersion, document: Document) -> str:
    facts = [
        (visit.t("reports.state"), f"{state_pill(visit, version)} {escape(document.version)}"),
        (visit.t("reports.made"), escape(f"{version.made_by} {visit.moment(version.made_at)}")),
        (visit.t("reports.digest"), f'<span class="num">{escape(version.digest[:16])}</span>'),
    ]
    drill = f" {markup.pill(visit.t('reports.drill'), 'warning')}" if document.drill else ""
    return (
        f"<h2>{escape(document.title)}{drill} <span class='soft'>{escape(document.subtitle)}</span></h2>"
        + markup.facts(facts)
    )


def sources_table(visit: Visit, version: ReportVersion) -> str:
    """What the figures stand on, with digests in full and where it can be looked at."""
    columns = (
        markup.Column(visit.t("reports.source")),
        markup.Column(visit.t("reports.digest"), wide=True),
        markup.Column(visit.t("reports.remark")),
    )
    places = PLACES if visit.principal.sees_all() else {}
    rows = [
        (
            markup.link(places[each.what], each.what) if each.what in places else escape(each.what),
            f'<span class="num small">{escape(each.version)}</span>',
            escape(each.detail),
        )
        for each in version.sources
    ]
    return markup.table(columns, rows, name="sources")


def draw(block: Block) -> None:
    """A block of the document as it will stand on paper."""
    if isinstance(block, Chart):
        ui.label(block.title).classes("strong")
        ui.echart(chart_options(block)).classes("chartbox short")
    elif isinstance(block, Table):
        ui.html(f"<h2>{escape(block.title)}</h2>{table_markup(block)}", sanitize=False)
    elif isinstance(block, Facts):
        pairs = [(label, escape(_fact(value))) for label, value in block.pairs]
        ui.html(markup.facts(pairs), sanitize=False)
    elif isinstance(block, Heading | Paragraph):
        tag = "h2" if isinstance(block, Heading) else "p"
        ui.html(f"<{tag}>{escape(block.text)}</{tag}>", sanitize=False)
    elif isinstance(block, PageBreak):
        ui.separator()
    elif isinstance(block, Signature):
        ui.html("".join(f"<p class='soft'>{escape(line)}</p>" for line in block.lines), sanitize=False)


def _fact(value: str | Quantity) -> str:
    return value if isinstance(value, str) else shown_quantity(value, with_unit=True)


def table_markup(block: Table) -> str:
    columns = [markup.Column(column.heading, right=column.kind in FIGURES) for column in block.columns]
    rows = [
        [escape(shown(cell, column)) for cell, column in zip(row, block.columns, strict=True)] for row in block.rows
    ]
    note = f'<p class="soft small">{escape(block.note)}</p>' if block.note else ""
    return markup.table(columns, rows, name=block.title) + note


def chart_options(block: Chart) -> charts.Options:
    options = charts.base(block.y_title, block.categories)
    options["xAxis"]["axisLabel"]["interval"] = 0 if len(block.categories) <= 12 else "auto"
    options["yAxis"]["nameTextStyle"] = {"align": "left"}
    options["series"] = [
        charts.line(each.name, list(each.values), COLOURS[n % len(COLOURS)]) | {"symbol": "circle"}
        for n, each in enumerate(block.series)
    ]
    if block.kind is ChartKind.COLUMN:
        options["xAxis"]["boundaryGap"] = True
        options["yAxis"]["scale"] = False
        for each in options["series"]:
            each["type"] = "bar"
    return options


def sendings_table(visit: Visit, found: tuple[Sending, ...]) -> str:
    if not found:
        return markup.state(visit.t("reports.sendings.none"), "")
    columns = (
        markup.Column(visit.t("reports.recipient")),
        markup.Column(visit.t("reports.channel")),
        markup.Column(visit.t("reports.form"), wide=True),
        markup.Column(visit.t("reports.sender"), wide=True),
        markup.Column(visit.t("reports.digest"), wide=True),
    )
    rows = [
        (
            escape(each.recipient),
            escape(each.channel),
            escape(str(each.form)) + (f" {markup.pill(visit.t('reports.anonymised'))}" if each.anonymised else ""),
            escape(f"{each.actor} {visit.moment(each.at)}"),
            f'<span class="num">{escape(each.digest[:16])}</span>',
        )
        for each in found
    ]
    return markup.table(columns, rows, name="sendings")


def differences_table(visit: Visit, found: tuple[Difference, ...]) -> str:
    if not found:
        return markup.state(visit.t("reports.differences.none"), "")
    columns = (
        markup.Column(visit.t("reports.place"), wide=True),
        markup.Column(visit.t("reports.row")),
        markup.Column(visit.t("reports.figure")),
        markup.Column(visit.t("reports.before"), right=True),
        markup.Column(visit.t("reports.after"), right=True),
    )
    rows = [tuple(map(escape, (d.place, d.row, d.column, d.before, d.after))) for d in found]
    return markup.table(columns, rows, name="differences")
