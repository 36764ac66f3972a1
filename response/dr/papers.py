"""Papers of an event as documents: 核算表, 公示表, 申诉记录, 发放清单 and the evidence pack's readable half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.settlement import top_up
from config.programmes import SubsidyEdition
from domain.arrays import FloatArray
from domain.dr import Direction, DrEvent
from domain.dr_records import FrozenBaseline, Objection, Settlement, SettlementRow, Step
from domain.dr_states import Move
from domain.instants import from_ms
from domain.report import (
    Block,
    Column,
    ColumnKind,
    Document,
    Facts,
    Heading,
    Paragraph,
    Quantity,
    Signature,
    Table,
    chinese,
    signature,
)
from response.dr import words
from response.dr.settlements import Difference

VALIDITY = {
    "valid": "有效",
    "no_reply": "未应邀",
    "no_baseline": "无基线（数据不足）",
    "incomplete": "数据不足",
    "extreme": "无效：最大（最小）负荷条件",
    "average": "无效：平均负荷条件",
    "ratio": "无效：响应率不足",
    "duration": "无效：有效时长不足",
}
NUMBER, TEXT, PERCENT = ColumnKind.NUMBER, ColumnKind.TEXT, ColumnKind.PERCENT


@dataclass(frozen=True, slots=True)
class PaperSource:
    """All that the papers of one event are made of.

    root : of the evidence pack; district, methods : names as printed, of baseline methods by id
    """

    district: str
    methods: Mapping[str, str]

    event: DrEvent
    names: Mapping[str, str]
    baselines: Sequence[FrozenBaseline]
    settlement: Settlement
    differences: Sequence[Difference]
    objections: Sequence[Objection]
    steps: Sequence[Step]
    root: str
    made_at: datetime
    zone: ZoneInfo


def settlement_paper(source: PaperSource) -> Document:
    """核算表 with everything a figure stands on: the readable half of the evidence pack."""
    blocks: list[Block] = [
        _facts(source),
        Heading("核算结果"),
        _result_table(source),
        Heading("基线"),
        _baseline_table(source),
    ]
    if source.differences:
        blocks += [Heading("与上一版的差异"), _difference_table(source)]
    blocks += [
        Heading("过程"),
        _step_table(source),
        Heading("证据"),
        Paragraph(
            f"证据包根校验值（SHA-256）：{source.root}。"
            "用 yingfeng dr verify 证据包 --root 校验值 可重新计算本表全部数字，并指出被改动的读数。"
        ),
        signature("核算人", "审核人"),
    ]
    return _document(source, "需求响应核算表", tuple(blocks))


def publication_paper(source: PaperSource, days: int) -> Document:
    """公示表."""
    rows = tuple(
        (_name(source, row), row.promised_kw, row.response_kw, VALIDITY[row.validity], row.energy_kwh)
        for row in source.settlement.rows
    )
    table = Table(
        "响应结果",
        (
            Column("企业"),
            Column("确认容量", "kW", NUMBER, 0),
            Column("平均响应", "kW", NUMBER, 1),
            Column("结论"),
            Column("有效响应电量", "kWh", NUMBER, 1),
        ),
        rows,
        note="电量为本区测算，以省级公布的核定结果为准。",
    )
    seal = Signature((f"公示单位（盖章）：{source.district}", "日期：　　　　年　　月　　日"))
    return _document(source, "需求响应结果公示表", (_facts(source), Paragraph(_publicity(source, days)), table, seal))


def _publicity(source: PaperSource, days: int) -> str:
    begun = [step.at_ms for step in source.steps if step.move is Move.PUBLISH]
    term = f"{days} 天"
    if begun:
        first = from_ms(begun[-1]).astimezone(source.zone).date()
        term += f"（{first:%Y-%m-%d} 至 {first + timedelta(days=days - 1):%Y-%m-%d}）"
    return f"现将本次需求响应结果公示 {term}。对结果有异议的，请在公示期内书面提出申诉，逾期视为无异议。"


def objection_paper(source: PaperSource) -> Document:
    """申诉记录."""
    rows = tuple(
        (
            str(each.id),
            source.names.get(each.enterprise, each.enterprise),
            words.clock(each.raised_ms, source.zone),
            each.text,
            each.answer or "—",
            "—" if each.answered_ms is None else f"{each.answered_by} {words.clock(each.answered_ms, source.zone)}",
        )
        for each in source.objections
    )
    columns = tuple(Column(title) for title in ("序号", "企业", "提出时间", "内容", "答复", "答复人"))
    table = Table("申诉", columns, rows, note="" if rows else "公示期内未收到申诉。")
    return _document(source, "需求响应申诉记录", (_facts(source), table))


@dataclass(frozen=True, slots=True)
class YearGrants:
    """share : of what was asked, 1 while the cap holds; missing : settled events without official energy"""

    year: int
    lines: tuple[Grant, ...]
    share: float
    cap_yuan: float
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of the year's subsidy. asked and paid [yuan]"""

    event: str
    enterprise: str
    name: str
    verified_kwh: float
    asked_yuan: float
    paid_yuan: float


