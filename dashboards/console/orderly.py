"""Gap ahead with its sliders: of power by slot, and of energy where the day has a quota of it."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
from nicegui import ui

from dashboards.console import charts, energy_quota_card, markup
from dashboards.console.frame import loading, title
from dashboards.console.names import scope_name
from dashboards.console.solving import SolvingCard
from dashboards.console.visit import Visit
from domain.errors import InsufficientData, YingfengError
from domain.instants import from_ms
from domain.scopes import Scope, ScopeKind
from response.orderly.gap import EnergyDay, GapSeries
from response.orderly.what_if import WhatIf


def build(visit: Visit) -> None:
    title(visit.t("page.orderly"), visit.t("orderly.note"))
    solving = SolvingCard(visit)
    with ui.element("div").classes("card"):
        _gap(visit, solving)
    with ui.element("div").classes("card"):
        solving.build()


def _gap(visit: Visit, solving: SolvingCard) -> None:
    ui.html(f"<h2>{escape(visit.t('orderly.gap'))}</h2>", sanitize=False)
    scopes = gap_scopes(visit)
    usual = next(iter(scopes))
    scope = ui.select(scopes, value=usual, label=visit.t("scope"), with_input=len(scopes) > 12)
    scope.props("outlined dense data-name=gap-scope").style("max-width: 320px")
    sliders: dict[str, ui.slider] = {}
    with ui.element("div").classes("tools"):
        for name, low, high, step in (
            ("warmer", 0.0, 5.0, 0.5),
            ("cloudy", 0.0, 1.0, 0.1),
            ("quota", -0.3, 0.0, 0.05),
            ("restart", 0.0, 5000.0, 250.0),
        ):
            with ui.element("div").style("width: 210px; max-width: 44%; padding-right: 12px"):
                told = ui.label("").classes("soft")
                slider = ui.slider(min=low, max=high, step=step, value=0.0).props(f"data-name=what-if-{name}")
                sliders[name] = slider
                _tell(visit, name, slider, told)
    state = ui.html(loading(visit, "orderly.forecasting"), sanitize=False)
    chart = ui.echart(charts.base("MW", ())).classes("chartbox")
    chart.set_visibility(False)
    facts = ui.html("", sanitize=False).props("data-name=gap-facts")

    async def show() -> None:
        changes = WhatIf(*(float(sliders[name].value) for name in ("warmer", "cloudy", "quota", "restart")))
        chosen = Scope.parse(str(scope.value or usual))
        solving.scope = None if str(chosen) == usual else chosen
        state.set_content(loading(visit, "orderly.forecasting"))
        found = await visit.ask(lambda: _asked(visit, chosen, changes))
        ready = isinstance(found, GapSeries)
        chart.set_visibility(ready)
        if isinstance(found, GapSeries):
            chart.options.clear()
            chart.options.update(gap_chart(visit, found))
            chart.update()
            state.set_content("")
            facts.set_content(gap_facts(visit, found))
            solving.propose(found)
            await solving.follow(changed=changes != WhatIf())
        elif found is not None:
            facts.set_content("")
            state.set_content(markup.state(visit.t("insufficient"), visit.half(str(found))))
        else:
            state.set_content("")

    energy_quota_card.build(visit, scope, show)
    scope.on_value_change(show)
    for slider in sliders.values():
        slider.on("change", show)
    ui.timer(0.1, show, once=True)


def _tell(visit: Visit, name: str, slider: ui.slider, told: ui.label) -> None:
    def write() -> None:
        value = float(slider.value or 0.0)
        shown = {"warmer": f"+{value:g} °C", "restart": f"+{value:,.0f} kW"}.get(name, f"{value:+.0%}")
        told.set_text(f"{visit.t(f'orderly.{name}')} {shown if value else '0'}")

    slider.on_value_change(write)
    write()


def gap_scopes(visit: Visit) -> dict[str, str]:
    """The district first, then substations and feeders; by scope, what each is called."""
    view = visit.services.ledger.registry.registry().view(visit.today())
    parts = [each for each in view.scopes() if each.kind in (ScopeKind.SUBSTATION, ScopeKind.FEEDER)]
    return {str(each): scope_name(visit, each) for each in (visit.services.orderly.gap.usual_scope(), *parts)}


def _asked(visit: Visit, scope: Scope, changes: WhatIf) -> GapSeries | YingfengError:
    try:
        return visit.services.orderly.gap.ahead(visit.principal, scope, changes=changes)
    except InsufficientData as lack:
        return lack


def gap_chart(visit: Visit, gap: GapSeries) -> dict[str, Any]:
    options = charts.base("MW", [visit.moment(from_ms(int(ts))) for ts in gap.ts_ms])
    series = charts.band(visit.t("forecast.band"), charts.scaled(gap.p10_kw, 0.001), charts.scaled(gap.p90_kw, 0.001))
    above = np.where(gap.p50_kw > gap.quota_kw, gap.p50_kw, np.nan)
    series.append(charts.line("P50", charts.scaled(gap.p50_kw, 0.001), charts.BLUE, width=2.5, z=5))
    series.append(charts.line(visit.t("orderly.above"), charts.scaled(above, 0.001), charts.RED, width=3, z=6))
    dash: dict[str, Any] = {"lineStyle": {"type": "dashed"}, "step": "end"}
    series.append(
        charts.line(visit.t("chart.quota"), charts.scaled(gap.quota_kw, 0.001), charts.RED, width=1.5, **dash)
    )
    options["series"] = series
    options["legend"]["data"] = [each["name"] for each in series if each["name"]]
    return options


def gap_facts(visit: Visit, gap: GapSeries) -> str:
    tiles = []
    for day in gap.days:
        level = visit.t("orderly.no_level")
        if day.level is not None:
            level = visit.pick(day.level.label_zh, day.level.label_en) + (f" · {day.letter}" if day.letter else "")
        hours = "、".join(f"{visit.time(w.start)}–{visit.time(w.end)}" for w in day.windows) or "—"
        chance = "" if day.probability is None else visit.t("forecast.over", share=f"{day.probability:.0%}") + " · "
        note = f"{chance}P90 {day.gap_p90_kw / 1000:+,.2f} MW · {day.ratio:+.1%} · {level} · {hours}"
        label = visit.t("orderly.worst", day=f"{day.day:%m-%d}", at=visit.time(day.worst_at))
        tiles.append(markup.tile(label, markup.megawatts(day.gap_p50_kw), escape(note)))
    tiles += [_energy_tile(visit, day) for day in gap.energy]
    notes = "".join(f"<li>{escape(visit.half(note))}</li>" for note in gap.notes)
    more = f"<ul class='soft'>{notes}</ul>" if notes else ""
    basis = visit.t("orderly.basis", kw=f"{gap.expected_maximum_kw:,.0f}", by=visit.half(gap.expected_by))
    return f'<div class="tiles">{"".join(tiles)}</div><p class="soft">{escape(basis)}</p>{more}'


def _energy_tile(visit: Visit, day: EnergyDay) -> str:
    label, energy = visit.t("energy_quota.gap", day=f"{day.day:%m-%d}"), day.gap
    if energy.gap_kwh is None or energy.expected_kwh is None:
        return markup.tile(label, markup.NONE, escape(visit.t("energy_quota.unknown")))
    note = visit.t(
        "energy_quota.told", quota=f"{energy.quota_kwh / 1000:,.1f}", expected=f"{energy.expected_kwh / 1000:,.1f}"
    )
    if day.level is not None:
        note += f" · {energy.ratio or 0.0:+.1%} · {visit.pick(day.level.label_zh, day.level.label_en)} {day.letter}"
    if energy.kw and energy.window is not None:
        hours = f"{visit.time(energy.window.start)}–{visit.time(energy.window.end)}"
        note += " · " + visit.t("energy_quota.close", mw=f"{energy.kw / 1000:,.2f}", hours=hours)
    return markup.tile(label, markup.number(energy.gap_kwh / 1000, "MWh", 1), escape(note))
