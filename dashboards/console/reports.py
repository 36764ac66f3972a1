"""报告: drafts with progress, the list of versions, and one version to read, sign, send and compare."""

from __future__ import annotations

from html import escape

from nicegui import ui

from dashboards.console import markup, report_view
from dashboards.console.frame import loading, title
from dashboards.console.visit import Visit
from domain.report_versions import ReportVersion
from domain.runs import RunState
from response.reports.kinds import SubjectForm
from response.reports.periods import usual_period

SHOWN = 50


def build(visit: Visit, version_id: str = "") -> None:
    title(visit.t("page.reports"), visit.t("reports.note"))
    if version_id:
        report_view.build(visit, version_id)
        return
    listed = _List(visit)
    if visit.principal.may_write():
        _Drafting(visit, listed)
    with ui.element("div").classes("card"):
        listed.draw()


class _List:
    """Versions, newest first."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._box: ui.html | None = None

    def draw(self) -> None:
        self._box = ui.html(loading(self._visit), sanitize=False)
        ui.timer(0.1, self.show, once=True)

    async def show(self) -> None:
        visit = self._visit
        page = await visit.ask(lambda: visit.services.reports.versions(visit.principal, limit=SHOWN))
        if self._box is not None and page is not None:
            self._box.set_content(versions_table(visit, page.items))


class _Drafting:
    def __init__(self, visit: Visit, listed: _List) -> None:
        self._visit = visit
        self._listed = listed
        self._kinds = {kind.id: kind for kind in visit.services.reports.kinds(visit.principal)}
        names = {kind.id: visit.pick(kind.name_zh, kind.name_en) for kind in self._kinds.values()}
        view = visit.services.ledger.registry.registry().view(visit.today())
        enterprises = {str(each): f"{each} {known.name}" for each, known in view.enterprises.items()}
        with ui.element("div").classes("card"):
            with ui.element("div").classes("tools"):
                self._kind = ui.select(names, value=next(iter(names)), label=visit.t("reports.kind"))
                self._kind.props("outlined dense data-name=kind")
                self._enterprise = ui.select(enterprises, label=visit.t("enterprise.name"), with_input=True)
                self._enterprise.props("outlined dense data-name=enterprise")
                self._reference = ui.input(visit.t("reports.reference")).props("outlined dense")
                self._period = ui.input(visit.t("reports.period"))
                self._period.props("outlined dense data-name=period")
                begin = ui.button(visit.t("reports.draft")).props("no-caps data-name=draft").classes("act")
            self._state = ui.html("", sanitize=False)
            self._stop = ui.button(visit.t("reports.stop"), on_click=self._cancel).props("flat no-caps data-name=stop")
            self._stop.set_visibility(False)
        self._run = ""
        self._waiting = ui.timer(0.7, self._watch, active=False)
        self._kind.on_value_change(self._suit)
        begin.on_click(self._begin)
        self._suit()

    def _suit(self) -> None:
        """Only the fields this kind has, and the period it is usually of."""
        kind = self._kinds[str(self._kind.value)]
        form = kind.subject
        usual = usual_period(kind.period, self._visit.today())
        self._period.set_value(usual)
        self._period.set_visibility(bool(usual))
        self._enterprise.set_visibility(form is SubjectForm.ENTERPRISE)
        self._reference.set_visibility(form is SubjectForm.REFERENCE)

    def _subject(self) -> str:
        form = self._kinds[str(self._kind.value)].subject
        if form is SubjectForm.ENTERPRISE:
            return str(self._enterprise.value or "")
        return str(self._reference.value or "") if form is SubjectForm.REFERENCE else "district"

    async def _begin(self) -> None:
        visit = self._visit
        kind, subject, period = str(self._kind.value), self._subject(), str(self._period.value or "")
        run = await visit.ask(lambda: visit.services.reports.submit(visit.principal, kind, subject, period))
        if run is not None:
            self._run = run.id
            self._stop.set_visibility(True)
            self._waiting.activate()

    async def _cancel(self) -> None:
        visit = self._visit
        await visit.ask(lambda: visit.services.runs.cancel(visit.principal, self._run))

    async def _watch(self) -> None:
        visit = self._visit
        run = await visit.ask(lambda: visit.services.runs.get(visit.principal, self._run))
        if run is not None and not run.state.is_over:
            self._state.set_content(markup.state(visit.t("reports.drafting", share=f"{run.share:.0%}"), run.note))
            return
        self._waiting.deactivate()
        self._stop.set_visibility(False)
        if run is not None and run.state is RunState.CANCELLED:
            self._state.set_content(markup.state(visit.t("reports.stopped"), ""))
            return
        if run is not None and run.problem:
            self._state.set_content(markup.state(visit.t("reports.failed"), visit.half(run.problem)))
            return
        self._state.set_content("")
        await self._listed.show()


def versions_table(visit: Visit, found: tuple[ReportVersion, ...]) -> str:
    if not found:
        return markup.state(visit.t("reports.none"), visit.t("reports.none.how"))
    columns = (
        markup.Column(visit.t("reports.title")),
        markup.Column(visit.t("reports.state")),
        markup.Column(visit.t("reports.made"), wide=True),
        markup.Column(visit.t("reports.period"), wide=True),
    )
    return markup.table(columns, [_row(visit, each) for each in found], name="reports")


def _row(visit: Visit, each: ReportVersion) -> tuple[str, ...]:
    made = f"{each.made_by} {visit.moment(each.made_at)}"
    drill = f" {markup.pill(visit.t('reports.drill'), 'warning')}" if each.drill else ""
    number = f'<span class="soft small">{escape(visit.t("reports.number", n=each.number))}</span>'
    return (
        f"{markup.link(f'/console/reports?id={each.id}', each.title)} {number}{drill}",
        report_view.state_pill(visit, each),
        escape(made),
        escape(each.period),
    )
