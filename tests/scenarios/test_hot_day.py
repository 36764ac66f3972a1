"""The hot day of the twin, end to end: gap, demand response, instruction, order, compliance, settlement, report.

One day on a clock driven by hand, once for the module; each test looks at another surface and finds the same kW.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

import docx
import numpy as np
import openpyxl
import pytest

from analytics.execution import Standing
from api.schemas.executions import ExecutionOut
from api.schemas.orders import OrderOut
from app.order_turns import OrderTurns
from app.orderly import open_orderly
from dashboards.console import orders
from dashboards.console.visit import Visit
from dashboards.reports.word import docx_bytes
from dashboards.reports.workbook import xlsx_bytes
from domain.dr import EventKind
from domain.dr_records import Settlement
from domain.dr_states import EventState
from domain.instants import BLOCK_MS, MINUTE_MS, from_ms, to_ms
from domain.orderly import Instruction, InstructionKind, Order, Window
from domain.report import Document
from domain.scopes import enterprise_scope
from response.dr.drafting import NewEvent
from response.orderly.allocation_answers import Need
from response.orderly.desk import OrderlyDesk
from response.orderly.execution_answers import OrderExecution
from response.orderly.order_lines import order_lines
from response.orderly.order_notices import reference_of
from response.orderly.orders import NewOrder
from response.orderly.papers import orderly_kinds
from response.reports.kinds import ReportKinds, Request
from response.reports.periods import parse_period
from tests.console.test_orderly_pages import Placed
from tests.response.dr.district import OTTO
from tests.response.orderly.test_papers import Silent
from tests.support.twin_day import Play, twin_day

NUMBER, LIFTING, SIGNS = "甬电调〔2026〕7号", "甬电调〔2026〕8号", "王处长"


@dataclass
class HotDay:
    """What the day left behind."""

    play: Play
    desk: OrderlyDesk
    event: str
    settlement: Settlement
    order: Order
    evening: Window
    done: OrderExecution

    @property
    def ordered(self) -> set[str]:
        return {line.enterprise for line in self.order.lines}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HotDay]:
    with twin_day(tmp_path_factory.mktemp("hot_day")) as play:
        yield told(play)


def told(play: Play) -> HotDay:
    scene = play.scene
    zone = scene.settings.district.zone
    desk = open_orderly(scene.settings, scene.store, scene.ledger, scene.clock, scene.notices)
    draft = desk.plans.draft(OTTO, 2026)
    desk.plans.approve(OTTO, draft.id, officer=SIGNS, document="方案1号")

    # Early afternoon: the forecast may pass the quota, so demand response is called and settled.
    found = desk.gap.next_gap(OTTO, after=scene.clock.now() + timedelta(minutes=30))
    assert found is not None, "the story's afternoon has a gap"
    event = responded(play, found[1])
    settlement = scene.dr.settlements.latest(OTTO, event)

    # Before the evening: the power company instructs, the plan becomes a list, the list an order.
    advance(play, datetime(2026, 7, 28, 16, 15, tzinfo=zone))
    [quota] = [each for each in play.story.quotas if each.day == play.story.day]
    cut = replace(quota, points_kw=tuple(0.9 * kw for kw in quota.points_kw), source="指标下调")
    scene.ledger.references.put_quota(cut)
    evening = Window(datetime(2026, 7, 28, 18, tzinfo=zone), datetime(2026, 7, 28, 19, 30, tzinfo=zone))
    short = desk.gap.ahead(OTTO, hours=8).days[0]
    assert short.letter, "the gap proposes a level"
    desk.instructions.register(
        OTTO,
        Instruction(
            NUMBER, "供电公司", InstructionKind.START, scene.clock.now(), "", short.letter, short.gap_p50_kw, (evening,)
        ),
    )
    answer = desk.allocations.solve(OTTO, Need(short.gap_p50_kw, evening, approved_level=short.letter))
    new = NewOrder(order_lines(answer), (evening,), NUMBER, answer.plan, answer.level)
    order = desk.orders.issue(OTTO, desk.orders.prepare(OTTO, new).id, officer=SIGNS)
    turns = OrderTurns(desk, scene.store, scene.clock)
    advance(play, evening.end + timedelta(minutes=2), turns)
    done = desk.executions.of(OTTO, order.id)
    desk.instructions.register(
        OTTO, Instruction(LIFTING, "供电公司", InstructionKind.LIFT, scene.clock.now(), "", lifts=NUMBER)
    )
    order = desk.orders.lift(OTTO, order.id, officer=SIGNS, reason=LIFTING)
    # The next day the day's meters have told, and what was an estimate is settled.
    scene.at(datetime(2026, 7, 29, 8, 5, tzinfo=zone))
    turns.tick()
    return HotDay(play, desk, event, settlement, order, evening, done)


def responded(play: Play, gap_kw: float) -> str:
    dr, clock = play.scene.dr, play.scene.clock
    start_ms = clock.now_ms() + 45 * MINUTE_MS
    new = NewEvent(EventKind.LOCAL, "zj_intraday", start_ms, start_ms + 4 * BLOCK_MS, gap_kw)
    made = dr.desk.create(OTTO, new)
    made = dr.desk.choose(OTTO, made.id, made.version)
    made = dr.desk.invite(OTTO, made.id, made.version, officer=SIGNS)
    for _ in range(3):
        advance(play, clock.now() + timedelta(minutes=1))
    made = dr.desk.clear(OTTO, made.id, dr.book.get(OTTO, made.id).version)
    dr.desk.confirm(OTTO, made.id, made.version, officer=SIGNS)
    advance(play, from_ms(made.end_ms) + timedelta(minutes=20))
    ended = dr.book.get(OTTO, made.id)
    assert ended.state is EventState.ENDED
    dr.settlements.verify(OTTO, made.id, ended.version)
    dr.settlements.publish(OTTO, made.id, dr.book.get(OTTO, made.id).version)
    dr.settlements.close(OTTO, made.id, dr.book.get(OTTO, made.id).version)
    return made.id


def advance(play: Play, until: datetime, turns: OrderTurns | None = None) -> None:
    """In steps of five minutes, or to the instant itself."""
    at_ms = play.scene.clock.now_ms()
    while at_ms < to_ms(until):
        at_ms = min(at_ms - at_ms % (5 * MINUTE_MS) + 5 * MINUTE_MS, to_ms(until))
        play.minute(at_ms)
        if turns is not None:
            turns.tick()


def test_the_event_is_settled_and_its_kwh_stand_in_ledger_and_account(day: HotDay) -> None:
    assert day.play.scene.dr.book.get(OTTO, day.event).state is EventState.SETTLED
    rows = {row.enterprise: row for row in day.settlement.rows}
    frozen = {
        each.enterprise: np.array(each.base_kw, dtype=np.float64)
        for each in day.play.scene.ledger.dr.baselines(day.event)
    }
    loads = {e: np.array(row.load_kw, dtype=np.float64) for e, row in rows.items()}
    wanted = {e: float(np.maximum(frozen[e] - load, 0.0).sum()) / 4 for e, load in loads.items()}
    assert sum(wanted.values()) > 0, "somebody gave something"
    account = {line.enterprise: line for line in day.desk.fairness.of(OTTO, 2026)}
    assert {e: account[e].dr_kwh for e in wanted} == pytest.approx(wanted)
    paid = {e: row.pay_yuan for e, row in rows.items() if row.pay_yuan is not None}
    assert {e: account[e].dr_income_yuan for e in paid} == pytest.approx(paid)


def test_the_order_says_the_same_kw_to_everyone(day: HotDay) -> None:
    wanted = {line.enterprise: line.kw for line in day.order.lines}
    sent = day.play.scene.notices.list(OTTO, reference=reference_of(day.order.id), kind="orderly.order").items
    asked = {str(n.notice.recipient.enterprise_id): n.notice.reply for n in sent}
    assert {e: reply.max_kw for e, reply in asked.items() if reply is not None} == wanted
    assert {line.enterprise: line.kw for line in OrderOut.of(day.order, day.evening.start.tzinfo).items} == wanted  # type: ignore[arg-type]
    book = workbook(day, "orderly-order", f"ref:{day.order.id}")
    assert set(wanted.values()) <= numbers(book)


def test_who_obeyed_complies_and_who_did_not_is_called_first(day: HotDay) -> None:
    """The twin's enterprises are good, late, short or silent; the figures say which."""
    standing = {item.enterprise: item for item in day.done.items}
    manners = {e: str(day.play.answering.manner(e)) for e in day.ordered}
    for enterprise, manner in manners.items():
        item = standing[enterprise]
        if manner == "silent":
            assert item.standing in (Standing.NOT_REDUCING, Standing.SHORT)
        elif manner == "late":
            assert item.timeliness_min is None or item.timeliness_min >= 15
    assert {"silent", "short"} & set(manners.values()), "somebody did not do it"


