"""What the rooms above know of the ledger: registry, references, people, audit, alerts, quarantine.

Every write takes the actor and leaves an audit entry in the same transaction (invariant 13).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from domain.alerts import Alert, AlertKind
from domain.backfill import Backfill, BackfillState
from domain.billing import BilledMonth
from domain.ids import EnterpriseId
from domain.instants import Span
from domain.people import Principal, Role
from domain.references import DayReferences, OfficialLevel, Quota, Reference
from domain.registry import Account, Enterprise, Meter, Registry
from domain.scopes import Scope
from domain.weather import WeatherRows
from storage.anomaly_ports import AnomalyLedger
from storage.attachment_ports import AttachmentLedger
from storage.dr_ports import DrLedger
from storage.duty_ports import DutyLedger
from storage.energy_ports import EnergyLedger
from storage.energy_review_ports import EnergyReviewLedger
from storage.exchange_ports import ExchangeLedger
from storage.forecast_ports import ForecastLedger
from storage.notice_ports import NoticeLedger
from storage.orderly_ports import OrderlyLedger
from storage.page import Page
from storage.quality_ports import QualityLedger
from storage.reduction_ports import ReductionLedger
from storage.report_ports import ReportLedger
from storage.result_ports import ResultLedger
from storage.revision_ports import DirtyLedger, SupersededLedger
from storage.vee_ports import VeeLedger


@dataclass(frozen=True, slots=True)
class AuditEntry:
    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class User:
    name: str
    role: Role
    enterprise: EnterpriseId | None
    active: bool

    @property
    def principal(self) -> Principal:
        return Principal(self.name, self.role, self.enterprise)


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """An API token without its secret."""

    id: str
    user: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked: bool


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message or row that was refused, kept with its reason until someone replays or discards it."""

    id: int
    at: datetime
    topic: str
    payload: bytes
    reason: str
    detail: str
    meter: str | None
    state: str  # "held" | "replayed" | "discarded"


class BillingLedger(Protocol):
    def put_billed(self, months: Sequence[BilledMonth]) -> list[BilledMonth]:
        """All as one change. The same figures again are no new revision; a correction is, and the old one stays."""
        ...

    def billed(self, month: date) -> list[BilledMonth]:
        """The newest revision of each account."""
        ...

    def billed_history(self, account: str, month: date) -> list[BilledMonth]:
        """Every revision, the present one last."""
        ...


class RegistryLedger(Protocol):
    def registry(self) -> Registry:
        """The present registry; cached until it changes."""
        ...

    def put_versions(
        self,
        actor: str,
        *,
        enterprises: Sequence[Enterprise] = (),
        accounts: Sequence[Account] = (),
        meters: Sequence[Meter] = (),
        source: str = "",
    ) -> Registry:
        """Add or replace versions (same id and valid_from) as one change; checks references and overlaps first.

        Raises Invalid with every mistake listed; nothing is written then."""
        ...


class ReferenceLedger(Protocol):
    def put_quota(self, quota: Quota) -> Quota:
        """A later figure for the same (scope, day) is a new revision; the old one stays readable."""
        ...

    def quota(self, scope: Scope, day: date) -> Quota | None: ...

    def quota_history(self, scope: Scope, day: date) -> list[Quota]: ...

    def in_force(self, day: date) -> DayReferences:
        """Quotas and references of every scope on ``day``, read at once."""
        ...

    def put_reference(self, reference: Reference) -> Reference: ...

    def reference(self, scope: Scope, kind: str, day: date) -> Reference | None:
        """The newest reference of this kind dated on or before ``day``."""
        ...

    def references(self, scope: Scope) -> list[Reference]: ...

    def put_official_level(self, level: OfficialLevel) -> OfficialLevel: ...

    def official_level(self, day: date) -> OfficialLevel | None: ...


class PeopleLedger(Protocol):
    def users(self) -> list[User]: ...

    def user(self, name: str) -> User | None: ...

    def create_user(
        self, actor: str, name: str, password: str, role: Role, enterprise: EnterpriseId | None = None
    ) -> User: ...

    def set_password(self, actor: str, name: str, password: str) -> None: ...

    def set_active(self, actor: str, name: str, active: bool) -> None: ...

    def verify_password(self, name: str, password: str) -> User | None:
        """argon2; takes the same time for an unknown name."""
        ...

    def create_session(self, name: str, hours: float) -> str:
        """A random session id; only its hash is kept."""
        ...

    def session_user(self, session: str) -> User | None: ...

    def end_session(self, session: str) -> None: ...

    def create_token(self, actor: str, name: str, label: str, expires_at: datetime | None) -> tuple[TokenInfo, str]: ...

    def token_user(self, token: str) -> User | None: ...

    def tokens(self, name: str) -> list[TokenInfo]: ...

    def revoke_token(self, actor: str, token_id: str) -> None: ...


