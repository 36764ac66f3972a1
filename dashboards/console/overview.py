"""The first page: the district now, what is wrong, who makes the peak, and the line to copy."""

from __future__ import annotations

from html import escape

from nicegui import ui

from dashboards.console import markup, now
from dashboards.console.alert_list import AlertList
from dashboards.console.board import Answer
from dashboards.console.curve_card import CurveCard
from dashboards.console.frame import live, loading, title, trouble
from dashboards.console.pictures import Rows, alerts_topic, brief_topic, current_topic, rows_topic, whole_scope
from dashboards.console.visit import Visit
from domain.scopes import Scope
from monitor.answers import Brief

TOP = 10


def build(visit: Visit) -> None:
    scope = whole_scope(visit)
    title(visit.t("overview.title", place=visit.services.settings.district.name), visit.t("overview.note"))
    with ui.element("div").classes("board overview"):
        with ui.element("div").classes("now"):
            _now(visit, scope)
        with ui.element("div").classes("card alerts"):
            _alerts(visit)
        with ui.element("div").classes("card chart"):
            ui.html(
                f"<h2>{escape(visit.t('curve.title'))}<span class='soft'>{escape(visit.t('curve.note'))}</span></h2>",
                sanitize=False,
            )
            CurveCard(visit, scope)
        with ui.element("div").classes("card brief"):
            _brief(visit)
        with ui.element("div").classes("card top"):
            _top(visit)


def _now(visit: Visit, scope: Scope) -> None:
    box = ui.html(loading(visit), sanitize=False)

    def show(answer: Answer) -> None:
        if answer.value is None:
            box.set_content(trouble(visit, answer.problem))
        else:
            box.set_content(now.tiles(visit, answer.value))

    live(visit, current_topic(visit, scope), show)


def _alerts(visit: Visit) -> None:
    head = ui.html(f"<h2>{escape(visit.t('alerts.active'))}</h2>", sanitize=False)
    alerts = AlertList(visit, limit=5)
    problem = ui.html(loading(visit), sanitize=False)

    def show(answer: Answer) -> None:
        problem.set_content(trouble(visit, answer.problem) if answer.problem else "")
        if answer.value is not None:
            count = f'<span class="soft">{len(answer.value)}</span>'
            head.set_content(f"<h2>{escape(visit.t('alerts.active'))}{count}</h2>")
            alerts.show(answer.value, empty=visit.t("alerts.none"))

    live(visit, alerts_topic(visit), show)


def _brief(visit: Visit) -> None:
    with ui.element("div").style("display:flex; align-items:center; justify-content:space-between; gap:8px"):
        ui.html(f"<h2 style='margin:0'>{escape(visit.t('brief.title'))}</h2>", sanitize=False)
        button = ui.button(visit.t("brief.copy"), icon="content_copy").props("outline dense no-caps data-name=copy")
        button.classes("act").style("padding: 2px 10px")
        button.on("click", js_handler='() => copyText("brief")')
        button.on("click", lambda: visit.tell(visit.t("brief.copied")))
    box = ui.html(loading(visit), sanitize=False)

    def show(answer: Answer) -> None:
        box.set_content(trouble(visit, answer.problem) if answer.value is None else brief_markup(visit, answer.value))

    live(visit, brief_topic(visit), show)


def brief_markup(visit: Visit, brief: Brief) -> str:
    """The line with each number as a link to where it comes from."""
    rest, done = visit.pick(brief.text_zh, brief.text_en), ""
    for number in brief.numbers:
        before, found, after = rest.partition(number.text)
        if found:
            where = f'href="{escape(number.href)}" target="_blank" title="{escape(number.label)}"'
            link = f'<a class="num" {where}>{escape(found)}</a>'
            done, rest = done + escape(before) + link, after
    hint = "" if brief.complete else visit.t("brief.incomplete")
    notes = "".join(f'<div class="small soft">{escape(text)}</div>' for text in (hint, visit.t("brief.note")) if text)
    return f'<p class="brieftext" id="brief">{done}{escape(rest)}</p>{notes}'


def _top(visit: Visit) -> None:
    box = ui.html(f"<h2>{escape(visit.t('top.title'))}</h2>" + loading(visit), sanitize=False)

    def show(answer: Answer) -> None:
        if answer.value is None:
            box.set_content(f"<h2>{escape(visit.t('top.title'))}</h2>" + trouble(visit, answer.problem))
        else:
            box.set_content(_top_markup(visit, answer.value))

    live(visit, rows_topic(visit), show)


def _top_markup(visit: Visit, picture: Rows) -> str:
    span = f"{visit.time(picture.block.start)}–{visit.time(picture.block.end)}"
    note = visit.t("top.note", span=span)
    head = f"<h2>{escape(visit.t('top.title'))}<span class='soft'>{escape(note)}</span></h2>"
    best = [row for row in picture.rows if row.demand_kw is not None][:TOP]
    if not best:
        return head + markup.state(visit.t("insufficient"), visit.t("top.nothing"))
    largest = best[0].share or 1.0
    columns = (
        markup.Column("#", right=True),
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("enterprise.sector"), wide=True),
        markup.Column(visit.t("demand"), right=True),
        markup.Column(visit.t("share"), right=True),
        markup.Column("", wide=True),
    )
    rows = [
        (
            str(place),
            markup.link(f"/console/enterprise/{row.enterprise.id}", row.enterprise.name),
            escape(row.enterprise.sector),
            markup.number(row.demand_kw, "kW"),
            markup.share(row.share),
            f'<span class="sharebar" style="width:{90 * (row.share or 0) / largest:.0f}px"></span>',
        )
        for place, row in enumerate(best, 1)
    ]
    together = sum(row.share or 0 for row in best)
    return (
        head
        + markup.table(columns, rows, name="top")
        + f'<div class="small soft">{escape(visit.t("top.together"))} {markup.share(together)}</div>'
    )
