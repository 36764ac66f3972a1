"""What an enterprise could shed or shift tomorrow, hour by hour, and the page for a visit."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Any

from nicegui import ui

from dashboards.console import charts, markup
from dashboards.console.frame import loading
from dashboards.console.visit import Visit
from domain.ids import EnterpriseId
from domain.potentials import Potential

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: Hour whose figures and evidence stand under the chart: the afternoon peak.
SHOWN_HOUR = 15


def card(visit: Visit, enterprise_id: str) -> None:
    day = visit.today() + timedelta(days=1)
    services, principal, ident = visit.services, visit.principal, EnterpriseId(enterprise_id)
    note = visit.t("potential.note", day=f"{day:%m-%d}")
    ui.html(f"<h2>{escape(visit.t('potential.title'))}<span class='soft'>{escape(note)}</span></h2>", sanitize=False)
    state = ui.html(loading(visit), sanitize=False)
    chart = ui.echart(charts.base("kW", ())).classes("chartbox")
    chart.set_visibility(False)
    facts = ui.html("", sanitize=False)

    async def show() -> None:
        found = await visit.ask(lambda: services.potentials.by_hour(principal, ident, day))
        if not found:
            state.set_content(markup.state(visit.t("insufficient")))
            return
        state.set_content("")
        known = [each for each in found if each.shed_kw is not None]
        if known and any(each.shed_kw for each in known):
            chart.options.clear()
            chart.options.update(_options(visit, found))
            chart.update()
            chart.set_visibility(True)
        facts.set_content(_facts(visit, found[min(SHOWN_HOUR, len(found) - 1)]))

    async def page() -> None:
        button.props("loading")
        content = await visit.ask(lambda: services.profiles.docx(principal, ident))
        button.props(remove="loading")
        if content is not None:
            ui.download.content(content, f"profile-{ident}.docx", DOCX)

    button = ui.button(visit.t("potential.page"), icon="description", on_click=page)
    button.props("outline no-caps data-name=profile").classes("act")
    ui.timer(0.1, show, once=True)


def _options(visit: Visit, found: tuple[Potential, ...]) -> dict[str, Any]:
    options = charts.base("kW", [visit.time(each.start) for each in found])
    options["xAxis"] |= {"boundaryGap": True, "axisLabel": {"color": "#52616f", "hideOverlap": True}}
    options["yAxis"] |= {"scale": False}
    bars = (("potential.shed", charts.BLUE, "shed_kw"), ("potential.shift", charts.AMBER, "shift_kw"))
    options["series"] = [
        {"name": visit.t(key), "type": "bar", "color": colour, "data": [_rounded(getattr(e, field)) for e in found]}
        for key, colour, field in bars
    ]
    options["legend"]["data"] = [each["name"] for each in options["series"]]
    return options


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _facts(visit: Visit, found: Potential) -> str:
    if found.reason:
        return markup.state(visit.t(f"potential_verdict.{found.verdict}"), visit.half(found.reason))
    security = markup.number(found.security_kw, "kW")
    if not found.security_registered:
        security += " " + markup.pill(visit.t("potential.unregistered"), "warning")
    confidence = markup.share(found.confidence, 0) if found.shed_kw else markup.NONE
    pairs = [
        (visit.t("potential.expected"), markup.number(found.expected_kw, "kW")),
        (visit.t("enterprise.security_load_kw"), security),
        (visit.t("potential.shed"), markup.number(found.shed_kw, "kW")),
        (visit.t("potential.shift"), markup.number(found.shift_kw, "kW")),
        (visit.t("potential.confidence"), confidence),
    ]
    if found.basis:
        pairs.append((visit.t("potential.basis"), escape(visit.t(f"potential_basis.{found.basis}"))))
    evidence = "".join(f"<li>{escape(visit.half(each))}</li>" for each in found.evidence)
    hours = f"{visit.time(found.start)} – {visit.time(found.end)}"
    return f"<p class='soft'>{escape(hours)}</p>{markup.facts(pairs)}<ul class='soft small'>{evidence}</ul>"
