"""What the office signs and sends: plan, order, execution, daily report, season summary, and the pack for tomorrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.execution import Standing
from domain.errors import InsufficientData, YingfengError
from domain.instants import day_span, local_date
from domain.orderly import Order, OrderState, Target
from domain.people import Principal
from domain.report import Block, Cell, Column, ColumnKind, Facts, Heading, Paragraph, Quantity, Signature, Table
from domain.report_versions import Source
from response.orderly.allocations import AllocationAnswer, Need
from response.orderly.desk import OrderlyDesk
from response.orderly.executions import OrderExecution
from response.orderly.gap import GapDay, GapSeries
from response.orderly.order_words import RANKS, hours_words
from response.reports.kinds import Draft, ReportKind, Request, SubjectForm
from response.reports.periods import PeriodForm

STANDINGS = {
    Standing.PENDING: "次日表待定",
    Standing.NOT_STARTED: "未开始",
    Standing.NO_BASELINE: "无基线",
    Standing.ALREADY_BELOW: "本已低于限值",
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
SIGN = Signature(("制表人：            审核人：            批准人：", "日期：      年    月    日"))


def orderly_kinds(desk: OrderlyDesk, district: str, zone: ZoneInfo) -> tuple[ReportKind, ...]:
    papers = _Papers(desk, district, zone)
    none, day, year = PeriodForm.NONE, PeriodForm.DAY, PeriodForm.YEAR
    thing, whole = SubjectForm.REFERENCE, SubjectForm.DISTRICT
    return (
        ReportKind("orderly-plan", "有序用电方案", "orderly-use plan", thing, none, papers.plan),
        ReportKind("orderly-order", "有序用电调度令", "order with its list", thing, none, papers.order),
        ReportKind("orderly-execution", "有序用电执行情况表", "execution of an order", thing, none, papers.execution),
        ReportKind("orderly-daily", "有序用电日报", "daily report of orderly use", whole, day, papers.daily),
        ReportKind("orderly-season", "有序用电年度总结", "summary of the season", whole, year, papers.season),
        ReportKind("orderly-pack", "次日有序用电预案", "pack for tomorrow, 16:00", whole, day, papers.pack),
    )


class _Papers:
    def __init__(self, desk: OrderlyDesk, district: str, zone: ZoneInfo) -> None:
        self._desk, self._district, self._zone = desk, district, zone

    def plan(self, request: Request) -> Draft:
        plan = self._desk.plans.get(request.principal, request.reference)
        letters = self._desk.plans.levels(plan.year).letters
        columns = (
            Column("企业"),
            Column("户号"),
            Column("最大负荷", "kW", ColumnKind.NUMBER, 0),
            Column("保安负荷", "kW", ColumnKind.NUMBER, 0),
            *(Column(f"{letter}级压降", "kW", ColumnKind.NUMBER, 0) for letter in letters),
        )
        rows: list[tuple[Cell, ...]] = []
        for row in plan.rows:
            steps = {step.level: step.reduction_kw for step in row.steps}
            own = row.enterprise
            figures = (own.summer_max_kw, own.security_load_kw, *(steps.get(letter) for letter in letters))
            rows.append((own.name, row.account.id, *figures))
        total = (None, None, *(sum(r.reduction_kw((letter,)) for r in plan.rows) for letter in letters))
        rows.append(("合计", "", *total))
        stand = f"{plan.approved_by} 批准，{plan.document}" if plan.approved_by else "草案，未批准"
        blocks = (Paragraph(f"{stand}。各级压降为逐级，非累计；停机不停线。"), Table("", columns, tuple(rows)), SIGN)
        source = Source("方案", f"{plan.id}", plan.source)
        return Draft(plan.title, f"{self._district} 第{plan.version}版", blocks, (source,))

    def order(self, request: Request) -> Draft:
        order = self._desk.orders.get(request.principal, request.reference)
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
        blocks = (self._facts(order), Table("名单", columns, rows), SIGN)
        sources = (Source("调度令", f"{order.id} 第{order.revision}版"), Source("指令", order.instruction or "演练"))
        return Draft(f"有序用电调度令 {order.id}", self._district, blocks, sources, drill=order.drill)

    def execution(self, request: Request) -> Draft:
        found = self._desk.executions.of(request.principal, request.reference)
        blocks = (self._facts(found.order), *_executed(found), SIGN)
        return Draft(
            f"有序用电执行情况表 {found.order.id}",
            self._district,
            blocks,
            _sources(found),
            DEFINITIONS,
            drill=found.order.drill,
        )

    def daily(self, request: Request) -> Draft:
        """零报告 too: a day without an order says so."""
        day = request.period.first
        span = day_span(day, self._zone)
        orders = [
            order
            for order in self._desk.orders.orders(request.principal)
            if order.state is not OrderState.PREPARED
            and any(w.start < span.end and span.start < w.end for w in order.windows)
        ]
        standing = self._desk.instructions.in_force(request.principal, min(span.end, request.now))
        told = "、".join(f"{i.number}（{i.level or f'{i.reduction_kw or 0:g} kW'}）" for i in standing) or "无"
        blocks: list[Block] = [Facts((("日期", day.isoformat()), ("在行指令", told)))]
        if not orders:
            blocks.append(Paragraph("零报告：本日未执行有序用电。"))
        sources: list[Source] = []
        for order in reversed(orders):
            found = self._desk.executions.of(request.principal, order.id, at=min(span.end, request.now))
            blocks += [Heading(f"调度令 {order.id}"), self._facts(order), *_executed(found)]
            sources += _sources(found)
        title = f"有序用电日报 {day.isoformat()}" + ("（零报告）" if not orders else "")
        drill = bool(orders) and all(order.drill for order in orders)
        return Draft(title, self._district, (*blocks, SIGN), tuple(sources), DEFINITIONS if orders else "", drill=drill)

    def season(self, request: Request) -> Draft:
        year = request.period.first.year
        lines = [x for x in self._desk.fairness.of(request.principal, year) if x.calls or x.orderly_kwh or x.dr_kwh]
        columns = (
            Column("企业"),
            Column("次数", "", ColumnKind.NUMBER, 0),
            Column("时长", "小时", ColumnKind.NUMBER, 1),
            Column("有序压降", "kWh", ColumnKind.NUMBER, 0),
            Column("需求响应", "kWh", ColumnKind.NUMBER, 0),
            Column("均衡值", "kWh", ColumnKind.NUMBER, 0),
            Column("增加值损失", "元", ColumnKind.NUMBER, 0),
        )
        rows = tuple((x.name, float(x.calls), x.hours, x.orderly_kwh, x.dr_kwh, x.even_kwh, x.loss_yuan) for x in lines)
        orders = [
            order
            for order in self._desk.orders.orders(request.principal)
            if order.start.astimezone(self._zone).year == year and order.state is not OrderState.PREPARED
        ]
        real, drills = [o for o in orders if not o.drill], [o for o in orders if o.drill]
        text = f"{year}年下达调度令 {len(real)} 份，演练 {len(drills)} 次；涉及企业 {len(lines)} 户。"
        note = "均衡值：按最大负荷分摊全部压降电量。增加值未知的企业不计损失；响应收益由电力公司结算，不在此列。"
        table = Table("公平账", columns, rows, note) if rows else Paragraph("本年没有企业被要求压降（零报告）。")
        return Draft(f"{year}年有序用电总结", self._district, (Paragraph(text), table, SIGN), ())

    def pack(self, request: Request) -> Draft:
        """For the day named: outlook, chance of passing the quota, level and list proposed; it orders nothing."""
        day = request.period.first
        gap = self._desk.gap.ahead(request.principal, hours=_hours_to(day, request.now, self._zone))
        own = next((each for each in gap.days if each.day == day), None)
        if own is None:
            raise InsufficientData(f"预测未覆盖 {day} / the forecast does not reach {day}")
        chance = "—" if own.probability is None else f"{own.probability:.0%}"
        level = "无" if own.level is None else f"{own.level.label_zh}，方案 {own.letter or '—'} 级"
        facts = Facts(
            (
                ("最大缺口（P50）", Quantity(max(own.gap_p50_kw, 0.0) / 1000, 2, "MW")),
                ("最大缺口（P90）", Quantity(max(own.gap_p90_kw, 0.0) / 1000, 2, "MW")),
                ("出现时刻", f"{own.worst_at.astimezone(self._zone):%H:%M}"),
                ("越限概率", chance),
                ("测算等级（参考，非官方）", level),
                ("占预计最大负荷", Quantity(own.ratio, 1, percent=True)),
            )
        )
        blocks: list[Block] = [Heading("一、次日负荷与缺口"), facts]
        sources = [Source("预测", gap.issued_at.astimezone(self._zone).isoformat(), gap.expected_by)]
        blocks += self._proposal(request, gap, own)
        express = (
            f"【快报】{day.month}月{day.day}日预计最大缺口 {max(own.gap_p50_kw, 0) / 1000:.2f} MW，"
            f"越限概率 {chance}，测算等级{level}。等级以上级指令为准。"
        )
        blocks += [Heading("三、快报"), Paragraph(express), SIGN]
        return Draft(f"{day.isoformat()} 有序用电预案", self._district, tuple(blocks), tuple(sources))

    def _proposal(self, request: Request, gap: GapSeries, own: GapDay) -> list[Block]:
        blocks: list[Block] = [Heading("二、拟定名单")]
        if own.gap_p50_kw <= 0 or not own.windows:
            return [*blocks, Paragraph("预计无缺口，不拟名单（零报告）。")]
        for window in own.windows:
            inside = (gap.ts_ms >= window.span.start_ms) & (gap.ts_ms < window.span.end_ms)
            need = float((gap.p50_kw - gap.quota_kw)[inside].max())
            try:
                answer = self._desk.allocations.solve(request.principal, Need(need, window))
            except YingfengError as error:
                blocks.append(Paragraph(f"{hours_words((window,), self._zone)}：{error}"))
                continue
            blocks += _listed(answer, hours_words((window,), self._zone))
        return blocks

    def _facts(self, order: Order) -> Facts:
        return Facts(
            (
                ("指令文号", order.instruction or "演练"),
                ("方案及等级", f"{order.plan or '—'} {order.level}"),
                ("时段", hours_words(order.windows, self._zone)),
                ("确认人", order.confirmed_by or "—"),
                (
                    "状态",
                    STATES[order.state] + (f"（{order.lift_reason}）" if order.lift_reason else ""),
                ),
            )
        )

    def _names(self, principal: Principal, order: Order) -> dict[str, str]:
        if order.state is OrderState.PREPARED:
            plan = self._desk.plans.get(principal, order.plan) if order.plan else None
            return {} if plan is None else {row.enterprise.id: row.enterprise.name for row in plan.rows}
        return {item.enterprise: item.name for item in self._desk.executions.of(principal, order.id).items}


def _executed(found: OrderExecution) -> Sequence[Block]:
    age = "—" if found.baseline_age_days is None else f"{found.baseline_method}，冻结 {found.baseline_age_days} 天"
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
        Column("情况"),
        Column("应压", "kW", ColumnKind.NUMBER, 0),
        Column("已压", "kW", ColumnKind.NUMBER, 0),
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
            item.ordered_kw,
            item.reduction_kw,
            item.rate,
            "—" if item.in_place is None else "是" if item.in_place else "否",
            item.timeliness_min,
            item.excess_kwh,
            f"{item.valid_points}/{item.due_points}",
        )
        for item in found.items
    )
    return facts, Table("各户执行情况", columns, rows, "应压、已压为最近一个已结束的15分钟点；无数据不算到位。")


def _listed(answer: AllocationAnswer, hours: str) -> Sequence[Block]:
    columns = (
        Column("企业"),
        Column("措施"),
        Column("压降", "kW", ColumnKind.NUMBER, 0),
        Column("可计", "kW", ColumnKind.NUMBER, 0),
        Column("理由"),
    )
    rows = tuple((x.name, RANKS[x.rank][0], x.order_kw, x.counted_kw, x.why[0]) for x in answer.lines)
    missing = "；".join(zh for zh, _ in answer.missing)
    of_plan = f"方案 {answer.plan} {answer.level}级"
    text = f"{hours}：需压降 {answer.need.kw:,.0f} kW，{of_plan}，可计 {answer.counted_kw:,.0f} kW。"
    blocks: list[Block] = [Paragraph(text + (f"不足：{missing}。" if missing else ""))]
    return [*blocks, Table("", columns, rows)] if rows else blocks


def _sources(found: OrderExecution) -> tuple[Source, ...]:
    frozen = "—" if found.baseline_at is None else found.baseline_at.isoformat()
    return (
        Source("调度令", f"{found.order.id} 第{found.order.revision}版"),
        Source("冻结基线", frozen, found.baseline_method),
        Source("负荷", f"截至 {found.at.isoformat()}", f"{found.due_points}/{found.points} 点已结束"),
    )


def _hours_to(day: date, now: datetime, zone: ZoneInfo) -> int:
    """Whole hours until the day named is over, as a horizon."""
    left = day_span(day, zone).end - now
    if local_date(now, zone) > day or left > timedelta(hours=168):
        raise InsufficientData(f"{day} 不在可预测范围 / {day} is not within the forecast's reach")
    return max(1, -(-int(left.total_seconds()) // 3600) + 1) if left < timedelta(hours=167) else 168
