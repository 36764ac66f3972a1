"""An event from draft to settlement on a virtual clock, and what goes wrong on the way."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import numpy as np
import pytest

from api.routes.dr_moves import make
from api.schemas.dr import MoveIn
from api.schemas.dr_settlement import SettlementList
from app.commands import dr_tables
from app.reports import open_reports
from app.wiring import open_runs
from dashboards.console import event_view
from dashboards.console.visit import Visit
from domain.dr import DrEvent
from domain.dr_states import EventState, Move
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.ids import EnterpriseId
from domain.instants import BLOCK_MS, Span, to_ms
from domain.notices import Answer
from domain.orderly import Window
from domain.people import Principal, Role
from domain.report import Paragraph
from response.dr.desk import Change, EventDesk
from response.dr.drill import DrillRun
from response.dr.report_kinds import dr_kinds
from response.dr.settlements import differences
from storage.notice_ports import KeptNotice
from storage.page import Page
from tests.console.test_analysis_pages import Told
from tests.response.dr.district import (
    ADA,
    BEFORE,
    END,
    LEVELS,
    OTTO,
    START,
    Scene,
    new_event,
    open_scene,
    put_blocks,
    shape,
)

VERA = Principal("vera", Role.VIEWER)
EMIL = Principal("emil", Role.ENTERPRISE, EnterpriseId("E001"))


def invited(stage: Scene, **more: object) -> DrEvent:
    desk = stage.dr.desk
    event = desk.create(OTTO, new_event(**more))
    event = desk.choose(OTTO, event.id, event.version)
    return desk.invite(OTTO, event.id, event.version, officer="王科")


def confirmed(stage: Scene) -> DrEvent:
    event = invited(stage)
    for enterprise, kw in (("E001", 250.0), ("E002", 300.0), ("E003", 280.0)):
        stage.answer(event.id, enterprise, Answer.CAN, kw)
    stage.answer(event.id, "E004", Answer.CANNOT, reason="订单紧")
    stage.tick(BEFORE + timedelta(hours=1))
    event = stage.dr.book.get(OTTO, event.id)
    event = stage.dr.desk.clear(OTTO, event.id, event.version)
    return stage.dr.desk.confirm(OTTO, event.id, event.version, officer="王科")


def run(stage: Scene, event: DrEvent) -> DrEvent:
    """The day of the event: E001 keeps its promise, E002 gives half, E003 nothing."""
    hours = [START + timedelta(minutes=15 * n) for n in range(8)]
    for at in hours:
        kw = {e: stage.usual(e, at) for e in ("E001", "E002", "E003")}
        kw["E001"] -= 260.0
        kw["E002"] -= 150.0
        stage.load(kw, at, at + timedelta(minutes=15))
        stage.tick(at + timedelta(minutes=14))
    stage.tick(END)
    stage.tick(END + timedelta(seconds=1))
    return stage.dr.book.get(OTTO, event.id)


def test_an_event_from_draft_to_settlement(stage: Scene) -> None:
    event = confirmed(stage)
    assert {each.enterprise: each.cleared_kw for each in event.participants} == {
        "E001": 250.0,
        "E002": 300.0,
        "E003": 280.0,
        "E004": 0.0,
    }
    kinds = [kept.notice.kind for kept in stage.notices.list(OTTO, reference=event.source).items]
    assert sorted(kinds) == ["dr.cleared"] * 3 + ["dr.invitation"] * 4
    event = run(stage, event)
    assert event.state is EventState.ENDED
    stage.at(END + timedelta(days=1))
    found = stage.dr.settlements.verify(OTTO, event.id, event.version)
    verdicts = {row.enterprise: row.validity for row in found.rows}
    assert verdicts == {"E001": "valid", "E002": "ratio", "E003": "extreme"}
    first = found.rows[0]
    assert first.response_kw == pytest.approx(260, abs=20)
    # 1.2 x 250 kW is above every block: all of the response is paid.
    assert first.response_kw is not None
    assert first.energy_kwh == pytest.approx(first.response_kw * 2, rel=0.01)
    assert first.pay_yuan == pytest.approx(first.energy_kwh * 4, abs=0.01)
    span = Span(START, END)
    kept = stage.ledger.reductions.reductions(span, verified_only=True)
    assert {each.source for each in kept} == {event.source}
    assert sum(each.reduction_kw.mean() for each in kept) == pytest.approx(410, abs=60)
    event = stage.dr.book.get(OTTO, event.id)
    event = stage.dr.settlements.publish(OTTO, event.id, event.version)
    objection = stage.dr.settlements.object(EMIL, event.id, "E001", "表计故障")
    with pytest.raises(Conflict, match="not answered"):
        stage.dr.settlements.close(OTTO, event.id, event.version)
    stage.dr.settlements.answer(OTTO, event.id, objection.id, "已核对，维持原结果")
    event = stage.dr.settlements.close(OTTO, event.id, event.version)
    assert event.state is EventState.SETTLED
    _papers_are_marked(stage, event.id)
    _papers_are_signed_and_corrected(stage, event.id)
    moves = " ".join(step.move for step in stage.ledger.dr.steps(event.id))
    assert moves == "choose choose invite reply clear confirm start end verify publish settle"


def _papers_are_marked(stage: Scene, event_id: str) -> None:
    """With their reader; who may only look gets no names, but what is published is the same for all."""
    own, shown = (stage.dr.archive.paper(who, event_id, "settlement") for who in (OTTO, VERA))
    assert str(own.watermark).startswith("otto ")
    assert str(shown.watermark).startswith("vera ")
    assert "企业E001" in repr(own.blocks)
    assert "E001" not in repr(shown.blocks)
    public = stage.dr.archive.paper(VERA, event_id, "publication")
    assert public.watermark is None
    assert "企业E001" in repr(public.blocks)
    [text] = [block.text for block in public.blocks if isinstance(block, Paragraph)]
    assert "7 天（2026-07-29 至 2026-08-04）" in text


def _papers_are_signed_and_corrected(stage: Scene, event_id: str) -> None:
    """By the desk of reports, like any other; what is drafted after a signature is a 更正 of it."""
    runs = open_runs(stage.ledger, stage.clock)
    desk = open_reports(stage.settings, stage.ledger, stage.clock, runs, dr_kinds(stage.dr.archive))
    assert [kind.id for kind in desk.kinds(OTTO)] == ["dr-settlement", "dr-publication", "dr-objections", "dr-payments"]
    with pytest.raises(Forbidden):
        desk.draft(VERA, "dr-settlement", f"ref:{event_id}", "")
    drafted = desk.draft(OTTO, "dr-publication", f"ref:{event_id}", "")
    assert drafted.title.endswith("需求响应结果公示表")
    signed = desk.sign(ADA, drafted.id, digest=drafted.digest)
    assert signed.signed is not None
    assert "企业E001" in repr(desk.copies.document(VERA, signed.id).blocks)
    assert desk.draft(OTTO, "dr-publication", f"ref:{event_id}", "").corrects == signed.id
    assert desk.copies.document(OTTO, drafted.id).watermark == ""  # put up in public: nobody's own copy
    settlement = desk.draft(OTTO, "dr-settlement", f"ref:{event_id}", "")
    assert "企业E001" not in repr(desk.copies.document(VERA, settlement.id).blocks)
    assert settlement.sources[0].version == f"{event_id} 第1版"


def test_the_pace_while_it_runs_and_whom_to_call(stage: Scene) -> None:
    event = confirmed(stage)
    early = stage.dr.pace.pace(stage.dr.book.get(OTTO, event.id))
    assert "begins in" in early.text
    assert early.share is None
    assert not early.rescue.members, "nobody is called for what is not due yet"
    assert not early.unknown
    at = START + timedelta(minutes=95)
    stage.tick(START)
    kw = {"E001": stage.usual("E001", at) - 260, "E002": stage.usual("E002", at) - 150, "E003": stage.usual("E003", at)}
    stage.load(kw, at - timedelta(minutes=35), at)
    stage.tick(at)
    pace = stage.dr.pace.pace(stage.dr.book.get(OTTO, event.id))
    assert pace.minutes_left == 25
    assert pace.share == pytest.approx(410 / 830, abs=0.08)
    assert "25 min left" in pace.text
    assert pace.rescue.members == ("E003", "E002")
    assert pace.rescue.closes_share > 0.95
    assert [each.enterprise for each in pace.each] == ["E003", "E002", "E001"]
    assert pace.each[0].contacts[0].phone == "13812345673"
    running = stage.ledger.reductions.reductions(Span(START, END), verified_only=False)
    assert {each.scope.id: round(float(each.reduction_kw[0]), -1) for each in running}["E001"] == pytest.approx(
        260, abs=20
    )
    assert not any(each.verified for each in running)


def test_nothing_leaves_without_a_named_officer_except_in_a_drill(stage: Scene) -> None:
    desk = stage.dr.desk
    event = desk.create(OTTO, new_event())
    event = desk.choose(OTTO, event.id, event.version)
    for nobody in (None, " "):
        with pytest.raises(Invalid, match="named officer"):
            desk.invite(OTTO, event.id, event.version, officer=nobody)
    assert stage.notices.list(OTTO, reference=event.source).items == ()
    drill = desk.create(OTTO, new_event(drill=True))
    drill = desk.choose(OTTO, drill.id, drill.version)
    drill = desk.invite(OTTO, drill.id, drill.version, officer=None)
    for kept in stage.notices.list(OTTO, reference=drill.source).items:
        assert "演练" in kept.notice.subject
        assert "DRILL" in kept.notice.subject
        assert "演练" in kept.notice.body


def test_of_two_officers_the_second_is_told_who_was_first(stage: Scene) -> None:
    event = stage.dr.desk.create(OTTO, new_event())
    stage.dr.desk.choose(ADA, event.id, event.version, ["E005"])
    with pytest.raises(Conflict, match="changed by ada"):
        stage.dr.desk.choose(OTTO, event.id, event.version, ["E006"])
    with pytest.raises(Conflict, match="changed by ada"):
        stage.ledger.dr.save(replace(event, title="x"), "choose", "otto", at_ms=0)  # type: ignore[arg-type]
    assert [p.enterprise for p in stage.dr.book.get(OTTO, event.id).participants] == ["E005"]


def test_replies_late_above_the_possible_and_taken_back(stage: Scene) -> None:
    event = invited(stage)
    stage.answer(event.id, "E001", Answer.CAN, 250.0)
    stage.answer(event.id, "E002", Answer.CAN, 900.0)
    stage.answer(event.id, "E003", Answer.RECEIVED)
    stage.tick(BEFORE + timedelta(hours=1))
    by = {str(each.enterprise): each for each in stage.dr.book.get(OTTO, event.id).participants}
    assert by["E001"].declared_kw == 250
    assert (by["E002"].declared_kw, "above what is possible" in by["E002"].remark) == (900, True)
    assert (by["E003"].answer, by["E003"].declared_kw) == (Answer.RECEIVED, None)
    stage.at(START - timedelta(minutes=30))
    stage.answer(event.id, "E004", Answer.CAN, 200.0)
    stage.dr.turns.tick()
    event = stage.dr.book.get(OTTO, event.id)
    late = event.participant("E004")
    assert (late.answer, late.declared_kw) == (None, None)
    assert "after the deadline" in late.remark
    event = stage.dr.desk.clear(OTTO, event.id, event.version)
    assert {p.enterprise: p.cleared_kw for p in event.participants} == {"E001": 250, "E002": 300, "E003": 0, "E004": 0}


def test_nobody_is_held_to_more_than_it_can_give(stage: Scene) -> None:
    event = invited(stage)
    with pytest.raises(Invalid, match="security load"):
        stage.dr.desk.clear(OTTO, event.id, event.version, {"E001": 5000.0})
    with pytest.raises(NotFound):
        stage.dr.desk.clear(OTTO, event.id, event.version, {"E999": 1.0})


def test_only_accounts_with_a_contract_in_force_are_asked(stage: Scene) -> None:
    event = stage.dr.desk.create(OTTO, new_event())
    with pytest.raises(Invalid, match=r"E008: .*no contract"):
        stage.dr.desk.choose(OTTO, event.id, event.version, ["E001", "E008"])
    later = stage.dr.desk.create(
        OTTO, new_event(start_ms=to_ms(START + timedelta(days=200)), end_ms=to_ms(END + timedelta(days=200)))
    )
    with pytest.raises(Invalid, match="nobody can be asked"):
        stage.dr.desk.choose(OTTO, later.id, later.version)


def test_the_same_kw_is_not_in_two_events_at_once(stage: Scene) -> None:
    event = confirmed(stage)
    other = stage.dr.desk.create(OTTO, new_event())
    found = stage.dr.desk.candidates(OTTO, other.id)
    busy = {c.participant.enterprise for c in found.excluded if event.id in c.excluded}
    assert busy == {"E001", "E002", "E003"}


def test_a_restart_at_every_state_goes_on(stage: Scene) -> None:
    def again() -> Scene:
        return open_scene(stage.settings, stage.clock, stage.ledger, stage.store)

    event = invited(again())
    stage.answer(event.id, "E001", Answer.CAN, 250.0)
    again().tick(BEFORE + timedelta(hours=1))
    event = again().dr.book.get(OTTO, event.id)
    event = again().dr.desk.clear(OTTO, event.id, event.version)
    event = again().dr.desk.confirm(OTTO, event.id, event.version, officer="王科")
    notices = stage.notices.list(OTTO, reference=event.source).total
    again().tick(START)
    assert again().dr.book.get(OTTO, event.id).state is EventState.EXECUTING
    stage.load({"E001": stage.usual("E001", START) - 260}, START, END)
    again().tick(END + timedelta(minutes=1))
    event = again().dr.book.get(OTTO, event.id)
    assert event.state is EventState.ENDED
    again().dr.settlements.verify(OTTO, event.id, event.version)
    event = again().dr.book.get(OTTO, event.id)
    event = again().dr.settlements.publish(OTTO, event.id, event.version)
    assert again().dr.settlements.close(OTTO, event.id, event.version).state is EventState.SETTLED
    assert stage.notices.list(OTTO, reference=event.source).total == notices, "nothing is told twice"


class Stop(Exception):
    pass


class Silent:
    """The outbox of a program that stops before it wrote a notice."""

    def send(self, *_: object) -> tuple[str, ...]:
        raise Stop

    def replies(self, *_: object) -> tuple[()]:
        return ()

    def list(self, *_: object, **__: object) -> Page[KeptNotice]:
        return Page((), None, 0)


def stopped(stage: Scene) -> EventDesk:
    desk = open_scene(stage.settings, stage.clock, stage.ledger, stage.store).dr.desk
    desk._telling = replace(desk._telling, notices=Silent())
    return desk


def test_notices_a_stop_kept_from_the_outbox_are_sent_after_it(stage: Scene) -> None:
    """The program stopped between the event and its notices: the next start sends what is missing, and no more."""

    def told() -> dict[str, int]:
        open_scene(stage.settings, stage.clock, stage.ledger, stage.store).dr.turns.tick()
        return Counter(k.notice.kind for k in stage.notices.list(OTTO, reference=event.source).items)

    desk = stage.dr.desk
    event = desk.create(OTTO, new_event())
    event = desk.choose(OTTO, event.id, event.version)
    with pytest.raises(Stop):
        stopped(stage).invite(OTTO, event.id, event.version, officer="王科")
    assert stage.notices.list(OTTO, reference=event.source).total == 0
    assert told() == {"dr.invitation": 4}
    assert told() == {"dr.invitation": 4}
    event = stage.dr.book.get(OTTO, event.id)
    event = desk.revise(OTTO, event.id, event.version, Change(target_kw=900.0), "目标下调", officer="王科")
    assert told() == {"dr.invitation": 4}
    later = Change(end_ms=to_ms(END + timedelta(minutes=15)))
    with pytest.raises(Stop):
        stopped(stage).revise(OTTO, event.id, event.version, later, "延长", officer="王科")
    assert told() == {"dr.invitation": 4, "dr.revised": 4}
    event = stage.dr.book.get(OTTO, event.id)
    with pytest.raises(Stop):
        stopped(stage).cancel(OTTO, event.id, event.version, "来水转好", officer="王科")
    assert told() == told() == {"dr.invitation": 4, "dr.revised": 4, "dr.cancelled": 4}
    last = stage.notices.list(OTTO, reference=event.source, kind="dr.cancelled").items[0].notice
    assert "来水转好" in last.body
    assert last.confirmed_by == "otto"


def test_a_clock_that_jumps_ends_what_is_over_and_one_set_back_undoes_nothing(stage: Scene) -> None:
    event = confirmed(stage)
    stage.tick(START + timedelta(minutes=10))
    stage.tick(START - timedelta(hours=3))
    assert stage.dr.book.get(OTTO, event.id).state is EventState.EXECUTING
    stage.tick(END + timedelta(days=2))
    assert stage.dr.book.get(OTTO, event.id).state is EventState.ENDED
    never = confirmed_again(stage)
    stage.tick(END + timedelta(days=9))
    assert stage.dr.book.get(OTTO, never.id).state is EventState.ENDED, "one that was slept through is over as well"


def confirmed_again(stage: Scene) -> DrEvent:
    week = timedelta(days=7)
    event = stage.dr.desk.create(OTTO, new_event(start_ms=to_ms(START + week), end_ms=to_ms(END + week), drill=True))
    event = stage.dr.desk.choose(OTTO, event.id, event.version, ["E005"])
    event = stage.dr.desk.invite(OTTO, event.id, event.version, officer=None)
    event = stage.dr.desk.clear(OTTO, event.id, event.version, {"E005": 100.0})
    return stage.dr.desk.confirm(OTTO, event.id, event.version, officer=None)


def test_a_cancellation_is_told_with_its_reason(stage: Scene) -> None:
    event = confirmed(stage)
    with pytest.raises(Invalid, match="reason"):
        stage.dr.desk.cancel(OTTO, event.id, event.version, " ", officer="王科")
    event = stage.dr.desk.cancel(OTTO, event.id, event.version, "来水转好", officer="王科")
    told = [k.notice for k in stage.notices.list(OTTO, reference=event.source, kind="dr.cancelled").items]
    assert len(told) == 4
    assert all("来水转好" in each.body and each.confirmed_by == "王科" for each in told)
    stage.tick(START)
    assert stage.dr.book.get(OTTO, event.id).state is EventState.CANCELLED


def test_a_moved_window_freezes_baselines_anew_beside_the_old(stage: Scene) -> None:
    event = confirmed(stage)
    change = Change(start_ms=to_ms(START + timedelta(hours=1)), end_ms=to_ms(END + timedelta(hours=1)))
    event = stage.dr.desk.revise(OTTO, event.id, event.version, change, "省调通知", officer="王科")
    history = stage.ledger.dr.baseline_history(event.id)
    assert [(each.enterprise, each.revision, each.reason) for each in history[:2]] == [
        ("E001", 1, "announced"),
        ("E001", 2, "省调通知"),
    ]
    assert len(stage.notices.list(OTTO, reference=event.source, kind="dr.revised").items) == 4
    stage.tick(START + timedelta(minutes=5))
    assert stage.dr.book.get(OTTO, event.id).state is EventState.CONFIRMED


def test_late_readings_settle_as_a_revision_on_the_baseline_that_was_announced(
    stage: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    event = confirmed(stage)
    for at in (START + timedelta(minutes=15 * n) for n in range(7)):
        stage.load({e: stage.usual(e, at) - 270 for e in ("E001", "E002", "E003")}, at, at + timedelta(minutes=15))
    stage.tick(START)
    stage.tick(END)
    event = stage.dr.book.get(OTTO, event.id)
    first = stage.dr.settlements.verify(OTTO, event.id, event.version)
    assert {row.validity for row in first.rows} == {"incomplete"}
    assert sum(row.energy_kwh for row in first.rows) == 0
    announced = [each.base_kw for each in stage.ledger.dr.baselines(event.id)]
    last = END - timedelta(minutes=15)
    stage.load({e: stage.usual(e, last) - 270 for e in ("E001", "E002", "E003")}, last, END)
    earlier = START - timedelta(days=1)
    stage.load({"E001": 9_999.0}, earlier, earlier + timedelta(hours=2))
    event = stage.dr.book.get(OTTO, event.id)
    with pytest.raises(Conflict, match="reason"):
        stage.dr.settlements.verify(OTTO, event.id, event.version)
    second = stage.dr.settlements.verify(OTTO, event.id, event.version, "补采到数")
    assert [each.base_kw for each in stage.ledger.dr.baselines(event.id)] == announced
    assert [row.validity for row in second.rows] == ["valid", "valid", "valid"]
    changed = differences(first, second)
    assert next((each.enterprise, each.validity) for each in changed) == ("E001", ("incomplete", "valid"))
    revisions = stage.dr.settlements.all(OTTO, event.id)
    assert [each.revision for each in revisions] == [1, 2]
    event = stage.dr.book.get(OTTO, event.id)
    look = event_view.Look(event, {"E001": "<甲厂>"}, settlement=second, changed=changed)
    page = event_view.body(cast(Visit, Told("zh")), look)
    assert page.count("&lt;甲厂&gt;") == 2, "by name, and never as markup"
    told = f"{changed[0].response_kw[1]:,.1f}"
    assert "数据不足 → 有效" in page
    assert page.count(told) == 2, "in the result, and in what it changed"
    dr_tables.settlement(SettlementList.of(event.id, revisions, stage.settings.district.zone))
    assert "changed: E001 数据不足 → 有效; — → " in capsys.readouterr().out


def test_days_of_earlier_events_are_no_samples_even_for_who_did_nothing(stage: Scene) -> None:
    event = confirmed(stage)
    stage.load({e: stage.usual(e, START) for e in ("E001", "E002", "E003", "E004")}, START, END)
    stage.tick(START)
    stage.tick(END)
    after = timedelta(days=1)
    ts = np.arange(96, dtype=np.int64) * BLOCK_MS + to_ms(START.replace(hour=0))
    put_blocks(stage.store, {e: shape(LEVELS[e], START.date()) for e in ("E003", "E005")}, ts)
    stage.at(START + timedelta(hours=11))
    later = stage.dr.desk.create(OTTO, new_event(start_ms=to_ms(START + after), end_ms=to_ms(END + after), drill=True))
    later = stage.dr.desk.choose(OTTO, later.id, later.version, ["E003", "E005"])
    later = stage.dr.desk.invite(OTTO, later.id, later.version, officer=None)
    samples = {each.enterprise: each.sample_days for each in stage.ledger.dr.baselines(later.id)}
    assert START.date() not in samples[EnterpriseId("E003")]
    assert START.date() in samples[EnterpriseId("E005")]
    assert event.id != later.id


def test_an_enterprise_sees_its_own_part_once_it_was_asked(stage: Scene) -> None:
    event = stage.dr.desk.create(OTTO, new_event())
    event = stage.dr.desk.choose(OTTO, event.id, event.version, ["E001", "E002"])
    with pytest.raises(NotFound):
        stage.dr.book.get(EMIL, event.id)
    assert stage.dr.book.list(EMIL).items == ()
    event = stage.dr.desk.invite(OTTO, event.id, event.version, officer="王科")
    assert [p.enterprise for p in stage.dr.book.get(EMIL, event.id).participants] == ["E001"]
    assert [p.enterprise for p in stage.dr.book.list(EMIL).items[0].participants] == ["E001"]
    with pytest.raises(Forbidden):
        stage.dr.desk.cancel(EMIL, event.id, event.version, "no", officer="emil")
    with pytest.raises(Forbidden):
        stage.dr.desk.candidates(EMIL, event.id)
    stranger = Principal("fritz", Role.ENTERPRISE, EnterpriseId("E007"))
    with pytest.raises(NotFound):
        stage.dr.book.get(stranger, event.id)


def test_events_must_lie_ahead_and_within_a_day_or_a_night(stage: Scene) -> None:
    with pytest.raises(Invalid, match="over already"):
        stage.dr.desk.create(OTTO, new_event(start_ms=to_ms(BEFORE) - 7_200_000, end_ms=to_ms(BEFORE)))
    with pytest.raises(Invalid, match="between noon and noon"):
        stage.dr.desk.create(OTTO, new_event(start_ms=to_ms(START), end_ms=to_ms(START + timedelta(hours=23))))
    with pytest.raises(Invalid, match="quarter"):
        stage.dr.desk.create(OTTO, new_event(start_ms=to_ms(START) + 60_000))
    with pytest.raises(Invalid, match="due between"):
        stage.dr.desk.create(OTTO, new_event(reply_by_ms=to_ms(END)))


def test_a_reminder_tells_who_is_behind_how_much_is_missing(stage: Scene) -> None:
    """The rescue list, or who was named; never who keeps its promise, and never without a named officer."""
    event = confirmed(stage)
    early = stage.dr.pace.pace(stage.dr.book.get(OTTO, event.id))
    assert "begins in" in early.text
    assert early.share is None
    assert not early.rescue.members, "nobody is called for what is not due yet"
    assert not early.unknown
    at = START + timedelta(minutes=95)
    stage.tick(START)
    kw = {"E001": stage.usual("E001", at) - 400, "E002": stage.usual("E002", at) - 150, "E003": stage.usual("E003", at)}
    stage.load(kw, at - timedelta(minutes=35), at)
    stage.tick(at)
    event = stage.dr.book.get(OTTO, event.id)
    remind = MoveIn(move=Move.REMIND, version=event.version)
    with pytest.raises(Invalid, match="named officer"):
        make(stage.dr, OTTO, event.id, remind)
    event = make(stage.dr, OTTO, event.id, remind.model_copy(update={"confirm": True, "officer": "王科"}))
    sent = [kept.notice for kept in stage.notices.list(OTTO, reference=event.source, kind="dr.pace").items]
    assert {each.recipient.enterprise_id for each in sent} == {"E002", "E003"}
    behind = next(each for each in sent if each.recipient.enterprise_id == "E002")
    assert behind.confirmed_by == "王科 (otto)", "who said it, and who passed it on"
    assert re.search("约定压降 300 kW，目前 1[345]\\d kW，还需压降 1[456]\\d kW，剩 25 分钟", behind.body)
    named = MoveIn(move=Move.REMIND, version=event.version, confirm=True, enterprises=["E001"])
    with pytest.raises(Conflict, match="nobody is behind"):
        make(stage.dr, OTTO, event.id, named)


def test_members_of_an_aggregator_are_asked_called_and_reminded_through_it_only(stage: Scene) -> None:
    """E008 stands for E001 and E002: what it declares is shared by what they were asked for."""
    day = START.date()
    kept = [each for each in stage.ledger.dr.contracts(day, "zj_dayahead") if each.account in ("330201", "330202")]
    stage.ledger.dr.put_contracts("system", "test", [replace(each, aggregator="E008") for each in kept])
    event = invited(stage)
    asked = {k.notice.recipient.enterprise_id: k.notice for k in stage.notices.list(OTTO, reference=event.source).items}
    members = [each for each in event.participants if each.aggregator == "E008"]
    assert [each.enterprise for each in members] == ["E001", "E002"]
    assert not {"E001", "E002"} & set(asked)
    assert all(each.enterprise in asked[EnterpriseId("E008")].body for each in members)
    stage.answer(event.id, "E008", Answer.CAN, 400.0)
    stage.tick(BEFORE + timedelta(hours=1))
    event = stage.dr.book.get(OTTO, event.id)
    declared = [event.participant(each.enterprise).declared_kw or 0.0 for each in members]
    assert sum(declared) == pytest.approx(400)
    assert declared[0] / declared[1] == pytest.approx((members[0].invited_kw or 0) / (members[1].invited_kw or 0))
    event = stage.dr.desk.clear(OTTO, event.id, event.version)
    event = stage.dr.desk.confirm(OTTO, event.id, event.version, officer="王科")
    stage.tick(START)
    stage.load({e: stage.usual(e, START) for e in ("E001", "E002")}, START, START + timedelta(minutes=30))
    stage.at(START + timedelta(minutes=30))
    late = stage.dr.pace.behind(event)
    stage.dr.desk.remind(OTTO, event.id, stage.dr.book.get(OTTO, event.id).version, late, officer="王科")
    told = stage.notices.list(OTTO, reference=event.source).items
    assert {(k.notice.kind, k.notice.recipient.enterprise_id) for k in told} == {
        ("dr.invitation", each) for each in asked
    } | {("dr.cleared", "E008"), ("dr.pace", "E008")}
    own = Principal("e8", Role.ENTERPRISE, EnterpriseId("E008"))
    assert [each.enterprise for each in stage.dr.book.get(own, event.id).participants] == ["E001", "E002"]


def test_who_uses_more_than_usual_after_the_event_is_watched_as_long_as_the_programme_says(stage: Scene) -> None:
    event = confirmed(stage)
    run(stage, event)
    after = END + timedelta(minutes=20)
    usual = {e: stage.usual(e, after) for e in ("E001", "E002", "E003")}
    stage.load(usual | {"E001": usual["E001"] * 1.3}, END, after)
    stage.at(after)
    event = stage.dr.book.get(OTTO, event.id)
    pace = stage.dr.pace.pace(event)
    look = event_view.Look(event, pace=pace)
    visit = cast(Visit, Told("en"))
    assert pace.mean_share is not None
    assert f">{pace.mean_share * 100:.0f}</span>" in event_view.head(visit, look), "what it was, not a dash"
    assert all(f"{each.mean_share:.0%}" in event_view.body(visit, look) for each in pace.each)
    found = pace.rebound
    assert [each.enterprise for each in found] == ["E001"]
    assert found[0].above_share == pytest.approx(0.3, abs=0.05)
    later = END + timedelta(minutes=event.terms.rebound_minutes + 20)
    stage.load({"E001": 2 * usual["E001"]}, later - timedelta(minutes=20), later)
    stage.at(later)
    assert stage.dr.pace.pace(event).rebound == ()
    assert re.search(r"over: \d+% of promised on average", stage.dr.pace.pace(event).text)


class SlowGap:
    """A gap of two hours that begins in half an hour; the answer takes as long, as on a busy machine."""

    def __init__(self, stage: Scene) -> None:
        self._stage = stage
        start = stage.clock.now() + timedelta(minutes=30)
        self._window = Window(start, start + timedelta(hours=2))

    def next_gap(self, principal: Principal, *, after: datetime) -> tuple[Window, float] | None:
        self._stage.clock.advance(1800)
        return self._window, 800.0


def test_a_forecast_that_takes_its_time_leaves_a_drill_time_to_answer(stage: Scene) -> None:
    desk, clock = stage.dr.desk, stage.clock
    run = DrillRun(desk, stage.dr.settlements, stage.ledger.dr, SlowGap(stage), clock)
    begun = run.begin(OTTO, "zj_intraday")
    assert clock.now_ms() < begun.reply_by_ms < begun.start_ms < begun.end_ms
