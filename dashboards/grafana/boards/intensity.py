"""Energy use and intensity by month."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models.common import VisibilityMode

from dashboards.grafana import influxql
from dashboards.grafana.boards.frame import board_of
from dashboards.grafana.panels import (
    FULL_WIDTH,
    KWH_PER_OUTPUT_UNIT,
    SHARE_UNIT,
    TCE_PER_OUTPUT_UNIT,
    TCE_UNIT,
    curve_panel,
    figure_panel,
    ranking_panel,
)
from domain.scopes import ScopeKind
from storage.schema import INTENSITY_MONTH

UID = "yingfeng-intensity"
ENERGY = {"energy_equivalent_tce": "等价值 equivalent", "energy_calorific_tce": "当量值 calorific"}
INTENSITY = {"intensity_equivalent": "等价值 equivalent", "intensity_calorific": "当量值 calorific"}
LONGEST_MONTH_MS = 31 * 86_400_000 + 3_600_000
INTENSITY_NOTE = (
    "月度能耗与强度,每月一点;每夜重算近十三个月,或用 yingfeng intensity write-months。等价值与当量值不可相加;"
    "缺报的月份没有点。有规上名录的年份按规上企业口径，与控制台选该年名录时相同。\n\n"
    "Energy use and intensity, a point a month; the last thirteen are written again each night, others by yingfeng "
    "intensity write-months. The bases are never added; a month without statements has no point. "
    "In a year with a list above scale (规上) the figures are of its enterprises, as the console's with that list."
)


def intensity_board() -> build.Dashboard:
    """Energy use and intensity by month: the district in both bases, its sectors, and the enterprises."""
    district, sectors = influxql.of_scope(ScopeKind.DISTRICT), influxql.of_scope(ScopeKind.SECTOR)
    board = board_of("能耗强度 Energy intensity", UID).time("now-2y/d", "now")
    for column, label, unit in (
        ("intensity_equivalent", "强度 等价值", TCE_PER_OUTPUT_UNIT),
        ("energy_equivalent_tce", "综合能耗 等价值", TCE_UNIT),
        ("electricity_intensity_kwh", "电耗强度 electricity", KWH_PER_OUTPUT_UNIT),
        ("change_equivalent", "强度同比 change", SHARE_UNIT),
    ):
        query = influxql.newest_row(INTENSITY_MONTH, district, {column: label})
        board = board.with_panel(figure_panel(f"最新月 {label}", query, unit=unit, width=6, about=INTENSITY_NOTE))
    for title, columns, unit in (
        ("强度 intensity", INTENSITY, TCE_PER_OUTPUT_UNIT),
        ("综合能耗 energy use", ENERGY, TCE_UNIT),
    ):
        query = influxql.intensity_months(district, columns)
        board = board.with_panel(_months(curve_panel(title, query, unit=unit, width=12, about=INTENSITY_NOTE)))
    by_sector = influxql.intensity_months(sectors, {"intensity_equivalent": "强度"}, by=influxql.ID)
    panel = curve_panel(
        "分行业强度 by sector, 等价值", by_sector, unit=TCE_PER_OUTPUT_UNIT, width=FULL_WIDTH, alias="$tag_id"
    )
    board = board.with_panel(_months(panel))
    every = influxql.of_scope(ScopeKind.ENTERPRISE)
    for column, label, unit in (
        ("intensity_equivalent", "强度 等价值", TCE_PER_OUTPUT_UNIT),
        ("energy_equivalent_tce", "能耗 等价值", TCE_UNIT),
    ):
        query = influxql.newest_row(INTENSITY_MONTH, every, {column: label}, by=influxql.ID)
        board = board.with_panel(ranking_panel(f"企业 by enterprise: {label}", query, {label: unit}, width=12))
    return board


def _months(panel: timeseries.Panel) -> timeseries.Panel:
    """Neighbouring months are joined, a missing one is a gap; a mark shows a month between two gaps."""
    return panel.interval("1d").show_points(VisibilityMode.ALWAYS).span_nulls(LONGEST_MONTH_MS)
