"""What the office signs and sends: plan, order, execution, daily report, season summary, and the pack for tomorrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.errors import InsufficientData, NotFound, YingfengError
from domain.instants import day_span, local_date
from domain.orderly import OrderState
from domain.report import Block, Cell, Column, ColumnKind, Facts, Heading, Paragraph, Quantity, Table, chinese
from domain.report_versions import Source
from monitor.runs import canonical_json, digest_of
from response.orderly.allocation_answers import AllocationAnswer, Need
from response.orderly.desk import OrderlyDesk
from response.orderly.gap import GapDay, GapSeries
from response.orderly.order_papers import EXECUTED, SIGN, OrderPapers, executed, execution_sources
from response.orderly.order_words import RANKS, hours_words
from response.reports.kinds import Draft, ReportKind, Request, SubjectForm
from response.reports.periods import PeriodForm


def orderly_kinds(desk: OrderlyDesk, district: str, zone: ZoneInfo) -> tuple[ReportKind, ...]:
    single = OrderPapers(desk, district, zone)
    papers = _Papers(desk, district, zone, single)
    none, day, year = PeriodForm.NONE, PeriodForm.DAY, PeriodForm.YEAR
    thing, whole = SubjectForm.REFERENCE, SubjectForm.DISTRICT
    return (
        ReportKind("orderly-plan", "有序用电方案", "orderly-use plan", thing, none, papers.plan),
        ReportKind("orderly-order", "有序用电调度令", "order with its list", thing, none, single.order),
        ReportKind("orderly-notices", "有序用电告知单", "notices of an order", thing, none, single.notices),
        ReportKind("orderly-execution", "有序用电执行情况表", "execution of an order", thing, none, single.execution),
        ReportKind("orderly-daily", "有序用电日报", "daily report of orderly use", whole, day, papers.daily),
        ReportKind("orderly-season", "有序用电年度总结", "summary of the season", whole, year, papers.season),
        ReportKind("orderly-pack", "次日有序用电预案", "pack for tomorrow, 16:00", whole, day, papers.pack),
    )


class _Papers:
    def __init__(self, desk: OrderlyDesk, district: str, zone: ZoneInfo, single: OrderPapers) -> None:
        self._desk, self._district, self._zone, self._single = desk, district, zone, single

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
        total = ("", "", *(sum(r.reduction_kw((letter,)) for r in plan.rows) for letter in letters))
        rows.append(("合计", "", *total))
        stand = f"{plan.approved_by} 批准，{plan.document}" if plan.approved_by else "草案，未批准"
        told = Paragraph(f"{stand}。各级压降为逐级，非累计；停机不停线。")
        blocks = (told, Table("方案明细", columns, tuple(rows)), SIGN)
        source = Source("方案", f"{plan.id} 第{plan.version}版", chinese(plan.source))
        return Draft(f"{self._district}{plan.year}年有序用电方案", plan.title, blocks, (source,))

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
            blocks += [Heading(f"调度令 {order.id}"), self._single.facts(order), *executed(found)]
            sources += execution_sources(found)
        received = _digest([f"{i.number} {i.received_at.isoformat()}" for i in standing])
        sources.append(Source("指令台账", received, f"在行{len(standing)}份"))
        sources.append(Source("调度令台账", _digest([f"{o.id} {o.revision}" for o in orders]), f"当日{len(orders)}份"))
        title = f"{self._district}有序用电日报" + ("（零报告）" if not orders else "")
        drill = bool(orders) and all(order.drill for order in orders)
        return Draft(title, chinese_day(day), (*blocks, SIGN), tuple(sources), EXECUTED if orders else "", drill=drill)

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
        kept = _digest([f"{x.enterprise} {x.orderly_kwh} {x.dr_kwh}" for x in lines])
        sources = (
            Source("调度令台账", _digest([f"{o.id} {o.revision} {o.state}" for o in orders]), f"{len(orders)}份"),
            Source("压降台账", kept, f"{len(lines)}户"),
        )
        return Draft(f"{self._district}{year}年有序用电总结", "", (Paragraph(text), table, SIGN), sources)

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
        issued = f"{gap.issued_at.astimezone(self._zone):%Y-%m-%d %H:%M}"
        quota = _digest([f"{kw:g}" for kw in gap.quota_kw])
        sources = [
            Source("负荷预测", issued, chinese(gap.expected_by)),
            Source("用电指标", quota, f"{len(gap.quota_kw)}点"),
            *self._plan_source(request, day),
        ]
        blocks += self._proposal(request, gap, own)
        express = (
            f"【快报】{day.month}月{day.day}日预计最大缺口 {max(own.gap_p50_kw, 0) / 1000:.2f} MW，"
            f"越限概率 {chance}，测算等级{level}。等级以上级指令为准。"
        )
        blocks += [Heading("三、快报"), Paragraph(express), SIGN]
        return Draft(f"{self._district}次日有序用电预案", chinese_day(day), tuple(blocks), tuple(sources))

    def _plan_source(self, request: Request, day: date) -> tuple[Source, ...]:
        try:
            plan = self._desk.plans.in_force(request.principal, day.year)
        except NotFound:
            return ()
        return (Source("方案", f"{plan.id} 第{plan.version}版", chinese(plan.source)),)

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
                blocks.append(Paragraph(f"{hours_words((window,), self._zone)}：{chinese(str(error))}"))
                continue
            blocks += _listed(answer, hours_words((window,), self._zone))
        return blocks


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
    return [*blocks, Table(f"拟定名单 {hours}", columns, rows)] if rows else blocks


def _digest(lines: Sequence[str]) -> str:
    return digest_of(canonical_json({"lines": list(lines)}))


def chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _hours_to(day: date, now: datetime, zone: ZoneInfo) -> int:
    """Whole hours until the day named is over, as a horizon."""
    left = day_span(day, zone).end - now
    if local_date(now, zone) > day or left > timedelta(hours=168):
        raise InsufficientData(f"{day} 不在可预测范围 / {day} is not within the forecast's reach")
    return max(1, -(-int(left.total_seconds()) // 3600) + 1) if left < timedelta(hours=167) else 168
