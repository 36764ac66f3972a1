"""What an order and its lifting say to each enterprise, as notices of delivery."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from domain.ids import EnterpriseId
from domain.instants import Span, local_date, to_ms
from domain.notices import Notice, NoticeClass, Recipient, ReplyRequest
from domain.orderly import Order, OrderLine, Target
from response.orderly.order_words import lifted_words, order_words
from storage.ledger_ports import RegistryLedger

ORDER, LIFTED = "orderly.order", "orderly.lifted"


def reference_of(order_id: str) -> str:
    return f"orderly:{order_id}"


class OrderNotices:
    def __init__(self, registry: RegistryLedger, zone: ZoneInfo) -> None:
        self._registry, self._zone = registry, zone

    def notice(self, order: Order, line: OrderLine, officer: str) -> Notice:
        """With a receipt asked for until the order begins."""
        subject, body = order_words(order, line, self._name(order, line), self._zone)
        return Notice(
            kind=ORDER,
            notice_class=NoticeClass.ORDER,
            subject=subject,
            body=body,
            recipient=Recipient(enterprise_id=EnterpriseId(line.enterprise)),
            reference=reference_of(order.id),
            id=f"{order.id}-{order.revision}-{line.enterprise}",
            reply=ReplyRequest(
                ORDER,
                to_ms(order.start),
                line.kw if line.target is Target.REDUCTION else None,
                Span(order.start, order.end),
            ),
            drill=order.drill,
            confirmed_by=officer or None,
        )

    def lifting(self, order: Order, line: OrderLine, officer: str, reason: str) -> Notice:
        subject, body = lifted_words(order, self._name(order, line), reason, self._zone)
        return Notice(
            kind=LIFTED,
            notice_class=NoticeClass.ORDER,
            subject=subject,
            body=body,
            recipient=Recipient(enterprise_id=EnterpriseId(line.enterprise)),
            reference=reference_of(order.id),
            id=f"{order.id}-{order.revision}-{line.enterprise}-lifted",
            drill=order.drill,
            confirmed_by=officer or None,
        )

    def _name(self, order: Order, line: OrderLine) -> str:
        day = local_date(order.start, self._zone)
        return self._registry.registry().view(day).enterprise(line.enterprise).name
