"""The data-quality indicators against their targets: the whole as tiles, enterprises as a table, worst first."""

from __future__ import annotations

from datetime import date
from html import escape

from nicegui import ui

from config.data_quality import Target
from dashboards.console import markup
from dashboards.console.frame import loading
from dashboards.console.visit import Visit
from domain.errors import Invalid
from domain.scopes import DISTRICT, ScopeKind
from monitor.quality_desk import Indicator, QualityDay, ScopeQuality

MOST_ENTERPRISES = 300


def chosen_day(visit: Visit, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(visit.t("day.wrong")) from None


def build(visit: Visit) -> None:
    head = f"<h2>{escape(visit.t('indicators.title'))}</h2>"
    with ui.element("div").classes("tools"):
        day = ui.input(visit.t("day"), value=visit.today().isoformat()).props("outlined dense type=date stack-label")
        again = ui.button(visit.t("refresh"), icon="refresh").props("outline no-caps").classes("act")
    box = ui.html(head + loading(visit), sanitize=False)

    async def fill() -> None:
        chosen = str(day.value)
        found = await visit.ask(lambda: visit.services.quality.day(visit.principal, chosen_day(visit, chosen)))
        if found is not None:
            box.set_content(head + _markup(visit, found))

    day.on_value_change(fill)
    again.on_click(fill)
    ui.timer(0.1, fill, once=True)
    ui.timer(300, fill)


def _markup(visit: Visit, found: QualityDay) -> str:
    if not found.scopes or not any(scope.counts.expected for scope in found.scopes):
        return markup.state(visit.t("indicators.nothing_due"))
    whole = next((s for s in found.scopes if s.scope == DISTRICT), found.scopes[0])
    said = (
        visit.t("indicators.judged", at=visit.moment(found.judged_at), revision=found.revision)
        if found.judged_at is not None
        else visit.t("indicators.running")
    )
    tiles = "".join(_tile(visit, one) for one in whole.indicators)
    enterprises = [s for s in found.scopes if s.scope.kind is ScopeKind.ENTERPRISE]
    return (
        f'<div class="soft small" style="margin-bottom:8px">{escape(said)}</div>'
        f'<div class="tiles" style="margin-bottom:10px">{tiles}</div>{_table(visit, enterprises)}'
    )


def _tile(visit: Visit, one: Indicator) -> str:
    source = f'<span title="{escape(one.target.source)}">{escape(_target(visit, one.target))}</span>'
    off = f" {markup.pill(visit.t('indicators.off'), 'warning')}" if one.met is False else ""
    return markup.tile(_name(visit, one.target), markup.share(one.figure.value, 2), source + off)


def _name(visit: Visit, target: Target) -> str:
    return visit.pick(target.name_zh, target.name_en)


def _target(visit: Visit, target: Target) -> str:
    if target.at_least is not None:
        return visit.t("indicators.at_least", share=f"{target.at_least:.0%}")
    if target.at_most is not None:
        return visit.t("indicators.at_most", share=f"{target.at_most:.0%}")
    return visit.t("indicators.reported")


def _table(visit: Visit, scopes: list[ScopeQuality]) -> str:
    if not scopes:
        return ""
    headings = [_name(visit, one.target) for one in scopes[0].indicators]
    columns = (
        markup.Column(visit.t("enterprise.name")),
        *(markup.Column(heading, right=True, wide=i > 0) for i, heading in enumerate(headings)),
        markup.Column(visit.t("quality.received"), right=True, wide=True),
    )
    return markup.table(columns, [_row(scope) for scope in scopes[:MOST_ENTERPRISES]], name="indicators")


def _row(scope: ScopeQuality) -> tuple[str, ...]:
    ident = scope.scope.id
    counts = scope.counts
    return (
        markup.link(f"/console/enterprise/{ident}", ident),
        *(_cell(one) for one in scope.indicators),
        f"{counts.received:,} / {counts.expected:,}",
    )


def _cell(one: Indicator) -> str:
    shown = markup.share(one.figure.value)
    return f'<span class="pill warning">{shown}</span>' if one.met is False else shown
