"""The dashboards: the district at a glance, one enterprise with its meters, and what the data are worth."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import VisibilityMode

from dashboards.grafana import influxql
from dashboards.grafana.annotations import TAG
from dashboards.grafana.panels import (
    ENERGY_UNIT,
    FULL_WIDTH,
    POWER_UNIT,
    SHARE_UNIT,
    SOURCE,
    curve_panel,
    figure_panel,
    ranking_panel,
    register_query_model,
)
from domain.scopes import ScopeKind
from response.marks import ALERT_TAG, EVENT_TAG

DISTRICT_UID = "yingfeng-district"
ENTERPRISE_UID = "yingfeng-enterprise"
QUALITY_UID = "yingfeng-quality"
ANALYSIS_UID = "yingfeng-analysis"
INTENSITY_UID = "yingfeng-intensity"
#: Replaced by the district's own zone when the dashboards are applied.
TIME_ZONE = "Asia/Shanghai"

DEMAND_COLUMNS = {
    "demand_kw": "实测需量 measured",
    "estimate_kw": "估计 estimate",
    "estimate_low_kw": "估计下限 low",
    "estimate_high_kw": "估计上限 high",
}
COVERAGE = {"coverage": "覆盖率 coverage"}
AREAS = (ScopeKind.STREET, ScopeKind.SECTOR, ScopeKind.SUBSTATION, ScopeKind.FEEDER)
ESTIMATE_NOTE = (
    "实测为 15 分钟需量;估计 = 实测 + 失联表计的常用值,带 80 % 区间。缩小时间轴时显示区间最大值。\n\n"
    "Measured 15-minute demand; estimate = measured plus the usual value of silent meters, with an 80 % band. "
    "Zoomed out, each step shows its maximum."
)


def _board(title: str, uid: str) -> build.Dashboard:
    return (
        build.Dashboard(title)
        .uid(uid)
        .tags(["yingfeng", "迎峰"])
        .timezone(TIME_ZONE)
        .time("now/d", "now")
        .refresh("1m")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .editable()
        .link(
            build.DashboardLink("迎峰 Yingfeng")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags(["yingfeng"])
            .keep_time(True)
        )
        .with_variable(build.ConstantVariable("tz").value(TIME_ZONE))
        .annotation(_layer("告警 alerts", ALERT_TAG, "red"))
        .annotation(_layer("需求响应 demand response", EVENT_TAG, "orange"))
    )


def _layer(title: str, tag: str, colour: str) -> build.AnnotationQuery:
    """What the program wrote into this Grafana of its events and alerts, as ``annotations`` does."""
    target = build.AnnotationTarget().type("tags").tags([TAG, tag]).match_any(False).limit(500)
    source = models.DataSourceRef(type_val="grafana", uid="-- Grafana --")
    return build.AnnotationQuery().name(title).datasource(source).enable(True).icon_color(colour).target(target)


def _choice(name: str, label: str, query: str) -> build.QueryVariable:
    return (
        build.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )


def district_board() -> build.Dashboard:
    """District and monitored load, who makes it, and what the data are worth."""
    district, monitored = influxql.of_scope(ScopeKind.DISTRICT), influxql.of_scope(ScopeKind.MONITORED)
    every_enterprise = influxql.of_scope(ScopeKind.ENTERPRISE)
    area = build.CustomVariable("area").label("分区方式 area").values(",".join(AREAS))
    board = _board("全区负荷总览 District load", DISTRICT_UID).with_variable(area.current(_option(AREAS[0])))
    for title, where in (("全区需量 district", district), ("监测需量 monitored", monitored)):
        newest = influxql.newest(where, "demand_kw", "需量 demand")
        highest = influxql.extreme(where, "max", "demand_kw", "最大 maximum")
        coverage = influxql.newest(where, *next(iter(COVERAGE.items())))
        board = (
            board.with_panel(figure_panel(title, newest, unit=POWER_UNIT, width=4))
            .with_panel(figure_panel(f"最大 maximum: {title}", highest, unit=POWER_UNIT, width=4))
            .with_panel(figure_panel(f"覆盖率 coverage: {title}", coverage, unit=SHARE_UNIT, width=4))
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
                column="需量 demand",
                unit=POWER_UNIT,
                width=8,
            )
        )
        .with_panel(
            ranking_panel(
                "企业最大需量 maximum by enterprise",
                influxql.extreme(every_enterprise, "max", "demand_kw", "最大 maximum", by=influxql.ID),
                column="最大 maximum",
                unit=POWER_UNIT,
                width=8,
            )
        )
        .with_panel(
            ranking_panel(
                "存疑时段数 doubtful blocks by meter",
                influxql.doubtful_blocks(influxql.of_scope(ScopeKind.METER), "时段 blocks"),
                column="时段 blocks",
                unit="short",
                width=8,
                about="质量不是 ok 的 15 分钟时段。\n\nBlocks of 15 minutes whose quality is not ok.",
            )
        )
    )


def enterprise_board() -> build.Dashboard:
    """One enterprise, and one meter (the registry knows whose; the store does not)."""
    chosen = influxql.of_scope(ScopeKind.ENTERPRISE, "$enterprise")
    board = (
        _board("企业负荷 Enterprise load", ENTERPRISE_UID)
        .with_variable(_choice("enterprise", "企业 enterprise", influxql.ids_of(ScopeKind.ENTERPRISE)))
        .with_variable(_choice("meter", "计量点 meter", influxql.meters()))
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
            {"power_kw": "有功 active kW", "reactive_kvar": "无功 reactive kvar"},
            "short",
        ),
        ("功率因数 power factor: $meter", {"power_factor": "功率因数 power factor"}, "short"),
        ("电压 voltage: $meter", {"voltage_v": "电压 voltage"}, "volt"),
    )
    for title, columns, unit in meter_curves:
        board = board.with_panel(curve_panel(title, influxql.readings(columns), unit=unit, width=8).interval("1m"))
    doubtful = influxql.doubtful_readings("存疑读数 doubtful readings")
    return board.with_panel(curve_panel("存疑读数 doubtful readings: $meter", doubtful, unit="short", width=FULL_WIDTH))


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
    board = _board("数据质量 Data quality", QUALITY_UID).time("now-30d/d", "now")
    for column, label in INDICATORS.items():
        query = influxql.quality_newest(district, column, label)
        board = board.with_panel(figure_panel(label, query, unit=SHARE_UNIT, width=4))
    daily = influxql.quality_days(district, INDICATORS)
    board = board.with_panel(
        curve_panel("指标逐日 indicators by day", daily, unit=SHARE_UNIT, width=FULL_WIDTH, about=QUALITY_NOTE)
    )
    every = influxql.of_scope(ScopeKind.ENTERPRISE)
    for column in ("completeness", "timely_rate"):
        label = INDICATORS[column]
        query = influxql.quality_newest(every, column, label, by=influxql.ID)
        title = f"企业 by enterprise: {label}"
        board = board.with_panel(ranking_panel(title, query, column=label, unit=SHARE_UNIT, width=12))
    return board


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
        _board("预测与负荷特性 Forecast and characteristics", ANALYSIS_UID)
        .time("now-7d/d", "now+2d")
        .with_variable(_choice("enterprise", "企业 enterprise", influxql.ids_of(ScopeKind.ENTERPRISE)))
    )
    for title, where in (("监测合计 monitored", monitored), ("企业 $enterprise", chosen)):
        measured = influxql.curve(where, {"demand_kw": "实测 measured"})
        said = influxql.forecast(where, FORECAST_COLUMNS)
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


ENERGY = {"energy_equivalent_tce": "等价值 equivalent tce", "energy_calorific_tce": "当量值 calorific tce"}
INTENSITY = {"intensity_equivalent": "等价值 equivalent", "intensity_calorific": "当量值 calorific"}
LONGEST_MONTH_MS = 31 * 86_400_000 + 3_600_000
INTENSITY_NOTE = (
    "月度能耗与强度,每月一点;每夜重算近十三个月,或用 yingfeng intensity write-months。等价值与当量值不可相加;"
    "缺报的月份没有点。\n\n"
    "Energy use and intensity, a point a month; the last thirteen are written again each night, others by yingfeng "
    "intensity write-months. The bases are never added; a month without statements has no point."
)


def intensity_board() -> build.Dashboard:
    """Energy use and intensity by month: the district in both bases, its sectors, and the enterprises."""
    district, sectors = influxql.of_scope(ScopeKind.DISTRICT), influxql.of_scope(ScopeKind.SECTOR)
    board = _board("能耗强度 Energy intensity", INTENSITY_UID).time("now-2y/d", "now")
    for column, label, unit in (
        ("intensity_equivalent", "强度 等价值 tce/万元", "short"),
        ("energy_equivalent_tce", "综合能耗 等价值 tce", "short"),
        ("electricity_intensity_kwh", "电耗强度 kWh/万元", "short"),
        ("change_equivalent", "强度同比 change", SHARE_UNIT),
    ):
        query = influxql.intensity_newest(district, column, label)
        board = board.with_panel(figure_panel(label, query, unit=unit, width=6))
    for title, columns in (("强度 intensity, tce/万元", INTENSITY), ("综合能耗 energy use, tce", ENERGY)):
        query = influxql.intensity_months(district, columns)
        board = board.with_panel(_months(curve_panel(title, query, unit="short", width=12, about=INTENSITY_NOTE)))
    by_sector = influxql.intensity_months(sectors, {"intensity_equivalent": "强度"}, by=influxql.ID)
    panel = curve_panel("分行业强度 by sector, 等价值", by_sector, unit="short", width=FULL_WIDTH, alias="$tag_id")
    board = board.with_panel(_months(panel))
    every = influxql.of_scope(ScopeKind.ENTERPRISE)
    for column, label in (("intensity_equivalent", "强度 等价值"), ("energy_equivalent_tce", "能耗 等价值 tce")):
        query = influxql.intensity_newest(every, column, label, by=influxql.ID)
        board = board.with_panel(
            ranking_panel(f"企业 by enterprise: {label}", query, column=label, unit="short", width=12)
        )
    return board


def _months(panel: timeseries.Panel) -> timeseries.Panel:
    """Neighbouring months are joined, a missing one is a gap; a mark shows a month between two gaps."""
    return panel.interval("1d").show_points(VisibilityMode.ALWAYS).span_nulls(LONGEST_MONTH_MS)


def _option(value: str) -> models.VariableOption:
    return models.VariableOption(selected=True, text=value, value=value)


def build_boards() -> dict[str, models.Dashboard]:
    """Every dashboard by the name of its generated file."""
    register_query_model()
    return {
        "district.json": district_board().build(),
        "enterprise.json": enterprise_board().build(),
        "intensity.json": intensity_board().build(),
        "quality.json": quality_board().build(),
        "analysis.json": analysis_board().build(),
    }