def grants(
    rows: Sequence[tuple[str, str, str, float]], kwh: FloatArray, edition: SubsidyEdition
) -> tuple[list[Grant], float]:
    """The year's lines (event, enterprise, name, official verified kWh) granted, and the share the cap leaves."""
    found = top_up(kwh, edition.price_yuan_per_kwh, edition.yearly_cap_yuan)
    lines = [
        Grant(*row, float(asked), float(paid))
        for row, asked, paid in zip(rows, found.asked_yuan, found.paid_yuan, strict=True)
    ]
    return lines, found.share


def payment_paper(district: str, year: int, found: YearGrants, edition: SubsidyEdition, made_at: datetime) -> Document:
    """发放清单 of the district's own subsidy, on official verified energy of mirrored events of the year."""
    rows = tuple((each.name, each.event, each.verified_kwh, each.asked_yuan, each.paid_yuan) for each in found.lines)
    total = Quantity(sum(each.paid_yuan for each in found.lines), 2, "元")
    note = f"尚无省级核定电量、未列入：{'、'.join(found.missing)}。" if found.missing else ""
    table = Table(
        f"{year} 年补贴",
        (
            Column("企业"),
            Column("事件"),
            Column("省级核定电量", "kWh", NUMBER, 1),
            Column("应补", "元", NUMBER, 2),
            Column("实补", "元", NUMBER, 2),
        ),
        rows,
        note=note,
    )
    facts = Facts(
        (
            ("补贴标准", Quantity(edition.price_yuan_per_kwh, 2, "元/kWh")),
            ("年度上限", Quantity(edition.yearly_cap_yuan, 0, "元")),
            ("兑付比例", Quantity(found.share, 2, percent=True)),
            ("合计", total),
            ("依据", chinese(edition.source)),
        )
    )
    return Document(
        title=f"{district}{year}年需求响应补贴发放清单",
        subtitle="区级补贴",
        blocks=(facts, table, signature("制表人", "审核人", "批准人")),
        made_at=made_at,
        version="草稿",
        number="",
        source_note="按省级核定电量计算；金额为测算，以实际发放为准。",
    )


def _document(source: PaperSource, title: str, blocks: tuple[Block, ...]) -> Document:
    return Document(
        title=f"{source.district}{title}",
        subtitle=f"{source.event.title}　{words.window(source.event, source.zone)}",
        blocks=blocks,
        made_at=source.made_at,
        version=f"第{source.settlement.revision}版",
        drill=source.event.drill,
        number="",
        source_note="15 分钟实测负荷与公告时冻结的基线；补贴为测算，以电力公司结算为准。",
    )


