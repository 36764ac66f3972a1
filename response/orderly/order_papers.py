"""Papers of one order: 调度令 with its list, 告知单 with receipts, 执行情况表."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from analytics.execution import Standing
from domain.orderly import Order, OrderLine, OrderState, Target
from domain.people import Principal
from domain.report import (
    Block,
    Column,
    ColumnKind,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    Quantity,
    Signature,
    Table,
    signature,
)
from domain.report_versions import Source
from response.orderly.desk import OrderlyDesk
from response.orderly.execution_answers import OrderExecution
from response.orderly.order_words import RANKS, hours_words, order_words, target_words
from response.reports.kinds import Draft, Request

STANDINGS = {
    Standing.PENDING: "次日表待定",
    Standing.NOT_STARTED: "未开始",
    Standing.NO_BASELINE: "无基线",
    Standing.ALREADY_BELOW: "本已低于限值",
    Standing.RELEASED: "已移出",
    Standing.NO_DATA: "无数据",
    Standing.COMPLIES: "到位",
    Standing.NOT_REDUCING: "未压降",
    Standing.SHORT: "不足",
}
STATES = {OrderState.PREPARED: "已拟定", OrderState.ISSUED: "执行中", OrderState.LIFTED: "已解除"}
DEFINITIONS = (
    "执行率 = Σ min(压降, 应压) / Σ 应压，逐点封顶，缺数计零；到位：有效点和达标点均不低于80%；"
    "达标：压降不低于应压的95%，限值为负荷不高于限值加1%或1 kW；超用电量 = Σ max(0, 负荷 − 目标)×¼小时。"
)
POINT = "平均应压、平均已压为已结束且有数据的各15分钟点的平均；无数据不算到位。"
EXECUTED = "15 分钟实测负荷、下令前冻结的基线、调度令与指令台账。"
SIGN = signature("制表人", "审核人", "批准人")


@dataclass(frozen=True, slots=True)
class OrderPapers:
    desk: OrderlyDesk
    district: str
    zone: ZoneInfo

    def order(self, request: Request) -> Draft:
        order = self.desk.orders.get(request.principal, request.reference)
        names = self._names(request.principal, order)
        columns = (
            Column("企业"),
            Column("措施"),
            Column("要求"),
            Column("负荷", "kW", ColumnKind.NUMBER, 0),
            Column("理由"),
        )
        rows = tuple(
            (
                names.get(line.enterprise, line.enterprise),
                RANKS[line.rank][0],
                "压至" if line.target is Target.CAP else "压降",
                line.kw,
                line.why[0],
            )
            for line in order.lines
        )
        cites = f"根据{order.instruction}" if order.instruction else "为组织演练"
        told = (
            f"{cites}，决定于{hours_words(order.windows, self.zone)}实施有序用电。请名单所列企业按要求压降负荷，"
            "保安负荷不在压降范围，停机不停线；未接到解除通知前不得恢复。"
        )
        blocks = (self.facts(order), Paragraph(told), Table("名单", columns, rows), SIGN)
        title = f"{self.district}有序用电调度令（{order.id}）"
        return Draft(title, _revision(order), blocks, _order_sources(order), drill=order.drill)

    def notices(self, request: Request) -> Draft:
        """告知单 of every enterprise of the order, a leaf each, with the receipt to be sent back."""
        order = self.desk.orders.get(request.principal, request.reference)
        names = self._names(request.principal, order)
        blocks: list[Block] = []
        for line in order.lines:
            blocks += [PageBreak()] if blocks else []
            blocks += self._leaf(order, line, names.get(line.enterprise, line.enterprise))
        title = f"{self.district}有序用电告知单（{order.id}）"
        return Draft(title, _revision(order), tuple(blocks), _order_sources(order), drill=order.drill)

    def _leaf(self, order: Order, line: OrderLine, name: str) -> list[Block]:
        body = order_words(order, line, name, self.zone)[1].partition("\n")[0]
        facts = (
            ("时段", hours_words(order.windows, self.zone)),
            ("措施", RANKS[line.rank][0] + (f"：{line.measure}" if line.measure else "")),
            ("要求", target_words(line)[0]),
            ("理由", line.why[0]),
        )
        receipt = Signature(
            (
                "回执：本单位已收到上述告知，将按要求执行。",
                "签收人：　　　　　　　　联系电话：　　　　　　　　",
                "单位（盖章）：　　　　　　　　签收时间：",
            )
        )
        seal = Signature((f"{self.district}（盖章）", "日期：　　　　年　　月　　日"))
        text = Paragraph(body.removeprefix("【演练】"))
        return [Heading(f"有序用电告知单　{name}"), text, Facts(facts), seal, receipt]

    def execution(self, request: Request) -> Draft:
        found = self.desk.executions.of(request.principal, request.reference)
        blocks = (self.facts(found.order), *executed(found), SIGN)
        return Draft(
            f"{self.district}有序用电执行情况表（{found.order.id}）",
            _revision(found.order),
            blocks,
            execution_sources(found),
            EXECUTED,
            drill=found.order.drill,
        )

    def facts(self, order: Order) -> Facts:
        return Facts(
            (
                ("指令文号", order.instruction or "演练"),
                ("方案及等级", f"{order.plan or '—'} {order.level}"),
                ("时段", hours_words(order.windows, self.zone)),
                ("确认人", order.confirmed_by or "—"),
                (
                    "状态",
                    STATES[order.state] + (f"（{order.lift_reason}）" if order.lift_reason else ""),
                ),
            )
        )

    def _names(self, principal: Principal, order: Order) -> dict[str, str]:
        if order.state is OrderState.PREPARED:
            plan = self.desk.plans.get(principal, order.plan) if order.plan else None
            return {} if plan is None else {row.enterprise.id: row.enterprise.name for row in plan.rows}
        return {item.enterprise: item.name for item in self.desk.executions.of(principal, order.id).items}


def executed(found: OrderExecution) -> Sequence[Block]:
    age = "—（未冻结）" if found.baseline_age_days is None else f"冻结 {found.baseline_age_days} 天"
    facts = Facts(
        (
            ("执行率", Quantity(found.total_rate, 1, percent=True)),
            ("到位率", Quantity(found.in_place_rate, 1, percent=True)),
            (
                "判定户数",
                f"{found.judged} / {found.ordered}（次日表 {found.pending}，本已低于限值 {found.already_below}）",
            ),
            ("有效点", Quantity(found.valid_share, 1, percent=True)),
            ("超用电量", Quantity(found.excess_kwh, 0, "kWh")),
            ("基线", age),
        )
    )
    columns = (
        Column("企业"),
        Column("最近情况"),
        Column("平均应压", "kW", ColumnKind.NUMBER, 0),
        Column("平均已压", "kW", ColumnKind.NUMBER, 0),
        Column("执行率", "", ColumnKind.PERCENT, 1),
        Column("到位"),
        Column("到位时长", "分钟", ColumnKind.NUMBER, 0),
        Column("超用电量", "kWh", ColumnKind.NUMBER, 0),
        Column("有效点"),
    )
    rows = tuple(
        (
            item.name,
            STANDINGS[item.standing] + ("，低于保安负荷" if item.below_security else ""),
            item.mean_ordered_kw,
            item.mean_reduction_kw,
            item.rate,
            "—" if item.in_place is None else "是" if item.in_place else "否",
            item.timeliness_min,
            item.excess_kwh,
            f"{item.valid_points}/{item.due_points}",
        )
        for item in found.items
    )
    return facts, Table("各户执行情况", columns, rows, POINT + DEFINITIONS)


def execution_sources(found: OrderExecution) -> tuple[Source, ...]:
    frozen = "—" if found.baseline_at is None else f"{found.baseline_at:%Y-%m-%d %H:%M}"
    return (
        *_order_sources(found.order),
        Source("冻结基线", frozen, found.baseline_method),
        Source("15分钟负荷", f"截至 {found.at:%Y-%m-%d %H:%M}", f"{found.due_points}/{found.points} 点已结束"),
    )


def _order_sources(order: Order) -> tuple[Source, ...]:
    return (
        Source("调度令", f"{order.id} 第{order.revision}版", f"方案 {order.plan or '—'} {order.level}"),
        Source("指令", order.instruction or "无（演练）"),
    )


def _revision(order: Order) -> str:
    return f"第{order.revision}版"
