"""One enterprise with its meters."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build

from dashboards.grafana import influxql
from dashboards.grafana.boards.demand import COVERAGE, DEMAND_COLUMNS, ESTIMATE_NOTE
from dashboards.grafana.boards.frame import board_of, choice
from dashboards.grafana.panels import (
    ENERGY_UNIT,
    FULL_WIDTH,
    POWER_UNIT,
    REACTIVE_UNIT,
    SHARE_UNIT,
    curve_panel,
    figure_panel,
    setting,
)
from domain.scopes import ScopeKind

UID = "yingfeng-enterprise"
REACTIVE = "无功 reactive"


def enterprise_board() -> build.Dashboard:
    """One enterprise, and one meter (the registry knows whose; the store does not)."""
    chosen = influxql.of_scope(ScopeKind.ENTERPRISE, "$enterprise")
    board = (
        board_of("企业负荷 Enterprise load", UID)
        .with_variable(choice("enterprise", "企业 enterprise", influxql.ids_of(ScopeKind.ENTERPRISE)))
        .with_variable(choice("meter", "计量点 meter", influxql.meters()))
    )
    figures = (
        ("最新需量 newest demand", influxql.newest(chosen, "demand_kw", "需量 demand"), POWER_UNIT),
        ("最大需量 maximum", influxql.extreme(chosen, "max", "demand_kw", "最大 maximum"), POWER_UNIT),
        ("最小需量 minimum", influxql.extreme(chosen, "min", "demand_kw", "最小 minimum"), POWER_UNIT),
        ("覆盖率 coverage", influxql.newest(chosen, *next(iter(COVERAGE.items()))), SHARE_UNIT),
    )
    for title, query, unit in figures:
        board = board.with_panel(figure_panel(title, query, unit=unit, width=6))
    curves = (
        ("负荷 load: $enterprise", influxql.curve(chosen, DEMAND_COLUMNS), POWER_UNIT, 16, ESTIMATE_NOTE),
        ("覆盖率 coverage", influxql.curve(chosen, COVERAGE, function="min"), SHARE_UNIT, 8, ""),
        ("日最大需量 daily maximum", influxql.daily(chosen, "max", "demand_kw", "日最大 maximum"), POWER_UNIT, 12, ""),
        ("日电量 daily energy", influxql.daily(chosen, "sum", "energy_kwh", "电量 energy"), ENERGY_UNIT, 12, ""),
    )
    for title, query, unit, width, about in curves:
        board = board.with_panel(curve_panel(title, query, unit=unit, width=width, about=about))
    meter_curves = (
        (
            "功率 power: $meter",
            {"power_kw": "有功 active", "reactive_kvar": REACTIVE},
            POWER_UNIT,
        ),
        ("功率因数 power factor: $meter", {"power_factor": "功率因数 power factor"}, "short"),
        ("电压 voltage: $meter", {"voltage_v": "电压 voltage"}, "volt"),
    )
    for title, columns, unit in meter_curves:
        panel = curve_panel(title, influxql.readings(columns), unit=unit, width=8).interval("1m")
        board = board.with_panel(panel.override_by_name(REACTIVE, [setting("unit", REACTIVE_UNIT)]))
    doubtful = influxql.doubtful_readings("存疑读数 doubtful readings")
    return board.with_panel(curve_panel("存疑读数 doubtful readings: $meter", doubtful, unit="short", width=FULL_WIDTH))
