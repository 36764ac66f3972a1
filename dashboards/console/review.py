"""复盘: a day looked back on. The slider scrubs through load, restored load and what was done; a button exports it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from html import escape
from typing import Any

from nicegui import ui

from dashboards.console import charts, markup
from dashboards.console.frame import loading, title
from dashboards.console.names import scope_name
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.instants import BLOCK_MS, from_ms
from domain.scopes import Scope
from response.dr.review_answer import Review
from response.dr.review_moments import Moment

TONES = {"instruction": "serious", "order": "critical", "step": "info", "notice": "", "reply": "ok", "alert": "warning"}
#: So many of the newest moments stand beside the slider; the file has them all.
MOST_MOMENTS = 40


def build(visit: Visit, chosen: str) -> None:
    title(visit.t("page.review"), visit.t("review.note"))
    with ui.element("div").classes("card"):
        with ui.element("div").classes("tools"):
            day = ui.input(visit.t("review.day"), value=chosen or visit.today().isoformat())
            day.props("type=date outlined dense stack-label data-name=day")
            for form in ("docx", "xlsx"):
                _export(visit, form, lambda: str(day.value))
        state = ui.html(loading(visit), sanitize=False)
        facts = ui.html("", sanitize=False)
        chart = ui.echart(charts.base("kW", ())).classes("chartbox")
        slider = ui.slider(min=0, max=95, value=0).props("label-always data-name=scrub")
    with ui.element("div").classes("card"):
        moments = ui.html("", sanitize=False).props("data-name=moments")
    shown: list[Review] = []

    def scrub() -> None:
        if shown:
            at = min(int(slider.value), len(shown[0].ts_ms) - 1)
            slider.props(f'label-value="{visit.time(from_ms(shown[0].ts_ms[at]))}"')
            chart.run_chart_method("setOption", {"series": [{"id": "scrub", **_mark(at)}]})
            facts.set_content(facts_markup(visit, shown[0], at))
            moments.set_content(moments_markup(visit, shown[0], at))

    async def show() -> None:
        state.set_content(loading(visit))
        found = await visit.ask(lambda: visit.services.dr.review.review(visit.principal, _day(str(day.value))))
        state.set_content("")
        shown[:] = [] if found is None else [found]
        chart.set_visibility(found is not None and found.coverage > 0)
        slider.set_visibility(found is not None)
        if found is None:
            return
        chart.options.clear()
        chart.options.update(options(visit, found))
        chart.update()
        slider.props(f"max={len(found.ts_ms) - 1}")
        slider.set_value(first_look(found))
        scrub()

    day.on_value_change(show)
    slider.on_value_change(scrub)
    ui.timer(0.1, show, once=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text} 不是日期 / {text} is not a date") from None


def _export(visit: Visit, form: str, day: Callable[[], str]) -> None:
    def content() -> bytes:
        dr = visit.services.dr
        return dr.archive.rendered(dr.review.paper(visit.principal, _day(day())), form)

    async def run() -> None:
        found = await visit.ask(content)
        if found is not None:
            ui.download.content(found, f"review-{day()}.{form}")

    button = ui.button(f"{visit.t('review.export')} .{form}", icon="download", on_click=run)
    button.props(f"outline no-caps data-name=export-{form}").classes("act")


def first_look(found: Review) -> int:
    """Where the restored peak was, else the last block that is known."""
    if found.restored_peak_ms is not None:
        return found.ts_ms.index(found.restored_peak_ms)
    return 0


def options(visit: Visit, found: Review) -> dict[str, Any]:
    made = charts.base("MW", [visit.time(from_ms(ms)) for ms in found.ts_ms])
    load = _megawatts(found.load_kw)
    saved = [cut > 0 for cut in found.reduction_kw]
    restored = [value if cut else None for value, cut in zip(_megawatts(found.restored_kw), saved, strict=True)]
    series = []
    if any(width > 0 for width in found.band_kw):
        pairs = list(zip(restored, found.band_kw, strict=True))
        low = [None if value is None else round(value - width / 1000, 3) for value, width in pairs]
        high = [None if value is None else round(value + width / 1000, 3) for value, width in pairs]
        series += charts.band(visit.t("review.band"), low, high)
    series.append(charts.line(visit.t("review.load"), load, charts.BLUE, width=2.5, z=5))
    dotted = {"lineStyle": {"type": "dotted"}}
    series.append(charts.line(visit.t("chart.restored"), restored, charts.AMBER, width=2.5, z=6, **dotted))
    made["series"] = [*series, {"id": "scrub", "type": "line", "data": [], **_mark(first_look(found))}]
    made["legend"]["data"] = [each["name"] for each in series if each["name"]]
    return made


def _mark(at: int) -> dict[str, Any]:
    line = {"color": charts.RED, "type": "solid", "width": 1.5}
    return {
        "markLine": {
            "symbol": "none",
            "silent": True,
            "label": {"show": False},
            "lineStyle": line,
            "data": [{"xAxis": at}],
        }
    }


def _megawatts(values: tuple[float | None, ...]) -> list[float | None]:
    return [None if value is None else round(value / 1000, 3) for value in values]


def facts_markup(visit: Visit, found: Review, at: int) -> str:
    """What was drawn and saved at one block, and what the peak would have been."""
    time = visit.time(from_ms(found.ts_ms[at]))
    load, restored = found.load_kw[at], found.restored_kw[at]
    band = ""
    if found.restored_low_kw is not None and found.restored_high_kw is not None:
        low, high = found.restored_low_kw / 1000, found.restored_high_kw / 1000
        band = f"{low:,.2f} – {high:,.2f} MW"
    drill = f'<div class="banner" role="note">{escape(visit.t("event.drill"))}</div>' if found.drill else ""
    saved = markup.megawatts(found.reduction_kw[at])
    tiles = (
        markup.tile(visit.t("review.without"), markup.megawatts(found.restored_peak_kw), escape(band)),
        markup.tile(visit.t("review.peak"), markup.megawatts(found.peak_kw), _when(visit, found.peak_ms)),
        markup.tile(visit.t("review.at", time=time), markup.megawatts(load), ""),
        markup.tile(
            visit.t("review.saved", time=time), saved, f"{visit.t('chart.restored')} {markup.megawatts(restored)}"
        ),
    )
    of = escape(scope_name(visit, Scope.parse(found.scope)))
    return f'{drill}<div class="small soft" data-name="scope">{of}</div><div class="tiles four">{"".join(tiles)}</div>'


def _when(visit: Visit, ms: int | None) -> str:
    return "" if ms is None else escape(visit.time(from_ms(ms)))


def moments_markup(visit: Visit, found: Review, at: int) -> str:
    """What had happened by the end of a block, the newest first."""
    until = found.ts_ms[at] + BLOCK_MS
    past = [moment for moment in found.moments if moment.at_ms < until]
    told = visit.t("review.moments", time=visit.time(from_ms(until)), n=len(past), of=len(found.moments))
    head = f"<h2>{escape(told)}</h2>"
    if not past:
        return head + markup.state(visit.t("review.quiet"))
    columns = (
        markup.Column(visit.t("review.what")),
        markup.Column(visit.t("review.time")),
        markup.Column(visit.t("review.kind")),
        markup.Column(visit.t("review.of")),
    )
    rows = [_moment(visit, moment) for moment in reversed(past[-MOST_MOMENTS:])]
    return head + markup.table(columns, rows, name="moments", stacked=True)


def _moment(visit: Visit, moment: Moment) -> tuple[str, ...]:
    return (
        escape(visit.half(moment.text)),
        f'<span class="num">{visit.time(from_ms(moment.at_ms))}</span>',
        markup.pill(visit.t(f"review.{moment.what}"), TONES[moment.what]),
        f'<span class="soft small"><span class="num">{escape(_of(visit, moment))}</span> {escape(moment.who)}</span>',
    )


def _of(visit: Visit, moment: Moment) -> str:
    """An alert is about a place, everything else about a document or an event."""
    return scope_name(visit, Scope.parse(moment.source)) if moment.what == "alert" else moment.source
