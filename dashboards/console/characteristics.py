"""负荷特性: months and the year of a scope, typical days, duration curve, energy by tariff period, coincidence."""

from __future__ import annotations

from html import escape

from nicegui import ui

from dashboards.console import charts, markup
from dashboards.console.frame import loading, title
from dashboards.console.span_tools import SpanTools
from dashboards.console.visit import Visit
from domain.scopes import ScopeKind
from monitor.analysis_answers import (
    Characteristics,
    Coincidence,
    DurationCurve,
    PeriodLoad,
    TariffSplit,
    TypicalLoad,
    YearLoad,
)

COLOURS = ("#17508f", "#7a9cc6", "#1b6e3c", "#9aa7b4", "#a3151c", "#b86e00", "#6b4fa0", "#52616f")
BANDS = {"sharp": "#a3151c", "peak": "#d9822b", "flat": "#9aa7b4", "valley": "#5b8c5a", "deep_valley": "#1b6e3c"}
SHOWN = ("maximum_workday", "median_workday", "weekend", "holiday", "hottest_workdays", "spring_base", "event")


def build(visit: Visit) -> None:
    title(visit.t("page.characteristics"), visit.t("characteristics.note"))
    with ui.element("div").classes("card"):
        tools = SpanTools(visit, days=365)
        box = ui.html("", sanitize=False)
    cards = ui.element("div").classes("board halves")
    with cards:
        with ui.element("div").classes("card wide"):
            ui.html(f"<h2>{escape(visit.t('typical.title'))}</h2>", sanitize=False)
            typical = ui.echart(charts.base("kW", ())).classes("chartbox")
            notes = ui.html("", sanitize=False)
        with ui.element("div").classes("card wide"):
            ui.html(f"<h2>{escape(visit.t('duration.title'))}</h2>", sanitize=False)
            duration = ui.echart(charts.base("kW", ())).classes("chartbox")
        with ui.element("div").classes("card wide"):
            tou = ui.html("", sanitize=False)
        with ui.element("div").classes("card wide"):
            parts = ui.html("", sanitize=False)
    cards.set_visibility(False)

    def draw(chart: ui.echart, options: charts.Options) -> None:
        chart.options.clear()
        chart.options.update(options)
        chart.update()

    async def ask() -> None:
        """What is ready is shown; each further answer takes its own place when it comes."""
        box.set_content(loading(visit))
        desk, who = visit.services.analyses, visit.principal
        asked = await visit.ask(tools.asked)
        span = None if asked is None else (asked.scope, asked.first, asked.last)
        found = None if span is None else await visit.ask(lambda: desk.characteristics(who, *span))
        cards.set_visibility(found is not None)
        if asked is None or span is None or found is None:
            box.set_content("")
            return
        box.set_content(_figures(visit, found))
        notes.set_content(_absent(visit, found))
        draw(typical, _typical_chart(visit, found))
        for place in (tou, parts):
            place.set_content(loading(visit))
        lasting = await visit.ask(lambda: desk.duration(who, *span, points=101))
        if lasting is not None:
            draw(duration, _duration_chart(visit, lasting))
        bands = await visit.ask(lambda: desk.tou(who, *span))
        tou.set_content("" if bands is None else _tou(visit, bands))
        single = asked.scope.kind in (ScopeKind.ENTERPRISE, ScopeKind.METER)
        shares = None if single else await visit.ask(lambda: desk.coincidence(who, *span))
        parts.set_content(_coincidence(visit, shares))

    tools.on_ask(ask)


def _figures(visit: Visit, found: Characteristics) -> str:
    parts = []
    if not found.announced:
        parts.append(f'<div class="banner">{escape(visit.t("calendar.guessed"))}</div>')
    parts += [_year(visit, year) for year in found.years]
    months = [period for period in found.periods if period.kind in ("month", "quarter", "span")]
    return "".join(parts) + _periods(visit, months)


def _year(visit: Visit, year: YearLoad) -> str:
    if year.reason:
        text = f"{year.year}: {visit.half(year.reason)}"
        return f'<p class="soft">{escape(visit.t("insufficient"))} · {escape(text)}</p>'
    near = " / ".join(markup.number(each.hours, "h", 1) for each in year.near_maximum)
    on = "" if year.maximum_on is None else year.maximum_on.isoformat()
    facts = (
        markup.tile(visit.t("year.maximum", year=year.year), markup.number(year.maximum_kw, "kW"), on),
        markup.tile(visit.t("year.factor"), markup.share(year.load_factor), f"γσρ {markup.share(year.product)}"),
        markup.tile(
            visit.t("year.hours"),
            markup.number(year.utilisation_h, "h"),
            escape(visit.t("days.counted", n=year.counted, of=year.days)),
        ),
        markup.tile(visit.t("year.near"), near, "≥ 95 % / 97 % / 98 %"),
    )
    return f'<div class="tiles four" style="margin-bottom:12px">{"".join(facts)}</div>'


