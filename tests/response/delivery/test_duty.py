"""Routes, the roster and the contact check as people use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.duty import Route, Shift, masked
from domain.errors import Forbidden, Invalid
from domain.instants import Span
from domain.notices import Answer, Recipient, ReplyChannel
from domain.people import Principal, Role
from response.delivery.channels import Refused
from response.delivery.contacts import Contactable, ContactDesk
from response.delivery.duty_desk import DutyDesk
from response.delivery.roster_file import read_roster
from tests.response.delivery.conftest import AFTERNOON, E001, E002, OFFICER, Plant, Recorder

ZONE = ZoneInfo("Asia/Shanghai")
VIEWER = Principal("vera", Role.VIEWER)
DAY = Span(AFTERNOON, AFTERNOON + timedelta(days=1))


def desk(plant: Plant) -> DutyDesk:
    return DutyDesk(plant.ledger.duty, plant.clock, frozenset(plant.names))


def contacts(plant: Plant) -> ContactDesk:
    return ContactDesk(plant.desk, plant.desk.ways, plant.ledger.registry, plant.clock, ZONE)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_roster_as_offices_write_it(encoding: str) -> None:
    text = "日期,开始,结束,值班人,次序\n2026-07-20,8:00,20:00,li,1\n2026/07/20,20:00,08:00,zhao,\n,,,,\n"
    day, night = read_roster(text.encode(encoding), ZONE)
    assert (day.user, day.start.astimezone(UTC)) == ("li", datetime(2026, 7, 20, 0, 0, tzinfo=UTC))
    assert night == Shift("zhao", datetime(2026, 7, 20, 20, tzinfo=ZONE), datetime(2026, 7, 21, 8, tzinfo=ZONE), 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("日期,开始,值班人\n", "end"),
        ("日期,开始,结束,值班人\n", "no rows"),
        ("日期,开始,结束,值班人\n2026-13-01,8:00,9:00,li\n2026-07-01,25:00,9:00,\n", "row 2(.|\n)*row 3"),
    ],
)
def test_a_roster_with_mistakes_names_the_rows(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_roster(text.encode(), ZONE)


def test_a_roster_replaces_its_span_only(plant: Plant) -> None:
    duty = desk(plant)
    hour = timedelta(hours=1)
    before = Shift("li", AFTERNOON - 3 * hour, AFTERNOON + hour)
    duty.put_shifts(OFFICER, Span(AFTERNOON - 4 * hour, AFTERNOON), [before])
    duty.put_shifts(OFFICER, DAY, [Shift("zhao", AFTERNOON, DAY.end)])
    duty.put_shifts(OFFICER, DAY, [Shift("chen", AFTERNOON + hour, DAY.end, 2)])
    assert [s.user for s in duty.shifts(VIEWER, DAY)] == ["li", "chen"]
    assert [s.user for s in duty.on_duty(VIEWER)] == ["li"]
    plant.clock.advance(3600)
    assert [s.user for s in duty.on_duty(VIEWER)] == ["chen"]
    with pytest.raises(Forbidden):
        duty.put_shifts(VIEWER, DAY, [])


def test_nobody_stands_twice_and_none_outside(plant: Plant) -> None:
    twice = [Shift("li", AFTERNOON, DAY.end, 1), Shift("li", AFTERNOON + timedelta(hours=1), DAY.end, 2)]
    outside = Shift("zhao", AFTERNOON - timedelta(hours=1), DAY.end)
    with pytest.raises(Invalid, match=r"zhao .*outside the span(.|\n)*li is on duty twice"):
        desk(plant).put_shifts(OFFICER, DAY, [*twice, outside])


def test_routes_are_replaced_as_a_whole_and_audited_with_their_addresses(plant: Plant) -> None:
    duty, me = desk(plant), Recipient(user="li")
    duty.put_routes(OFFICER, me, [Route(me, "sms", "13700000001"), Route(me, "email", "li@example.org", 1)])
    duty.put_routes(OFFICER, me, [Route(me, "email", "li@example.org")])
    assert [(r.channel, r.step) for r in duty.routes(VIEWER, me)] == [("email", 0)]
    (entry, _) = plant.ledger.audit.entries(subject="recipient:user:li").items
    assert entry.before == {"0": "0 sms 13700000001", "1": "1 email li@example.org"}
    for wrong in ([Route(me, "pigeon", "x")], [Route(me, "sms", "1"), Route(me, "sms", "1", 1)]):
        with pytest.raises(Invalid):
            duty.put_routes(OFFICER, me, wrong)


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [
        ("sms", "13812345678", "138****5678"),
        ("sms", "0574-87654321", "057****4321"),
        ("email", "wang@example.org", "w***@example.org"),
        ("webhook", "https://user:pw@hook.example.org:8443/secret?key=1", "https://hook.example.org:8443/***"),
        ("mqtt", "E001", "E001"),
    ],
)
def test_addresses_are_masked(channel: str, address: str, shown: str) -> None:
    assert masked(channel, address) == shown


def test_a_contact_check_lists_who_cannot_be_reached(plant: Plant) -> None:
    by_entries = contacts(plant).report(VIEWER)
    assert [(line.enterprise, line.state) for line in by_entries] == [
        (E002, Contactable.UNREACHABLE),
        (E001, Contactable.REACHABLE),
    ]
    assert by_entries[0].problems[0][0] == "登记簿中没有联系人"
    assert "13812345678" not in str(by_entries)


def test_a_contact_check_that_was_sent_says_who_answered(plant: Plant) -> None:
    checking = contacts(plant)
    reference = checking.send(OFFICER)
    assert {line.enterprise: line.state for line in checking.report(VIEWER, reference)} == {
        E001: Contactable.PENDING,
        E002: Contactable.UNREACHABLE,
    }
    sms = Recorder()
    sms.answers = [Refused("number does not exist")]
    plant.sender(sms).drain()
    # The first number is dead, the second took it.
    assert {line.enterprise: line.state for line in checking.report(VIEWER, reference)}[E001] is Contactable.DELIVERED
    plant.desk.record_reply(
        Principal("link:E001", Role.ENTERPRISE, E001),
        sms.sent[0].first.id,
        Answer.RECEIVED,
        channel=ReplyChannel.LINK,
    )
    assert {line.enterprise: line.state for line in checking.report(VIEWER, reference)}[E001] is Contactable.ANSWERED


def test_a_landline_is_not_reached_by_text_message(plant: Plant) -> None:
    me = Recipient(enterprise_id=E001)
    desk(plant).put_routes(OFFICER, me, [Route(me, "sms", "0574-87654321")])
    lines = {line.enterprise: line for line in contacts(plant).report(VIEWER)}
    assert lines[E001].state is Contactable.UNREACHABLE
    assert "不是手机号" in lines[E001].problems[0][0]


def test_a_shift_more_takes_the_hours_of_its_rank_and_nobody_elses(plant: Plant) -> None:
    """8-16 by wang and 16-24 by li, ranks 1; zhao stands second all day. chen takes 14-18 with rank 1."""
    day = AFTERNOON.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)

    def hour(number: int) -> datetime:
        return day + timedelta(hours=number)

    duty = desk(plant)
    whole = Span(hour(0), hour(24))
    duty.put_shifts(
        OFFICER,
        whole,
        [Shift("wang", hour(8), hour(16)), Shift("li", hour(16), hour(24)), Shift("zhao", hour(0), hour(24), 2)],
    )
    duty.add_shift(OFFICER, Shift("chen", hour(14), hour(18)), ZONE)
    found = {(s.user, s.start, s.end, s.rank) for s in duty.shifts(OFFICER, whole)}
    assert found == {
        ("wang", hour(8), hour(14), 1),
        ("chen", hour(14), hour(18), 1),
        ("li", hour(18), hour(24), 1),
        ("zhao", hour(0), hour(24), 2),
    }
    with pytest.raises(Forbidden):
        duty.add_shift(VIEWER, Shift("chen", hour(1), hour(2)), ZONE)
