"""Tables of an event's papers: facts, results, baselines, differences, steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.dr import Direction, DrEvent
from domain.dr_records import FrozenBaseline, Objection, Settlement, SettlementRow, Step
from domain.dr_states import MOVES_ZH, STATES_ZH
from domain.report import (
    Column,
    ColumnKind,
    Facts,
    Quantity,
    Table,
    chinese,
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


def facts(source: PaperSource) -> Facts:
    """What stands at the head of every paper of an event."""
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


def result_table(source: PaperSource) -> Table:
    """核算结果 by enterprise."""
    rows = tuple(
        (
            name(source, row),
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


def baseline_table(source: PaperSource) -> Table:
    """冻结的基线: method, version, sample days, digest."""
    rows = tuple(
        (
            words.with_accounts(source.names.get(each.enterprise, each.enterprise), each.accounts),
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


def difference_table(source: PaperSource) -> Table:
    """What the revision changed."""
    rows = tuple(
        (
            words.with_accounts(source.names.get(each.enterprise, each.enterprise), each.accounts),
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


def step_table(source: PaperSource) -> Table:
    """过程: every step with its actor."""
    rows = tuple(
        (
            words.clock(step.at_ms, source.zone),
            MOVES_ZH[step.move],
            STATES_ZH[step.after],
            words.actor(step.actor),
            words.step_note(step),
        )
        for step in source.steps
    )
    return Table("过程", tuple(Column(title) for title in ("时间", "动作", "状态", "操作人", "说明")), rows)


def name(source: PaperSource, row: SettlementRow) -> str:
    """Who it is, and with which accounts where it did not take part as a whole."""
    name = source.names.get(row.enterprise, "")
    accounts = f"，户号 {words.listed(row.accounts)}" if row.accounts else ""
    return f"{name}（{row.enterprise}{accounts}）" if name else row.member
