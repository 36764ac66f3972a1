"""Tables of the analyses for a terminal."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from app.commands.load_tables import DASH, number, share
from monitor.analysis_answers import (
    Characteristics,
    Coincidence,
    CoolingReport,
    DriftReport,
    DurationCurve,
    PowerFactors,
    ShapeReport,
    TariffSplit,
)

SHAPES = {
    "": DASH,
    "flat": "平稳 flat",
    "night": "夜间型 night",
    "intermittent": "间歇/冲击 intermittent",
    "triple_peak": "三峰 three peaks",
    "double_peak": "双峰 two peaks",
    "single_peak": "单峰 one peak",
    "mixed": "混合 mixed",
}
KINDS = {
    "multiplier": "倍率变化 multiplier",
    "shift": "增减班次 shift",
    "equipment": "增减设备 equipment",
    "level": "水平变化 level",
}
BANDS = {
    "sharp": "尖峰 sharp",
    "peak": "高峰 peak",
    "flat": "平段 flat",
    "valley": "低谷 valley",
    "deep_valley": "深谷 deep valley",
}


def characteristics(answer: Characteristics) -> Group:
    periods = Table(
        "周期 period",
        "天 days",
        "最大 max kW",
        "日期 on",
        "平均 mean kW",
        "电量 MWh",
        "平均日负荷率 %",
        "月不均衡系数 σ",
        "最大峰谷差率 %",
        "说明 note",
        title=f"{answer.scope} {answer.first} – {answer.last}",
    )
    for row in answer.periods:
        if row.kind == "week":
            continue
        periods.add_row(
            f"{row.kind} {row.first:%Y-%m-%d}",
            f"{row.counted}/{row.days}",
            number(row.maximum_kw),
            row.maximum_on.isoformat() if row.maximum_on else DASH,
            number(row.mean_kw),
            number(None if row.energy_kwh is None else row.energy_kwh / 1000, digits=2),
            share(row.mean_load_factor),
            number(row.imbalance, digits=3),
            share(row.maximum_peak_valley_ratio),
            row.reason,
        )
    years = Table("年 year", "天 days", "年负荷率", "利用小时 h", "γ", "σ", "ρ", "γσρ", "≥95/97/98 % h", "说明 note")
    for year in answer.years:
        years.add_row(
            str(year.year),
            f"{year.counted}/{year.days}",
            share(year.load_factor),
            number(year.utilisation_h, digits=0),
            share(year.mean_load_factor),
            number(year.imbalance, digits=3),
            number(year.season_factor, digits=3),
            share(year.product),
            " / ".join(number(near.hours, digits=2) for near in year.near_maximum),
            year.reason,
        )
    typical = Table("典型日 typical day", "天 days", "最大 max kW", "说明 note")
    for day in answer.typical:
        known = [value for value in day.curve_kw if value is not None]
        typical.add_row(day.kind, str(day.days), number(max(known, default=None)), day.reason)
    return Group(periods, years, typical)


def duration(answer: DurationCurve) -> Table:
    title = f"{answer.scope} {answer.first} – {answer.last}  覆盖率 coverage {answer.coverage:.1%}"
    table = Table("时间占比 share", "小时 h", "不低于 at least kW", title=title)
    for point in answer.points:
        table.add_row(f"{point.share:.1%}", f"{point.hours:,.0f}", number(point.demand_kw))
    return table


def tou(answer: TariffSplit) -> Group:
    tables = []
    for period in answer.periods:
        note = period.exempt or period.reason
        title = f"{period.first} – {period.last}  {period.edition} ({period.confidence})  {note}"
        table = Table("时段 band", "小时 h", "电量 kWh", "占比 share", "平均 mean kW", "× 平段 flat", title=title)
        for band in period.bands:
            table.add_row(
                BANDS[band.band],
                number(band.hours, digits=2),
                number(band.energy_kwh),
                share(band.share),
                number(band.mean_kw),
                number(band.price_ratio, digits=2),
            )
        tables.append(table)
    return Group(*tables)


def power_factor(answer: PowerFactors) -> Table:
    table = Table(
        "月 month", "kWh", "kvarh", "功率因数 cosφ", "标准 standard", "力调 adjustment", "说明 note", title=answer.scope
    )
    for month in answer.months:
        rate = DASH if month.adjustment is None else f"{month.adjustment:+.2%}"
        table.add_row(
            f"{month.first} – {month.last}",
            number(month.active_kwh),
            number(month.reactive_kvarh),
            number(month.power_factor, digits=2),
            number(month.standard, digits=2),
            rate,
            month.reason,
        )
    return table


def coincidence(answer: Coincidence) -> Group:
    periods = Table("周期 period", "时刻 at", "kW", "同时率 Kc", "分散系数 1/Kc", "说明 note", title=answer.scope)
    for row in (*answer.periods, answer.whole):
        periods.add_row(
            f"{row.first} – {row.last}",
            f"{row.at:%m-%d %H:%M}" if row.at else DASH,
            number(row.demand_kw),
            number(row.coincidence_factor, digits=3),
            number(row.diversity_factor, digits=3),
            row.reason,
        )
    parts = Table("构成 part", "kW", "占比 share", "自身最大 own max kW", "峰时贡献 of own")
    for part in answer.contributions:
        parts.add_row(
            f"{part.scope.partition(':')[2]} {part.name}",
            number(part.demand_kw),
            share(part.share),
            number(part.own_maximum_kw),
            share(part.of_own),
        )
    left = f"未计入（数据不足） left out, insufficient data: {', '.join(answer.left_out)}" if answer.left_out else ""
    return Group(periods, parts, Text(left))


def shapes(answer: ShapeReport) -> Group:
    title = f"{answer.scope} {answer.first} – {answer.last}"
    sites = Table(
        "企业 enterprise",
        "类型 class",
        "季节 seasonal",
        "聚类 cluster",
        "γ",
        "周末/工作日",
        "夜/日",
        "峰时",
        "说明 note",
        title=title,
    )
    names = {cluster.number: f"{cluster.name_zh} {cluster.name_en}" for cluster in answer.clusters}
    for site in answer.sites:
        sites.add_row(
            f"{site.scope.partition(':')[2]} {site.name}",
            SHAPES[site.shape],
            "季节空调型" if site.seasonal else "",
            DASH if site.cluster is None else names[site.cluster],
            share(site.load_factor),
            share(site.weekend_ratio),
            number(site.night_ratio, digits=2),
            site.peak_at or DASH,
            site.reason,
        )
    if not answer.clusters:
        return Group(sites, Text(answer.reason))
    clusters = Table("聚类 cluster", "企业 sites", "电量占比 energy")
    for cluster in answer.clusters:
        clusters.add_row(f"{cluster.name_zh} {cluster.name_en}", str(cluster.sites), share(cluster.energy_share))
    note = f"k = {len(answer.clusters)}  silhouette {answer.silhouette:.2f}  stability {answer.stability:.2f}"
    return Group(sites, clusters, Text(note))


def drift(answer: DriftReport) -> Group:
    table = Table(
        "企业 enterprise",
        "起始日 since",
        "类型 kind",
        "变化 change kW",
        "相对 share",
        "显著度 score",
        title=answer.scope,
    )
    for row in answer.drifts:
        table.add_row(
            f"{row.scope.partition(':')[2]} {row.name}",
            row.on.isoformat(),
            KINDS[row.kind],
            f"{row.change_kw:+,.1f}",
            DASH if row.change_share is None else f"{row.change_share:+.1%}",
            f"{row.score:.1f}",
        )
    judged = f"{answer.judged_sites} 家 sites, {answer.judged_days} 工作日 workdays"
    note = f"判断 judged: {judged}; 数据不足 insufficient data: {len(answer.refused)}"
    return Group(table, Text(note))


def cooling(answer: CoolingReport) -> Group:
    table = Table(
        "企业 enterprise",
        "kW/°C",
        "区间 interval",
        "T_b °C",
        "昨日权重 w",
        "天 days",
        "解释 explained",
        "基准日法 base-day kW",
        "说明 note",
        title=f"{answer.scope} {answer.first} – {answer.last}",
    )
    for site in (answer.group, *answer.sites):
        band = DASH if site.low_kw_per_c is None else f"{site.low_kw_per_c:,.1f} … {site.high_kw_per_c or 0:,.1f}"
        table.add_row(
            f"{site.scope.partition(':')[2] or site.scope} {site.name}",
            number(site.kw_per_c),
            band,
            number(site.base_c, digits=2),
            number(site.yesterday_weight),
            f"{site.warm_days}/{site.days}",
            share(site.explained),
            number(site.base_day_kw),
            site.reason,
        )
    at = f"{answer.peak_at:%Y-%m-%d %H:%M}" if answer.peak_at else DASH
    peak = f"最高 peak {at}: {number(answer.peak_kw)} kW, 降温 cooling {number(answer.peak_cooling_kw)} kW"
    lines = [Text(f"{peak} ({share(answer.peak_cooling_share)})")]
    hot = answer.hot_day
    if hot is not None and hot.load_kw is not None:
        beyond = "；超出历史气温，外推 hotter than anything seen" if hot.extrapolated else ""
        band = f"{number(hot.low_kw)} … {number(hot.high_kw)}"
        lines.append(Text(f"{hot.temperature_c:g} °C: {number(hot.load_kw)} kW ({band}, {hot.confidence:.0%}){beyond}"))
        lines += [Text(f"  {s.name}: +{s.cooling_kw:,.1f} kW ({share(s.share_of_cooling)})") for s in hot.sites[:10]]
    elif hot is not None:
        lines.append(Text(hot.reason))
    return Group(table, *lines)
