"""The worker of a channel: order, holds, grouping, retries, second ways, and a crash at the worst moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.duty import Silence
from domain.errors import Conflict, Forbidden, Invalid
from domain.instants import to_ms
from domain.notices import Answer, DeliveryReason, DeliveryState, NoticeClass, Recipient, ReplyChannel, Way
from domain.people import Principal, Role
from response.delivery.channels import NotNow, Refused
from response.delivery.holding import until
from response.delivery.sender import SLOW_FAILURES, SLOW_S
from tests.response.delivery.conftest import (
    AFTERNOON,
    E001,
    E002,
    OFFICER,
    Plant,
    Recorder,
    information,
    invitation,
)

TO_E001 = Recipient(enterprise_id=E001)
MIDNIGHT = datetime(2026, 7, 20, 16, 0, tzinfo=UTC)


def states(plant: Plant, reference: str) -> dict[str, tuple[DeliveryState, DeliveryReason]]:
    return {f"{d.channel}:{d.address}": (d.state, d.reason) for d in plant.desk.deliveries(OFFICER, reference)}


def test_nothing_binding_leaves_without_a_name() -> None:
    with pytest.raises(Invalid, match="officer who confirmed"):
        invitation(confirmed_by=None)
    assert invitation(confirmed_by=None, drill=True).drill
    with pytest.raises(Invalid, match="no order"):
        information(notice_class=NoticeClass.ORDER)


def test_only_who_may_write_sends(plant: Plant) -> None:
    with pytest.raises(Forbidden):
        plant.desk.send(Principal("emil", Role.ENTERPRISE, E001), [information()])


def test_orders_go_first_then_calls_then_information(plant: Plant) -> None:
    plant.names = {"mqtt", "sms"}
    order = invitation(kind="orderly.order", notice_class=NoticeClass.ORDER, reference="orderly:1")
    plant.desk.send(OFFICER, [information(), invitation(), order])
    sms = Recorder()
    plant.sender(sms).drain()
    assert [m.first.kind for m in sms.sent] == ["orderly.order", "dr.invitation", "alert.firing"]


def test_the_same_notice_is_sent_once(plant: Plant) -> None:
    first = plant.desk.send(OFFICER, [invitation(id="n1")])
    assert plant.desk.send(OFFICER, [invitation(id="n1")]) == first
    sms = Recorder()
    assert plant.sender(sms).drain() == 1


def test_the_same_words_are_told_once_and_calls_always(plant: Plant) -> None:
    plant.desk.send(OFFICER, [information(id="a")])
    plant.desk.send(OFFICER, [information(id="b")])
    plant.desk.send(OFFICER, [invitation(id="c")])
    plant.desk.send(OFFICER, [invitation(id="d")])
    sms = Recorder()
    plant.sender(sms).drain()
    assert [m.first.id for m in sms.sent] == ["c", "d", "a"]
    assert {(w.reason, w.zh) for w in plant.desk.why(OFFICER, "b")} == {("repeat", "刚发过同样内容")}


def test_information_to_one_address_becomes_one_message(plant: Plant) -> None:
    grouped = Plant(plant.ledger, group_s=20)
    grouped.desk.send(OFFICER, [information(n) for n in range(1, 4)])
    grouped.desk.send(OFFICER, [information(9, drill=True)])
    sms = Recorder()
    sender = grouped.sender(sms)
    assert sender.drain() == 0
    grouped.pass_time(21)
    assert sender.drain() == 2
    together, drill = sms.sent
    assert [n.subject for n in together.notices] == ["告警 1", "告警 2", "告警 3"]
    assert "and 2 more" in together.subject
    # A drill is never mixed with what is real.
    assert drill.text.startswith("【演练")
    proofs = {d.proof for d in grouped.desk.deliveries(OFFICER, "alert:2") if d.channel == "sms" and d.step == 0}
    assert proofs == {"proof-1"}


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("21:59", None),
        ("22:00", "2026-07-21 07:00"),
        ("06:59", "2026-07-20 07:00"),
        ("07:00", None),
    ],
)
def test_quiet_hours(at: str, ends: str | None) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    now = datetime.combine(datetime(2026, 7, 20), time.fromisoformat(at), tzinfo=zone)
    found = until(now, (time(22), time(7)), zone)
    assert (found and f"{found:%Y-%m-%d %H:%M}") == ends
    assert until(now, (time(12), time(12)), zone) is None


def test_quiet_hours_hold_information_only(plant: Plant) -> None:
    plant.clock.set(MIDNIGHT)
    plant.desk.send(OFFICER, [information(), invitation()])
    sms = Recorder()
    sender = plant.sender(sms)
    sender.drain()
    assert [m.first.kind for m in sms.sent] == ["dr.invitation"]
    assert states(plant, "alert:1")["sms:13812345678"] == (DeliveryState.WAITING, DeliveryReason.QUIET_HOURS)
    plant.pass_time(7 * 3600 + 1)
    sender.drain()
    assert [m.first.kind for m in sms.sent] == ["dr.invitation", "alert.firing"]


def test_silences_hold_information_only(plant: Plant) -> None:
    hour = timedelta(hours=1)
    silence = plant.ledger.duty.add_silence(
        Silence("alert.", "", "", AFTERNOON, AFTERNOON + hour, "检修 maintenance", "wang")
    )
    call = information(2, notice_class=NoticeClass.CALL)
    plant.desk.send(OFFICER, [information(), call])
    sms = Recorder()
    plant.sender(sms, silences=lambda: plant.ledger.duty.silences(plant.clock.now())).drain()
    assert [m.first.reference for m in sms.sent] == ["alert:2"]
    (line, *_) = [w for w in plant.desk.why(OFFICER, sms.sent[0].first.id) if w.channel == "sms"]
    assert line.state is DeliveryState.SENT
    held = states(plant, "alert:1")["sms:13812345678"]
    assert held == (DeliveryState.SUPPRESSED, DeliveryReason.SILENCED)
    plant.clock.advance(60)
    plant.ledger.duty.end_silence("wang", silence.id, plant.clock.now())
    with pytest.raises(Conflict):
        plant.ledger.duty.end_silence("wang", silence.id, plant.clock.now())


def test_the_rate_limit_holds_information_only(plant: Plant) -> None:
    limited = Plant(plant.ledger, per_hour=2)
    sms = Recorder()
    sender = limited.sender(sms)
    for number in range(1, 5):
        limited.desk.send(OFFICER, [information(number)])
        sender.drain()
    limited.desk.send(OFFICER, [invitation()])
    sender.drain()
    assert [m.first.reference for m in sms.sent] == ["alert:1", "alert:2", "dr:2026-07-21-1"]
    limited.pass_time(3_700)
    sender.drain()
    assert [r for m in sms.sent[3:] for r in (n.reference for n in m.notices)] == ["alert:3", "alert:4"]


def test_a_failing_channel_is_tried_again_and_the_second_opens(plant: Plant) -> None:
    plant.routes[TO_E001] = [Way("sms", "13812345678", 0), Way("email", "a@example.org", 1)]
    plant.desk.send(OFFICER, [invitation(reply=None)])
    sms, email = Recorder(), Recorder("email")
    sms.answers = [NotNow("no answer")]
    by_sms = plant.sender(sms)
    by_sms.drain()
    assert states(plant, "dr:2026-07-21-1")["email:a@example.org"] == (
        DeliveryState.WAITING,
        DeliveryReason.SECOND_CHANNEL,
    )
    plant.sender(email).drain()
    assert len(email.sent) == 1
    # The mail was enough: the text message is not tried again.
    plant.pass_time(60)
    by_sms.drain()
    assert len(sms.sent) == 1
    assert states(plant, "dr:2026-07-21-1")["sms:13812345678"][0] is DeliveryState.UNNEEDED


def test_the_pause_between_tries_doubles(plant: Plant) -> None:
    plant.routes[TO_E001] = [Way("sms", "13812345678", 0)]
    plant.desk.send(OFFICER, [invitation()])
    sms = Recorder()
    sms.answers = [NotNow("busy")] * 4
    sender = plant.sender(sms)
    tries = []
    for _ in range(31):
        if sender.drain():
            tries.append(plant.machine.now() - AFTERNOON)
        plant.machine.advance(1)
    assert [t.total_seconds() for t in tries] == [0, 2, 6, 14, 30]


def test_a_refusal_is_final_and_opens_the_second_way(plant: Plant) -> None:
    plant.desk.send(OFFICER, [invitation()])
    sms = Recorder()
    sms.answers = [Refused("blocked number")]
    plant.sender(sms).drain()
    assert [m.address for m in sms.sent] == ["13812345678", "13987654321"]
    found = states(plant, "dr:2026-07-21-1")
    assert found["sms:13812345678"] == (DeliveryState.FAILED, DeliveryReason.REFUSED)


def test_a_second_person_is_told_when_nobody_answers(plant: Plant) -> None:
    (sent,) = plant.desk.send(OFFICER, [invitation()])
    sms = Recorder()
    sender = plant.sender(sms)
    sender.drain()
    plant.pass_time(301)
    assert plant.ledger.notices.open_unanswered(plant.machine.now_ms(), plant.clock.now()) == 1
    sender.drain()
    assert [m.address for m in sms.sent] == ["13812345678", "13987654321"]
    assert states(plant, "dr:2026-07-21-1")["sms:13987654321"] == (DeliveryState.SENT, DeliveryReason.DELIVERED)
    assert plant.desk.notice(OFFICER, sent).made_by == "wang"


def test_an_answer_ends_the_second_way(plant: Plant) -> None:
    (sent,) = plant.desk.send(OFFICER, [invitation()])
    plant.sender(Recorder()).drain()
    who = Principal("link:E001", Role.ENTERPRISE, E001)
    plant.desk.record_reply(who, sent, Answer.RECEIVED, channel=ReplyChannel.LINK)
    plant.pass_time(301)
    assert plant.ledger.notices.open_unanswered(plant.machine.now_ms(), plant.clock.now()) == 0
    assert states(plant, "dr:2026-07-21-1")["sms:13987654321"] == (DeliveryState.UNNEEDED, DeliveryReason.ANSWERED)


def test_a_channel_that_hangs_rests_and_calls_take_the_second_way(plant: Plant) -> None:
    for number in range(6):
        plant.routes[TO_E001] = [Way("sms", f"1380000000{number}", 0), Way("email", f"{number}@example.org", 1)]
        plant.desk.send(OFFICER, [invitation(reference=f"dr:{number}")])
    sms = Recorder()
    sms.answers = [NotNow("timed out")] * 6
    hands = iter(range(0, 1_000, int(SLOW_S) + 1))
    plant.sender(sms, monotonic=lambda: float(next(hands))).drain()
    # After three that hung the others do not wait for the fourth.
    assert len(sms.sent) == SLOW_FAILURES
    email = Recorder("email")
    plant.sender(email).drain()
    assert len(email.sent) == 6


def test_who_cannot_be_reached_is_said(plant: Plant) -> None:
    plant.names = set()
    (sent,) = plant.desk.send(OFFICER, [invitation(E002)])
    lines = plant.desk.why(OFFICER, sent)
    assert [(w.channel, w.reason) for w in lines] == [("mqtt", "channel_off"), ("", "no_route")]


def test_a_crash_repeats_at_most_one(plant: Plant) -> None:
    for number in range(5):
        plant.routes[TO_E001] = [Way("sms", f"1380000000{number}", 0)]
        plant.desk.send(OFFICER, [invitation(reference=f"dr:{number}")])

    class Dies(Recorder):
        def send(self, message):  # type: ignore[no-untyped-def]
            answer = super().send(message)
            if len(self.sent) == 3:
                raise KeyboardInterrupt  # as a kill between sending and writing it down
            return answer

    dying, after = Dies(), Recorder()
    with pytest.raises(KeyboardInterrupt):
        plant.sender(dying).drain()
    revived = plant.sender(after)
    assert revived.recover() == 1
    revived.drain()
    addresses = [m.address for m in (*dying.sent, *after.sent)]
    assert sorted(set(addresses)) == [f"1380000000{n}" for n in range(5)]
    assert len(addresses) == 6
    # The repeat carries the same id, so that the other side can drop it.
    assert dying.sent[-1].id == after.sent[0].id


def test_a_clock_set_back_loses_nothing(plant: Plant) -> None:
    plant.desk.send(OFFICER, [invitation(not_before_ms=to_ms(AFTERNOON + timedelta(hours=1)))])
    sms = Recorder()
    sender = plant.sender(sms)
    sender.drain()
    assert not sms.sent
    plant.clock.set(AFTERNOON - timedelta(days=1))
    plant.machine.advance(700)
    sender.drain()
    plant.clock.set(AFTERNOON + timedelta(hours=2))
    plant.machine.advance(700)
    sender.drain()
    assert len(sms.sent) == 1


def test_a_phone_receipt_is_marked_and_can_be_taken_back(plant: Plant) -> None:
    (sent,) = plant.desk.send(OFFICER, [invitation()])
    told = plant.desk.record_reply(OFFICER, sent, Answer.CAN, power_kw=300, words="王工：停两台注塑机")
    assert (told.channel, told.actor, told.words, told.enterprise_id) == (
        ReplyChannel.PHONE,
        "wang",
        "王工：停两台注塑机",
        E001,
    )
    undone = plant.desk.undo_reply(OFFICER, told.id)
    assert (undone.undone, undone.undone_by, undone.counts) == (True, "wang", False)
    with pytest.raises(Conflict):
        plant.desk.undo_reply(OFFICER, told.id)
    own = plant.desk.record_reply(
        Principal("link:E001", Role.ENTERPRISE, E001), sent, Answer.RECEIVED, channel=ReplyChannel.LINK
    )
    with pytest.raises(Forbidden):
        plant.desk.undo_reply(OFFICER, own.id)
    actions = [e.action for e in plant.ledger.audit.entries(limit=3).items]
    assert actions == ["notice.reply", "notice.reply.undo", "notice.reply"]


def test_an_enterprise_sees_its_own_only(plant: Plant) -> None:
    mine, other = plant.desk.send(OFFICER, [invitation(), invitation(E002)])
    emil = Principal("emil", Role.ENTERPRISE, E001)
    assert [k.notice.id for k in plant.desk.list(emil).items] == [mine]
    assert {d.notice_id for d in plant.desk.deliveries(emil, "dr:2026-07-21-1")} == {mine}
    plant.desk.record_reply(OFFICER, other, Answer.RECEIVED)
    assert plant.desk.replies(emil, "dr:2026-07-21-1") == ()
    with pytest.raises(Forbidden):
        plant.desk.list(emil, recipient=Recipient(enterprise_id=E002))


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer": Answer.CAN},
        {"answer": Answer.CAN, "power_kw": -5.0},
        {"answer": Answer.CAN, "power_kw": float("nan")},
        {"answer": Answer.CANNOT},
        {"answer": Answer.CAN, "power_kw": 5.0, "start_ms": 10, "end_ms": 10},
        {"answer": Answer.CAN, "power_kw": 5.0, "start_ms": 10},
    ],
)
def test_answers_that_cannot_be_read(plant: Plant, wrong: dict[str, object]) -> None:
    (sent,) = plant.desk.send(OFFICER, [invitation()])
    with pytest.raises(Invalid):
        plant.desk.record_reply(OFFICER, sent, **wrong)  # type: ignore[arg-type]
    assert plant.desk.replies(OFFICER, "dr:2026-07-21-1") == ()


def test_a_page_of_notices_goes_on_where_it_ended(plant: Plant) -> None:
    plant.desk.send(OFFICER, [replace(information(n), id=f"n{n}") for n in range(5)])
    first = plant.desk.list(OFFICER, limit=2)
    rest = plant.desk.list(OFFICER, cursor=first.next_cursor, limit=10)
    assert [k.notice.id for k in (*first.items, *rest.items)] == ["n4", "n3", "n2", "n1", "n0"]
