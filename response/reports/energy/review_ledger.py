"""Ledger of energy review: every approved project against its approval, and what each region has left. 节能审查台账"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.months import Window
from domain.report import Block, Cell, Column, ColumnKind, Heading, Paragraph, Quantity, Table, shown_number
from domain.report_versions import Source
from monitor.runs import canonical_json, digest_of
from response.intensity.review_answers import ProjectFollowed, RegionBudget, ReviewState
from response.reports.energy.periodical import SIGNATURE
from response.reports.energy.questions import EnergyQuestions
from response.reports.energy.words import PER_VALUE, TCE, printed, why
from response.reports.kinds import Draft, Request

_NUMBER, _PERCENT, _DATE = ColumnKind.NUMBER, ColumnKind.PERCENT, ColumnKind.DATE
#: What the bureau has to look at first.
_URGENT = (ReviewState.EXCEEDED, ReviewState.ATTENTION)


def review_ledger(questions: EnergyQuestions) -> Callable[[Request], Draft]:
    return lambda request: _draft(questions.once(), request)


def _draft(ask: EnergyQuestions, request: Request) -> Draft:
    who, month, desk = request.principal, request.period.last, ask.desk.reviews
    request.progress.step(0.1, "批复项目")
    projects = desk.projects(who, month)
    request.progress.step(0.5, "区域余量")
    budgets = [desk.budget(who, region.id, month) for region in desk.regions(who)]
    blocks: tuple[Block, ...] = (
        Heading("一、总体情况"),
        Paragraph(_summary(projects)),
        Heading("二、批复项目执行情况"),
        _approvals(projects),
        _paces(projects),
        Heading("三、区域节能审查余量"),
        *([_regions(budgets)] if budgets else [Paragraph("没有导入区域节能审查批复。")]),
        SIGNATURE,
    )
    request.progress.step(0.8, "数据来源")
    first = Window.ROLLING_YEAR.first(month)
    # What a region uses is that of all its enterprises.
    everyone = [EnterpriseId(each) for each in ask.names(month)]
    chosen = everyone if budgets else sorted({each.project.enterprise for each in projects})
    sources = (
        approvals_source(projects, budgets),
        *ask.sources(who, ((first, month),), chosen),
        *ask.project_meters(who, first, month, [each.project for each in projects]),
    )
    return Draft(
        f"{ask.district}{request.period.name_zh}节能审查台账",
        f"截至{month.year}年{month.month}月的滚动十二个月",
        blocks,
        sources,
        "节能审查批复、计量读数、能源报表，逐项版本见数据来源表；批复口径与折算口径一致，等价值与当量值不可相加",
    )


def _summary(projects: Sequence[ProjectFollowed]) -> str:
    if not projects:
        return "没有导入批复项目。"
    counts = {state: sum(each.state is state for each in projects) for state in ReviewState}
    told = "，".join(f"{state.name_zh}{count}个" for state, count in counts.items() if count)
    urgent = "、".join(each.project.name for each in projects if each.state in _URGENT)
    total = sum(each.approved_tce for each in projects if each.basis is Basis.EQUIVALENT)
    amount = f"，批复能耗（等价值）合计{shown_number(total, 2)}吨标准煤" if total else ""
    return f"已批复项目{len(projects)}个{amount}：{told}。" + (f"需重点核查：{urgent}。" if urgent else "")


def _approvals(projects: Sequence[ProjectFollowed]) -> Table:
    columns = (
        Column("项目"),
        Column("企业"),
        Column("批复文号"),
        Column("批复日期", kind=_DATE),
        Column("路径"),
        Column("投产日期", kind=_DATE),
        Column("批复能耗 等价值", TCE, _NUMBER),
        Column("批复能耗 当量值", TCE, _NUMBER),
        Column("批复强度 等价值", PER_VALUE, _NUMBER, 4),
        Column("适用规则"),
    )
    return Table("批复项目", columns, tuple(_approval(each) for each in projects))


def _approval(each: ProjectFollowed) -> tuple[Cell, ...]:
    project = each.project
    needed = {True: "须单独审查", False: "不单独审查", None: "不能判定"}[each.needed_review]
    return (
        project.name,
        each.enterprise_name,
        project.document,
        project.approved_on,
        project.route.name_zh,
        project.in_service_from,
        project.equivalent_tce,
        project.calorific_tce,
        project.intensity_tce,
        f"{each.rule_from.isoformat()}起规则：{needed}" + ("，省级" if each.province else ""),
    )


def _paces(projects: Sequence[ProjectFollowed]) -> Table:
    columns = (
        Column("项目"),
        Column("口径"),
        Column("批复能耗", TCE, _NUMBER),
        Column("折年能耗", TCE, _NUMBER),
        Column("占批复", kind=_PERCENT, digits=1),
        Column("依据月数", "个月", _NUMBER, 0),
        Column("实际强度 等价值", PER_VALUE, _NUMBER, 4),
        Column("结论"),
        Column("说明"),
    )
    rows = tuple(
        (
            each.project.name,
            each.basis.name_zh,
            each.approved_tce,
            each.run_rate_tce.value,
            each.share,
            each.months,
            each.intensity_tce.value,
            each.state.name_zh,
            _remark(each),
        )
        for each in projects
    )
    return Table("执行情况", columns, rows, "折年能耗按滚动十二个月内有数据的月份折算；仅有电量的为下限，只能证明超出")


def _remark(each: ProjectFollowed) -> str:
    told = [why([each.run_rate_tce])]
    told += ["仅有计量电量，为下限"] if each.electricity_only else []
    told += ["强度超批复"] if each.intensity_exceeded else []
    return "；".join(filter(None, told))


def _regions(budgets: Sequence[RegionBudget]) -> Table:
    columns = (
        Column("区域"),
        Column("批复文号"),
        Column("口径"),
        Column("批复总量", TCE, _NUMBER),
        Column("已承诺", TCE, _NUMBER),
        Column("已使用", TCE, _NUMBER),
        Column("余量", TCE, _NUMBER),
        Column("余量上限", TCE, _NUMBER),
        Column("承诺备案"),
        Column("说明"),
    )
    rows = tuple(
        (
            each.region.name,
            each.region.document,
            each.region.basis.name_zh,
            each.region.approved_tce,
            each.committed_tce,
            each.used_tce.value,
            Quantity(each.left_tce.value),
            each.at_most_left_tce,
            "可用" if each.open else "已失效",
            printed(each.used_tce.reason),
        )
        for each in budgets
    )
    return Table("区域余量", columns, rows, "余量 = 批复总量 − 已承诺 − 已使用；使用量不全时只给出余量上限")


def approvals_source(projects: Sequence[ProjectFollowed], budgets: Sequence[RegionBudget]) -> Source:
    plain = [[each.project.id, each.project.revision] for each in projects]
    plain += [[each.region.id, each.region.revision] for each in budgets]
    files = sorted({each.project.source for each in projects if each.project.source})
    detail = f"项目{len(projects)}个、区域{len(budgets)}个" + (f"，来源：{'、'.join(files[:6])}" if files else "")
    return Source("节能审查批复", digest_of(canonical_json({"approvals": plain})), detail)
