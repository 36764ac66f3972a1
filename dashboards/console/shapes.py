"""形态与漂移: classes of the enterprises of a group, their centres, and lasting steps with the day they began."""

from __future__ import annotations

from html import escape

from nicegui import ui

from dashboards.console import charts, markup
from dashboards.console.characteristics import COLOURS
from dashboards.console.frame import loading, title
from dashboards.console.names import site_name
from dashboards.console.span_tools import SpanTools
from dashboards.console.visit import Visit
from monitor.analysis_answers import ClusterOf, DriftReport, ShapeReport


def build(visit: Visit) -> None:
    title(visit.t("page.shapes"), visit.t("shapes.note"))
    with ui.element("div").classes("card"):
        tools = SpanTools(visit, days=365)
        box = ui.html("", sanitize=False)
    cards = ui.element("div").classes("board halves")
    with cards:
        with ui.element("div").classes("card wide"):
            ui.html(f"<h2>{escape(visit.t('shapes.clusters'))}</h2>", sanitize=False)
            chart = ui.echart(charts.base("", ())).classes("chartbox")
            note = ui.html("", sanitize=False)
        with ui.element("div").classes("card wide"):
            drift = ui.html("", sanitize=False)
        with ui.element("div").classes("card wide"):
            sites = ui.html("", sanitize=False)
    cards.set_visibility(False)

    async def ask() -> None:
        """The classes as soon as they are ready, the steps when they come."""
        box.set_content(loading(visit))
        desk, who = visit.services.analyses, visit.principal
        asked = await visit.ask(tools.asked)
        span = None if asked is None else (asked.scope, asked.first, asked.last)
        shapes = None if span is None else await visit.ask(lambda: desk.shapes(who, *span))
        cards.set_visibility(shapes is not None)
        box.set_content("")
        if span is None or shapes is None:
            return
        sites.set_content(_sites(visit, shapes))
        note.set_content(_cluster_note(visit, shapes))
        chart.set_visibility(bool(shapes.clusters))
        chart.options.clear()
        chart.options.update(_chart(visit, shapes))
        chart.update()
        drift.set_content(loading(visit))
        steps = await visit.ask(lambda: desk.drift(who, *span))
        drift.set_content("" if steps is None else _drift(visit, steps))

    tools.on_ask(ask)


def _cluster_name(visit: Visit, cluster: ClusterOf) -> str:
    return visit.pick(cluster.name_zh, cluster.name_en)


def _sites(visit: Visit, found: ShapeReport) -> str:
    names = {cluster.number: _cluster_name(visit, cluster) for cluster in found.clusters}
    columns = (
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("shapes.class")),
        markup.Column(visit.t("shapes.cluster")),
        markup.Column(visit.t("indices.load_factor"), right=True),
        markup.Column(visit.t("shapes.weekend"), right=True, wide=True),
        markup.Column(visit.t("shapes.night"), right=True, wide=True),
        markup.Column(visit.t("shapes.peak"), right=True),
    )
    rows = []
    for site in found.sites:
        if site.reason:
            why = f'<span class="soft">{escape(visit.half(site.reason))}</span>'
            rows.append((site_name(site.scope, site.name), why, "", *[markup.NONE] * 4))
            continue
        seasonal = f" {markup.pill(visit.t('shape.seasonal'), 'serious')}" if site.seasonal else ""
        rows.append(
            (
                site_name(site.scope, site.name),
                markup.pill(visit.t(f"shape.{site.shape}")) + seasonal,
                markup.NONE if site.cluster is None else escape(names[site.cluster]),
                markup.share(site.load_factor),
                markup.share(site.weekend_ratio, 0),
                markup.number(site.night_ratio, "", 2),
                f'<span class="num">{escape(site.peak_at)}</span>',
            )
        )
    head = f"<h2>{escape(visit.t('shapes.sites'))}</h2>"
    return head + markup.table(columns, rows, name="shapes")


def _cluster_note(visit: Visit, found: ShapeReport) -> str:
    if not found.clusters:
        return markup.state(visit.t("insufficient"), visit.half(found.reason))
    rows = [
        (
            _cluster_name(visit, cluster),
            f"{markup.number(cluster.sites)} · {visit.t('shapes.energy')} {markup.share(cluster.energy_share)}",
        )
        for cluster in found.clusters
    ]
    quality = visit.t("shapes.quality", k=len(found.clusters), s=f"{found.silhouette:.2f}", a=f"{found.stability:.2f}")
    return markup.facts(rows) + f'<p class="soft small">{escape(quality)}</p>'


def _chart(visit: Visit, found: ShapeReport) -> charts.Options:
    slots = len(found.clusters[0].centre) if found.clusters else 96
    labels = [f"{slot * 24 // slots:02d}:{slot * 1440 // slots % 60:02d}" for slot in range(slots)]
    options = charts.base(visit.t("shapes.unit"), labels)
    options["series"] = [
        charts.line(_cluster_name(visit, cluster), list(cluster.centre), COLOURS[cluster.number % len(COLOURS)])
        for cluster in found.clusters
    ]
    options["legend"]["type"] = "scroll"
    return options


def _drift(visit: Visit, found: DriftReport) -> str:
    note = visit.t("drift.judged", sites=found.judged_sites, refused=len(found.refused))
    head = f"<h2>{escape(visit.t('drift.title'))}<span class='soft'>{escape(note)}</span></h2>"
    if not found.drifts:
        return head + markup.state(visit.t("drift.none"))
    columns = (
        markup.Column(visit.t("drift.on")),
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("drift.kind")),
        markup.Column(visit.t("drift.change"), right=True),
        markup.Column(visit.t("drift.share"), right=True),
        markup.Column(visit.t("drift.score"), right=True, wide=True),
    )
    rows = [
        (
            f'<span class="num">{row.on.isoformat()}</span>',
            site_name(row.scope, row.name),
            markup.pill(visit.t(f"drift.{row.kind}"), "serious" if row.kind == "multiplier" else ""),
            markup.number(row.change_kw, "kW"),
            markup.share(row.change_share),
            markup.number(row.score, "", 1),
        )
        for row in sorted(found.drifts, key=lambda row: row.on, reverse=True)
    ]
    return head + markup.table(columns, rows, name="drift")
