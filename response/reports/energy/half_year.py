"""Half-year energy report: against the half a year before, the year's task, key users, outlook, measures. 能耗半年报"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from config.energy_targets import Indicator
from domain.energy import Basis
from domain.months import Window, same_month
from domain.report import Block, Cell, Column, ColumnKind, Paragraph, Quantity, Table, shown_number
from domain.report_versions import Source
from domain.series import Figure
from response.intensity.figures import GroupFigures
from response.intensity.key_users import KeyUser
from response.intensity.progress import TargetProgress
from response.intensity.review_answers import ProjectFollowed, ReviewState
from response.reports.energy.dual_control import behind, outlook_blocks, progress_table, targets_source, verdict
from response.reports.energy.periodical import Found, Periodical, Section, incomplete, size
from response.reports.energy.questions import EnergyQuestions, Spans
from response.reports.energy.review_ledger import approvals_source
from response.reports.energy.words import BASES, ENERGY, INTENSITY, PER_VALUE, TCE, moved, printed, quantity, why
from response.reports.kinds import Draft, Request

#: As many are named in a measure.
NAMED = 8
_NUMBER = ColumnKind.NUMBER
_OVER = (ReviewState.EXCEEDED, ReviewState.ATTENTION)


def half_yearly(questions: EnergyQuestions) -> Callable[[Request], Draft]:
    return lambda request: HalfYear(questions.once(), request, request.period.first).draft("能耗分析报告")


class HalfYear(Periodical):
    def _sections(self, found: Found) -> Iterator[Section]:
        step, desk, year = self._request.progress.step, self._ask.desk, self._last.year
        step(0.45, "年度目标")
        progress = self._progress = [desk.progress(self._who, self._last, indicator=each) for each in Indicator]
        users = desk.key_users(self._who, year)
        self._projects = desk.reviews.projects(self._who, self._last)
        yield "总体情况", [*self._summary(found), self._compared(found.whole)]
        step(0.6, "逐月走势")
        yield "逐月走势", self._trend()
        yield "年度目标完成情况", _task(progress)
        yield "分行业情况", self._by_sector(found)
        yield "重点用能单位", _key_users(users, found)
        yield "企业情况", self._by_enterprise(found)
        step(0.7, "全年预测")
        whole = desk.outlook(self._who, year, scope_year=self._ask.scope_year(year))[0]
        yield "全年预测", outlook_blocks(whole)
        yield "存在问题与下一步措施", self._measures(found, progress[0], users)
        yield "数据质量", self._quality(found)

    def _more_sources(self) -> tuple[Source, ...]:
        first = Window.ROLLING_YEAR.first(self._last)
        approved = [each.project for each in self._projects]
        meters = self._ask.project_meters(self._who, first, self._last, approved)
        return targets_source(*self._progress), approvals_source(self._projects, ()), *meters

    def _behind(self) -> Spans:
        return behind(self._progress[0], self._last)

    def _compared(self, now: GroupFigures) -> Table:
        """Side by side with the same half a year before, of the same enterprises."""
        first, last = (same_month(month, years=-1) for month in (self._first, self._last))
        before = self._ask.of_district(self._who, first, last, scope_of=self._last.year)
        half = "上半年" if self._first.month == 1 else "下半年"
        columns = (
            Column("指标"),
            Column("单位"),
            Column(f"{self._last.year}年{half}", kind=_NUMBER),
            Column(f"{last.year}年{half}", kind=_NUMBER),
            Column("增减", kind=_NUMBER),
            Column("同比", kind=ColumnKind.PERCENT, digits=1),
            Column("说明"),
        )
        return Table(f"与上年{half}比较（同口径）", columns, tuple(_comparison(now, before)), "工业增加值同比按可比价")

    def _measures(self, found: Found, energy: TargetProgress, users: Sequence[KeyUser]) -> list[Block]:
        missing = [self._name(group) for group in incomplete(found)]
        told = [
            _for_the_task(energy),
            _for_rising([(self._name(group), group) for group in found.enterprises]),
            _for_projects([each for each in self._projects if each.state in _OVER]),
            _for_users([user.name for user in users if user.below]),
            f"督促{_listed(missing)}补报能源和增加值报表，数据补齐后更正本报告。" if missing else "",
        ]
        lines = [text for text in told if text] or ["各项指标未见异常，继续按月监测。"]
        note = "以上措施按数据拟出，签发前由编制人核定。"
        return [*(Paragraph(f"{number}. {text}") for number, text in enumerate(lines, 1)), Paragraph(note)]


def _comparison(now: GroupFigures, before: GroupFigures) -> Iterator[tuple[Cell, ...]]:
    for basis in BASES:
        title = f"{ENERGY}（{basis.name_zh}）"
        yield _line(title, TCE, 2, now.energy_tce[basis], before.energy_tce[basis], now.energy_growth[basis])
    yield _line("用电量", "kWh", 0, now.electricity_kwh, before.electricity_kwh, None)
    yield _line("工业增加值", "万元", 1, now.value_added_10k_cny, before.value_added_10k_cny, now.real_growth)
    for basis in BASES:
        title = f"{INTENSITY}（{basis.name_zh}）"
        yield _line(title, PER_VALUE, 4, now.intensity[basis], before.intensity[basis], now.change[basis])
    one, other = now.electricity_intensity_kwh, before.electricity_intensity_kwh
    yield _line("万元增加值电耗", "kWh/万元", 1, one, other, None)


def _line(title: str, unit: str, digits: int, now: Figure, before: Figure, change: Figure | None) -> tuple[Cell, ...]:
    """change : by the official formula, None = of the two figures"""
    moved_by = None if now.value is None or before.value is None else now.value - before.value
    share = None if change is None else change.value
    if change is None and moved_by is not None and before.value:
        share = moved_by / before.value
    reasons = [now, before] + ([] if change is None else [change])
    return title, unit, quantity(now, digits), quantity(before, digits), Quantity(moved_by, digits), share, why(reasons)


def _task(progress: Sequence[TargetProgress]) -> list[Block]:
    told: list[Block] = [Paragraph(verdict(each.indicator.name_zh, each)) for each in progress]
    return told + [progress_table(f"{each.indicator.name_zh}进度", each) for each in progress]


def _key_users(users: Sequence[KeyUser], found: Found) -> list[Block]:
    if not users:
        return [Paragraph("没有达到重点用能单位标准的企业。")]
    of = {group.subject: group for group in found.enterprises}
    columns = (
        Column("单位"),
        Column("行业"),
        Column("类别"),
        Column("本期综合能耗 等价值", TCE, _NUMBER, 2),
        Column("强度同比", "", ColumnKind.PERCENT, 1),
        Column("全年推算", TCE, _NUMBER, 0),
        Column("已知月数", "个月", _NUMBER, 0),
        Column("说明"),
    )
    rows = tuple(_key_row(user, of.get(str(user.enterprise))) for user in users)
    text = f"达到重点用能单位标准的企业{len(users)}户，其中已列入{sum(bool(u.label) for u in users)}户。"
    note = "全年推算按已知月份折算，为估计值；界限见节能审查配置"
    return [Paragraph(text), Table("重点用能单位", columns, rows, note)]


def _key_row(user: KeyUser, group: GroupFigures | None) -> tuple[Cell, ...]:
    energy = None if group is None else group.energy_tce[Basis.EQUIVALENT].value
    change = None if group is None else group.change[Basis.EQUIVALENT].value
    said = "不在规上名录" if group is None else why([user.tce, group.energy_tce[Basis.EQUIVALENT]])
    label = user.label or f"达到{user.below}标准，未指定"
    return user.name, user.sector, label, energy, change, user.tce.value, float(user.months), said


def _for_the_task(energy: TargetProgress) -> str:
    now = energy.assessed.years[-1][1]
    if energy.yearly is None or now.value is None:
        reason = printed(energy.no_target if energy.yearly is None else now.reason)
        return f"年度任务完成情况不能判定（{reason}），尽快明确目标、补齐数据。"
    if -now.value >= energy.yearly:
        return f"能耗强度{moved(now)}，达到年度任务的进度要求，下半年保持。" if energy.month.month < 12 else ""
    short = shown_number((energy.yearly + now.value) * 100, 1)
    return f"能耗强度{moved(now)}，与年度任务相差{short}个百分点，须加大节能改造和用能结构调整力度。"


def _for_rising(named: Sequence[tuple[str, GroupFigures]]) -> str:
    """The largest of those whose intensity rises."""
    rising = [(name, group) for name, group in named if (group.change[Basis.EQUIVALENT].value or 0.0) > 0]
    rising.sort(key=lambda pair: size(pair[1]), reverse=True)
    told = [f"{name}（{moved(group.change[Basis.EQUIVALENT])}）" for name, group in rising]
    return f"能耗强度上升的企业{len(rising)}户，对{_listed(told)}开展节能诊断和走访。" if told else ""


def _for_projects(over: Sequence[ProjectFollowed]) -> str:
    told = [f"{each.enterprise_name}“{each.project.name}”" for each in over]
    return f"用能接近或超过节能审查批复的项目{len(over)}个：{_listed(told)}，约谈并限期整改。" if told else ""


def _for_users(names: Sequence[str]) -> str:
    return f"{_listed(names)}达到重点用能单位标准，报上级研究是否列入名单。" if names else ""


def _listed(names: Sequence[str]) -> str:
    more = f"等{len(names)}户（个）" if len(names) > NAMED else ""
    return "、".join(names[:NAMED]) + more
