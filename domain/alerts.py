"""Alerts: what they are about, and the states they pass through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.scopes import Scope


class AlertKind(StrEnum):
    LOAD_QUOTA = "load_quota"  # load at 90/95/100 % of quota
    LOAD_RECORD = "load_record"  # load at 90/95/100 % of the record
    GAP_LEVEL = "gap_level"  # gap band entered (测算参考)
    CAPACITY = "capacity"  # enterprise against running capacity (kVA)
    APPROVED_DEMAND = "approved_demand"  # enterprise against 核定需量 (kW)
    METER_SILENT = "meter_silent"
    DATA_FAULT = "data_fault"
    ANOMALY = "anomaly"  # days of enterprises that do not fit the weeks before
    INTENSITY = "intensity"  # level of the 晴雨表, enterprises above a standard
    ORDER = "order"  # an order in force that is not carried out
    SYSTEM = "system"  # ours: store down, journal filling, client dead


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    SERIOUS = "serious"
    CRITICAL = "critical"


class AlertState(StrEnum):
    NORMAL = "normal"
    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    CLEARING = "clearing"
    RESOLVED = "resolved"


ACTIVE_STATES = frozenset({AlertState.FIRING, AlertState.ACKNOWLEDGED, AlertState.CLEARING})


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as people see it. ``value`` and ``threshold`` share ``unit``; ``basis`` says which figure was judged
    (``sliding_demand``, ``projection``, ``block_demand``) and ``coverage`` the share of data it stands on."""

    id: str
    kind: AlertKind
    rule: str
    scope: Scope
    severity: Severity
    state: AlertState
    started_at: datetime
    changed_at: datetime
    value: float | None
    threshold: float | None
    unit: str
    basis: str
    coverage: float
    message_zh: str
    message_en: str
    resolved_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    note: str = ""
    members: tuple[str, ...] = ()
