"""What the officers of the demo do: a plan approved, a drill from the gap, an instruction, an order and its lifting.

All of it goes through the desks the pages use; the lines say what was done, and each could be done by hand instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.demo.telling import Teller
from app.system import System
from domain.dr_states import EventState
from domain.errors import Conflict, YingfengError
from domain.instants import BLOCK_MS, from_ms
from domain.orderly import Instruction, InstructionKind, Order, Rank, Window
from domain.people import SYSTEM, Principal, Role
from ingest.twin.story import EVENING_FROM, EVENING_TO, Story
from response.orderly.allocation_answers import Need
from response.orderly.order_lines import listed_order

OFFICER = Principal("demo", Role.OFFICER)
SIGNS = "王处长（演示）"
ISSUER = "供电公司（演示）"
#: When the officers act, by the district clock.
PLAN_AFTER, DRILL_AFTER = timedelta(minutes=2), timedelta(minutes=10)
INSTRUCTED, LOOKS, LIFTED = time(16, 20), (time(18, 36), time(19, 36)), time(21, 46)
DRILLED = "zj_intraday"
ENDS = (EventState.SETTLED, EventState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    do: Callable[[], None]


class Duty:
    def __init__(self, story: Story, system: System, teller: Teller) -> None:
        self._story, self._system, self._say = story, system, teller.say
        self._desks = system.desks
        self._stop = threading.Event()
        self._event, self._state = "", ""
        self._order: Order | None = None
        self._thread = threading.Thread(target=self._run, name="duty", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        steps = self._steps()
        while steps and not self._stop.wait(0.2):
            self._follow_drill()
            if self._system.clock.now() < steps[0].at:
                continue
            try:
                steps.pop(0).do()
            except YingfengError as error:
                self._say(f"值班 duty: {error}", "alert")

    def _steps(self) -> list[Step]:
        start = self._story.start
        looks = [Step(self._at(when), self._look) for when in LOOKS]
        return [
            Step(start + PLAN_AFTER, self._approve_plan),
            Step(start + DRILL_AFTER, self._drill),
            Step(self._at(INSTRUCTED), self._instruct),
            *looks,
            Step(self._at(LIFTED), self._lift),
        ]

    def _at(self, clock: time) -> datetime:
        return datetime.combine(self._story.day, clock, tzinfo=self._story.district.zone)

    # -- the plan

    def _approve_plan(self) -> None:
        plans = self._desks.orderly.plans
        drafted = plans.draft(OFFICER, self._story.day.year)
        plan = plans.approve(OFFICER, drafted.id, officer=SIGNS, document=self._number(1))
        called = [row for row in plan.rows if row.steps]
        kw = sum(row.reduction_kw(plans.levels(plan.year).letters) for row in plan.rows)
        self._say(
            f"有序用电方案 {plan.id} 草拟并批准 plan drafted and approved: {len(called)} 户 enterprises, "
            f"{kw / 1000:,.1f} MW",
            "look",
        )

    # -- demand response, as a drill

    def _drill(self) -> None:
        event = self._desks.dr.drill.begin(OFFICER, DRILLED)
        self._event = event.id
        self._say(
            f"★ 一键演练：由预测缺口发起需求响应 {event.id}，目标 {event.target_kw / 1000:,.1f} MW / "
            f"one button: a drill from the gap, {event.target_kw / 1000:,.1f} MW",
            "look",
        )

    def _follow_drill(self) -> None:
        if not self._event or self._state in ENDS:
            return
        event = self._desks.dr.book.get(SYSTEM, self._event)
        if event.state == self._state:
            return
        self._state = event.state
        promised = sum(each.promised_kw for each in event.participants)
        self._say(f"演练 drill {event.id}: {event.state} — {len(event.participants)} 户, {promised / 1000:,.2f} MW")

    # -- orderly use

    def _instruct(self) -> None:
        orderly, now = self._desks.orderly, self._system.clock.now()
        series = orderly.gap.ahead(SYSTEM)
        begins, ends = max(self._hour(EVENING_FROM), self._soon()), self._hour(EVENING_TO)
        if begins >= ends:
            raise Conflict("今晚时段已过，不下达 / the evening is over: nothing is ordered")
        evening = Window(begins, ends)
        day = series.days[0]
        if not day.letter:
            raise Conflict("今晚没有缺口，不下达 / no gap this evening: nothing is ordered")
        number = self._number(7)
        orderly.instructions.register(
            OFFICER,
            Instruction(
                number,
                ISSUER,
                InstructionKind.START,
                now,
                "",
                level=day.letter,
                reduction_kw=day.gap_p50_kw,
                windows=(evening,),
            ),
        )
        self._say(
            f"★ {ISSUER} 指令 {number}：今晚缺口 {day.gap_p50_kw / 1000:,.1f} MW，{day.letter} 级 / "
            f"instruction registered: {day.gap_p50_kw / 1000:,.1f} MW this evening, level {day.letter}",
            "look",
        )
        answer = orderly.allocations.solve(OFFICER, Need(day.gap_p50_kw, evening, approved_level=day.letter))
        order = orderly.orders.prepare(OFFICER, listed_order(answer, number))
        self._order = orderly.orders.issue(OFFICER, order.id, officer=SIGNS)
        short = f"，缺 short of {answer.missing_kw / 1000:,.1f} MW" if answer.missing_kw else ""
        by_event = sum(line.order_kw for line in answer.lines if line.rank is Rank.DR)
        self._say(
            f"调度令 order {order.id} 已下达 issued: {len(order.lines)} 户 enterprises, "
            f"{sum(line.kw for line in order.lines) / 1000:,.2f} MW{short}；"
            f"需求响应另邀约 by demand response {by_event / 1000:,.2f} MW",
            "look",
        )

    def _look(self) -> None:
        if self._order is None:
            return
        live = self._desks.orderly.executions.of(OFFICER, self._order.id)
        rate = "—" if live.total_rate is None else f"{live.total_rate:.0%}"
        place = "—" if live.in_place_rate is None else f"{live.in_place_rate:.0%}"
        first = f"；先催 call first: {live.call_now[0].name}" if live.call_now else ""
        self._say(
            f"执行 execution {self._order.id}: 执行率 rate {rate}，到位率 in place {place}，"
            f"{live.total_reduction_kw / 1000:,.2f} / {live.total_ordered_kw / 1000:,.2f} MW{first}",
            "look",
        )

    def _lift(self) -> None:
        if self._order is None:
            return
        orderly, number = self._desks.orderly, self._number(8)
        now = self._system.clock.now()
        orderly.instructions.register(
            OFFICER, Instruction(number, ISSUER, InstructionKind.LIFT, now, "", lifts=self._order.instruction)
        )
        self._look()
        orderly.orders.lift(OFFICER, self._order.id, officer=SIGNS, reason=number)
        self._desks.reports.submit(OFFICER, "orderly-daily", "district", self._story.day.isoformat())
        self._say(
            f"▽ {ISSUER} 指令 {number}：调度令解除，日报已草拟 / lifted by instruction; the daily report is drafted",
            "clear",
        )

    def _hour(self, hour: float) -> datetime:
        return self._at(time(int(hour), round(hour % 1 * 60)))

    def _soon(self) -> datetime:
        """On a busy machine the hours may have begun while the gap was worked out: an order is for hours to come."""
        now_ms = self._system.clock.now_ms()
        return from_ms(now_ms - now_ms % BLOCK_MS + 2 * BLOCK_MS).astimezone(self._story.district.zone)

    def _number(self, number: int) -> str:
        return f"演示〔{self._story.day.year}〕{number}号"