def test_execution_is_the_same_on_store_api_page_and_papers(day: HotDay) -> None:
    frozen = day.desk.orders.baseline(day.order.series)
    assert frozen is not None
    span = day.evening.span
    book, text = workbook(day, "orderly-execution", f"ref:{day.order.id}"), words(day)
    api = {item.enterprise: item for item in ExecutionOut.of(day.done, day.play.scene.settings.district.zone).items}
    page = orders.execution_markup(cast(Visit, Placed("zh")), day.done)
    for item in day.done.items:
        assert item.mean_reduction_kw is not None
        assert item.reduction_kw is not None
        grid = day.play.scene.store.demand_matrix([enterprise_scope(item.enterprise)], span)
        base = np.array(frozen.kw[item.enterprise][72:78], dtype=np.float64)
        taken = np.maximum(0.0, base - grid.demand_kw[0])
        assert item.mean_reduction_kw == pytest.approx(float(taken.mean()))
        assert item.reduction_kw == pytest.approx(float(taken[-1]))
        assert api[item.enterprise].reduction_kw == item.reduction_kw
        assert f"{item.reduction_kw:,.0f}" in page
        assert any(abs(value - item.mean_reduction_kw) < 1e-6 for value in numbers(book))
        assert f"{item.mean_reduction_kw:,.0f}" in text


