"""The notices of one heading: who needs a call stands first, and no heading hides whom nobody reached."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboards.console.notice_groups import Group, Reach, Told, groups_of
from domain.ids import EnterpriseId
from domain.notices import (
    Answer,
    Delivery,
    DeliveryReason,
    DeliveryState,
    Notice,
    NoticeClass,
    Recipient,
    Reply,
    ReplyChannel,
)
from storage.notice_ports import KeptNotice

AT = datetime(2026, 7, 22, 6, 0, tzinfo=UTC)
SENT, FAILED, WAITING = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.WAITING


def kept(enterprise: str, kind: str = "orderly.order") -> KeptNotice:
    to = Recipient(enterprise_id=EnterpriseId(enterprise))
    notice = Notice(
        kind, NoticeClass.ORDER, "告知单", "压降", to, "orderly:1", id=f"{kind}-{enterprise}", confirmed_by="王"
    )
    return KeptNotice(notice, AT, "wang")


def delivery(of: KeptNotice, channel: str, state: DeliveryState) -> Delivery:
    return Delivery(1, of.notice.id, channel, "x", 0, state, DeliveryReason.DELIVERED, 1, 0, AT)


def reply(of: KeptNotice, *, undone: bool = False) -> Reply:
    to = of.notice.recipient.enterprise_id
    return Reply(of.notice.id, "orderly:1", to, Answer.RECEIVED, 1, ReplyChannel.PHONE, "wang", undone=undone)


@pytest.mark.parametrize(
    ("messages", "reach"),
    [
        ([("sms", SENT), ("mqtt", SENT)], Reach.SENT),
        ([("sms", FAILED), ("email", SENT)], Reach.SENT),
        ([("sms", FAILED), ("mqtt", SENT)], Reach.DEVICE),
        ([("sms", WAITING), ("mqtt", SENT)], Reach.UNDERWAY),
        ([("sms", FAILED), ("mqtt", FAILED)], Reach.UNREACHED),
        ([], Reach.UNREACHED),
    ],
)
def test_a_device_that_has_the_notice_is_no_person(messages: list[tuple[str, DeliveryState]], reach: Reach) -> None:
    one = kept("E001")
    assert Told(one, tuple(delivery(one, *each) for each in messages), None).reach is reach


def test_who_was_not_reached_stands_first_and_an_answer_taken_back_is_none() -> None:
    answered, unsure, away = kept("E001"), kept("E002"), kept("E003")
    lifted = kept("E001", "orderly.lifted")
    sent = [delivery(each, "sms", SENT) for each in (answered, unsure)] + [delivery(away, "sms", FAILED)]
    found = groups_of([lifted, answered, unsure, away], sent, [reply(answered), reply(unsure, undone=True)])
    assert [[told.kept.notice.id for told in group.told] for group in found] == [
        ["orderly.lifted-E001"],
        ["orderly.order-E003", "orderly.order-E002", "orderly.order-E001"],
    ]
    assert found[1].counts == {Reach.UNREACHED: 1, Reach.SENT: 1, Reach.ANSWERED: 1}
    assert sum(Group(found[1].told).counts.values()) == 3
