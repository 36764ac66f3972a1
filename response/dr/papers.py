"""Papers of an event as documents: 核算表, 公示表, 申诉记录 and the evidence pack's readable half."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.dr_states import Move
from domain.instants import from_ms
from domain.report import (
    Block,
    Column,
    Document,
    Heading,
    Paragraph,
    Signature,
    Table,
    signature,
)
from response.dr import words
from response.dr.paper_tables import (
    NUMBER,
    VALIDITY,
    PaperSource,
    baseline_table,
    difference_table,
    facts,
    name,
    result_table,
    step_table,
)


def settlement_paper(source: PaperSource) -> Document:
    """核算表 with everything a figure stands on: the readable half of the evidence pack."""
    blocks: list[Block] = [
        facts(source),
        Heading("核算结果"),
        result_table(source),
        Heading("基线"),
        baseline_table(source),
    ]
    if source.differences:
        blocks += [Heading("与上一版的差异"), difference_table(source)]
    blocks += [
        Heading("过程"),
        step_table(source),
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
        (name(source, row), row.promised_kw, row.response_kw, VALIDITY[row.validity], row.energy_kwh)
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
    return _document(source, "需求响应结果公示表", (facts(source), Paragraph(_publicity(source, days)), table, seal))


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
    return _document(source, "需求响应申诉记录", (facts(source), table))


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


def made(at_ms: int, zone: ZoneInfo) -> datetime:
    return from_ms(at_ms).astimezone(zone)
