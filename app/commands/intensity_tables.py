"""Answers about energy intensity as tables of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from analytics.intensity.outlook import YearEnd
from app.commands.intensity import number, percent, period
from response.intensity.benchmarks import Measure, Ranked, Ranking
from response.intensity.carbon import Co2Answer
from response.intensity.explain import Explanation, Part
from response.intensity.key_users import KeyUser
from response.intensity.outlook import Outlook
from response.intensity.products import ProductJudged
from response.intensity.progress import TargetProgress, Track


def _table(title: str, *headings: str, left: int = 1) -> Table:
    table = Table(title=title)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < left else "right")
    return table


def rank_table(found: Ranking) -> Table:
    energy = found.measure is Measure.ENERGY
    unit = f"tce/万元 {found.basis.name_zh}" if energy else "kWh/万元（电耗）"
    table = _table(
        f"行业对标 ranking  {period(found.first, found.last)}",
        "行业",
        "企业",
        "名称",
        "位次",
        unit,
        "行业中位数",
        "z",
        "限额与准入",
        "限制",
        left=3,
    )
    for row in found.rows:
        table.add_row(*_ranked(row, 4 if energy else 1))
    return table


def _ranked(row: Ranked, digits: int) -> list[str]:
    return [
        row.sector,
        row.enterprise,
        row.name,
        "—" if row.place is None else f"{row.place}/{row.of}",
        number(row.figure.value, digits) if row.figure.value is not None else row.figure.reason.split(" / ")[0],
        number(row.median, digits),
        "" if row.z is None else f"{row.z:+.1f}{' 异常' if row.outlier else ''}",
        "、".join(f"{each.label} {each.limit:g} {'超' if each.exceeded else '达标'}" for each in row.standards),
        row.restricted,
    ]


def product_table(found: Sequence[ProductJudged]) -> Table:
    columns = ("企业", "期间", "产品", "产量", "kgce/单位", "标杆", "基准", "结论")
    table = _table("单位产品能耗 energy per unit of product（当量值）", *columns, left=3)
    for each in found:
        table.add_row(
            each.enterprise,
            period(each.first, each.last),
            each.product,
            f"{each.quantity:,.0f} {each.unit}",
            number(each.kgce_per_unit.value, 2),
            number(each.advanced_kgce, 1),
            number(each.limit_kgce, 1),
            each.verdict_zh,
        )
    return table


def explain_table(found: Explanation) -> Table:
    table = _table(
        f"变化原因 why it changed  {period(found.first, found.last)}  {found.basis.name_zh} tce",
        "范围",
        "上年同期",
        "本期",
        "变化",
        "规模 activity",
        "结构 structure",
        "强度 intensity",
        "增减单位 moved",
    )
    for part in (*found.parts, *([found.total] if found.total is not None else [])):
        table.add_row(*_part(part))
    return table


def _part(part: Part) -> list[str]:
    change = part.now_tce - part.before_tce
    figures = (part.activity_tce, part.structure_tce, part.intensity_tce, part.moved_tce)
    name = "合计 total" if part.subject == "total" else part.subject
    return [
        name,
        number(part.before_tce, 1),
        number(part.now_tce, 1),
        f"{change:+,.1f}",
        *(f"{each:+,.1f}" for each in figures),
    ]


def progress_lines(found: TargetProgress) -> Iterator[str]:
    yield f"{found.indicator.name_zh} {found.subject} 截至 {found.month:%Y-%m}"
    if found.path is not None:
        yield f"五年目标 {found.path.label_zh}: 下降 {found.path.decline:.1%}，应达进度 {found.scheduled:.2%}"
    if found.yearly is not None:
        yield f"本年任务 下降 {found.yearly:.2%}（{found.yearly_source}）"
    if found.no_target:
        yield f"数据不足 insufficient: {found.no_target}"
    yield from _track("全口径 in full", found.full)
    yield from _track("考核口径 assessed", found.assessed)
    yield f"用能总量同比 growth {percent(found.consumption_growth)}"
    yield f"晴雨表 {found.levels_source}"


def _track(name: str, track: Track) -> Iterator[str]:
    level = "—" if track.level is None else track.level.label_zh
    now = track.years[-1][1]
    yield (
        f"{name}: 本年强度同比 {percent(now)}，任务完成 {_share(track.task_share.value)}，"
        f"累计下降 {_share(track.achieved.value)}，进度 {_share(track.share.value)}，{level}"
    )
    for year, figure in track.years:
        told = percent(figure) if figure.value is not None else figure.reason
        yield f"  {year}年 {told}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def outlook_table(found: Sequence[Outlook]) -> Table:
    table = _table(
        "全年预测 outlook（80 % 区间）",
        "范围",
        "年份",
        "已知月份",
        "季节年数",
        "综合能耗 tce",
        "用电 MWh",
        "增加值 万元",
        "tce/万元",
        "强度同比",
        "本年任务",
        "判断",
    )
    words = {True: "可完成", False: "难以完成", None: "未定"}
    for each in found:
        known = max((e.known for e in (each.energy_tce, each.electricity_kwh) if e is not None), default=0)
        table.add_row(
            each.subject,
            str(each.year),
            str(known),
            str(max((e.season_years for e in (each.energy_tce, each.electricity_kwh) if e is not None), default="—")),
            _band(each.energy_tce, 1.0),
            _band(each.electricity_kwh, 1e-3),
            _band(each.value_10k_cny, 1.0),
            "—" if each.intensity is None else "{:.4f} [{:.4f}, {:.4f}]".format(*each.intensity),
            "—" if each.change is None else "{:+.1%} [{:+.1%}, {:+.1%}]".format(*each.change),
            "—" if each.task is None else f"-{each.task:.1%}",
            words[each.on_course],
        )
    return table


def _band(end: YearEnd | None, factor: float) -> str:
    if end is None:
        return "—"
    return f"{end.value * factor:,.0f} [{end.low * factor:,.0f}, {end.high * factor:,.0f}]"


def co2_table(found: Co2Answer) -> Table:
    table = _table(
        f"二氧化碳 CO2  {period(found.first, found.last)}  {found.region}",
        "范围",
        "合计 t",
        "电力 t",
        "燃料 t",
        "热力 t",
        "其中绿证电量 t",
        "t/万元",
        "总量同比",
        "强度同比",
    )
    for each in found.groups:
        table.add_row(
            each.subject,
            *(
                number(f.value, 1)
                for f in (each.total_t, each.electricity_t, each.fuel_t, each.heat_t, each.certified_t)
            ),
            number(each.intensity_t.value, 4),
            percent(each.growth),
            percent(each.change),
        )
    return table


def key_user_table(found: Sequence[KeyUser], year: int) -> Table:
    table = _table(
        f"重点用能单位 key energy users {year}",
        "企业",
        "名称",
        "行业",
        "月份",
        "tce/年",
        "其中电力 tce",
        "类别",
        left=3,
    )
    for each in found:
        estimated = "（推算）" if each.tce.estimated else ""
        label = each.label or (f"达到{each.below}标准，未列名" if each.below else "")
        table.add_row(
            each.enterprise,
            each.name,
            each.sector,
            str(each.months),
            f"{number(each.tce.value, 1)}{estimated}",
            number(each.electricity_tce.value, 1),
            label,
        )
    return table
