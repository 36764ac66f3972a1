"""Orders of orderly use under way: what was asked, what came, and who to call."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build

from dashboards.grafana import influxql
from dashboards.grafana.boards.frame import board_of, choice
from dashboards.grafana.panels import POWER_UNIT, SHARE_UNIT, curve_panel, figure_panel, ranking_panel
from domain.scopes import ScopeKind
from storage.schema import ORDER

UID = "yingfeng-orders"
NOTE = (
    "每 15 分钟一点，只计已判定且有数据的企业；执行率、到位率为该刻钟的。"
    "全程数字、指令、电话与逐户原因见控制台；演练不写入。\n\n"
    "A point every 15 minutes, of the enterprises that are judged and told; rates are of that block alone. Those of "
    "the whole order, instructions, phones and reasons stand on the console. Drills are not written."
)
LOADS = {"baseline_kw": "冻结基线 frozen baseline", "target_kw": "目标 target", "load_kw": "负荷 load"}
ASKED = {"ordered_kw": "应压 ordered", "reduction_kw": "实压 reduction", "missing_kw": "未到位 missing"}
RATES = {"rate": "执行率 rate", "in_place": "到位率 in place"}
MISSING = {"missing_kw": "未到位 missing", "ordered_kw": "应压 ordered", "reduction_kw": "实压 reduction"}


def order_board() -> build.Dashboard:
    monitored, every = influxql.of_scope(ScopeKind.MONITORED), influxql.of_scope(ScopeKind.ENTERPRISE)
    chosen = influxql.of_scope(ScopeKind.ENTERPRISE, "$enterprise")
    board = board_of("有序用电执行 Orderly use", UID).with_variable(
        choice("enterprise", "企业 enterprise", influxql.ids_of(ScopeKind.ENTERPRISE, ORDER))
    )
    for columns, unit in ((RATES, SHARE_UNIT), (ASKED, POWER_UNIT)):
        for column, label in list(columns.items())[:2]:
            query = influxql.newest_row(ORDER, monitored, {column: label})
            board = board.with_panel(
                figure_panel(f"最新刻钟 newest block: {label}", query, unit=unit, width=6, about=NOTE)
            )
    missing = influxql.newest_row(ORDER, every, MISSING, by=influxql.ID)
    curves = (
        ("合计负荷 load together", influxql.series_curve(ORDER, monitored, LOADS), POWER_UNIT),
        ("应压与实压 ordered and reduced", influxql.series_curve(ORDER, monitored, ASKED), POWER_UNIT),
        ("执行率与到位率 rates by block", influxql.series_curve(ORDER, monitored, RATES, function="min"), SHARE_UNIT),
        ("企业 enterprise: $enterprise", influxql.series_curve(ORDER, chosen, LOADS), POWER_UNIT),
    )
    for title, query, unit in curves:
        board = board.with_panel(curve_panel(title, query, unit=unit, width=12, about=NOTE))
    return board.with_panel(
        ranking_panel("先催谁 who to call", missing, dict.fromkeys(MISSING.values(), POWER_UNIT), width=24, about=NOTE)
    )
