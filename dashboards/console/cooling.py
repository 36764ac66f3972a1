"""降温负荷: kW per degree of each enterprise, and a day of a chosen temperature with who drives it."""

from __future__ import annotations

from html import escape
from typing import Any

from nicegui import ui

from dashboards.console import charts, markup
from dashboards.console.frame import loading, title
from dashboards.console.names import scope_name, site_name
from dashboards.console.span_tools import Asked, SpanTools
from dashboards.console.visit import Visit
from domain.scopes import DISTRICT, Scope
from monitor.analysis_answers import CoolingReport, HotDay
from monitor.cooling_report import HotDayQuestion

LOWEST_C, HIGHEST_C, USUAL_C = 28, 42, 40


class _Page:
    """The fit is made once; the slider only chooses among the days it was asked about."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._found: tuple[CoolingReport, tuple[HotDay, ...]] | None = None
        with ui.element("div").classes("card"):
            self._tools = SpanTools(visit, days=365)
            with ui.element("div").classes("tools"):
                ui.label(visit.t("cooling.tomorrow")).classes("strong")
                self._slider = ui.slider(min=LOWEST_C, max=HIGHEST_C, step=1, value=USUAL_C, on_change=self._draw)
                self._slider.props(f'label-always snap markers aria-label="{visit.t("cooling.tomorrow")}"')
                self._slider.classes("grow").style("min-width:200px; margin-top:22px").props("data-name=temperature")
            self._box = ui.html("", sanitize=False)
        self._cards = ui.element("div").classes("board halves")
        with self._cards:
            with ui.element("div").classes("card wide") as curve:
                ui.html(f"<h2>{escape(visit.t('cooling.curve'))}</h2>", sanitize=False)
                self._chart = ui.echart(charts.base("MW", ())).classes("chartbox")
            with ui.element("div").classes("card wide") as drivers:
                self._drivers = ui.html("", sanitize=False)
            with ui.element("div").classes("card wide"):
                self._sites = ui.html("", sanitize=False)
        self._of_hot_days = (curve, drivers)
        self._cards.set_visibility(False)
        self._tools.on_ask(self._ask)

    async def _ask(self) -> None:
        visit = self._visit
        self._box.set_content(loading(visit))
        self._found = await visit.ask(lambda: _ask(visit, self._tools.asked()))
        self._cards.set_visibility(self._found is not None)
        if self._found is None:
            self._box.set_content("")
            return
        report, days = self._found
        for card in self._of_hot_days:
            card.set_visibility(any(day.load_kw is not None for day in days))
        self._sites.set_content(_table(visit, report))
        self._chart.options.clear()
        self._chart.options.update(_curve(visit, days))
        self._chart.update()
        self._draw()

    def _draw(self, _: Any = None) -> None:
        if self._found is None:
            return
        report, days = self._found
        day = days[round(float(self._slider.value)) - LOWEST_C]
        self._box.set_content(_hot(self._visit, report, day))
        self._drivers.set_content(_drivers(self._visit, day))


def build(visit: Visit) -> None:
    title(visit.t("page.cooling"), visit.t("cooling.note"))
    _Page(visit)


def _ask(visit: Visit, asked: Asked) -> tuple[CoolingReport, tuple[HotDay, ...]]:
    questions = [HotDayQuestion(float(t), float(t) - 1.0) for t in range(LOWEST_C, HIGHEST_C + 1)]
    return visit.services.analyses.hot_days(visit.principal, asked.scope, asked.first, asked.last, questions)


def _hot(visit: Visit, report: CoolingReport, day: HotDay) -> str:
    if day.load_kw is None:
        return markup.state(visit.t("insufficient"), visit.half(day.reason))
    band = f"{markup.megawatts(day.low_kw)} – {markup.megawatts(day.high_kw)} ({day.confidence:.0%})"
    peak_at = f"{report.peak_at:%Y-%m-%d %H:%M}" if report.peak_at else ""
    facts = (
        markup.tile(
            visit.t("cooling.load", t=f"{day.temperature_c:g}"), markup.megawatts(day.load_kw), band, kind="hero"
        ),
        markup.tile(
            visit.t("cooling.part"), markup.megawatts(day.cooling_kw), markup.share((day.cooling_kw or 0) / day.load_kw)
        ),
        markup.tile(
            visit.t("cooling.peak"),
            markup.megawatts(report.peak_cooling_kw),
            f"{markup.share(report.peak_cooling_share)} · {escape(peak_at)}",
        ),
        markup.tile(
            visit.t("cooling.sites"),
            markup.number(sum(site.kw_per_c is not None for site in report.sites)),
            escape(visit.t("cooling.of", n=len(report.sites))),
        ),
    )
    notes = [visit.t("cooling.beyond")] if day.extrapolated else []
    if report.scope == str(DISTRICT):
        notes.append(visit.t("cooling.monitored"))
    if day.missing:
        notes.append(visit.t("cooling.missing", n=len(day.missing)))
    banners = "".join(f'<div class="banner">{escape(note)}</div>' for note in notes)
    return banners + f'<div class="tiles four">{"".join(facts)}</div>'


def _curve(visit: Visit, days: tuple[HotDay, ...]) -> charts.Options:
    options = charts.base("MW", [f"{day.temperature_c:g} °C" for day in days])

    def megawatts(values: list[float | None]) -> list[float | None]:
        return [None if value is None else round(value / 1000, 3) for value in values]

    options["series"] = [
        charts.line(visit.t("cooling.low"), megawatts([d.low_kw for d in days]), charts.GREY, width=1),
        charts.line(visit.t("cooling.middle"), megawatts([d.load_kw for d in days]), charts.BLUE),
        charts.line(visit.t("cooling.high"), megawatts([d.high_kw for d in days]), charts.GREY, width=1),
    ]
    options["xAxis"]["axisLabel"]["interval"] = 1
    return options


def _drivers(visit: Visit, day: HotDay) -> str:
    head = f"<h2>{escape(visit.t('cooling.drivers', t=f'{day.temperature_c:g}'))}</h2>"
    columns = (
        markup.Column("#", right=True),
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("cooling.part"), right=True),
        markup.Column(visit.t("share"), right=True),
        markup.Column(visit.t("cooling.load_then"), right=True, wide=True),
    )
    rows = [
        (
            str(place),
            site_name(site.scope, site.name),
            markup.number(site.cooling_kw, "kW"),
            markup.share(site.share_of_cooling),
            markup.number(site.load_kw, "kW"),
        )
        for place, site in enumerate([site for site in day.sites if site.cooling_kw > 0][:20], 1)
    ]
    return head + (markup.table(columns, rows, name="drivers") if rows else markup.state(visit.t("cooling.nobody")))


def _table(visit: Visit, report: CoolingReport) -> str:
    head = f"<h2>{escape(visit.t('cooling.sensitivity'))}</h2>"
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column("kW/°C", right=True),
        markup.Column(visit.t("cooling.interval"), right=True),
        markup.Column(visit.t("cooling.base"), right=True, wide=True),
        markup.Column(visit.t("cooling.days"), right=True, wide=True),
        markup.Column(visit.t("cooling.base_day"), right=True, wide=True),
    )
    rows = []
    names = {report.group.scope: f"<strong>{escape(scope_name(visit, Scope.parse(report.group.scope)))}</strong>"}
    for site in (report.group, *sorted(report.sites, key=lambda s: -(s.kw_per_c or 0.0))):
        name = names.get(site.scope) or site_name(site.scope, site.name)
        if site.kw_per_c is None or site.low_kw_per_c is None or site.high_kw_per_c is None:
            why = f'<span class="soft">{escape(visit.half(site.reason))}</span>'
            rows.append((name, markup.NONE, why, markup.NONE, f"{site.days}", markup.NONE))
            continue
        rows.append(
            (
                name,
                markup.number(site.kw_per_c, "", 1),
                f'<span class="num">{site.low_kw_per_c:,.1f} … {site.high_kw_per_c:,.1f}</span>',
                markup.number(site.base_c, "°C", 1),
                f'<span class="num">{site.warm_days}/{site.days}</span>',
                markup.number(site.base_day_kw, "kW"),
            )
        )
    return head + markup.table(columns, rows, name="sensitivity")
