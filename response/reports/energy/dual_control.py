"""Progress of dual control: energy intensity and its total, carbon intensity, with the level of the 晴雨表. 双控进度"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from analytics.intensity.outlook import YearEnd
from config.energy_targets import Indicator
from domain.ids import EnterpriseId
from domain.report import (
    Block,
    Cell,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    Facts,
    Heading,
    Paragraph,
    Quantity,
    Series,
    Table,
    shown_number,
)
from domain.report_versions import Source
from monitor.runs import canonical_json, digest_of
from response.intensity.explain import Explanation, Part
from response.intensity.outlook import Outlook
from response.intensity.progress import TargetProgress, Track
from response.reports.energy.periodical import SIGNATURE
from response.reports.energy.questions import EnergyQuestions, Spans, years_since
from response.reports.energy.words import moved, printed, why
from response.reports.kinds import Draft, Request

_COURSE = {
    True: "按区间较差一端仍能完成年度任务",
    False: "按区间较好一端也不能完成年度任务",
    None: "区间内两种结果都有可能",
}
NO_TASK = "本年没有目标，不作判断"
SEASON_NOTE = "按已知月份占往年全年的比重推算，为估计值；区间取自往年比重的离散，季节仅取自1年时取自单月增速的离散"
_ASSESSED, _FULL = "考核口径", "全口径"


def dual_control(questions: EnergyQuestions) -> Callable[[Request], Draft]:
    return lambda request: _draft(questions.once(), request)


def _draft(ask: EnergyQuestions, request: Request) -> Draft:
    who, month = request.principal, request.period.last
    first = month.replace(month=1)
    request.progress.step(0.05, "能耗强度进度")
    energy = ask.desk.progress(who, month, indicator=Indicator.ENERGY)
    request.progress.step(0.3, "碳排放强度进度")
    carbon = ask.desk.progress(who, month, indicator=Indicator.CO2)
    request.progress.step(0.5, "全年预测")
    scope_year = ask.scope_year(month.year)
    changes = ask.scope_changes(who, first, month)
    whole = ask.desk.outlook(who, month.year, scope_year=scope_year)[0]
    request.progress.step(0.65, "变化分解")
    blocks: list[Block] = [
        Heading("一、总体判断"),
        Paragraph(verdict("能耗强度", energy)),
        Paragraph(verdict("碳排放强度", carbon)),
        Facts((("统计范围", ask.scope_words(month.year)), *([("统计范围变化", changes)] if changes else []))),
        Heading("二、进度"),
        progress_table("能耗强度进度（等价值）", energy),
        progress_table("碳排放强度进度", carbon),
        *_path_chart(energy),
        Heading("三、全年预测"),
        *outlook_blocks(whole),
        Heading("四、用能变化的原因"),
        *_reasons(ask, request, scope_year),
        SIGNATURE,
    ]
    request.progress.step(0.85, "数据来源")
    chosen = [EnterpriseId(group.subject) for group in ask.of_enterprises(who, first, month)]
    return Draft(
        f"{ask.district}{request.period.name_zh}能耗双控进度",
        f"{month.year}年1—{month.month}月　{ask.scope_words(month.year)}",
        tuple(blocks),
        (*ask.sources(who, behind(energy, month), chosen), targets_source(energy, carbon)),
        "计量读数、能源报表、工业增加值报表，逐项版本见数据来源表；目标与等级划分为带日期的配置，依据列于表中",
    )


def behind(progress: TargetProgress, month: date) -> Spans:
    """Months that progress, outlook and decomposition stand on: since the path's base, at least the year before."""
    base = month.year - 1 if progress.path is None else min(progress.path.base_year, month.year - 1)
    return years_since(base, month)


def targets_source(*found: TargetProgress) -> Source:
    """Where targets and levels come from, as the tables say it."""
    told = [text for p in found for text in (p.yearly_source, p.path.source if p.path else "", p.levels_source) if text]
    plain = [printed(text) for text in dict.fromkeys(told)]
    return Source("强度目标与晴雨表等级", digest_of(canonical_json({"sources": plain})), "；".join(plain))


def verdict(name: str, progress: TargetProgress) -> str:
    track = progress.assessed
    now = track.years[-1][1]
    head = f"{progress.month.year}年1—{progress.month.month}月，{name}（{_ASSESSED}）同比{moved(now)}"
    asked = "本年没有目标" if progress.yearly is None else f"年度任务下降{share(progress.yearly)}"
    level = (
        f"晴雨表{track.level.label_zh}" if track.level is not None else f"晴雨表等级不能判定（{_unknown(progress)}）"
    )
    done = f"，完成年度任务的{share(track.task_share.value, 0)}" if track.task_share.value is not None else ""
    return f"{head}；{asked}{done}；{level}。"


def _unknown(progress: TargetProgress) -> str:
    return printed(progress.assessed.task_share.reason or progress.assessed.share.reason or progress.no_target)


def share(value: float, digits: int = 1) -> str:
    return shown_number(value, digits, percent=True)


def progress_table(title: str, progress: TargetProgress) -> Table:
    columns = (
        Column("项目"),
        Column(_ASSESSED, kind=ColumnKind.PERCENT, digits=1),
        Column(_FULL, kind=ColumnKind.PERCENT, digits=1),
        Column("说明"),
    )
    return Table(title, columns, tuple(_progress_rows(progress)), "目标与等级界限的依据见数据来源与版本")


