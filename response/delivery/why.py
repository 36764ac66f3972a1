"""Why was I (not) told? Every message of the matter with its reason in words, and the rule where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.alerts import Alert
from domain.duty import Escalation, Route, at_least, masked
from domain.notices import Delivery, DeliveryReason, DeliveryState, Recipient
from response.delivery.alerting import is_about
from storage.notice_ports import KeptNotice

STATE_ZH = {
    DeliveryState.WAITING: "等待发送",
    DeliveryState.STANDBY: "备用",
    DeliveryState.SENDING: "发送中",
    DeliveryState.SENT: "已送达通道",
    DeliveryState.FAILED: "未送出",
    DeliveryState.UNNEEDED: "无需再发",
    DeliveryState.SUPPRESSED: "已抑制",
    DeliveryState.UNREACHABLE: "无法联系",
}

REASONS = {
    DeliveryReason.FIRST: ("首次发送", "its turn, for the first time"),
    DeliveryReason.GROUPING: ("稍候与同一地址的其他信息合并", "waits a moment for others to the same address"),
    DeliveryReason.NOT_YET: ("未到约定的发送时间", "not before the time it was written for"),
    DeliveryReason.QUIET_HOURS: ("免打扰时段，结束后发送", "quiet hours: sent when they end"),
    DeliveryReason.RATE_LIMITED: ("该地址每小时条数已满，稍后发送", "this address has had its share of the hour"),
    DeliveryReason.SILENCED: ("被静默规则拦下", "held back by a silence"),
    DeliveryReason.REPEAT: ("刚发过同样内容", "the same words went out a moment ago"),
    DeliveryReason.RETRY: ("上次未成功，将重试", "failed, is tried again"),
    DeliveryReason.INTERRUPTED: ("发送时程序中断，重发，可能重复", "stopped while sending: sent again, perhaps twice"),
    DeliveryReason.SECOND_CHANNEL: ("备用通道：前一通道失败时启用", "second way, for when the one before fails"),
    DeliveryReason.UNANSWERED: ("无人答复，启用备用通道", "nobody answered, so the next way was taken"),
    DeliveryReason.DELIVERED: ("通道已确认", "the channel confirmed it"),
    DeliveryReason.ANSWERED: ("对方已答复", "it was answered"),
    DeliveryReason.REFUSED: ("被拒绝，重试无用", "refused; repeating does not help"),
    DeliveryReason.GIVEN_UP: ("多次失败，已放弃", "failed for too long, given up"),
    DeliveryReason.NO_ROUTE: ("没有可用的联系方式", "there is no way to this recipient"),
    DeliveryReason.CHANNEL_OFF: ("该通道未启用", "this channel is switched off in the settings"),
}


@dataclass(frozen=True, slots=True)
class WhyLine:
    """One message, or a rule (channel empty). Addresses are masked."""

    at: datetime | None
    recipient: str
    notice_id: str
    channel: str
    address: str
    state: DeliveryState | None
    reason: str
    zh: str
    en: str
    attempts: int = 0
    proof: str = ""
    note: str = ""


def line_of(delivery: Delivery, kept: KeptNotice) -> WhyLine:
    zh, en = REASONS[delivery.reason]
    if delivery.state is DeliveryState.UNNEEDED:
        zh, en = f"{STATE_ZH[delivery.state]}：{zh}", f"not needed: {en}"
    return WhyLine(
        at=delivery.sent_at or delivery.changed_at,
        recipient=str(kept.notice.recipient),
        notice_id=delivery.notice_id,
        channel=delivery.channel,
        address=masked(delivery.channel, delivery.address),
        state=delivery.state,
        reason=delivery.reason.value,
        zh=zh,
        en=en,
        attempts=delivery.attempts,
        proof=delivery.proof,
        note=delivery.note,
    )


def rule_line(recipient: Recipient, reason: str, zh: str, en: str) -> WhyLine:
    return WhyLine(None, str(recipient), "", "", "", None, reason, zh, en)


def unasked(alert: Alert, recipient: Recipient, routes: Sequence[Route], escalation: Escalation | None) -> WhyLine:
    """Why no notice was even written for this recipient. ``routes`` are the recipient's own."""
    if recipient.enterprise_id is not None and not is_about(alert, recipient):
        return rule_line(recipient, "foreign", "告警与该企业无关", "the alert is about somebody else")
    wanted = [route.alerts_from for route in routes if route.alerts_from is not None]
    if not wanted:
        on_call = "；也未被呼叫（值班表或轮次未到）" if escalation else ""
        return rule_line(
            recipient,
            "not_asked_for",
            f"没有订阅告警的联系方式{on_call}",
            "no route of this recipient asks for alerts"
            + (", and its turn on duty did not come" if escalation else ""),
        )
    if not any(at_least(alert.severity, least) for least in wanted):
        return rule_line(
            recipient,
            "below_severity",
            f"告警级别 {alert.severity} 低于订阅级别",
            f"its severity, {alert.severity}, is below what the routes ask for",
        )
    return rule_line(recipient, "never_fired", f"告警未触发（{alert.state}）", f"the alert did not fire: {alert.state}")
