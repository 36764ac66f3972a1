"""Alerts that reach people: who is told, who is called, the next person, the all-clear; and a restart in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.alerts import Alert, AlertKind, AlertState, Severity
from domain.duty import Called, Escalation, EscalationState, Route, Shift, call_next
from domain.instants import Span
from domain.notices import Answer, NoticeClass, Recipient, ReplyChannel
from domain.people import Principal, Role
from domain.scopes import DISTRICT, Scope, enterprise_scope
from response.alert_desk import AlertDesk
from response.delivery.caller import AlertCaller
from tests.response.delivery.conftest import AFTERNOON, E001, OFFICER, Plant, Recorder

PAUSE = timedelta(seconds=300)
LI, ZHAO = Recipient(user="li"), Recipient(user="zhao")


def alert(scope: Scope = DISTRICT, severity: Severity = Severity.SERIOUS, **changes: object) -> Alert:
    made = Alert(
        id="a1",
        kind=AlertKind.LOAD_QUOTA,
        rule="load_quota",
        scope=scope,
        severity=severity,
        state=AlertState.FIRING,
        started_at=AFTERNOON,
        changed_at=AFTERNOON,
        value=98.0,
        threshold=95.0,
        unit="kW",
        basis="sliding_demand",
        coverage=1.0,
        message_zh="全区负荷达到用电指标的 98%",
        message_en="district load is at 98 % of the quota",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class Watch:
    """A caller on the plant's ledger; what goes out is read from a channel."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.sms = Recorder()
        self._sender = plant.sender(self.sms)
        self.desk = AlertDesk(
            alerts=plant.ledger.alerts, audit=plant.ledger.audit, clock=plant.clock, bus=plant.bus, engine=None
        )
        self.caller = self.revive()

    def revive(self) -> AlertCaller:
        """As after a restart: nothing but the ledger is kept."""
        plant = self.plant
        self.caller = AlertCaller(
            plant.desk,
            plant.ledger.duty,
            plant.ledger.alerts,
            self.desk,
            plant.settings.notices,
            plant.clock,
            plant.settings.district.zone,
            lambda reference: plant.ledger.notices.replies(reference=reference),
        )
        return self.caller

    def fires(self, what: Alert) -> None:
        self.plant.ledger.alerts.save(what, {"announced": True})
        self.caller.tell(what)

    def told(self) -> list[tuple[str, NoticeClass, str]]:
        """(to, class, beginning of the subject) since the last look."""
        self._sender.drain()
        found = [(str(m.recipient), m.notice_class, m.first.subject[:4]) for m in self.sms.sent]
        self.sms.sent.clear()
        return found


@pytest.fixture
def watch(plant: Plant) -> Watch:
    since = AFTERNOON - timedelta(hours=1)
    day = Span(since, since + timedelta(hours=24))
    plant.ledger.duty.put_shifts(
        "wang", day, [Shift("li", since, day.end, 1), Shift("zhao", since, day.end, 2)], AFTERNOON
    )
    for recipient, phone in ((LI, "13700000001"), (ZHAO, "13700000002")):
        plant.ledger.duty.put_routes("wang", recipient, [Route(recipient, "sms", phone)], AFTERNOON)
    return Watch(plant)


def subscribe(plant: Plant, name: str, least: Severity) -> Recipient:
    who = Recipient(user=name)
    plant.ledger.duty.put_routes("wang", who, [Route(who, "sms", f"1360000{len(name):04d}", 0, least)], AFTERNOON)
    return who


def test_the_next_person_is_called_until_somebody_answers(watch: Watch) -> None:
    watch.fires(alert())
    assert watch.told() == [("user:li", NoticeClass.CALL, "[严重 ")]
    watch.plant.pass_time(299)
    watch.caller.look()
    assert watch.told() == []
    watch.plant.pass_time(2)
    watch.caller.look()
    assert watch.told() == [("user:zhao", NoticeClass.CALL, "[严重 ")]
    watch.plant.pass_time(301)
    watch.caller.look()
    assert watch.told() == [("user:li", NoticeClass.CALL, "[严重 ")]