def _progress_rows(progress: TargetProgress) -> Iterator[tuple[Cell, ...]]:
    assessed, full = progress.assessed, progress.full
    for (year, one), (_, other) in zip(assessed.years, full.years, strict=True):
        title = f"{year}年同比" if year < progress.month.year else f"{year}年1—{progress.month.month}月同比"
        yield title, one.value, other.value, why([one, other])
    no_target = "" if progress.yearly is not None else printed(progress.no_target)
    yield "年度任务（下降）", progress.yearly, progress.yearly, no_target
    yield "年度任务完成率", *_both(assessed, full, "task_share")
    yield "五年累计下降", *_both(assessed, full, "achieved")
    yield (
        "五年进度目标（下降）",
        progress.scheduled,
        progress.scheduled,
        "" if progress.path else printed(progress.no_target),
    )
    yield "五年进度完成率", *_both(assessed, full, "share")
    yield "总量同比（全口径）", None, progress.consumption_growth.value, why([progress.consumption_growth])
    yield "晴雨表等级", _level(assessed), _level(full), ""


def _both(assessed: Track, full: Track, field: str) -> tuple[Cell, ...]:
    one, other = getattr(assessed, field), getattr(full, field)
    return one.value, other.value, why([one, other])


def _level(track: Track) -> str | None:
    return None if track.level is None else track.level.label_zh


def _path_chart(progress: TargetProgress) -> list[Block]:
    """Indices of the intensity, base year 100: asked and done."""
    path = progress.path
    if path is None:
        return []
    years = [path.base_year, *(year for year, _ in progress.assessed.years)]
    done: list[float | None] = [100.0]
    for _, change in progress.assessed.years:
        before = done[-1]
        done.append(None if before is None or change.value is None else before * (1 + change.value))
    asked = tuple(100 * (1 - path.scheduled(year)) for year in years)
    series = (Series("目标", asked), Series("实际", tuple(done)))
    title = f"{path.label_zh}（{path.base_year}年=100）"
    return [Chart(title, ChartKind.LINE, tuple(f"{year}年" for year in years), series, "指数")]


def outlook_blocks(whole: Outlook) -> list[Block]:
    number = ColumnKind.NUMBER
    columns = (
        Column("指标"),
        Column("单位"),
        Column("预计全年", kind=number),
        Column("下限", kind=number),
        Column("上限", kind=number),
        Column("已知月数", "个月", number, 0),
        Column("季节取自", "年", number, 0),
    )
    rows: list[tuple[Cell, ...]] = [
        ("综合能耗（等价值）", "tce", *_band(whole.energy_tce, 2)),
        ("用电量", "kWh", *_band(whole.electricity_kwh, 0)),
        ("工业增加值（可比价）", "万元", *_band(whole.value_10k_cny, 1)),
        ("万元工业增加值能耗（等价值）", "tce/万元", *_ratio(whole.intensity, 4), "", ""),
        ("强度同比", "%", *_ratio(whole.change, 1, percent=True), "", ""),
    ]
    known = NO_TASK if whole.task is None else _COURSE[whole.on_course]
    told = "数据不足" if whole.change is None else known
    reasons = "；".join(printed(reason) for reason in whole.reasons)
    text = f"全年预测：{told}。" + (f"（{reasons}）" if reasons else "")
    return [
        Paragraph(text),
        Table("全年预测（80%区间）", columns, tuple(rows), SEASON_NOTE),
    ]


def _band(found: YearEnd | None, digits: int) -> tuple[Cell, ...]:
    if found is None:
        return None, None, None, None, None
    return *(Quantity(v, digits) for v in (found.value, found.low, found.high)), found.known, found.season_years


def _ratio(found: tuple[float, float, float] | None, digits: int, *, percent: bool = False) -> tuple[Cell, ...]:
    if found is None:
        return None, None, None
    return tuple(Quantity(value, digits, percent=percent) for value in found)


def _reasons(ask: EnergyQuestions, request: Request, scope_year: int | None) -> list[Block]:
    month = request.period.last
    found = ask.desk.explain(request.principal, month.replace(month=1), month, scope_year=scope_year)
    total = found.total
    if total is None:
        return [Paragraph(f"不能分解：{printed(found.reason)}。")]
    text = (
        f"综合能耗（等价值）由{shown_number(total.before_tce, 2)}吨标准煤变为{shown_number(total.now_tce, 2)}吨标准煤，"
        f"其中产出规模影响{_signed(total.activity_tce)}吨，行业结构影响{_signed(total.structure_tce)}吨，"
        f"能耗强度影响{_signed(total.intensity_tce)}吨，企业进出影响{_signed(total.moved_tce)}吨。"
    )
    return [Paragraph(text), _parts(found, total)]


def _signed(value: float) -> str:
    text = shown_number(value, 2)
    return text if text.startswith("-") or not any(c in text for c in "123456789") else f"+{text}"


def _parts(found: Explanation, total: Part) -> Table:
    number = ColumnKind.NUMBER
    titles = ("上年同期", "本期", "规模影响", "结构影响", "强度影响", "进出影响")
    columns = (Column("行业"), *(Column(title, "tce", number) for title in titles))
    rows = tuple(
        (name, p.before_tce, p.now_tce, p.activity_tce, p.structure_tce, p.intensity_tce, p.moved_tce)
        for name, p in (*((part.subject, part) for part in found.parts), ("合计", total))
    )
    left = f"；{len(found.left_out)}户企业两期数据不全，未计入" if found.left_out else ""
    return Table("用能变化分解（LMDI）", columns, rows, f"各项影响之和等于两期之差{left}")
