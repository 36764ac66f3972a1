"""Monthly and half-year energy reports of the district. 能耗月报、半年报"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.months import months_between
from domain.report import (
    Block,
    Chart,
    ChartKind,
    Column,
    ColumnKind,
    Facts,
    Heading,
    Paragraph,
    Series,
    Table,
    signature,
)
from response.intensity.figures import GroupFigures
from response.reports.anonymity import MEMBERS
from response.reports.energy.questions import EnergyQuestions
from response.reports.energy.words import (
    ENERGY,
    INTENSITY,
    PER_VALUE,
    TCE,
    indicators,
    printed,
    sentence,
    standing,
    why,
)
from response.reports.kinds import Draft, Request

SIGNATURE = signature("编制人", "审核人", "签发人")
#: As many of the largest users are named in the text.
LARGEST = 10


def monthly(questions: EnergyQuestions) -> Callable[[Request], Draft]:
    return lambda request: _Report(questions, request, date(request.period.last.year, 1, 1)).draft("能耗监测月报")


def half_yearly(questions: EnergyQuestions) -> Callable[[Request], Draft]:
    return lambda request: _Report(questions, request, request.period.first).draft("能耗分析报告")


class _Report:
    """first : of the months that are summed, January for a month's report"""

    def __init__(self, questions: EnergyQuestions, request: Request, first: date) -> None:
        self._ask = questions
        self._request = request
        self._who = request.principal
        self._first, self._last = first, request.period.last
        self._names = questions.names(self._last)

    def draft(self, title: str) -> Draft:
        step = self._request.progress.step
        step(0.05, "全区指标")
        whole = self._ask.of_district(self._who, self._first, self._last)
        step(0.25, "企业指标")
        enterprises = self._ask.of_enterprises(self._who, self._first, self._last)
        step(0.45, "行业指标")
        sectors = self._ask.of_sectors(self._who, self._first, self._last)
        step(0.6, "逐月走势")
        blocks = (*self._summary(whole, enterprises), *self._trend(), *self._parts(sectors, enterprises))
        step(0.85, "数据来源")
        chosen = [EnterpriseId(group.subject) for group in enterprises]
        sources = self._ask.sources(self._who, self._first, self._last, chosen)
        period = self._request.period
        return Draft(
            f"{self._ask.district}{period.name_zh}{title}",
            f"{self._summed}　{self._ask.scope_words(self._last.year)}",
            (*blocks, SIGNATURE),
            sources,
            "计量读数、能源报表、工业增加值报表，逐项版本见数据来源表；等价值在前，当量值并列，两者不可相加",
        )

    @property
    def _summed(self) -> str:
        first, last = self._first, self._last
        return f"{last.year}年{first.month}月" if first == last else f"{last.year}年{first.month}—{last.month}月"

    def _summary(self, whole: GroupFigures, enterprises: Sequence[GroupFigures]) -> list[Block]:
        periods = [(self._summed, whole)]
        if self._request.period.first != self._first:
            month = self._request.period.first
            periods.insert(0, (f"{month.month}月", self._ask.of_district(self._who, month, month)))
        blocks: list[Block] = [
            Heading("一、总体情况"),
            Paragraph(sentence(self._summed, "全区规上工业" if self._in_scope else "全区监测企业", whole)),
            Facts(
                (
                    ("统计范围", self._ask.scope_words(self._last.year)),
                    ("企业数", f"{whole.members}户，其中报表齐全{whole.members_known}户"),
                    ("数据基础", standing(whole)),
                )
            ),
            indicators("主要指标", periods),
        ]
        known = [EnterpriseId(g.subject) for g in enterprises if g.energy_tce[Basis.EQUIVALENT].value is not None]
        if whole.energy_tce[Basis.EQUIVALENT].value is None and known:
            part = self._ask.together(self._who, self._first, self._last, known)
            text = f"其中报表齐全的{len(known)}户企业小计："
            blocks += [Paragraph(text + sentence(self._summed, f"{len(known)}户企业", part))]
            blocks += [indicators(f"报表齐全的{len(known)}户企业小计", [(self._summed, part)], note="不代表全区")]
        return blocks

    @property
    def _in_scope(self) -> bool:
        return self._ask.scope_year(self._last.year) is not None

    def _trend(self) -> list[Block]:
        """Month by month; a month without enough data is a gap."""
        months = months_between(self._first, self._last)
        found = [self._ask.of_district(self._who, month, month) for month in months]
        rates = [group.intensity[Basis.EQUIVALENT].value for group in found]
        energy = [group.energy_tce[Basis.EQUIVALENT].value for group in found]
        electricity = [group.electricity_kwh.value for group in found]
        names = tuple(f"{month.month}月" for month in months)
        charts = [
            Chart(f"{INTENSITY}（等价值）", ChartKind.LINE, names, (Series("全区", tuple(rates)),), PER_VALUE),
            Chart(f"{ENERGY}（等价值）", ChartKind.COLUMN, names, (Series("全区", tuple(energy)),), TCE),
            Chart("用电量", ChartKind.COLUMN, names, (Series("全区", tuple(electricity)),), "kWh"),
        ]
        return [Heading("二、逐月走势"), *drawn(charts)]

    def _parts(self, sectors: Sequence[GroupFigures], enterprises: Sequence[GroupFigures]) -> list[Block]:
        largest = sorted(enterprises, key=_size, reverse=True)
        named = "、".join(self._names.get(group.subject, group.subject) for group in largest[:LARGEST] if _size(group))
        missing = [group for group in enterprises if group.energy_tce[Basis.EQUIVALENT].value is None]
        return [
            Heading("三、分行业情况"),
            Table(
                "分行业能耗", _columns("行业", counted=True), tuple(_row(g, g.subject, counted=True) for g in sectors)
            ),
            Heading("四、企业情况"),
            Paragraph(f"用能居前的企业：{named}。" if named else "企业能耗数据均不足。"),
            Table(
                "企业能耗明细",
                _columns("企业"),
                tuple(_row(group, self._names.get(group.subject, group.subject)) for group in largest),
                "按综合能耗（等价值）由大到小；—表示数据不足，原因见说明",
            ),
            Heading("五、数据质量"),
            Paragraph(_missing_words(missing, len(enterprises))),
        ]


