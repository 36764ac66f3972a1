"""Forecast against what came, and the characteristics of the days."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build

from dashboards.grafana import influxql
from dashboards.grafana.boards.frame import board_of, choice
from dashboards.grafana.panels import FULL_WIDTH, POWER_UNIT, SHARE_UNIT, curve_panel
from domain.scopes import ScopeKind
from storage.schema import FORECAST

UID = "yingfeng-analysis"
FORECAST_COLUMNS = {"p10_kw": "P10", "p50_kw": "P50", "p90_kw": "P90"}
FORECAST_NOTE = (
    "最近一次早间预测(P10/P50/P90)与实测 15 分钟需量。历次预测与评分见控制台负荷预测页。\n\n"
    "The newest morning's forecast against the measured 15-minute demand. Every issue and its score stand on the "
    "console's forecast page."
)
DAY_COLUMNS = {"maximum_kw": "最大 maximum", "mean_kw": "平均 mean", "minimum_kw": "最小 minimum"}


def analysis_board() -> build.Dashboard:
    """Forecast against what came, and the characteristics of the days: monitored load and one enterprise."""
    monitored = influxql.of_scope(ScopeKind.MONITORED)
    chosen = influxql.of_scope(ScopeKind.ENTERPRISE, "$enterprise")
    board = (
        board_of("预测与负荷特性 Forecast and characteristics", UID)
        .time("now-7d/d", "now+2d")
        .with_variable(choice("enterprise", "企业 enterprise", influxql.ids_of(ScopeKind.ENTERPRISE)))
    )
    for title, where in (("监测合计 monitored", monitored), ("企业 $enterprise", chosen)):
        measured = influxql.curve(where, {"demand_kw": "实测 measured"})
        said = influxql.series_curve(FORECAST, where, FORECAST_COLUMNS)
        panels = (
            (f"预测与实测 forecast: {title}", (measured, said), POWER_UNIT, FULL_WIDTH, FORECAST_NOTE),
            (f"日负荷 load of the days: {title}", (influxql.load_days(where, DAY_COLUMNS),), POWER_UNIT, 12, ""),
            (f"日负荷率 load factor: {title}", (influxql.load_factor(where, "负荷率 load factor"),), SHARE_UNIT, 6, ""),
            (
                f"峰谷差率 peak-valley: {title}",
                (influxql.peak_valley_ratio(where, "峰谷差率 peak-valley ratio"),),
                SHARE_UNIT,
                6,
                "",
            ),
        )
        for name, queries, unit, width, about in panels:
            board = board.with_panel(curve_panel(name, *queries, unit=unit, width=width, about=about))
    return board
