"""Alerts, quarantine, health and the events of the live stream on the wire."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from api.schemas.base import Body, Wire, local, local_or_none, number
from api.schemas.load import CurrentOut
from domain.alerts import Alert
from response.rules import RuleState
from storage.ledger_ports import Quarantined


class AlertOut(Wire):
    id: str
    kind: str = Field(examples=["load_quota"])
    rule: str
    scope: str = Field(examples=["district"])
    severity: str = Field(examples=["serious"])
    state: str = Field(examples=["firing"])
    started_at: datetime
    changed_at: datetime
    resolved_at: datetime | None
    value: float | None
    threshold: float | None
    unit: str = Field(examples=["kW"])
    basis: str = Field(description="the figure judged", examples=["sliding_demand"])
    coverage: float
    message_zh: str
    message_en: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    note: str
    members: list[str]

    @classmethod
    def of(cls, alert: Alert, zone: ZoneInfo) -> Self:
        return cls(
            id=alert.id,
            kind=alert.kind,
            rule=alert.rule,
            scope=str(alert.scope),
            severity=alert.severity,
            state=alert.state,
            started_at=local(alert.started_at, zone),
            changed_at=local(alert.changed_at, zone),
            resolved_at=local_or_none(alert.resolved_at, zone),
            value=number(alert.value),
            threshold=number(alert.threshold),
            unit=alert.unit,
            basis=alert.basis,
            coverage=number(alert.coverage) or 0.0,
            message_zh=alert.message_zh,
            message_en=alert.message_en,
            acknowledged_by=alert.acknowledged_by,
            acknowledged_at=local_or_none(alert.acknowledged_at, zone),
            note=alert.note,
            members=list(alert.members),
        )


class RuleOut(Wire):
    """Whether a rule can speak for a scope now: "no quota" is not "normal"."""

    rule: str
    kind: str = Field(examples=["load_quota"])
    scope: str = Field(examples=["district"])
    status: str = Field(examples=["no_quota"])
    reason_zh: str
    reason_en: str

    @classmethod
    def of(cls, state: RuleState) -> Self:
        return cls(
            rule=state.rule,
            kind=state.kind,
            scope=str(state.scope),
            status=state.status,
            reason_zh=state.reason_zh,
            reason_en=state.reason_en,
        )


class RuleList(Wire):
    items: list[RuleOut]


class AcknowledgeBody(Body):
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00]*$")] = Field(
        default="", examples=["已电话通知企业 / enterprise called"]
    )


class QuarantinedOut(Wire):
    id: int
    at: datetime
    topic: str
    reason: str = Field(examples=["conflict"])
    detail: str
    meter: str | None
    state: str = Field(examples=["held"])
    payload_bytes: int

    @classmethod
    def of(cls, item: Quarantined, zone: ZoneInfo) -> Self:
        return cls(
            id=item.id,
            at=local(item.at, zone),
            topic=item.topic,
            reason=item.reason,
            detail=item.detail,
            meter=item.meter,
            state=item.state,
            payload_bytes=len(item.payload),
        )


class QuarantinedDetail(QuarantinedOut):
    payload_text: str = Field(description="as UTF-8; what is not becomes U+FFFD")
    payload_base64: str

    @classmethod
    def of(cls, item: Quarantined, zone: ZoneInfo) -> Self:
        short = QuarantinedOut.of(item, zone)
        return cls(
            **short.model_dump(),
            payload_text=item.payload.decode("utf-8", errors="replace"),
            payload_base64=base64.b64encode(item.payload).decode("ascii"),
        )


class LiveOut(Wire):
    status: Literal["ok"] = "ok"
    version: str = Field(examples=["0.1.0"])
    now: datetime = Field(description="the district's clock: the machine's, or that of a demo or a replay")


class PartOut(Wire):
    name: str = Field(examples=["store"])
    ok: bool
    detail: str | None = Field(description="what is wrong; only for signed-in staff")


class ReadyOut(Wire):
    ready: bool
    parts: list[PartOut]


class SnapshotOut(Wire):
    """First event of the stream: the picture the later events build on."""

    scope: str
    load: CurrentOut | None = Field(description="null: `reason` says why")
    reason: str
    alerts: list[AlertOut]


class IntervalOut(Wire):
    start: datetime
    revision: int