def test_a_restart_goes_on_where_it_was(watch: Watch) -> None:
    watch.fires(alert())
    watch.told()
    watch.revive().catch_up()
    watch.caller.look()
    assert watch.told() == []
    watch.plant.pass_time(301)
    watch.revive().look()
    assert watch.told() == [("user:zhao", NoticeClass.CALL, "[严重 ")]


def test_an_acknowledgement_stops_the_calls_and_is_timed(watch: Watch) -> None:
    watch.fires(alert())
    watch.plant.pass_time(120)
    found = watch.plant.ledger.alerts.alert("a1")
    assert found is not None
    acknowledged = replace(
        found, state=AlertState.ACKNOWLEDGED, acknowledged_by="li", acknowledged_at=watch.plant.clock.now()
    )
    watch.plant.ledger.alerts.save(acknowledged, {"announced": True})
    watch.told()
    watch.plant.pass_time(1_000)
    watch.caller.look()
    assert watch.told() == []
    state = watch.plant.ledger.duty.escalation("a1")
    assert state is not None
    assert (state.state, state.acknowledged_by, state.acknowledge_s) == (EscalationState.ACKNOWLEDGED, "li", 120.0)
    # Taken back: it calls again, the next person first.
    watch.plant.ledger.alerts.save(replace(found, changed_at=watch.plant.clock.now()), {"announced": True})
    watch.caller.look()
    watch.plant.pass_time(301)
    watch.caller.look()
    assert ("user:zhao", NoticeClass.CALL, "[严重 ") in watch.told()


def test_the_all_clear_reaches_everybody_who_was_told(watch: Watch) -> None:
    subscribe(watch.plant, "chen", Severity.WARNING)
    watch.fires(alert())
    assert [who for who, _, _ in watch.told()] == ["user:li", "user:chen"]
    over = alert(state=AlertState.RESOLVED, resolved_at=AFTERNOON, changed_at=AFTERNOON + timedelta(minutes=9))
    watch.fires(over)
    watch.fires(over)
    assert watch.told() == [
        ("user:li", NoticeClass.CALL, "[解除 "),
        ("user:chen", NoticeClass.INFORMATION, "[解除 "),
    ]
    state = watch.plant.ledger.duty.escalation("a1")
    assert state is not None
    assert state.state is EscalationState.CLOSED


def test_an_end_while_we_were_away_is_told_after_the_start(watch: Watch) -> None:
    watch.fires(alert())
    watch.told()
    over = alert(state=AlertState.RESOLVED, resolved_at=AFTERNOON, changed_at=AFTERNOON + timedelta(minutes=9))
    watch.plant.ledger.alerts.save(over, {"announced": True})
    watch.revive().catch_up()
    assert watch.told() == [("user:li", NoticeClass.CALL, "[解除 ")]


