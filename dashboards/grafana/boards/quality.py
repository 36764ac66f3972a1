"""What the data are worth, day by day."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build

from dashboards.grafana import influxql
from dashboards.grafana.boards.frame import board_of
from dashboards.grafana.panels import FULL_WIDTH, SHARE_UNIT, curve_panel, figure_panel, ranking_panel
from domain.scopes import ScopeKind
from storage.schema import QUALITY_DAY

UID = "yingfeng-quality"
INDICATORS = {
    "completeness": "采集完整率 completeness",
    "online_rate": "终端在线率 online rate",
    "success_rate": "采集成功率 success at 00:00",
    "timely_rate": "及时率 timeliness",
    "clock_rate": "时钟合格率 clocks within a minute",
    "monthly_deviation": "日月一致性偏差 days against month",
}
QUALITY_NOTE = (
    "按日判定的数据质量指标;迟到数据会重新判定,旧版保留在台账。目标见控制台数据质量页。\n\n"
    "Data-quality indicators as judged by day; late data are judged again, earlier revisions stay in the ledger. "
    "Targets stand on the console's data-quality page."
)


def quality_board() -> build.Dashboard:
    """The data-quality indicators of the district by day, and the enterprises by their newest completeness."""
    district = influxql.of_scope(ScopeKind.DISTRICT)
    board = board_of("数据质量 Data quality", UID).time("now-30d/d", "now")
    for column, label in INDICATORS.items():
        query = influxql.newest_row(QUALITY_DAY, district, {column: label})
        board = board.with_panel(figure_panel(label, query, unit=SHARE_UNIT, width=4))
    daily = influxql.quality_days(district, INDICATORS)
    board = board.with_panel(
        curve_panel("指标逐日 indicators by day", daily, unit=SHARE_UNIT, width=FULL_WIDTH, about=QUALITY_NOTE)
    )
    every = influxql.of_scope(ScopeKind.ENTERPRISE)
    for column in ("completeness", "timely_rate"):
        label = INDICATORS[column]
        query = influxql.newest_row(QUALITY_DAY, every, {column: label}, by=influxql.ID)
        title = f"企业 by enterprise: {label}"
        board = board.with_panel(ranking_panel(title, query, {label: SHARE_UNIT}, width=12))
    return board
