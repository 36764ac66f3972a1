"""The forecast of the next two days with its band, the chance of passing quota, and how earlier forecasts did."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
from nicegui import ui

from dashboards.console import charts, markup
from dashboards.console.forecast_scores import ScoresCard
from dashboards.console.frame import loading, title
from dashboards.console.names import place_name
from dashboards.console.pictures import whole_scope
from dashboards.console.visit import Visit
from domain.errors import InsufficientData, YingfengError
from domain.instants import from_ms
from domain.scopes import MONITORED, Scope, enterprise_scope
from monitor.forecast_answers import LoadForecast


def build(visit: Visit) -> None:
    title(visit.t("page.forecast"), visit.t("forecast.note"))
    scopes = {str(scope): place_name(visit, scope) for scope in _scopes(visit)}
    with ui.element("div").classes("card"):
        scope = ui.select(scopes, value=str(whole_scope(visit)), label=visit.t("scope"), with_input=True)
        scope.props("outlined dense data-name=forecast-scope").style("max-width: 320px")
        state = ui.html(loading(visit), sanitize=False)
        chart = ui.echart(charts.base("kW", ())).classes("chartbox")
        chart.set_visibility(False)
        facts = ui.html("", sanitize=False)
    ScoresCard(visit)

    async def show() -> None:
        state.set_content(loading(visit))
        wanted = Scope.parse(str(scope.value))
        found = await visit.ask(lambda: _asked(visit, wanted))
        state.set_content("")
        chart.set_visibility(isinstance(found, LoadForecast))
        if isinstance(found, LoadForecast):
            chart.options.clear()
            chart.options.update(_options(visit, found))
            chart.update()
            facts.set_content(_facts(visit, found))
        else:
            facts.set_content("")
            reason = visit.half(str(found)) if found is not None else ""
            state.set_content(markup.state(visit.t("insufficient"), reason))

    scope.on_value_change(show)
    ui.timer(0.1, show, once=True)


def _scopes(visit: Visit) -> list[Scope]:
    view = visit.services.ledger.registry.registry().view(visit.today())
    whole = list(dict.fromkeys((whole_scope(visit), MONITORED)))
    return [*whole, *(enterprise_scope(each) for each in sorted(view.enterprises))]


def _asked(visit: Visit, scope: Scope) -> LoadForecast | YingfengError:
    try:
        return visit.services.forecasts.forecast(visit.principal, scope)
    except InsufficientData as lack:
        return lack


def _options(visit: Visit, found: LoadForecast) -> dict[str, Any]:
    large = float(np.max(found.p90_kw)) > 5_000
    factor, unit = (0.001, "MW") if large else (1.0, "kW")
    options = charts.base(unit, [visit.moment(from_ms(int(ts))) for ts in found.ts_ms])
    low, middle, high = (charts.scaled(each, factor) for each in (found.p10_kw, found.p50_kw, found.p90_kw))
    series = charts.band(visit.t("forecast.band"), low, high)
    series.append(charts.line("P50", middle, charts.BLUE, width=2.5, z=5))
    quota = charts.scaled(found.quota_kw, factor)
    if any(point is not None for point in quota):
        dash = {"lineStyle": {"type": "dashed"}, "step": "end"}
        series.append(charts.line(visit.t("chart.quota"), quota, charts.RED, width=1.5, **dash))
    options["series"] = series
    options["legend"]["data"] = [each["name"] for each in series if each["name"]]
    return options


def _facts(visit: Visit, found: LoadForecast) -> str:
    tiles = []
    for day in found.days:
        chance = visit.t("quota.none")
        if day.quota_probability is not None:
            chance = visit.t("forecast.over", share=f"{day.quota_probability:.0%}")
        band = (
            f"{day.peak_p10_kw / 1000:,.2f} – {day.peak_p90_kw / 1000:,.2f} MW · {visit.time(day.peak_at)} · {chance}"
        )
        label = visit.t("forecast.peak", day=f"{day.day:%m-%d}")
        tiles.append(markup.tile(label, markup.megawatts(day.peak_p50_kw), escape(band)))
    method = visit.t(f"forecast_method.{found.method}")
    heat = visit.t(f"forecast_heat.{found.temperature}")
    note = visit.t("forecast.basis", at=visit.moment(found.issued_at), method=method, heat=heat)
    left_out = "".join(f"<li>{escape(name)}: {escape(visit.half(why))}</li>" for name, why in found.unmodelled)
    more = f"<p class='soft'>{escape(visit.t('forecast.unmodelled'))}</p><ul>{left_out}</ul>" if left_out else ""
    return f'<div class="tiles">{"".join(tiles)}</div><p class="soft">{escape(note)}</p>{more}'
