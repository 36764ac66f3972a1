"""What happened on a day, in order: steps of events, instructions and orders, notices, answers, alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.alerts import AlertKind
from domain.dr import DrEvent
from domain.dr_states import MOVES_ZH, STATES_ZH
from domain.instants import MINUTE_MS, Span, floor_ms, to_ms
from domain.notices import Answer, Reply
from domain.orderly import InstructionKind, Order, OrderState
from domain.people import Principal
from domain.report import chinese
from response.dr import words
from response.dr.ports import Notices
from response.orderly.order_notices import reference_of
from storage.ledger_ports import Ledger
from storage.page import every

KINDS_ZH = {
    "step": "步骤",
    "instruction": "指令",
    "order": "调度令",
    "notice": "通知",
    "reply": "答复",
    "alert": "告警",
}
INSTRUCTIONS = {
    InstructionKind.START: ("下达", "issued"),
    InstructionKind.CHANGE: ("调整", "changed"),
    InstructionKind.LIFT: ("解除", "lifted"),
}
ALERTS = {
    AlertKind.LOAD_QUOTA: ("负荷对指标", "load against quota"),
    AlertKind.LOAD_RECORD: ("负荷对纪录", "load against record"),
    AlertKind.GAP_LEVEL: ("缺口等级", "gap level"),
    AlertKind.CAPACITY: ("超运行容量", "running capacity"),
    AlertKind.APPROVED_DEMAND: ("超核定需量", "approved demand"),
    AlertKind.METER_SILENT: ("计量点失联", "meters silent"),
    AlertKind.DATA_FAULT: ("数据异常", "data fault"),
    AlertKind.INTENSITY: ("能耗强度", "energy intensity"),
    AlertKind.ORDER: ("调度令执行", "order in force"),
    AlertKind.ANOMALY: ("用电异常", "anomaly"),
    AlertKind.SYSTEM: ("系统", "system"),
}
PAGE = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened. what : a key of KINDS_ZH; source : event, order or instruction; text : 中文 / English"""

    at_ms: int
    what: str
    source: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Moments:
    ledger: Ledger
    notices: Notices
    zone: ZoneInfo

    def of(self, principal: Principal, span: Span, events: Sequence[DrEvent]) -> tuple[Moment, ...]:
        """Of the span, in order of time, and all of the events' own, whenever it was."""
        orders = [order for order in self.ledger.orderly.orders.all() if _concerns(order, span)]
        found = [*self._instructions(span), *self._orders(orders), *self._alerts(span)]
        for event in events:
            found += [*self._steps(event), *self._talk(principal, event.source, event.id)]
        for order in orders:
            found += self._talk(principal, reference_of(order.id), order.id)
        return tuple(sorted(found, key=lambda each: each.at_ms))

    def _steps(self, event: DrEvent) -> Iterator[Moment]:
        for step in self.ledger.dr.steps(event.id):
            note, said = (f"：{words.step_note(step)}", f": {step.note}") if step.note else ("", "")
            text = f"{MOVES_ZH[step.move]} → {STATES_ZH[step.after]}{note} / "
            yield Moment(step.at_ms, "step", event.id, step.actor, f"{text}{step.move} → {step.after}{said}")

    def _instructions(self, span: Span) -> Iterator[Moment]:
        for each in self.ledger.orderly.instructions.all():
            if span.start <= each.received_at < span.end:
                zh, en = INSTRUCTIONS[each.kind]
                power = "" if each.reduction_kw is None else f" {words.kw(each.reduction_kw)}"
                what = f"{each.level}{power}" if each.kind is not InstructionKind.LIFT else each.lifts
                text = f"{each.issuer}{zh} {what} / {en} by {each.issuer}: {what}"
                yield Moment(to_ms(each.received_at), "instruction", each.number, each.actor, text)

    def _orders(self, orders: Sequence[Order]) -> Iterator[Moment]:
        for order in orders:
            total = words.kw(sum(line.kw for line in order.lines))
            if order.issued_at is not None:
                text = f"下达 {len(order.lines)} 户，{total} / issued to {len(order.lines)}, {total}"
                yield Moment(to_ms(order.issued_at), "order", order.id, order.confirmed_by or order.actor, text)
            if order.lifted_at is not None:
                text = f"解除：{order.lift_reason} / lifted: {order.lift_reason}"
                yield Moment(to_ms(order.lifted_at), "order", order.id, order.confirmed_by or order.actor, text)

    def _alerts(self, span: Span) -> Iterator[Moment]:
        alerts = self.ledger.alerts
        for alert in every(lambda cursor: alerts.list(since=span.start, cursor=cursor, limit=PAGE)):
            if span.start <= alert.started_at < span.end:
                # Its message is of now, not of then: what it said in the beginning is in its notices.
                zh, en = ALERTS[alert.kind]
                yield Moment(to_ms(alert.started_at), "alert", str(alert.scope), "", f"{zh}告警开始 / {en}: begins")
            if alert.resolved_at is not None and span.start <= alert.resolved_at < span.end:
                text = f"{alert.message_zh} / {alert.message_en}"
                yield Moment(to_ms(alert.resolved_at), "alert", str(alert.scope), "", text)

    def _talk(self, principal: Principal, reference: str, source: str) -> Iterator[Moment]:
        """Notices of one kind and minute stand together, and so do plain answers; one with words stands alone."""
        sent: dict[tuple[datetime, str], list[str]] = {}
        listed = self.notices.list
        for kept in every(lambda cursor: listed(principal, reference=reference, cursor=cursor, limit=PAGE)):
            minute = kept.made_at.replace(second=0, microsecond=0)
            sent.setdefault((minute, kept.notice.kind), []).append(kept.notice.subject)
        for (at, kind), subjects in sent.items():
            text = f"{chinese(subjects[0])}：{len(subjects)} 条 / {kind}: {len(subjects)} notices"
            yield Moment(to_ms(at), "notice", source, "", text)
        yield from self._answers(self.notices.replies(principal, reference), source)

    def _answers(self, replies: Sequence[Reply], source: str) -> Iterator[Moment]:
        plain: dict[tuple[int, Answer], list[Reply]] = {}
        for reply in replies:
            if reply.reason or reply.marks:
                marks = f" ({', '.join(reply.marks)})" if reply.marks else ""
                told = f"{'' if reply.power_kw is None else words.kw(reply.power_kw)} {reply.reason}{marks}".strip()
                text = f"{words.ANSWERS_ZH[reply.answer]} {told} / {reply.answer} {told}"
                yield Moment(reply.at_ms, "reply", source, str(reply.enterprise_id or reply.actor), text)
            else:
                plain.setdefault((floor_ms(reply.at_ms, MINUTE_MS), reply.answer), []).append(reply)
        for (at_ms, answer), same in plain.items():
            kw = sum(reply.power_kw or 0.0 for reply in same)
            power = f" {words.kw(kw)}" if kw else ""
            who = "、".join(str(reply.enterprise_id or reply.actor) for reply in same)
            text = f"{words.ANSWERS_ZH[answer]}：{len(same)} 户{power} / {answer}: {len(same)}{power}"
            yield Moment(at_ms, "reply", source, who, text)


def _concerns(order: Order, span: Span) -> bool:
    return order.state is not OrderState.PREPARED and any(window.overlaps(span) for window in order.windows)
