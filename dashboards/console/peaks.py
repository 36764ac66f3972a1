"""Who made any past peak: a span, its highest complete block, and each enterprise at that instant."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape

from nicegui import ui

from dashboards.console import markup
from dashboards.console.frame import loading, title
from dashboards.console.names import scope_name
from dashboards.console.pictures import whole_scope
from dashboards.console.visit import Visit
from domain.errors import InsufficientData, Invalid, YingfengError
from domain.instants import days_span
from domain.scopes import MONITORED, Scope, ScopeKind
from monitor.answers import CoincidentPeak

LONGEST_DAYS = 366
GROUPS = (ScopeKind.STREET, ScopeKind.SECTOR, ScopeKind.SUBSTATION, ScopeKind.FEEDER)


def build(visit: Visit) -> None:
    title(visit.t("page.peaks"), visit.t("peaks.note"))
    today = visit.today()
    scopes = {str(s): scope_name(visit, s) for s in _scopes(visit)}
    with ui.element("div").classes("card"):
        with ui.element("div").classes("tools"):
            scope = ui.select(scopes, value=str(whole_scope(visit)), label=visit.t("scope")).props("outlined dense")
            first = ui.input(visit.t("from"), value=(today - timedelta(days=6)).isoformat())
            last = ui.input(visit.t("to"), value=today.isoformat())
            for field in (first, last):
                field.props("outlined dense type=date stack-label")
            find = ui.button(visit.t("peaks.find")).props("no-caps data-name=find").classes("act")
        box = ui.html("", sanitize=False)

    async def ask() -> None:
        box.set_content(loading(visit))
        found = await visit.ask(lambda: _peak(visit, str(scope.value), str(first.value), str(last.value)))
        if found is None:
            box.set_content("")
        elif isinstance(found, YingfengError):
            box.set_content(markup.state(visit.t("insufficient"), visit.half(str(found))))
        else:
            box.set_content(_markup(visit, found))

    find.on_click(ask)
    ui.timer(0.1, ask, once=True)


def _scopes(visit: Visit) -> list[Scope]:
    view = visit.services.ledger.registry.registry().view(visit.today())
    whole = list(dict.fromkeys((whole_scope(visit), MONITORED)))
    return [*whole, *(s for kind in GROUPS for s in view.scopes() if s.kind is kind)]


def _day(visit: Visit, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{visit.t('day.wrong')}: {text!r}") from None


def _peak(visit: Visit, scope: str, first: str, last: str) -> CoincidentPeak | InsufficientData:
    begin, end = _day(visit, first), _day(visit, last)
    if end < begin or (end - begin).days >= LONGEST_DAYS:
        raise Invalid(visit.t("peaks.span"))
    span = days_span(begin, end, visit.zone)
    try:
        return visit.services.questions.peaks(visit.principal, Scope.parse(scope), span)
    except InsufficientData as lack:
        return lack


def _markup(visit: Visit, peak: CoincidentPeak) -> str:
    factor = markup.NONE if peak.coincidence_factor is None else markup.number(peak.coincidence_factor, "", 3)
    at = f"{peak.at.astimezone(visit.zone):%Y-%m-%d %H:%M}"
    facts = (
        markup.tile(visit.t("peaks.demand"), markup.megawatts(peak.demand_kw), f'<span class="num">{at}</span>'),
        markup.tile(visit.t("peaks.factor"), factor, escape(visit.t("peaks.factor.note"))),
        markup.tile(
            visit.t("coverage"), markup.share(peak.coverage), escape(visit.t("peaks.skipped", n=peak.skipped_blocks))
        ),
        markup.tile(visit.t("peaks.members"), markup.number(len(peak.shares)), ""),
    )
    columns = (
        markup.Column("#", right=True),
        markup.Column(visit.t("enterprise.name")),
        markup.Column(visit.t("peaks.then"), right=True),
        markup.Column(visit.t("share"), right=True),
        markup.Column(visit.t("peaks.own"), right=True, wide=True),
        markup.Column(visit.t("peaks.of_own"), right=True, wide=True),
    )
    rows = [
        (
            str(place),
            markup.link(f"/console/enterprise/{s.scope.id}", s.name)
            if s.scope.kind is ScopeKind.ENTERPRISE
            else escape(s.name),
            markup.number(s.demand_kw, "kW"),
            markup.share(s.share),
            markup.number(s.own_maximum_kw, "kW"),
            markup.share(s.demand_kw / s.own_maximum_kw if s.demand_kw is not None and s.own_maximum_kw else None, 0),
        )
        for place, s in enumerate(peak.shares, 1)
    ]
    return f'<div class="tiles four" style="margin-bottom:12px">{"".join(facts)}</div>' + markup.table(
        columns, rows, name="peak"
    )