def _facts(source: PaperSource) -> Facts:
    event, terms = source.event, source.event.terms
    rule = f"规则{terms.rule}，响应率不低于 {terms.response_share:.0%}"
    if terms.rule == 2 and terms.minimum_minutes:
        rule += f"，有效时长不少于 {terms.minimum_minutes} 分钟"
    return Facts(
        (
            ("事件", event.id),
            ("类型", f"{'省级' if event.kind == 'mirrored' else '区级'} · {terms.name_zh}"),
            ("方向", "削峰" if terms.direction is Direction.SHED else "填谷"),
            ("文号", event.document or "—"),
            ("目标", Quantity(event.target_kw, 0, "kW")),
            ("公告时间", "—" if event.announced_ms is None else words.clock(event.announced_ms, source.zone)),
            ("判定", rule),
            ("条款", f"{terms.edition.isoformat()} 起；{chinese(terms.source)}"),
            (
                "核算",
                f"第{source.settlement.revision}版　{source.settlement.actor}　{source.settlement.reason or '首次'}",
            ),
        )
    )


def _result_table(source: PaperSource) -> Table:
    rows = tuple(
        (
            _name(source, row),
            row.promised_kw,
            row.base_mean_kw,
            row.load_mean_kw,
            row.response_kw,
            row.ratio,
            row.effective_min,
            VALIDITY[row.validity],
            row.energy_kwh,
            row.pay_yuan,
            row.official_verified_kw,
            row.difference_kw,
        )
        for row in source.settlement.rows
    )
    return Table(
        "核算结果",
        (
            Column("企业"),
            Column("确认", "kW", NUMBER, 0),
            Column("基线均值", "kW", NUMBER, 1),
            Column("实际均值", "kW", NUMBER, 1),
            Column("平均响应", "kW", NUMBER, 1),
            Column("响应率", "", PERCENT, 1),
            Column("有效时长", "min", NUMBER, 0),
            Column("结论"),
            Column("有效电量", "kWh", NUMBER, 1),
            Column("补贴测算", "元", NUMBER, 2),
            Column("省级核定", "kW", NUMBER, 1),
            Column("差异", "kW", NUMBER, 1),
        ),
        rows,
        note="—：数据不足或未公布。补贴为测算。",
    )


def _baseline_table(source: PaperSource) -> Table:
    rows = tuple(
        (
            source.names.get(each.enterprise, each.enterprise),
            source.methods.get(each.method, each.method),
            str(each.revision),
            words.clock(each.frozen_ms, source.zone),
            "、".join(f"{day:%m-%d}" for day in each.sample_days) or chinese(each.refusal),
            each.digest[:16],
        )
        for each in source.baselines
    )
    titles = ("企业", "方法", "版本", "冻结时间", "样本日", "数据摘要")
    return Table("冻结的基线", tuple(Column(title) for title in titles), rows)


def _difference_table(source: PaperSource) -> Table:
    rows = tuple(
        (
            source.names.get(each.enterprise, each.enterprise),
            VALIDITY[each.validity[0]],
            VALIDITY[each.validity[1]],
            each.response_kw[0],
            each.response_kw[1],
            each.energy_kwh[0],
            each.energy_kwh[1],
        )
        for each in source.differences
    )
    return Table(
        "差异",
        (
            Column("企业"),
            Column("原结论"),
            Column("现结论"),
            Column("原响应", "kW", NUMBER, 1),
            Column("现响应", "kW", NUMBER, 1),
            Column("原电量", "kWh", NUMBER, 1),
            Column("现电量", "kWh", NUMBER, 1),
        ),
        rows,
        note=source.settlement.reason,
    )


def _step_table(source: PaperSource) -> Table:
    rows = tuple(
        (
            words.clock(step.at_ms, source.zone),
            words.MOVES_ZH[step.move],
            words.STATES_ZH[step.after],
            words.actor(step.actor),
            words.step_note(step),
        )
        for step in source.steps
    )
    return Table("过程", tuple(Column(title) for title in ("时间", "动作", "状态", "操作人", "说明")), rows)


def _name(source: PaperSource, row: SettlementRow) -> str:
    name = source.names.get(row.enterprise, "")
    return f"{name}（{row.enterprise}）" if name else row.enterprise


def made(at_ms: int, zone: ZoneInfo) -> datetime:
    return from_ms(at_ms).astimezone(zone)