def test_what_the_order_took_off_is_settled_restored_and_borne(day: HotDay) -> None:
    kept = day.play.scene.ledger.reductions.reductions(day.evening.span, verified_only=True)
    kwh = dict.fromkeys(day.ordered, 0.0)
    for each in kept:
        if each.source == reference_of(day.order.id):
            kwh[str(each.scope.id)] += float(each.reduction_kw.sum()) / 4
    assert kwh == pytest.approx({item.enterprise: item.reduction_kwh for item in day.done.items})
    account = {line.enterprise: line for line in day.desk.fairness.of(OTTO, 2026)}
    assert {e: account[e].orderly_kwh for e in kwh} == pytest.approx(kwh)


def test_the_daily_report_holds_the_order_and_its_rates(day: HotDay) -> None:
    draft = drafted(day, "orderly-daily", "district", "2026-07-28")
    text = " ".join(getattr(block, "text", "") for block in draft.blocks)
    assert day.order.id in text
    assert "零报告" not in draft.title


def drafted(day: HotDay, kind: str, subject: str, period: str = "-") -> Document:
    zone = day.play.scene.settings.district.zone
    found = ReportKinds(orderly_kinds(day.desk, "高新区", zone)).of(kind)
    asked = Request(OTTO, subject, parse_period(found.period, period), day.play.scene.clock.now(), Silent())
    draft = found.build(asked)
    return Document(draft.title, draft.subtitle, draft.blocks, day.play.scene.clock.now(), "草稿")


def workbook(day: HotDay, kind: str, subject: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx_bytes(drafted(day, kind, subject))))


def numbers(book: openpyxl.Workbook) -> set[float]:
    return {
        float(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, int | float)
    }


def words(day: HotDay) -> str:
    paper = docx.Document(io.BytesIO(docx_bytes(drafted(day, "orderly-execution", f"ref:{day.order.id}"))))
    return " ".join(cell.text for table in paper.tables for row in table.rows for cell in row.cells)
