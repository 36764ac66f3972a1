"""Contact check before the season: who could be reached at all, and who answered when asked (domain.md 8.1)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.duty import masked
from domain.instants import local_date, to_ms
from domain.notices import Delivery, DeliveryState, Notice, NoticeClass, Recipient, ReplyRequest, Way
from domain.people import Principal
from domain.registry import Enterprise
from response.delivery.desk import NoticeDesk
from response.delivery.ways import SMS, Ways
from storage.ledger_ports import RegistryLedger

OPEN_FOR = timedelta(days=3)
_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")


class Contactable(StrEnum):
    """answered and delivered stand only after a check was sent; the rest is seen from the entries alone."""

    ANSWERED = "answered"
    DELIVERED = "delivered"  # a channel confirmed it, nobody answered (yet)
    PENDING = "pending"
    REACHABLE = "reachable"  # by the entries; no check was sent
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One enterprise. ways : people's channels with masked addresses; problems : (zh, en), worst first"""

    enterprise: str
    name: str
    state: Contactable
    ways: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]


class ContactDesk:
    def __init__(self, desk: NoticeDesk, ways: Ways, registry: RegistryLedger, clock: Clock, zone: ZoneInfo) -> None:
        self._desk = desk
        self._ways = ways
        self._registry = registry
        self._clock = clock
        self._zone = zone

    def send(self, principal: Principal, *, drill: bool = False) -> str:
        """Ask every enterprise to tap once; returns the reference that finds the answers. Information: quiet hours hold
        it, and nobody is woken for a check."""
        principal.require_write()
        now = self._clock.now()
        reference = f"contact:{now.astimezone(self._zone):%Y-%m-%dT%H:%M}"
        asked = ReplyRequest("contact.check", to_ms(now + OPEN_FOR))
        subject = "迎峰度夏联系渠道核对，请点开链接确认收到 / contact check: please open the link and confirm"
        notices = [
            Notice(
                "contact.check",
                NoticeClass.INFORMATION,
                subject,
                f"{enterprise.name}：核对需求响应与有序用电的通知渠道，无需其他操作。",
                Recipient(enterprise_id=enterprise.id),
                reference,
                reply=asked,
                drill=drill,
                id=f"{reference.replace(':', '-')}-{enterprise.id}",
            )
            for enterprise in self._enterprises()
        ]
        for first in range(0, len(notices), 500):
            self._desk.send(principal, notices[first : first + 500])
        return reference

    def report(self, principal: Principal, reference: str | None = None) -> tuple[ContactLine, ...]:
        """The unreachable first. Without a reference only what the entries say is judged."""
        principal.require_staff()
        deliveries: dict[str, list[Delivery]] = defaultdict(list)
        answered: set[str] = set()
        if reference is not None:
            for each in self._desk.deliveries(principal, reference):
                deliveries[each.notice_id.rpartition("-")[2]].append(each)
            answered = {str(r.enterprise_id) for r in self._desk.replies(principal, reference) if r.counts}
        lines = [self._line(e, deliveries.get(e.id), e.id in answered) for e in self._enterprises()]
        order = list(Contactable)
        return tuple(sorted(lines, key=lambda line: (-order.index(line.state), line.enterprise)))

    def _enterprises(self) -> Sequence[Enterprise]:
        today = local_date(self._clock.now(), self._zone)
        return list(self._registry.registry().view(today).enterprises.values())

    def _line(self, enterprise: Enterprise, sent: list[Delivery] | None, answered: bool) -> ContactLine:
        people = [way for way in self._ways.people(Recipient(enterprise_id=enterprise.id)) if way.address]
        usable = [way for way in people if self._ways.usable(way) and is_plausible(way)]
        problems = _problems(enterprise, people, usable)
        state = Contactable.REACHABLE if usable else Contactable.UNREACHABLE
        if sent is not None:
            state, failed = _after(sent, answered)
            problems = failed + problems
        shown = tuple(f"{way.channel} {masked(way.channel, way.address)}" for way in people)
        return ContactLine(enterprise.id, enterprise.name, state, shown, problems)


def is_plausible(way: Way) -> bool:
    return way.channel != SMS or _MOBILE.fullmatch(way.address.replace(" ", "").replace("-", "")) is not None


def _problems(enterprise: Enterprise, people: list[Way], usable: list[Way]) -> tuple[tuple[str, str], ...]:
    found = []
    if not enterprise.contacts:
        found.append(("登记簿中没有联系人", "the registry has no contact"))
    for way in (way for way in people if not is_plausible(way)):
        shown = masked(way.channel, way.address)
        found.append((f"{shown} 不是手机号，收不到短信", f"{shown} is no mobile phone"))
    if not people:
        found.append(("没有可用的人工渠道（仅系统主题）", "no way to a person, only to its own system"))
    elif not usable:
        found.append(("登记的渠道均未启用或无效", "none of the entered ways is switched on and valid"))
    elif len(usable) == 1:
        found.append(("只有一个联系方式，无备用", "only one way, none to fall back on"))
    return tuple(found)


def _after(sent: list[Delivery], answered: bool) -> tuple[Contactable, tuple[tuple[str, str], ...]]:
    if answered:
        return Contactable.ANSWERED, ()
    people = [each for each in sent if each.channel not in ("", "mqtt")]
    if any(each.state is DeliveryState.SENT for each in people):
        return Contactable.DELIVERED, (("已送达通道，尚未确认", "delivered, nobody has confirmed"),)
    waiting = {DeliveryState.WAITING, DeliveryState.SENDING}
    if any(each.state in waiting for each in people):
        return Contactable.PENDING, (("等待发送", "waits to be sent"),)
    notes = sorted({each.note for each in people if each.note})
    return Contactable.UNREACHABLE, tuple((note[:120], note[:120]) for note in notes)
