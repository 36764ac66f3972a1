"""基线负荷: what a scope would have drawn on a day, by every method, and what the court says of the methods."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape
from typing import Any

from nicegui import ui
from pydantic import TypeAdapter

from dashboards.console import charts, markup
from dashboards.console.frame import loading, title
from dashboards.console.span_tools import choices
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.scopes import MONITORED, Scope, enterprise_scope
from monitor.baseline_answers import BaselineReport, CourtReport, DayBaselines, MethodBaseline
from monitor.baseline_data import ClockWindow
from monitor.baselines import KIND

USUAL_WINDOW = "14:00-18:00"


class _Page:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._names = {each.id: (each.name_zh, each.name_en) for each in visit.services.baselines.methods().methods}
        scopes = {str(scope): name for scope, name in choices(visit, groups_only=False)}
        own = visit.principal.enterprise
        with ui.element("div").classes("card"):
            with ui.element("div").classes("tools"):
                usual = str(enterprise_scope(own)) if own else str(MONITORED)
                self._scope = ui.select(scopes, value=usual, label=visit.t("scope"), with_input=len(scopes) > 12)
                self._scope.props("outlined dense data-name=scope")
                yesterday = visit.today() - timedelta(days=1)
                self._day = ui.input(visit.t("baselines.day"), value=yesterday.isoformat())
                self._day.props("outlined dense type=date stack-label")
                self._window = ui.input(visit.t("baselines.window"), value=USUAL_WINDOW).props("outlined dense")
                ask = ui.button(visit.t("analyses.ask")).props("no-caps data-name=ask").classes("act")
            self._state = ui.html("", sanitize=False)
            self._chart = ui.echart(charts.base("kW", ())).classes("chartbox")
            self._methods = ui.html("", sanitize=False)
        with ui.element("div").classes("card"):
            ui.html(f"<h2>{escape(visit.t('baselines.court'))}</h2>", sanitize=False)
            if visit.principal.may_write():
                run = ui.button(visit.t("baselines.run")).props("no-caps data-name=court").classes("act")
                run.on_click(self._hear)
            self._court = ui.html("", sanitize=False)
        self._chart.set_visibility(False)
        self._waiting = ui.timer(1.0, self._watch, active=False)
        self._run = ""
        self._asks = 0
        ask.on_click(self._ask)
        ui.timer(0.1, self._ask, once=True)

    def _asked(self) -> tuple[Scope, date, ClockWindow]:
        try:
            day = date.fromisoformat(str(self._day.value))
        except ValueError:
            raise Invalid(f"{self._visit.t('day.wrong')}: {self._day.value!r}") from None
        return Scope.parse(str(self._scope.value)), day, ClockWindow.parse(str(self._window.value))

    async def _ask(self) -> None:
        visit = self._visit
        self._state.set_content(loading(visit))
        self._asks = mine = self._asks + 1

        def found() -> BaselineReport:
            scope, day, window = self._asked()
            return visit.services.baselines.compute(visit.principal, scope, day, window)

        report = await visit.ask(found)
        if mine != self._asks:
            # A later question is under way; its answer must not be covered by this one.
            return
        self._state.set_content("")
        self._chart.set_visibility(report is not None)
        self._methods.set_content("" if report is None else methods_table(visit, report.days[0], self._names))
        if report is not None:
            self._chart.options.clear()
            self._chart.options.update(chart(visit, report.days[0], self._names))
            self._chart.update()
        await self._show_court()

    async def _show_court(self) -> None:
        visit, scope = self._visit, str(self._scope.value)
        if visit.principal.enterprise is not None:
            self._court.set_content(markup.state(visit.t("baselines.none"), ""))
            return
        kept = await visit.ask(lambda: (visit.services.runs.latest(visit.principal, KIND, scope),))
        if kept is None or kept[0] is None:
            self._court.set_content(markup.state(visit.t("baselines.none"), visit.t("baselines.none.why")))
            return
        self._court.set_content(court_table(visit, TypeAdapter(CourtReport).validate_json(kept[0].body), self._names))

    async def _hear(self) -> None:
        visit = self._visit

        def begun() -> str:
            scope, day, window = self._asked()
            return visit.services.baselines.submit(visit.services.runs, visit.principal, scope, day, window).id

        self._run = await visit.ask(begun) or ""
        if self._run:
            self._waiting.activate()

    async def _watch(self) -> None:
        visit = self._visit
        run = await visit.ask(lambda: visit.services.runs.get(visit.principal, self._run))
        if run is not None and not run.state.is_over:
            self._court.set_content(markup.state(visit.t("baselines.running", share=f"{run.share:.0%}"), ""))
            return
        self._waiting.deactivate()
        if run is not None and run.problem:
            self._court.set_content(markup.state(visit.t("insufficient"), visit.half(run.problem)))
        else:
            await self._show_court()


def build(visit: Visit) -> None:
    title(visit.t("page.baselines"), visit.t("baselines.note"))
    _Page(visit)


def method_name(visit: Visit, method_id: str, names: dict[str, tuple[str, str]]) -> str:
    """Of one with adjustment, its method's name and that it is adjusted."""
    base, adjusted = method_id.removesuffix("+adjusted"), method_id.endswith("+adjusted")
    name = visit.pick(*names.get(base, (base, base)))
    return f"{name} {visit.t('baselines.adjusted')}" if adjusted else name


