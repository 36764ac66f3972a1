"""How the sites use power: cooling, what could be taken off, and what a day would have been by its baselines."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build

from dashboards.grafana import influxql
from dashboards.grafana.boards.frame import board_of, choice
from dashboards.grafana.panels import (
    KW_PER_DEGREE_UNIT,
    POWER_UNIT,
    SHARE_UNIT,
    curve_panel,
    figure_panel,
    ranking_panel,
)
from domain.scopes import ScopeKind
from storage.schema import BASELINE, POTENTIAL, SITE_DAY

UID = "yingfeng-sites"
NOTE = (
    "每夜重算（近一年负荷与气温）；形态类别名称、样本日与拒绝原因见控制台。\n\n"
    "Worked out each night from a year of load and temperature; names of classes, sample days and refusals stand "
    "on the console."
)
HOT_DAY = {
    "hot_day_kw": "40 ℃ 峰时负荷 load at the peak",
    "hot_day_low_kw": "40 ℃ 负荷下限 low",
    "hot_day_high_kw": "40 ℃ 负荷上限 high",
    "hot_day_cooling_kw": "其中降温 cooling in it",
}
SENSITIVITY = {
    "cooling_kw_per_c": "灵敏度 sensitivity",
    "cooling_low_kw_per_c": "下限 low",
    "cooling_high_kw_per_c": "上限 high",
    "hot_day_cooling_kw": "40 ℃ 时降温 cooling at 40 ℃",
}
SENSITIVITY_UNITS = {
    label: POWER_UNIT if column == "hot_day_cooling_kw" else KW_PER_DEGREE_UNIT for column, label in SENSITIVITY.items()
}
SHAPE = {"load_factor": "负荷率 load factor", "weekend_ratio": "周末 weekend", "night_ratio": "夜间 night"}
ABLE = {"shed_kw": "可压 shed", "shift_kw": "其中可移 of it to shift"}
BASELINES = {"official_kw": "官方方法 official", "combined_kw": "多法加权 combined"}


def site_board() -> build.Dashboard:
    monitored, every = influxql.of_scope(ScopeKind.MONITORED), influxql.of_scope(ScopeKind.ENTERPRISE)
    chosen = influxql.of_scope(ScopeKind.ENTERPRISE, "$enterprise")
    board = (
        board_of("形态、降温、潜力与基线 Sites", UID)
        .time("now-7d/d", "now+1d/d")
        .with_variable(choice("enterprise", "企业 enterprise", influxql.ids_of(ScopeKind.ENTERPRISE)))
    )
    for column, label in HOT_DAY.items():
        query = influxql.newest_row(SITE_DAY, monitored, {column: label})
        board = board.with_panel(figure_panel(label, query, unit=POWER_UNIT, width=6, about=NOTE))
    cooling = influxql.newest_row(SITE_DAY, every, SENSITIVITY, by=influxql.ID)
    shapes = influxql.newest_row(SITE_DAY, every, SHAPE, by=influxql.ID)
    board = board.with_panel(
        ranking_panel("气温灵敏度 cooling by enterprise", cooling, SENSITIVITY_UNITS, width=12, about=NOTE)
    ).with_panel(
        ranking_panel("负荷形态 shape by enterprise", shapes, dict.fromkeys(SHAPE.values(), SHARE_UNIT), width=12)
    )
    for title, where in (("监测合计 monitored", monitored), ("企业 $enterprise", chosen)):
        able = influxql.series_curve(POTENTIAL, where, ABLE)
        measured = influxql.curve(where, {"demand_kw": "实测 measured"})
        baselines = influxql.series_curve(BASELINE, where, BASELINES)
        board = board.with_panel(
            curve_panel(f"可调潜力 potential: {title}", able, unit=POWER_UNIT, width=12).interval("1h")
        ).with_panel(curve_panel(f"基线与实测 baselines: {title}", measured, baselines, unit=POWER_UNIT, width=12))
    return board
