"""Notices as people and programs ask for them: send, what became of it, who answered what. Scopes are checked here."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from config.delivery_settings import NoticesSettings
from domain.clock import Clock
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.events import Bus, NoticeAnswered
from domain.notices import Answer, Delivery, Notice, Recipient, Reply, ReplyChannel, ReplyMark
from domain.people import Principal
from response.delivery.answers import answer_of, marks_of
from response.delivery.planning import plan
from response.delivery.ways import Ways
from response.delivery.why import WhyLine, line_of, unasked
from storage.duty_ports import DutyLedger
from storage.ledger_ports import AlertLedger
from storage.notice_ports import KeptNotice, NoticeLedger
from storage.page import Page, every

#: One call writes no more: the ledger's writing transaction is everybody's.
MOST_AT_ONCE = 2_000


class NoticeDesk:
    """clock : the district's; machine_clock : by which messages become due: a fast twin does not hurry them"""

    def __init__(
        self,
        ledger: NoticeLedger,
        duty: DutyLedger,
        alerts: AlertLedger,
        ways: Ways,
        settings: NoticesSettings,
        clock: Clock,
        machine_clock: Clock,
        bus: Bus,
    ) -> None:
        self._ledger = ledger
        self._duty = duty
        self._alerts = alerts
        self._ways = ways
        self._settings = settings
        self._clock = clock
        self._machine_clock = machine_clock
        self._bus = bus
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def send(self, principal: Principal, notices: Sequence[Notice]) -> tuple[str, ...]:
        """Into the outbox, durable on return; the worker sends. Returns the ids, in the order given.

        A notice whose id is known is not sent again. Raises Forbidden for who may not write, Invalid for too many.
        """
        principal.require_write()
        if len(notices) > MOST_AT_ONCE:
            raise Invalid(f"{len(notices)} notices at once; at most {MOST_AT_ONCE} are taken, send them in parts")
        now, machine_ms = self._clock.now(), self._machine_clock.now_ms()
        named = [each if each.id else replace(each, id=secrets.token_hex(8)) for each in notices]
        planned = [
            (each, plan(each, self._ways, self._ledger, self._settings, now=now, machine_ms=machine_ms))
            for each in named
        ]
        self._ledger.put(principal.name, planned, now)
        with self._lock:
            listeners = list(self._listeners)
        for wake in listeners:
            wake()
        return tuple(each.id for each in named)

    @property
    def ways(self) -> Ways:
        return self._ways

    def on_send(self, wake: Callable[[], None]) -> Callable[[], None]:
        """``wake`` is called when this process wrote into the outbox; returns the function that ends it."""
        with self._lock:
            self._listeners.append(wake)

        def end() -> None:
            with self._lock:
                self._listeners.remove(wake)

        return end

    def notice(self, principal: Principal, notice_id: str) -> KeptNotice:
        """NotFound also for a notice the principal may not know of."""
        found = self._ledger.notice(notice_id)
        if found is None or not self._sees(principal, found.notice.recipient):
            raise NotFound(f"there is no notice {notice_id}")
        return found

    def list(
        self,
        principal: Principal,
        *,
        reference: str | None = None,
        recipient: Recipient | None = None,
        kind: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[KeptNotice]:
        """Newest first; an enterprise sees those written to it."""
        if principal.enterprise is not None:
            own = Recipient(enterprise_id=principal.enterprise)
            if recipient not in (None, own):
                raise Forbidden(f"{principal.name} may see only notices to enterprise {principal.enterprise}")
            recipient = own
        return self._ledger.notices(reference=reference, recipient=recipient, kind=kind, cursor=cursor, limit=limit)

    def deliveries(self, principal: Principal, reference: str) -> tuple[Delivery, ...]:
        """Every message about one matter that the principal may see."""
        ids = [kept.notice.id for kept in self._every(principal, reference)]
        return tuple(self._ledger.deliveries(ids)) if ids else ()

    def deliveries_of(self, principal: Principal, listed: Sequence[KeptNotice]) -> tuple[Delivery, ...]:
        """Of notices that were listed; of those the principal may not see, nothing."""
        ids = [kept.notice.id for kept in listed if self._sees(principal, kept.notice.recipient)]
        return tuple(self._ledger.deliveries(ids)) if ids else ()

    def replies(self, principal: Principal, reference: str) -> tuple[Reply, ...]:
        """Answers about one matter, in the order they came, marked and undone ones too; an enterprise sees its own."""
        found = self._ledger.replies(reference=reference)
        return tuple(r for r in found if principal.sees_all() or r.enterprise_id == principal.enterprise)

    def record_reply(
        self,
        principal: Principal,
        notice_id: str,
        answer: Answer,
        *,
        power_kw: float | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        reason: str = "",
        channel: ReplyChannel = ReplyChannel.PHONE,
        words: str = "",
        nonce: str | None = None,
    ) -> Reply:
        """Late, above-possible and foreign answers are recorded and marked, never dropped.

        An officer records what was said on the phone (``channel`` PHONE, ``words``); an enterprise answers for itself.
        Raises Invalid for an answer that cannot be read, Forbidden for who may do neither.
        """
        if principal.enterprise is None:
            principal.require_write()
        kept = self._ledger.notice(notice_id)
        if kept is None and channel is ReplyChannel.PHONE:
            raise NotFound(f"there is no notice {notice_id}")
        given = answer_of(
            principal,
            notice_id,
            kept.notice if kept else None,
            answer,
            at_ms=self._clock.now_ms(),
            power_kw=power_kw,
            start_ms=start_ms,
            end_ms=end_ms,
            reason=reason,
            channel=channel,
            words=words,
        )
        marked = replace(given, marks=marks_of(given, kept.notice if kept else None))
        try:
            kept_reply = self._ledger.put_reply(marked, nonce=nonce)
        except Conflict:
            if channel is not ReplyChannel.LINK:
                raise
            # The same form sent twice, by an impatient finger or by somebody who copied it: kept, and without effect.
            kept_reply = self._ledger.put_reply(replace(marked, marks=(*marked.marks, ReplyMark.REPLAYED)))
        self._bus.publish(NoticeAnswered(kept_reply))
        return kept_reply

    def undo_reply(self, principal: Principal, reply_id: int) -> Reply:
        """Take back an answer recorded by hand. Raises Forbidden for one the enterprise gave itself."""
        principal.require_write()
        found = self._ledger.reply(reply_id)
        if found is None:
            raise NotFound(f"there is no answer {reply_id}")
        if found.channel is not ReplyChannel.PHONE:
            raise Forbidden("an enterprise's own answer stays as it was given; it can answer again")
        undone = self._ledger.undo_reply(principal.name, reply_id, self._clock.now())
        self._bus.publish(NoticeAnswered(undone))
        return undone

    def why(self, principal: Principal, subject: str, recipient: Recipient | None = None) -> tuple[WhyLine, ...]:
        """Why was somebody (not) told? ``subject`` : id of a notice or of an alert. NotFound when it is neither."""
        kept = self._ledger.notice(subject)
        alert = self._alerts.alert(subject) if kept is None else None
        if kept is None and alert is None:
            raise NotFound(f"there is no notice and no alert {subject}")
        if principal.enterprise is not None:
            recipient = Recipient(enterprise_id=principal.enterprise)
        notices = [self.notice(principal, subject)] if kept else self._every(principal, f"alert:{subject}")
        mine = {k.notice.id: k for k in notices if recipient is None or k.notice.recipient == recipient}
        lines = [line_of(d, mine[d.notice_id]) for d in self._ledger.deliveries(tuple(mine))] if mine else []
        if alert is not None and recipient is not None and not lines:
            found = self._duty.escalation(alert.id)
            lines = [unasked(alert, recipient, self._duty.routes(recipient), found)]
        return tuple(lines)

    def _sees(self, principal: Principal, recipient: Recipient) -> bool:
        return principal.sees_all() or recipient.enterprise_id == principal.enterprise

    def _every(self, principal: Principal, reference: str) -> Sequence[KeptNotice]:
        return tuple(every(lambda cursor: self.list(principal, reference=reference, cursor=cursor, limit=1_000)))