def chart(visit: Visit, day: DayBaselines, names: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """The load in the window beside the official methods that answered, and the regression."""
    options = charts.base("kW", [visit.time(ts) for ts in day.ts])
    options["xAxis"]["axisLabel"]["interval"] = 3
    colours = (charts.AMBER, charts.GREY, charts.RED, "#4a7c59", "#7a5195")
    shown = [each for each in day.methods if each.official and each.mean_kw is not None]
    series = [
        charts.line(method_name(visit, each.id, names), list(each.base_kw), colour, width=1.5)
        for each, colour in zip(shown, colours, strict=False)
    ]
    series.append(charts.line(visit.t("baselines.load"), list(day.load_kw), charts.BLUE, width=2.5, z=5))
    options["series"] = series
    options["legend"]["data"] = [each["name"] for each in series]
    options["legend"]["type"] = "scroll"
    return options


def methods_table(visit: Visit, day: DayBaselines, names: dict[str, tuple[str, str]]) -> str:
    columns = (
        markup.Column(visit.t("baselines.method")),
        markup.Column(visit.t("baselines.base"), right=True),
        markup.Column(visit.t("baselines.less"), right=True),
        markup.Column(visit.t("baselines.days"), wide=True),
        markup.Column(visit.t("baselines.remark"), wide=True),
    )
    rows = []
    for each in day.methods:
        less = None if each.mean_kw is None or day.load_mean_kw is None else each.mean_kw - day.load_mean_kw
        mark = f" {markup.pill(visit.t('baselines.official'))}" if each.official else ""
        rows.append(
            (
                escape(method_name(visit, each.id, names)) + mark,
                markup.number(each.mean_kw, "kW", 1),
                markup.number(less, "kW", 1),
                escape(_sample_days(each)),
                escape(_remark(visit, each)),
            )
        )
    raised = day.raised_before
    warning = ""
    if raised.flagged and raised.rise is not None:
        warning = f"<p>{markup.pill(visit.t('baselines.raised', share=f'{raised.rise:+.0%}'), 'warning')}</p>"
    if day.told_at is not None:
        warning += f"<p class='soft'>{escape(visit.t('baselines.told', at=visit.moment(day.told_at)))}</p>"
    return warning + markup.table(columns, rows, name="methods")


def _sample_days(method: MethodBaseline) -> str:
    days = method.sample_days
    text = ", ".join(f"{day:%m-%d}" for day in days[-5:])
    return f"{text} … ({len(days)})" if len(days) > 5 else text


def _remark(visit: Visit, method: MethodBaseline) -> str:
    if method.refusal != "none":
        return visit.t(f"baseline_refusal.{method.refusal}")
    note = "" if method.note == "none" else visit.t(f"baseline_adjustment.{method.note}")
    return f"{method.change_text} {note}".strip()


def court_table(visit: Visit, found: CourtReport, names: dict[str, tuple[str, str]]) -> str:
    if found.reason:
        return markup.state(visit.t("insufficient"), visit.t(f"baseline_court.{found.reason}"))
    columns = (
        markup.Column(visit.t("baselines.method")),
        markup.Column(visit.t("baselines.trial"), right=True),
        markup.Column(visit.t("baselines.later"), right=True),
        markup.Column(visit.t("baselines.bias"), right=True),
        markup.Column(visit.t("baselines.events"), right=True, wide=True),
    )
    order = sorted(found.scores, key=lambda each: (each.trial_rrmse is None, each.trial_rrmse or 0.0))
    rows = []
    for each in order:
        marks = f" {markup.pill(visit.t('baselines.official'))}" if each.official else ""
        if each.id == found.proposed:
            marks += f" {markup.pill(visit.t('baselines.proposed'), 'ok')}"
        if each.id == found.proposed_same_day and each.id != found.proposed:
            marks += f" {markup.pill(visit.t('baselines.proposed_same_day'), 'ok')}"
        figures = (markup.share(each.trial_rrmse), markup.share(each.rrmse), markup.share(each.bias))
        events = f"{each.trial_events} + {each.events}"
        rows.append((escape(method_name(visit, each.id, names)) + marks, *figures, events))
    said = visit.t(
        "baselines.court.note",
        window=found.window,
        trial=len(found.trial_days),
        later=len(found.later_days),
        last=found.last.isoformat(),
    )
    return f"<p class='soft'>{escape(said)}</p>" + markup.table(columns, rows, name="court")