def _periods(visit: Visit, periods: list[PeriodLoad]) -> str:
    columns = (
        markup.Column(visit.t("period")),
        markup.Column(visit.t("days"), right=True),
        markup.Column(visit.t("indices.maximum"), right=True),
        markup.Column(visit.t("indices.mean"), right=True, wide=True),
        markup.Column(visit.t("indices.energy"), right=True),
        markup.Column(visit.t("period.load_factor"), right=True),
        markup.Column(visit.t("period.imbalance"), right=True, wide=True),
        markup.Column(visit.t("period.valley"), right=True, wide=True),
    )
    rows = []
    for row in periods:
        name = {"month": f"{row.first:%Y-%m}", "quarter": f"{row.first:%Y} Q{(row.first.month + 2) // 3}"}.get(
            row.kind, visit.t("period.span")
        )
        pill = markup.pill(visit.t("insufficient.short")) if row.reason else ""
        why = f'<span title="{escape(visit.half(row.reason))}">{pill}</span>'
        on = "" if row.maximum_on is None else f' <span class="soft small num">{row.maximum_on:%m-%d}</span>'
        rows.append(
            (
                f'<span class="num">{escape(name)}</span>',
                f'<span class="num">{row.counted}/{row.days}</span>',
                why if row.reason else markup.number(row.maximum_kw, "kW") + on,
                markup.number(row.mean_kw, "kW"),
                markup.number(None if row.energy_kwh is None else row.energy_kwh / 1000, "MWh", 1),
                markup.share(row.mean_load_factor),
                markup.number(row.imbalance, "", 3),
                markup.share(row.maximum_peak_valley_ratio),
            )
        )
    return markup.table(columns, rows, name="periods")


def _typical_chart(visit: Visit, found: Characteristics) -> charts.Options:
    options = charts.base("kW", [f"{slot // 4:02d}:{slot % 4 * 15:02d}" for slot in range(96)])
    shown = [day for day in found.typical if day.kind in SHOWN and day.days]
    options["series"] = [
        charts.line(_typical_name(visit, day), _rounded(day), COLOURS[SHOWN.index(day.kind)]) for day in shown
    ]
    options["legend"]["type"] = "scroll"
    return options


def _rounded(day: TypicalLoad) -> list[float | None]:
    return [None if value is None else round(value, 1) for value in day.curve_kw]


def _typical_name(visit: Visit, day: TypicalLoad) -> str:
    return f"{visit.t(f'typical.{day.kind}')} ({day.days})"


def _absent(visit: Visit, found: Characteristics) -> str:
    rows = [
        (visit.t(f"typical.{day.kind}"), escape(visit.half(day.reason)))
        for day in found.typical
        if day.reason and day.kind in SHOWN
    ]
    return markup.facts(rows) if rows else ""


def _duration_chart(visit: Visit, found: DurationCurve) -> charts.Options:
    options = charts.base("kW", [f"{point.hours:,.0f} h" for point in found.points])
    values = [None if point.demand_kw is None else round(point.demand_kw, 1) for point in found.points]
    options["series"] = [charts.line(visit.t("duration.title"), values, charts.BLUE, areaStyle={"opacity": 0.12})]
    options["xAxis"]["axisLabel"]["interval"] = 19
    options["legend"]["show"] = False
    return options


def _tou(visit: Visit, found: TariffSplit) -> str:
    head = f"<h2>{escape(visit.t('tou.title'))}<span class='soft'>{escape(visit.t('tou.note'))}</span></h2>"
    rows = []
    for period in found.periods:
        if period.reason:
            cell = f'<span class="soft">{escape(visit.t("insufficient"))} · {escape(visit.half(period.reason))}</span>'
        else:
            cell = "".join(
                f'<span style="display:inline-block;height:14px;width:{band.share * 100:.2f}%;background:'
                f'{BANDS[band.band]}" title="{escape(visit.t(f"band.{band.band}"))} {band.share:.1%}"></span>'
                for band in period.bands
                if band.share is not None and band.share > 0
            )
        peak = [band for band in period.bands if band.band in ("sharp", "peak")]
        valley = [band for band in period.bands if band.band in ("valley", "deep_valley")]
        note = markup.pill(visit.t("tou.exempt")) if period.exempt else ""
        rows.append(
            (
                f'<span class="num">{period.first:%Y-%m}</span> {note}',
                f'<div style="min-width:160px;white-space:nowrap">{cell}</div>',
                markup.share(sum(b.share or 0 for b in peak) if peak else None),
                markup.share(sum(b.share or 0 for b in valley) if valley else None),
                f'<span title="{escape(period.source)}">{escape(period.edition)} ({escape(period.confidence)})</span>',
            )
        )
    columns = (
        markup.Column(visit.t("period")),
        markup.Column(visit.t("tou.split")),
        markup.Column(visit.t("tou.peak"), right=True),
        markup.Column(visit.t("tou.valley"), right=True),
        markup.Column(visit.t("tou.table"), wide=True),
    )
    key = " ".join(
        f'<span class="small"><span style="display:inline-block;width:10px;height:10px;background:{colour}"></span> '
        f"{escape(visit.t(f'band.{band}'))}</span>"
        for band, colour in BANDS.items()
    )
    return head + key + markup.table(columns, rows, name="tou")


def _coincidence(visit: Visit, found: Coincidence | None) -> str:
    head = f"<h2>{escape(visit.t('coincidence.title'))}</h2>"
    if found is None:
        return head + markup.state(visit.t("coincidence.single"))
    columns = (
        markup.Column(visit.t("period")),
        markup.Column(visit.t("at")),
        markup.Column(visit.t("peaks.demand"), right=True),
        markup.Column(visit.t("peaks.factor"), right=True),
        markup.Column(visit.t("coincidence.diversity"), right=True, wide=True),
    )
    rows = [
        (
            f'<span class="num">{row.first:%Y-%m}</span>',
            f'<span class="num">{row.at:%m-%d %H:%M}</span>'
            if row.at
            else f'<span class="soft">{escape(visit.half(row.reason))}</span>',
            markup.number(row.demand_kw, "kW"),
            markup.number(row.coincidence_factor, "", 3),
            markup.number(row.diversity_factor, "", 3),
        )
        for row in found.periods
    ]
    left = visit.t("coincidence.left", n=len(found.left_out)) if found.left_out else ""
    return head + markup.table(columns, rows, name="coincidence") + f'<p class="soft small">{escape(left)}</p>'
