"""Notices of one matter and one kind, and how far each got: the officer looks for those who know nothing yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.notices import Delivery, DeliveryState, Reply
from storage.notice_ports import KeptNotice

#: From the best to the worst: a notice stands as its best message to a person does.
BEST_FIRST = (
    DeliveryState.SENT,
    DeliveryState.SENDING,
    DeliveryState.WAITING,
    DeliveryState.SUPPRESSED,
    DeliveryState.UNNEEDED,
    DeliveryState.STANDBY,
    DeliveryState.FAILED,
    DeliveryState.UNREACHABLE,
)
MACHINE = "mqtt"


class Reach(StrEnum):
    """From what needs a call now to what is settled. DEVICE : the enterprise's system has it, no person was reached"""

    UNREACHED = "unreached"
    DEVICE = "device"
    UNDERWAY = "underway"
    HELD = "held"
    SENT = "sent"
    ANSWERED = "answered"


URGENT_FIRST = tuple(Reach)
OF_STATE = {
    DeliveryState.SENT: Reach.SENT,
    DeliveryState.SENDING: Reach.UNDERWAY,
    DeliveryState.WAITING: Reach.UNDERWAY,
    DeliveryState.SUPPRESSED: Reach.HELD,
    DeliveryState.UNNEEDED: Reach.HELD,
    DeliveryState.STANDBY: Reach.UNDERWAY,
    DeliveryState.FAILED: Reach.UNREACHED,
    DeliveryState.UNREACHABLE: Reach.UNREACHED,
}


@dataclass(frozen=True, slots=True)
class Told:
    """reply : the newest answer that counts"""

    kept: KeptNotice
    deliveries: tuple[Delivery, ...]
    reply: Reply | None

    @property
    def reach(self) -> Reach:
        if self.reply is not None:
            return Reach.ANSWERED
        people = [each.state for each in self.deliveries if each.channel != MACHINE]
        device = any(each.channel == MACHINE and each.state is DeliveryState.SENT for each in self.deliveries)
        if not people:
            return Reach.DEVICE if device else Reach.UNREACHED
        best = OF_STATE[min(people, key=BEST_FIRST.index)]
        return Reach.DEVICE if best is Reach.UNREACHED and device else best


@dataclass(frozen=True, slots=True)
class Group:
    """What was sent about one matter under one heading, the urgent ones first."""

    told: tuple[Told, ...]

    @property
    def counts(self) -> Mapping[Reach, int]:
        found = Counter(each.reach for each in self.told)
        return {reach: found[reach] for reach in URGENT_FIRST if found[reach]}


def groups_of(kept: Sequence[KeptNotice], deliveries: Iterable[Delivery], replies: Iterable[Reply]) -> list[Group]:
    """In the order of ``kept``, that is newest first."""
    sent: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        sent.setdefault(delivery.notice_id, []).append(delivery)
    answers = {reply.notice_id: reply for reply in replies if reply.counts}
    together: dict[tuple[str, str, bool], list[Told]] = {}
    for each in kept:
        notice = each.notice
        told = Told(each, tuple(sent.get(notice.id, ())), answers.get(notice.id))
        together.setdefault((notice.reference, notice.kind, notice.drill), []).append(told)
    return [Group(tuple(sorted(told, key=_urgency))) for told in together.values()]


def _urgency(told: Told) -> tuple[int, str]:
    return URGENT_FIRST.index(told.reach), str(told.kept.notice.recipient)