class AuditLedger(Protocol):
    def record(
        self,
        actor: str,
        action: str,
        subject: str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None: ...

    def entries(
        self, *, subject: str | None = None, actor: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[AuditEntry]: ...


class AlertLedger(Protocol):
    def save(self, alert: Alert, memory: Mapping[str, Any]) -> None:
        """Write the alert and the state machine's memory (pending since, counters) in one transaction."""
        ...

    def unfinished(self) -> list[tuple[Alert, Mapping[str, Any]]]:
        """Everything not resolved, and what is resolved with ``memory["announced"]`` false, for a restart."""
        ...

    def alert(self, alert_id: str) -> Alert | None: ...

    def list(
        self,
        *,
        active: bool | None = None,
        kind: AlertKind | None = None,
        scope: Scope | None = None,
        since: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[Alert]: ...


class QuarantineLedger(Protocol):
    def hold(self, items: Sequence[Quarantined]) -> None:
        """Ids are given by the ledger; ``id`` of the items is ignored. Durable on return."""
        ...

    def held(
        self, *, state: str | None = "held", reason: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Quarantined]: ...

    def item(self, item_id: int) -> Quarantined | None: ...

    def close_item(self, actor: str, item_id: int, state: str) -> None: ...

    def counts(self) -> Mapping[str, int]:
        """Held items by reason."""
        ...


class WeatherLedger(Protocol):
    def put(self, rows: WeatherRows, *, actor: str | None = None) -> int:
        """Idempotent; a later value of the same (instant, issue, source) replaces the earlier. Returns the rows kept.

        actor : the person behind an import, for the audit log. What a sensor or a forecast service sends by the minute
        leaves no entry there, as readings leave none: its source and issue stand in the row itself
        """
        ...

    def said(self, span: Span, *, by_ms: int | None = None) -> WeatherRows:
        """Everything said about instants of the span, ordered by (instant, issue, source); only what was said at or
        before ``by_ms`` where that is given. ``source`` names all there are."""
        ...


class BackfillLedger(Protocol):
    """Requests to devices for readings they have kept: queue, record and proof of an answer in one."""

    def ask(self, actor: str, meter: str, spans: Sequence[Span], reason: str) -> list[Backfill]:
        """One request for each span, all or none."""
        ...

    def open(self) -> Sequence[Backfill]:
        """Waiting and sent, oldest first."""
        ...

    def touching(self, meter: str, span: Span) -> Sequence[Backfill]:
        """Every request of this meter that overlaps the span, whatever became of it."""
        ...

    def list(self, *, meter: str | None = None, cursor: str | None = None, limit: int = 100) -> Page[Backfill]:
        """Newest first."""
        ...

    def take(self, request: int, topic: str, payload: str, rows_before: int) -> bool:
        """Mark it sent, before it is; false when another process was first."""
        ...

    def note(self, request: int, note: str, rows_received: int) -> None: ...

    def close(
        self, request: int, before: BackfillState, state: BackfillState, rows_received: int, note: str
    ) -> bool: ...


class Ledger(Protocol):
    """One database, its parts by name."""

    @property
    def registry(self) -> RegistryLedger: ...
    @property
    def references(self) -> ReferenceLedger: ...
    @property
    def orderly(self) -> OrderlyLedger: ...
    @property
    def attachments(self) -> AttachmentLedger: ...
    @property
    def people(self) -> PeopleLedger: ...
    @property
    def audit(self) -> AuditLedger: ...
    @property
    def alerts(self) -> AlertLedger: ...
    @property
    def anomalies(self) -> AnomalyLedger: ...
    @property
    def notices(self) -> NoticeLedger: ...
    @property
    def duty(self) -> DutyLedger: ...
    @property
    def quarantine(self) -> QuarantineLedger: ...
    @property
    def energy(self) -> EnergyLedger: ...
    @property
    def energy_reviews(self) -> EnergyReviewLedger: ...
    @property
    def quality(self) -> QualityLedger: ...
    @property
    def results(self) -> ResultLedger: ...
    @property
    def reports(self) -> ReportLedger: ...
    @property
    def billing(self) -> BillingLedger: ...
    @property
    def weather(self) -> WeatherLedger: ...
    @property
    def reductions(self) -> ReductionLedger: ...
    @property
    def forecasts(self) -> ForecastLedger: ...
    @property
    def dr(self) -> DrLedger: ...
    @property
    def backfills(self) -> BackfillLedger: ...
    @property
    def superseded(self) -> SupersededLedger: ...
    @property
    def dirty(self) -> DirtyLedger: ...
    @property
    def vee(self) -> VeeLedger: ...
    @property
    def exchanges(self) -> ExchangeLedger: ...

    def ping(self) -> str: ...

    def close(self) -> None: ...
