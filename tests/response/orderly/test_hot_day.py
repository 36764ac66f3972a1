"""A hot day end to end: instruction, list, order, notices, execution, ledger of reductions, season account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from analytics.execution import Standing
from app.order_turns import OrderTurns
from config.policy import load_policy
from domain.dr import DrEvent, EventKind, Participant
from domain.dr_states import EventState, Move
from domain.energy import EnergyEntry, OutputEntry, PriceBasis
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.ids import AccountId, EnterpriseId
from domain.instants import from_ms, to_ms
from domain.orderly import Guard, Instruction, InstructionKind, Order, OrderLine, OrderState, Rank, Target, Window
from domain.references import Quota
from domain.scopes import MONITORED, Scope, ScopeKind, enterprise_scope
from response.orderly.allocation_answers import AllocationAnswer, Need
from response.orderly.candidates import Wishes
from response.orderly.order_lines import listed_order, order_lines
from response.orderly.order_notices import LIFTED, ORDER, reference_of
from response.orderly.orders import NewOrder
from response.orderly.revising import Changes
from tests.response.orderly.season import DAY, EMIL, NUMBER, OTTO, USUAL_KW, WINDOW, Season, season


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Season]:
    with season(tmp_path) as found:
        yield found


def solved(own: Season, kw: float = 1500.0, **more: object) -> AllocationAnswer:
    return own.desk.allocations.solve(OTTO, Need(kw, WINDOW, **more))  # type: ignore[arg-type]


def issued(own: Season, answer: AllocationAnswer, *, drill: bool = False) -> Order:
    new = NewOrder(order_lines(answer), (WINDOW,), "" if drill else NUMBER, answer.plan, answer.level, drill=drill)
    order = own.desk.orders.prepare(OTTO, new)
    return own.desk.orders.issue(OTTO, order.id, officer="" if drill else "王处长")


def test_the_list_keeps_ranks_restricted_first_and_tells_everyone_why(own: Season) -> None:
    """Seven may be called, each 200 by shift at 20/21: 1400 kW count 1333; 1500 needs 167/0.952 = 175 by avoidance."""
    answer = solved(own)
    by_rank = {rank: sum(line.order_kw for line in answer.lines if line.rank is rank) for rank in Rank}
    assert by_rank == {Rank.DR: 0, Rank.SHIFT: 1400, Rank.AVOID: 175, Rank.CURTAIL: 0}
    # The restricted one avoids first, with all of its 150; 25 more come from another.
    avoiding = {line.enterprise: line.order_kw for line in answer.lines if line.rank is Rank.AVOID}
    assert avoiding.pop("E008") == 150
    assert list(avoiding.values()) == [25]
    assert answer.counted_kw == pytest.approx(1500)
    assert answer.missing_kw == 0
    assert {each.enterprise: each.code for each in answer.spared} == {"E007": "protected"}
    assert all(zh and en for line in answer.lines for zh, en in [line.why])


def test_the_approved_level_holds_and_leaving_it_is_signed_for(own: Season) -> None:
    """Level A asks 400 of each: seven give 2800 x 20/21 = 2667; 3000 kW are more."""
    short = solved(own, 3000.0, level="A")
    assert short.missing_kw == pytest.approx(3000 - 2800 * 20 / 21)
    assert len(short.missing) >= 1
    with pytest.raises(Forbidden, match="B"):
        solved(own, 3000.0, level="B", approved_level="A")
    signed = solved(own, 3000.0, level="B", approved_level="A", outside_level="缺口扩大", approver="陈局长")
    assert signed.missing_kw == 0
    assert "陈局长" in signed.need.outside_words


def test_the_instruction_in_force_is_the_approved_level(own: Season) -> None:
    """It names level A; 4000 kW would ask for B and stay within A, which says what is missing."""
    assert solved(own, 4000.0).level == "B"
    own.instruct()
    held = solved(own, 4000.0)
    assert (held.level, held.need.approved_level) == ("A", "A")
    assert held.missing_kw == pytest.approx(4000 - 2800 * 20 / 21)
    with pytest.raises(Forbidden, match="B"):
        solved(own, 4000.0, level="B")
    assert solved(own, 4000.0, outside_level="缺口扩大", approver="陈局长").level == "B"


def test_the_gap_of_a_feeder_calls_only_who_is_on_it(own: Season) -> None:
    registry = own.ledger.registry.registry().view(WINDOW.start.date())
    on = [replace(registry.accounts_of(EnterpriseId(name))[0], feeder="F1") for name in ("E001", "E002")]
    own.ledger.registry.put_versions("otto", accounts=on)
    answer = solved(own, 300.0, scope=Scope(ScopeKind.FEEDER, "F1"))
    assert {line.enterprise for line in answer.lines} <= {"E001", "E002"}
    assert {each.enterprise for each in answer.spared} <= {"E001", "E002"}
    assert answer.missing_kw == 0
    with pytest.raises(NotFound):
        solved(own, 300.0, scope=Scope(ScopeKind.FEEDER, "F9"))


def test_pins_exclusions_and_guards_are_kept_and_said(own: Season) -> None:
    own.desk.orders.guard(OTTO, Guard("E003", WINDOW.start.date(), WINDOW.start.date(), "高考考点", ""))
    answer = solved(own, 300.0, wishes=Wishes({"E002": 150.0}, {"E001": "设备检修"}))
    assert {line.enterprise for line in answer.lines} >= {"E002"}
    codes = {each.enterprise: each.code for each in answer.spared}
    assert (codes["E001"], codes["E003"]) == ("excluded", "guarded")
    pinned = next(line for line in answer.lines if line.enterprise == "E002")
    assert pinned.order_kw >= 150
    assert "人工指定" in pinned.why[0]


def test_the_same_kw_stand_in_list_order_notices_execution_ledger_and_season(own: Season) -> None:
    own.instruct()
    answer = solved(own)
    order = issued(own, answer)
    wanted = {e: sum(line.order_kw for line in answer.lines if line.enterprise == e) for e in _names(answer)}
    # What is the same of an enterprise's measures is said once, and nobody is listed again for these hours.
    assert all(line.why[0].count("增加值") == line.why[1].count("value added") == 1 for line in order.lines)
    assert "避峰 150 kW：" in next(line.why[0] for line in order.lines if line.enterprise == "E008")
    again = solved(own)
    assert {each.enterprise for each in again.spared if each.code == "ordered"} == set(wanted)
    assert all(order.id in each.why[0] for each in again.spared if each.code == "ordered")
    assert any("其他调度令" in zh for zh, _ in again.missing)
    with pytest.raises(Invalid, match="没有可下令的企业"):
        listed_order(again, NUMBER)
    told = own.notices.list(OTTO, reference=reference_of(order.id)).items
    assert {str(n.notice.recipient.enterprise_id) for n in told} == set(wanted)
    assert all(n.notice.kind == ORDER and n.notice.confirmed_by == "王处长" for n in told)
    for enterprise in own.ledger.registry.registry().view(DAY.date()).enterprises:
        load = np.full((1, 96), 300.0)
        load[0, 32:72] = USUAL_KW
        load[0, 56:64] -= wanted.get(str(enterprise), 0.0)
        own.draws(str(enterprise), load, DAY)
    own.clock.set(WINDOW.end + timedelta(minutes=1))
    live = own.desk.executions.of(OTTO, order.id)
    assert live.total_rate == pytest.approx(1.0)
    assert live.in_place_rate == pytest.approx(1.0)
    assert live.total_reduction_kw == pytest.approx(sum(wanted.values()))
    assert live.call_now == ()
    assert live.baseline_age_days == 0
    own.clock.advance(86_400)
    assert own.desk.executions.follow(order).reduced == len(wanted)
    # Success lifts nothing: that is an officer's, with the instruction that lifts it.
    assert own.desk.orders.get(OTTO, order.id).state is OrderState.ISSUED
    assert {n.notice.kind for n in own.notices.list(OTTO, reference=reference_of(order.id)).items} == {ORDER}
    kept = own.ledger.reductions.reductions(WINDOW.span, verified_only=True)
    assert {str(k.scope): float(k.reduction_kw.mean()) for k in kept} == pytest.approx(
        {str(enterprise_scope(e)): kw for e, kw in wanted.items()}
    )
    account = {line.enterprise: line for line in own.desk.fairness.of(OTTO, 2026)}
    assert {e: account[e].orderly_kwh for e in wanted} == pytest.approx({e: 2 * kw for e, kw in wanted.items()})
    assert account["E001"].hours == 2
    assert account["E007"].calls == 0
    assert [line.enterprise for line in own.desk.fairness.of(EMIL, 2026)] == ["E001"]


def _names(answer: AllocationAnswer) -> set[str]:
    return {line.enterprise for line in answer.lines}


def test_who_gives_nothing_is_called_first_and_silence_is_no_compliance(own: Season) -> None:
    own.instruct()
    order = issued(own, solved(own))
    for number, drop in ((1, 200.0), (2, 0.0)):
        load = np.full((1, 64), 300.0)
        load[0, 32:64] = USUAL_KW
        load[0, 56:64] -= drop
        own.draws(f"E00{number}", load, DAY)
    own.clock.set(WINDOW.start + timedelta(minutes=31))
    live = own.desk.executions.of(OTTO, order.id)
    standings = {item.enterprise: item.standing for item in live.items}
    assert standings["E001"] in (Standing.COMPLIES, Standing.SHORT)
    assert standings["E002"] is Standing.NOT_REDUCING
    assert standings["E003"] is Standing.NO_DATA
    missing = [item.missing_kw for item in live.call_now]
    assert missing == sorted(missing, reverse=True)
    assert live.total_rate is not None
    assert live.total_rate < 0.2
    mine = own.desk.executions.of(EMIL, order.id)
    assert [item.enterprise for item in mine.items] == ["E001"]
    with pytest.raises(NotFound):
        own.desk.executions.of(EMIL, "19990101-0000")
    own.clock.set(WINDOW.start + timedelta(minutes=37))
    own.desk.orders.lift(OTTO, order.id, officer="王处长", reason="8号")
    own.clock.set(WINDOW.start + timedelta(minutes=61))
    lifted = own.desk.executions.of(OTTO, order.id)
    assert (lifted.due_points, lifted.call_now) == (2, ())  # the block that the lifting cut judges nobody


def test_an_order_cites_a_standing_instruction_and_a_named_officer(own: Season) -> None:
    own.instruct()
    line = OrderLine("E001", Rank.SHIFT, Target.REDUCTION, 100.0)
    with pytest.raises(NotFound):
        own.desk.orders.prepare(OTTO, NewOrder((line,), (WINDOW,), "没有的文号"))
    order = own.desk.orders.prepare(OTTO, NewOrder((line,), (WINDOW,), NUMBER))
    with pytest.raises(Invalid, match="officer"):
        own.desk.orders.issue(OTTO, order.id, officer=" ")
    with pytest.raises(NotFound):
        own.desk.orders.get(EMIL, order.id)  # not told yet
    own.desk.orders.issue(OTTO, order.id, officer="王处长")
    assert own.desk.orders.get(EMIL, order.id).lines[0].kw == 100
    with pytest.raises(Conflict, match="overlaps"):
        own.desk.orders.prepare(OTTO, NewOrder((line,), (WINDOW,), NUMBER))
    with pytest.raises(Conflict, match="protected"):
        own.desk.orders.prepare(OTTO, NewOrder((replace(line, enterprise="E007"),), (WINDOW,), NUMBER))
    with pytest.raises(Invalid, match="security"):
        own.desk.orders.prepare(OTTO, NewOrder((OrderLine("E002", Rank.AVOID, Target.CAP, 100.0),), (WINDOW,), NUMBER))


def test_what_no_order_may_say_is_refused_with_its_reason(own: Season) -> None:
    own.instruct()  # level A
    lines = (OrderLine("E001", Rank.SHIFT, Target.REDUCTION, 100.0),)
    past = Window(WINDOW.start - timedelta(days=2), WINDOW.end - timedelta(days=2))
    wrong = (
        (Invalid, "over", NewOrder(lines, (past,), NUMBER)),
        (Invalid, "more than 0", NewOrder((replace(lines[0], kw=0.0),), (WINDOW,), NUMBER)),
        (Invalid, "above maximum load", NewOrder((replace(lines[0], kw=701.0),), (WINDOW,), NUMBER)),
        (Forbidden, "beyond A", NewOrder(lines, (WINDOW,), NUMBER, level="B")),
    )
    for error, said, new in wrong:
        with pytest.raises(error, match=said):
            own.desk.orders.prepare(OTTO, new)
    new = NewOrder(lines, (WINDOW,), NUMBER, level="B", outside_level="缺口扩大；陈局长")
    signed = own.desk.orders.prepare(OTTO, new)
    own.desk.orders.issue(OTTO, signed.id, officer="王处长")
    own.clock.set(WINDOW.start + timedelta(minutes=30))
    later = Window(WINDOW.end, WINDOW.end + timedelta(hours=1))
    with pytest.raises(Invalid, match="have begun stay"):
        own.desk.orders.revise(OTTO, signed.id, officer="王处长", windows=(later,))
    sooner = Window(WINDOW.start, WINDOW.start + timedelta(minutes=45))
    assert own.desk.orders.revise(OTTO, signed.id, officer="王处长", windows=(sooner,)).windows == (sooner,)
    with pytest.raises(Invalid, match="have begun"):
        solved(own)


def test_levels_are_named_as_offices_write_them_and_wishes_are_of_known_enterprises(own: Season) -> None:
    def start(number: str, level: str, at: datetime) -> Instruction:
        return own.desk.instructions.register(
            OTTO, Instruction(number, "市能源局", InstructionKind.START, at, "", level)
        )

    now = own.clock.now()
    with pytest.raises(Invalid, match="no level Q"):
        start("1号", "Q", now)
    with pytest.raises(Invalid, match="future"):
        start("1号", "A", now + timedelta(hours=1))
    for level in ("b级", "橙色预警", "II级"):
        assert start(level, level, now).level == level
    assert solved(own, 200.0).need.approved_level == "B"
    for wishes in (Wishes({"E999": 0.0}, {}), Wishes({"E001": 0.0}, {"E001": "检修"})):
        with pytest.raises((Invalid, NotFound), match=r"E999|pinned and excluded"):
            solved(own, 200.0, wishes=wishes)


def test_revised_extended_and_lifted_orders_tell_those_they_hit(own: Season) -> None:
    own.instruct()
    lines = tuple(OrderLine(f"E00{n}", Rank.SHIFT, Target.REDUCTION, 100.0) for n in (1, 2, 3))
    order = own.desk.orders.prepare(OTTO, NewOrder(lines, (WINDOW,), NUMBER))
    own.desk.orders.issue(OTTO, order.id, officer="王处长")
    frozen = own.desk.orders.baseline(order.series)
    changed = (replace(lines[0], kw=150.0), lines[1], OrderLine("E004", Rank.CURTAIL, Target.REDUCTION, 50.0))
    amended = own.desk.orders.amend(
        OTTO, order.id, Changes(kw={"E001": 150.0, "E004": 50.0}, dropped=("E003",)), officer="王处长"
    )
    assert amended.lines == changed
    for wrong in (Changes(), Changes(dropped=("E006",)), Changes(kw={"E001": 1.0}, dropped=("E001",))):
        with pytest.raises(Invalid, match=r"nothing is changed|E006 is not in|changed and dropped"):
            own.desk.orders.amend(OTTO, order.id, wrong, officer="王处长")
    told = own.notices.list(OTTO, reference=reference_of(order.id)).items
    second = {(str(n.notice.recipient.enterprise_id), n.notice.kind) for n in told if "-2-" in n.notice.id}
    assert second == {("E001", ORDER), ("E004", ORDER), ("E003", LIFTED)}
    joined = own.desk.orders.baseline(order.series)
    assert frozen is not None
    assert joined is not None
    assert joined.kw["E001"] == frozen.kw["E001"]
    assert joined.kw["E004"][56] == USUAL_KW
    later = Window(WINDOW.start + timedelta(days=1), WINDOW.end + timedelta(days=1))
    own.desk.orders.guard(OTTO, Guard("E002", later.start.date(), later.start.date(), "中考考点", ""))
    with pytest.raises(Conflict, match="guarded"):
        own.desk.orders.extend(OTTO, order.id, later, officer="王处长")
    own.desk.orders.guard(OTTO, Guard("E002", date(2027, 6, 1), date(2027, 6, 2), "中考考点", ""))
    assert own.desk.orders.extend(OTTO, order.id, later, officer="王处长").windows == (WINDOW, later)
    longer = Window(WINDOW.start, WINDOW.end + timedelta(hours=1))
    done = own.desk.orders.amend(OTTO, order.id, Changes(hours=longer), officer="王处长")
    assert done.windows == (longer, later)
    own.desk.instructions.register(
        OTTO, Instruction("8号", "市能源局", InstructionKind.LIFT, own.clock.now(), "", lifts=NUMBER)
    )
    assert own.desk.instructions.in_force(OTTO) == ()
    assert own.desk.orders.get(OTTO, order.id).state is OrderState.ISSUED  # the paper alone ends no order
    with pytest.raises(Invalid, match="officer"):
        own.desk.orders.lift(OTTO, order.id, officer=" ", reason="8号")
    assert {line.calls for line in own.desk.fairness.of(OTTO, 2026)} == {0}  # nobody has borne hours to come
    lifted = own.desk.orders.lift(OTTO, order.id, officer="王处长", reason="8号")
    assert lifted.state is OrderState.LIFTED
    assert {line.calls for line in own.desk.fairness.of(OTTO, 2026)} == {0}  # its hours never began
    with pytest.raises(Conflict, match="lifted"):
        own.desk.orders.prepare(OTTO, NewOrder((lines[0],), (later,), NUMBER))


def test_a_drill_says_so_and_counts_for_nothing(own: Season) -> None:
    order = issued(own, solved(own), drill=True)
    [first, *_] = own.notices.list(OTTO, reference=reference_of(order.id)).items
    assert first.notice.drill
    assert "演练" in first.notice.subject
    assert own.desk.executions.follow(order).reduced == 0
    assert all(line.calls == 0 for line in own.desk.fairness.of(OTTO, 2026))


def test_the_same_kw_are_not_in_an_event_and_in_an_order(own: Season) -> None:
    """E001 is there with 600 kW; 500 are confirmed in an event that overlaps by an hour: 100 are left to be ordered."""
    start_ms = to_ms(WINDOW.start) + 3_600_000
    event = DrEvent(
        *("dr-1", 0, EventKind.MIRRORED, EventState.DRAFT, "日前削峰"),
        load_policy().programmes.by_id("zj_dayahead").terms(date(2026, 7, 1)),
        *(start_ms, start_ms + 7_200_000, 5000.0, start_ms - 3_600_000),
        participants=(Participant(EnterpriseId("E001"), AccountId("3302001"), cleared_kw=500.0),),
    )
    own.ledger.dr.save(event, Move.CHOOSE, "otto", at_ms=own.clock.now_ms())
    answer = solved(own, 2000.0, level="B")
    assert sum(line.order_kw for line in answer.lines if line.enterprise == "E001") == 100
    later = Need(2000.0, Window(WINDOW.start - timedelta(hours=4), WINDOW.start), level="B")
    before = own.desk.allocations.solve(OTTO, later)
    assert sum(line.order_kw for line in before.lines if line.enterprise == "E001") > 100


def test_a_gap_beyond_every_threshold_drafts_a_level_and_begins_none(own: Season) -> None:
    """8,000 kW usual against a quota of 1,000: the highest colour, the letter of 7 MW, and no more than a draft."""
    for ahead in range(2):
        day = DAY.date() + timedelta(days=ahead)
        own.ledger.references.put_quota(Quota(MONITORED, day, (1000.0,) * 96, "指标1号", "otto"))
    worst = max(own.desk.gap.ahead(OTTO, MONITORED).days, key=lambda each: each.ratio)
    assert worst.level is not None
    assert (worst.level.roman, worst.letter) == ("Ⅰ", "C")
    own.clock.set(WINDOW.start + timedelta(minutes=20))
    OrderTurns(own.desk, own.store, own.clock).tick()
    assert own.desk.instructions.instructions(OTTO) == ()
    assert own.desk.orders.orders(OTTO) == ()
    later = Window(WINDOW.end, WINDOW.end + timedelta(hours=1))
    assert own.desk.allocations.solve(OTTO, Need(500.0, later)).need.approved_level == ""


def test_the_clock_of_the_case_is_what_it_says() -> None:
    assert from_ms(WINDOW.span.start_ms).hour == 6  # 14:00 in Ningbo


def test_the_productive_are_spared_within_a_rank(own: Season) -> None:
    """1000 kW are needed of seven that can shift 200 each: whoever makes most of a kWh is left alone."""
    months = [date(2025, number, 1) for number in range(1, 13)]
    values = {f"E00{n}": (4000.0 if n == 2 else 50.0) for n in range(1, 9)}
    own.ledger.energy.put_output(
        "otto",
        [
            OutputEntry(EnterpriseId(name), month, value, PriceBasis.CONSTANT, base_year=2020, source="快报")
            for name, value in values.items()
            for month in months
        ],
    )
    own.ledger.energy.put_energy(
        "otto",
        [
            EnergyEntry(EnterpriseId(name), month, "electricity", 400_000.0, source="快报")
            for name in values
            for month in months
        ],
    )
    answer = solved(own, 1000.0)
    assert "E002" not in {line.enterprise for line in answer.lines}
    spared = next(each for each in answer.spared if each.enterprise == "E002")
    assert "100.0" in spared.why[0]  # 40 million yuan over 400,000 kWh
    assert answer.loss_yuan < answer.listed_loss_yuan
