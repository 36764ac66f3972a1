"""From alerts to notices: who is told, who is called, and the all-clear. Telling the same twice changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2s
from zoneinfo import ZoneInfo

from domain.alerts import ACTIVE_STATES, Alert, AlertState, Severity
from domain.duty import Route, at_least
from domain.notices import Notice, NoticeClass, Recipient, ReplyRequest
from domain.scopes import ScopeKind

SEVERITY_ZH = {
    Severity.INFO: "提示",
    Severity.WARNING: "预警",
    Severity.SERIOUS: "严重",
    Severity.CRITICAL: "紧急",
}
OVER = "over"


def reference_of(alert: Alert) -> str:
    return f"alert:{alert.id}"


def concerned(alert: Alert, routes: Sequence[Route]) -> tuple[Recipient, ...]:
    """Recipients with a route for alerts of this severity: users for all, an enterprise for those about itself."""
    found = [
        route.recipient
        for route in routes
        if route.alerts_from is not None
        and at_least(alert.severity, route.alerts_from)
        and (route.recipient.user is not None or is_about(alert, route.recipient))
    ]
    return tuple(dict.fromkeys(found))


def is_about(alert: Alert, recipient: Recipient) -> bool:
    return alert.scope.kind is ScopeKind.ENTERPRISE and alert.scope.id == recipient.enterprise_id


def calls(alert: Alert, call_from: Severity) -> bool:
    """Whether this alert calls the people on duty, now."""
    return alert.state is AlertState.FIRING and at_least(alert.severity, call_from)


def is_told(alert: Alert) -> bool:
    return alert.state in ACTIVE_STATES


def notice_of(
    alert: Alert,
    recipient: Recipient,
    zone: ZoneInfo,
    *,
    phase: str,
    call: bool = False,
    deadline_ms: int | None = None,
) -> Notice:
    """phase : ``over``, a severity, or a severity and a call's number; the same phase is the same notice."""
    local = alert.changed_at.astimezone(zone)
    over = phase == OVER
    label = "解除 over" if over else f"{SEVERITY_ZH[alert.severity]} {alert.severity}"
    return Notice(
        id=notice_id(alert.id, phase, recipient),
        kind=f"alert.{alert.kind}",
        notice_class=NoticeClass.CALL if call else NoticeClass.INFORMATION,
        subject=f"[{label}] {alert.message_zh}"[:200],
        body=f"{alert.message_en}\n{local:%Y-%m-%d %H:%M}",
        recipient=recipient,
        reference=reference_of(alert),
        reply=ReplyRequest("alert.acknowledge", deadline_ms) if deadline_ms is not None else None,
    )


def notice_id(alert_id: str, phase: str, recipient: Recipient) -> str:
    return blake2s(f"{alert_id}|{phase}|{recipient}".encode(), digest_size=8).hexdigest()