@pytest.mark.parametrize("channel", ["link", "phone"])
def test_an_answer_acknowledges_the_alert(watch: Watch, channel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def acknowledge(principal: Principal, alert_id: str, note: str = "") -> Alert:
        asked.append((principal.name, note))
        moved = alert(state=AlertState.ACKNOWLEDGED, acknowledged_by=principal.name, acknowledged_at=AFTERNOON)
        watch.plant.ledger.alerts.save(moved, {"announced": True})
        return moved

    monkeypatch.setattr(watch.desk, "acknowledge", acknowledge)
    watch.fires(alert())
    watch._sender.drain()
    sent = watch.sms.sent[0].first.id
    who = Principal("li", Role.OFFICER) if channel == "link" else OFFICER
    watch.plant.desk.record_reply(who, sent, Answer.RECEIVED, channel=ReplyChannel(channel), words="已到岗")
    watch.caller.look()
    watch.caller.look()
    assert asked == [(who.name, f"{channel}: 已到岗")]


def test_below_the_severity_nobody_is_called(watch: Watch) -> None:
    subscribe(watch.plant, "chen", Severity.INFO)
    watch.fires(alert(severity=Severity.WARNING))
    assert watch.told() == [("user:chen", NoticeClass.INFORMATION, "[预警 ")]
    # It gets worse: now somebody is called, and who is told is told again.
    watch.fires(alert())
    assert [(who, how) for who, how, _ in watch.told()] == [
        ("user:li", NoticeClass.CALL),
        ("user:chen", NoticeClass.INFORMATION),
    ]


def test_an_empty_roster_calls_who_asked_for_alerts(watch: Watch) -> None:
    day = Span(AFTERNOON - timedelta(days=2), AFTERNOON + timedelta(days=2))
    watch.plant.ledger.duty.put_shifts("wang", day, [], AFTERNOON)
    subscribe(watch.plant, "chen", Severity.WARNING)
    watch.fires(alert())
    assert watch.told() == [("user:chen", NoticeClass.CALL, "[严重 ")]


def test_an_enterprise_hears_of_itself(watch: Watch) -> None:
    me = Recipient(enterprise_id=E001)
    route = Route(me, "sms", "13900000000", 0, Severity.INFO)
    watch.plant.ledger.duty.put_routes("wang", me, [route], AFTERNOON)
    watch.fires(alert(enterprise_scope("E002"), Severity.WARNING))
    assert watch.told() == []
    assert [w.reason for w in watch.plant.desk.why(OFFICER, "a1", me)] == ["foreign"]
    watch.fires(alert(enterprise_scope(E001), Severity.WARNING, id="a2"))
    assert watch.told() == [("enterprise:E001", NoticeClass.INFORMATION, "[预警 ")]


def test_why_somebody_was_not_told(watch: Watch) -> None:
    chen = subscribe(watch.plant, "chen", Severity.CRITICAL)
    watch.fires(alert())
    reasons = {
        str(who): watch.plant.desk.why(OFFICER, "a1", who)[0].reason
        for who in (LI, ZHAO, chen, Recipient(user="nobody"))
    }
    assert reasons == {
        "user:li": "first",
        "user:zhao": "not_asked_for",
        "user:chen": "below_severity",
        "user:nobody": "not_asked_for",
    }


def _calls(moves: int, duty: list[Shift], minutes: Callable[[int], float]) -> list[tuple[str, float]]:
    state = Escalation("a", EscalationState.CALLING, AFTERNOON, next_at=AFTERNOON)
    found: list[tuple[str, float]] = []
    for n in range(moves):
        now: datetime = AFTERNOON + timedelta(minutes=minutes(n))
        state, people = call_next(state, duty, now, PAUSE)
        found += [(who, minutes(n)) for who in people]
    return found


def test_rounds_slow_down() -> None:
    until = AFTERNOON + timedelta(days=1)
    duty = [Shift("li", AFTERNOON, until, 1), Shift("zhao", AFTERNOON, until, 2)]
    assert _calls(200, duty, float) == [
        ("li", 0.0),
        ("zhao", 5.0),
        ("li", 10.0),
        ("zhao", 20.0),
        ("li", 30.0),
        ("zhao", 50.0),
        ("li", 70.0),
        ("zhao", 110.0),
        ("li", 150.0),
    ]


def test_a_clock_set_back_does_not_stop_the_calls() -> None:
    waiting = Escalation(
        "a",
        EscalationState.CALLING,
        AFTERNOON,
        called=(Called("li", AFTERNOON, 0),),
        next_at=AFTERNOON + timedelta(days=30),
    )
    _, people = call_next(waiting, [Shift("zhao", AFTERNOON, AFTERNOON + PAUSE)], AFTERNOON, PAUSE)
    assert people == ("zhao",)
