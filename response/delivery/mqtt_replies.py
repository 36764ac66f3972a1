"""Answers of enterprises' own systems, as they arrive on their reply topics. Every one is recorded."""

from __future__ import annotations

from typing import Literal

import msgspec

from domain.errors import Conflict, Invalid
from domain.events import Metrics
from domain.ids import EnterpriseId
from domain.notices import Answer, ReplyChannel
from domain.people import Principal, Role
from response.delivery.desk import NoticeDesk
from storage.ledger_ports import AuditLedger


class _Payload(msgspec.Struct, forbid_unknown_fields=True):
    """Instants are epoch milliseconds. ``id`` : the sender's own, by which a message sent twice is known."""

    notice: str
    answer: Literal["received", "can", "cannot"]
    power_kw: float | None = None
    start: int | None = None
    end: int | None = None
    reason: str = ""
    id: str = ""


class MqttReplies:
    """``receive`` is the downlink's handler. An answer that cannot be read is kept in the audit log with its text."""

    def __init__(self, desk: NoticeDesk, audit: AuditLedger, metrics: Metrics) -> None:
        self._desk = desk
        self._audit = audit
        self._metrics = metrics

    def receive(self, enterprise: str, payload: bytes) -> None:
        """Raises Unavailable while the ledger does not answer."""
        who = Principal(f"mqtt:{enterprise}", Role.ENTERPRISE, EnterpriseId(enterprise))
        try:
            said = msgspec.json.decode(payload, type=_Payload)
            self._record(who, enterprise, said)
        except (msgspec.DecodeError, Invalid) as error:
            self._metrics.count("replies_total", outcome="refused")
            told = {"why": str(error)[:500], "payload": payload[:2_000].decode("utf-8", "replace")}
            self._audit.record(who.name, "notice.reply.refused", f"enterprise:{enterprise}", None, told)

    def _record(self, who: Principal, enterprise: str, said: _Payload) -> None:
        try:
            self._desk.record_reply(
                who,
                said.notice[:64],
                Answer(said.answer),
                power_kw=said.power_kw,
                start_ms=said.start,
                end_ms=said.end,
                reason=said.reason,
                channel=ReplyChannel.MQTT,
                nonce=f"mqtt:{enterprise}:{said.id[:64]}" if said.id else None,
            )
        except Conflict:
            # The broker brings a message again when we stopped between recording and acknowledging it.
            self._metrics.count("replies_total", outcome="repeated")
        else:
            self._metrics.count("replies_total", outcome="recorded")