def drawn(charts: Sequence[Chart]) -> list[Block]:
    """Those with at least one point."""
    found: list[Block] = [each for each in charts if any(value is not None for value in each.series[0].values)]
    return found or [Paragraph("各月数据均不足，未作图。")]


def _columns(first: str, *, counted: bool = False) -> tuple[Column, ...]:
    number, percent = ColumnKind.NUMBER, ColumnKind.PERCENT
    return (
        Column(first),
        *([Column(MEMBERS, "户", number, 0)] if counted else []),
        Column(f"{ENERGY} 等价值", TCE, number, 2),
        Column(f"{ENERGY} 当量值", TCE, number, 2),
        Column("用电量", "kWh", number, 0),
        Column("工业增加值", "万元", number, 1),
        Column("能耗强度 等价值", PER_VALUE, number, 4),
        Column("电耗强度", "kWh/万元", number, 1),
        Column("强度同比", "", percent, 1),
        Column("数据基础"),
        Column("说明"),
    )


def _row(group: GroupFigures, name: str, *, counted: bool = False) -> tuple[str | float | None, ...]:
    energy, rate = group.energy_tce[Basis.EQUIVALENT], group.intensity[Basis.EQUIVALENT]
    return (
        name,
        *([group.members] if counted else []),
        energy.value,
        group.energy_tce[Basis.CALORIFIC].value,
        group.electricity_kwh.value,
        group.value_added_10k_cny.value,
        rate.value,
        group.electricity_intensity_kwh.value,
        group.change[Basis.EQUIVALENT].value,
        standing(group),
        why([energy, rate, group.change[Basis.EQUIVALENT]]),
    )


def _size(group: GroupFigures) -> float:
    return group.energy_tce[Basis.EQUIVALENT].value or 0.0


def _missing_words(missing: Sequence[GroupFigures], total: int) -> str:
    if not missing:
        return f"{total}户企业报表齐全。"
    reasons: dict[str, int] = {}
    for group in missing:
        reason = printed(group.energy_tce[Basis.EQUIVALENT].reason)
        reasons[reason] = reasons.get(reason, 0) + 1
    told = "；".join(f"{reason}{count}户" for reason, count in sorted(reasons.items(), key=lambda item: -item[1]))
    return f"{total}户企业中{len(missing)}户不能计算综合能耗：{told}。数据补齐后另行更正。"
