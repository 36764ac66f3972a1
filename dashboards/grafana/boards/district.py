"""The district at a glance: its load, who makes it, and what the data are worth."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana import influxql
from dashboards.grafana.boards.demand import COVERAGE, DEMAND_COLUMNS, ESTIMATE_NOTE
from dashboards.grafana.boards.frame import board_of
from dashboards.grafana.panels import FULL_WIDTH, POWER_UNIT, SHARE_UNIT, curve_panel, figure_panel, ranking_panel
from domain.scopes import ScopeKind

UID = "yingfeng-district"
AREAS = (ScopeKind.STREET, ScopeKind.SECTOR, ScopeKind.SUBSTATION, ScopeKind.FEEDER)


def district_board() -> build.Dashboard:
    """District and monitored load, who makes it, and what the data are worth."""
    district, monitored = influxql.of_scope(ScopeKind.DISTRICT), influxql.of_scope(ScopeKind.MONITORED)
    every_enterprise = influxql.of_scope(ScopeKind.ENTERPRISE)
    area = build.CustomVariable("area").label("分区方式 area").values(",".join(AREAS))
    board = board_of("全区负荷总览 District load", UID).with_variable(area.current(_option(AREAS[0])))
    for title, where in (("全区", district), ("监测", monitored)):
        newest = influxql.newest(where, "demand_kw", "需量 demand")
        highest = influxql.extreme(where, "max", "demand_kw", "最大 maximum")
        coverage = influxql.newest(where, *next(iter(COVERAGE.items())))
        board = (
            board.with_panel(figure_panel(f"{title}需量 demand", newest, unit=POWER_UNIT, width=4))
            .with_panel(figure_panel(f"{title}最大 maximum", highest, unit=POWER_UNIT, width=4))
            .with_panel(figure_panel(f"{title}覆盖率 coverage", coverage, unit=SHARE_UNIT, width=4))
        )
    for title, where in (("全区负荷 district load", district), ("监测负荷 monitored load", monitored)):
        query = influxql.curve(where, DEMAND_COLUMNS)
        half = FULL_WIDTH // 2
        board = board.with_panel(curve_panel(title, query, unit=POWER_UNIT, width=half, about=ESTIMATE_NOTE))
        earlier = curve_panel(f"昨日 the day before: {title}", query, unit=POWER_UNIT, width=half)
        board = board.with_panel(earlier.time_shift("1d"))
    by_area = influxql.curve(influxql.of_scope("$area"), {"demand_kw": "需量 demand"}, by=influxql.ID)
    return (
        board.with_panel(curve_panel("分区需量 demand by $area", by_area, unit=POWER_UNIT, width=12, alias="$tag_id"))
        .with_panel(
            curve_panel(
                "监测覆盖率 monitored coverage",
                influxql.curve(monitored, COVERAGE, function="min"),
                unit=SHARE_UNIT,
                width=12,
                about="缺数不等于零;覆盖率不足时只作下限。\n\nMissing is not zero; uncovered, a lower bound.",
            )
        )
        .with_panel(
            ranking_panel(
                "企业最新需量 newest demand by enterprise",
                influxql.newest(every_enterprise, "demand_kw", "需量 demand", by=influxql.ID),
                {"需量 demand": POWER_UNIT},
                width=8,
            )
        )
        .with_panel(
            ranking_panel(
                "企业最大需量 maximum by enterprise",
                influxql.extreme(every_enterprise, "max", "demand_kw", "最大 maximum", by=influxql.ID),
                {"最大 maximum": POWER_UNIT},
                width=8,
            )
        )
        .with_panel(
            ranking_panel(
                "存疑时段数 doubtful blocks by meter",
                influxql.doubtful_blocks(influxql.of_scope(ScopeKind.METER), "时段 blocks"),
                {"时段 blocks": "short"},
                width=8,
                timed=False,
                about="质量不是 ok 的 15 分钟时段。\n\nBlocks of 15 minutes whose quality is not ok.",
            )
        )
    )


def _option(value: str) -> models.VariableOption:
    return models.VariableOption(selected=True, text=value, value=value)
