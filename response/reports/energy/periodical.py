"""Monthly energy report of the district, and what the half-year report shares with it. 能耗月报"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
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
from domain.report_versions import Source
from response.intensity.figures import GroupFigures
from response.reports.anonymity import MEMBERS
from response.reports.energy.questions import EnergyQuestions, Spans, with_year_before
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
Section = tuple[str, list[Block]]
_NUMERALS = "一二三四五六七八九十"


def monthly(questions: EnergyQuestions) -> Callable[[Request], Draft]:
    def build(request: Request) -> Draft:
        january = date(request.period.last.year, 1, 1)
        return Periodical(questions.once(), request, january).draft("能耗监测月报")

    return build


@dataclass(frozen=True, slots=True)
class Found:
    """Figures of the months that are summed."""

    whole: GroupFigures
    enterprises: tuple[GroupFigures, ...]
    sectors: tuple[GroupFigures, ...]


class Periodical:
    """first : of the months that are summed, January for a month's report"""

    def __init__(self, questions: EnergyQuestions, request: Request, first: date) -> None:
        self._ask = questions
        self._request = request
        self._who = request.principal
        self._first, self._last = first, request.period.last
        self._names = questions.names(self._last)

    def draft(self, title: str) -> Draft:
        found = self._found()
        blocks = numbered(self._sections(found))
        self._request.progress.step(0.85, "数据来源")
        chosen = [EnterpriseId(group.subject) for group in found.enterprises]
        period = self._request.period
        return Draft(
            f"{self._ask.district}{period.name_zh}{title}",
            f"{self._summed}　{self._ask.scope_words(self._last.year)}",
            (*blocks, SIGNATURE),
            (*self._ask.sources(self._who, self._behind(), chosen), *self._more_sources()),
            "计量读数、能源报表、工业增加值报表，逐项版本见数据来源表；等价值在前，当量值并列，两者不可相加",
        )

    def _found(self) -> Found:
        step = self._request.progress.step
        step(0.05, "全区指标")
        whole = self._ask.of_district(self._who, self._first, self._last)
        step(0.2, "企业指标")
        enterprises = self._ask.of_enterprises(self._who, self._first, self._last)
        step(0.35, "行业指标")
        return Found(whole, enterprises, self._ask.of_sectors(self._who, self._first, self._last))

    def _sections(self, found: Found) -> Iterator[Section]:
        self._request.progress.step(0.45, "逐月走势")
        yield "总体情况", self._summary(found)
        yield "逐月走势", self._trend()
        yield "分行业情况", self._by_sector(found)
        yield "企业情况", self._by_enterprise(found)
        yield "数据质量", self._quality(found)

    def _behind(self) -> Spans:
        return with_year_before(self._first, self._last)

    def _more_sources(self) -> tuple[Source, ...]:
        return ()

    @property
    def _summed(self) -> str:
        first, last = self._first, self._last
        return f"{last.year}年{first.month}月" if first == last else f"{last.year}年{first.month}—{last.month}月"

    def _summary(self, found: Found) -> list[Block]:
        whole = found.whole
        periods = [(self._summed, whole)]
        if self._request.period.first != self._first:
            month = self._request.period.first
            periods.insert(0, (f"{month.month}月", self._ask.of_district(self._who, month, month)))
        changes = self._ask.scope_changes(self._who, self._first, self._last)
        blocks: list[Block] = [
            Paragraph(sentence(self._summed, "全区规上工业" if self._in_scope else "全区监测企业", whole)),
            Facts(
                (
                    ("统计范围", self._ask.scope_words(self._last.year)),
                    *([("统计范围变化", changes)] if changes else []),
                    ("企业数", f"{whole.members}户，其中报表齐全{whole.members_known}户"),
                    ("数据基础", standing(whole)),
                )
            ),
            indicators("主要指标", periods),
        ]
        known = [EnterpriseId(g.subject) for g in found.enterprises if g.energy_tce[Basis.EQUIVALENT].value is not None]
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
        return drawn(charts)

    def _by_sector(self, found: Found) -> list[Block]:
        rows = tuple(_row(group, group.subject, counted=True) for group in found.sectors)
        return [Table("分行业能耗", _columns("行业", counted=True), rows)]

    def _by_enterprise(self, found: Found) -> list[Block]:
        largest = sorted(found.enterprises, key=size, reverse=True)
        named = "、".join(self._name(group) for group in largest[:LARGEST] if size(group))
        return [
            Paragraph(f"用能居前的企业：{named}。" if named else "企业能耗数据均不足。"),
            Table(
                "企业能耗明细",
                _columns("企业"),
                tuple(_row(group, self._name(group)) for group in largest),
                "按综合能耗（等价值）由大到小；—表示数据不足，原因见说明",
            ),
        ]

    def _quality(self, found: Found) -> list[Block]:
        return [Paragraph(_missing_words(incomplete(found), len(found.enterprises)))]

    def _name(self, group: GroupFigures) -> str:
        return self._names.get(group.subject, group.subject)


def numbered(sections: Iterable[Section]) -> Iterator[Block]:
    """Each under its heading, 一、 and so on."""
    for numeral, (title, blocks) in zip(_NUMERALS, sections, strict=False):
        yield Heading(f"{numeral}、{title}")
        yield from blocks


def incomplete(found: Found) -> list[GroupFigures]:
    """Enterprises whose energy cannot be told."""
    return [group for group in found.enterprises if group.energy_tce[Basis.EQUIVALENT].value is None]


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


def size(group: GroupFigures) -> float:
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
