"""What the API needs from the rest, as ports. ``app`` builds one and passes it to ``create_app``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from config.settings import Settings
from domain.alerts import Alert, AlertKind
from domain.clock import Clock
from domain.events import Bus, Metrics
from domain.people import Principal
from domain.scopes import Scope
from monitor.analyses import LoadAnalyses
from monitor.anomaly_desk import AnomalyDesk
from monitor.backfill import Backfills
from monitor.baselines import BaselineDesk
from monitor.behaviour import BehaviourDesk
from monitor.billing import BillingQuestions
from monitor.forecast_book import ForecastBook
from monitor.forecasting import ForecastDesk
from monitor.load_history import LoadHistories
from monitor.potentials import PotentialDesk
from monitor.quality_desk import QualityQuestions
from monitor.questions import LoadQuestions
from monitor.runs import Runs
from monitor.vee_desk import VeeDesk
from monitor.weather import WeatherHistory
from monitor.year_on_year import YearQuestions
from response.delivery.contacts import ContactDesk
from response.delivery.desk import NoticeDesk
from response.delivery.duty_desk import DutyDesk
from response.delivery.reply_desk import ReplyDesk
from response.dr.service import DemandResponse
from response.intensity.desk import IntensityDesk
from response.orderly.desk import OrderlyDesk
from response.profile.desk import ProfileDesk
from response.reports.desk import ReportDesk
from response.rules import RuleState
from storage.ledger_ports import Ledger, Quarantined
from storage.page import Page


class AlertsDesk(Protocol):
    """Alerts as a principal may see and change them; the desk checks the scope."""

    def list(
        self,
        principal: Principal,
        *,
        active: bool | None = None,
        kind: AlertKind | None = None,
        scope: Scope | None = None,
        since: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[Alert]: ...

    def get(self, principal: Principal, alert_id: str) -> Alert: ...

    def acknowledge(self, principal: Principal, alert_id: str, note: str = "") -> Alert: ...

    def unacknowledge(self, principal: Principal, alert_id: str) -> Alert: ...

    def rules(self, principal: Principal) -> tuple[RuleState, ...]:
        """Which rules can speak now, and why the others cannot; empty where the engine runs elsewhere."""
        ...


class QuarantineDesk(Protocol):
    """Held messages; the desk checks the role for what changes them."""

    def list(
        self, *, state: str | None = "held", reason: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Quarantined]: ...

    def show(self, item_id: int) -> Quarantined: ...

    def replay(self, principal: Principal, item_id: int) -> Quarantined:
        """Append the message to the journal again and close the item."""
        ...

    def discard(self, principal: Principal, item_id: int) -> Quarantined: ...


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """``probe`` answers None when the part works, or one sentence that says what is wrong and what to do."""

    name: str
    probe: Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Services:
    """clock : the district's; machine_clock : this machine's, by which sessions and tokens end"""

    settings: Settings
    clock: Clock
    machine_clock: Clock
    bus: Bus
    metrics: Metrics
    metrics_registry: CollectorRegistry
    questions: LoadQuestions
    quality: QualityQuestions
    years: YearQuestions
    histories: LoadHistories
    forecasts: ForecastDesk
    forecast_book: ForecastBook
    baselines: BaselineDesk
    potentials: PotentialDesk
    orderly: OrderlyDesk
    profiles: ProfileDesk
    anomalies: AnomalyDesk
    behaviour: BehaviourDesk
    billing: BillingQuestions
    runs: Runs
    intensity: IntensityDesk
    reports: ReportDesk
    analyses: LoadAnalyses
    vee: VeeDesk
    ledger: Ledger
    alerts: AlertsDesk
    notices: NoticeDesk
    replies: ReplyDesk
    dr: DemandResponse
    quarantine: QuarantineDesk
    version: str
    health: tuple[HealthCheck, ...] = ()

    @property
    def weather(self) -> WeatherHistory:
        return WeatherHistory(self.ledger.weather)

    @property
    def backfills(self) -> Backfills:
        return Backfills(self.ledger.backfills, self.ledger.registry, self.settings, self.clock)

    @property
    def duty(self) -> DutyDesk:
        return DutyDesk(self.ledger.duty, self.clock, self.settings.channels)

    @property
    def contacts(self) -> ContactDesk:
        return ContactDesk(self.notices, self.notices.ways, self.ledger.registry, self.clock, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        return self.settings.district.zone
