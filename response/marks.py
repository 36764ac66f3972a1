"""Marks on the curves: when an event or an order ran and an alert was raised, for whatever draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.alerts import Alert
from domain.dr import DrEvent
from domain.dr_states import EventState
from domain.instants import Span, to_ms
from domain.orderly import Order, OrderState
from response.dr.words import DRILL_ZH
from response.orderly.order_notices import reference_of
from storage.dr_ports import DrLedger
from storage.ledger_ports import AlertLedger
from storage.orderly_ports import Shelf

MOST_ALERTS = 500
EVENT_TAG, ALERT_TAG, ORDER_TAG = "demand response", "alert", "orderly use"


@dataclass(frozen=True, slots=True)
class Mark:
    """key : the same for the same event, order or alert, whatever became of it; end_ms : None while it is not over"""

    key: str
    start_ms: int
    end_ms: int | None
    title: str
    text: str
    tags: tuple[str, ...]


def marks(events: DrLedger, orders: Shelf[Order], alerts: AlertLedger, span: Span) -> Sequence[Mark]:
    """Events and orders that run and alerts that began in the span, in order of time; drafts are nobody's business."""
    found = [
        _of_event(each)
        for each in events.events_between(span.start_ms, span.end_ms)
        if each.state is not EventState.DRAFT
    ]
    found += [
        _of_alert(each) for each in alerts.list(since=span.start, limit=MOST_ALERTS).items if each.started_at < span.end
    ]
    found += [
        _of_order(each)
        for each in orders.all()
        if each.state is not OrderState.PREPARED and each.start < span.end and each.end > span.start
    ]
    return sorted(found, key=lambda each: (each.start_ms, each.key))


def _of_event(event: DrEvent) -> Mark:
    return Mark(
        event.source,
        event.start_ms,
        event.end_ms,
        f"{DRILL_ZH if event.drill else ''}{event.title}",
        f"{event.id} {event.state}, {event.target_kw:,.0f} kW",
        (EVENT_TAG, event.terms.direction),
    )


def _of_order(order: Order) -> Mark:
    kw = sum(line.kw for line in order.lines)
    return Mark(
        reference_of(order.id),
        to_ms(order.start),
        to_ms(order.end),
        f"{DRILL_ZH if order.drill else ''}调度令 order {order.id}",
        f"{order.state}, {len(order.lines)} 户 enterprises, {kw:,.0f} kW, {order.instruction}",
        (ORDER_TAG, order.level or "order"),
    )


def _of_alert(alert: Alert) -> Mark:
    return Mark(
        f"alert:{alert.id}",
        to_ms(alert.started_at),
        None if alert.resolved_at is None else to_ms(alert.resolved_at),
        str(alert.scope),
        f"{alert.message_zh} / {alert.message_en}",
        (ALERT_TAG, alert.kind, alert.severity),
    )
