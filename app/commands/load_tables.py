"""Tables of the ``load`` commands for a terminal."""

from __future__ import annotations

from rich.table import Table

from api.schemas.base import FigureOut
from api.schemas.load import CurrentOut, CurveOut, IndicesList, PeakOut, RevisionsList

DASH = "—"


def figure(given: FigureOut, *, scale: float = 1.0, digits: int = 1, unit: str = "") -> str:
    if given.value is None:
        return f"数据不足 insufficient data: {given.reason}"
    mark = " (估计 estimate)" if given.estimated else ""
    return f"{given.value * scale:,.{digits}f}{unit}{mark}"


def number(value: float | None, *, digits: int = 1, unit: str = "", absent: str = DASH) -> str:
    return absent if value is None else f"{value:,.{digits}f}{unit}"


def share(value: float | None) -> str:
    return DASH if value is None else f"{value:.1%}"


def current(answer: CurrentOut) -> Table:
    as_of = answer.as_of.strftime("%Y-%m-%d %H:%M") if answer.as_of else "无数据 no data"
    table = Table(show_header=False, title=answer.scope)
    table.add_row("截至 as of", as_of + (" (过时 stale)" if answer.stale else ""))
    table.add_row("滑差需量 sliding demand", figure(answer.sliding_demand_kw, unit=" kW"))
    table.add_row("覆盖率 coverage", share(answer.sliding_demand_kw.coverage))
    if answer.estimate_kw is not None:
        band = f"{number(answer.estimate_low_kw)} … {number(answer.estimate_high_kw)}"
        table.add_row("估计 estimate", f"{number(answer.estimate_kw, unit=' kW')} ({band})")
    if answer.projection is not None:
        band = f"{answer.projection.low_kw:,.1f} … {answer.projection.high_kw:,.1f}"
        table.add_row("时段末预测 projection", f"{answer.projection.demand_kw:,.1f} kW ({band})")
    table.add_row("今日最高 today's maximum", figure(answer.today_maximum_kw, unit=" kW"))
    table.add_row("用电指标 quota", number(answer.quota_kw, unit=" kW", absent="无指标 no quota"))
    table.add_row("缺口 gap", number(answer.gap_kw, unit=" kW"))
    table.add_row("测算参考等级 reference level", answer.gap_level or DASH)
    table.add_row("历史最高 record", number(answer.record_kw, unit=" kW", absent="未录入 not entered"))
    table.add_row("失联 silent meters", f"{len(answer.silent_meters)} / {answer.expected_meters}")
    return table


def curve(answer: CurveOut) -> Table:
    then = f" · 截至 as of {answer.as_of:%Y-%m-%d %H:%M}" if answer.as_of else ""
    restored = any(point.restored_kw is not None for point in answer.points)
    headings = ["时段 block", "kW", "覆盖率 coverage", "质量 quality", "估计 estimate kW", "修订 revision"]
    if restored:
        headings.append("还原 restored kW")
    table = Table(*headings, title=answer.scope + then)
    for point in answer.points:
        table.add_row(
            f"{point.at:%m-%d %H:%M}",
            number(point.demand_kw),
            share(point.coverage),
            point.quality,
            number(point.estimate_kw) if point.quality != "ok" else "",
            str(point.revision) if point.revision else DASH,
            *([number(point.restored_kw)] if restored else []),
        )
    return table


def revisions(answer: RevisionsList, scope: str) -> Table:
    headings = ("时段 block", "修订 revision", "kW", "覆盖率 coverage", "质量 quality", "被取代于 superseded at")
    table = Table(*headings, title=scope)
    for each in answer.items:
        table.add_row(
            f"{each.at:%m-%d %H:%M}",
            str(each.revision),
            "无记录 nothing known" if each.revision == 0 else number(each.demand_kw),
            share(each.coverage),
            each.quality,
            f"{each.superseded_at:%m-%d %H:%M:%S}",
        )
    return table


def _plain(given: FigureOut, *, scale: float = 1.0, digits: int = 1) -> str:
    return DASH if given.value is None else f"{given.value * scale:,.{digits}f}"


def indices(answer: IndicesList) -> Table:
    headings = (
        "日期 day",
        "最大 max kW",
        "最小 min kW",
        "平均 mean kW",
        "电量 MWh",
        "负荷率 %",
        "峰谷差率 %",
        "说明 note",
    )
    table = Table(*headings)
    for day in answer.items:
        given = (day.maximum_kw, day.minimum_kw, day.mean_kw, day.energy_kwh, day.load_factor, day.peak_valley_ratio)
        reasons = {f"数据不足 insufficient data: {f.reason}" for f in given if f.value is None}
        table.add_row(
            day.day.isoformat(),
            _plain(day.maximum_kw),
            _plain(day.minimum_kw),
            _plain(day.mean_kw),
            _plain(day.energy_kwh, scale=0.001, digits=3),
            _plain(day.load_factor, scale=100),
            _plain(day.peak_valley_ratio, scale=100),
            "; ".join(sorted(reasons)),
        )
    return table


def peaks(answer: PeakOut) -> Table:
    table = Table(
        "企业 enterprise",
        "kW",
        "占比 share",
        "自身最大 own max kW",
        title=f"{answer.scope} {answer.at:%Y-%m-%d %H:%M}  {answer.demand_kw:,.1f} kW",
    )
    for part in answer.shares:
        table.add_row(
            f"{part.scope.partition(':')[2]} {part.name}",
            number(part.demand_kw),
            share(part.share),
            number(part.own_maximum_kw),
        )
    return table
