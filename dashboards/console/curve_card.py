"""The card with today's curve of a scope."""

from __future__ import annotations

from nicegui import ui

from dashboards.console import charts
from dashboards.console.board import Answer
from dashboards.console.frame import live, loading, trouble
from dashboards.console.pictures import Curves, current_topic, curves_topic
from dashboards.console.visit import Visit
from domain.scopes import Scope, ScopeKind
from monitor.answers import CurrentLoad, Projection


class CurveCard:
    def __init__(self, visit: Visit, scope: Scope) -> None:
        self._visit = visit
        self._unit = "kW" if scope.kind is ScopeKind.ENTERPRISE else "MW"
        self._curves: Curves | None = None
        self._projection: Projection | None = None
        self._state = ui.html(loading(visit), sanitize=False)
        self._chart = ui.echart(charts.base(self._unit, ())).classes("chartbox")
        self._chart.set_visibility(False)
        live(visit, curves_topic(visit, scope), self._take_curves)
        live(visit, current_topic(visit, scope), self._take_current)

    def _take_curves(self, answer: Answer) -> None:
        self._state.set_content(trouble(self._visit, answer.problem) if answer.problem else "")
        if answer.value is not None:
            self._curves = answer.value
            self._chart.set_visibility(True)
            self._draw()

    def _take_current(self, answer: Answer) -> None:
        load: CurrentLoad | None = answer.value
        projection = load.projection if load is not None else None
        if projection != self._projection:
            self._projection = projection
            self._draw()

    def _draw(self) -> None:
        if self._curves is None:
            return
        options = charts.day_curve(
            self._visit, self._curves.today, self._curves.yesterday, self._projection, self._unit
        )
        if options != self._chart.options:
            self._chart.options.clear()
            self._chart.options.update(options)
            self._chart.update()
