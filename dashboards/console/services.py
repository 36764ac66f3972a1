"""What the console needs from the rest, as ports. ``app`` hands in one object that has them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from config.settings import Settings
from domain.alerts import Alert, AlertKind
from domain.clock import Clock
from domain.events import Bus
from domain.people import Principal
from domain.scopes import Scope
from monitor.analyses import LoadAnalyses
from monitor.anomaly_desk import AnomalyDesk
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
from response.delivery.contacts import ContactDesk
from response.delivery.desk import NoticeDesk
from response.delivery.duty_desk import DutyDesk
from response.dr.service import DemandResponse
from response.intensity.desk import IntensityDesk
from response.orderly.desk import OrderlyDesk
from response.profile.desk import ProfileDesk
from response.reports.desk import ReportDesk
from response.rules import RuleState
from storage.ledger_ports import Ledger, Quarantined
from storage.page import Page


class AlertsDesk(Protocol):
    """Alerts as a principal may see and change them; the desk checks scope and role."""

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

    def acknowledge(self, principal: Principal, alert_id: str, note: str = "") -> Alert: ...

    def unacknowledge(self, principal: Principal, alert_id: str) -> Alert: ...

    def rules(self, principal: Principal) -> tuple[RuleState, ...]: ...


class QuarantineDesk(Protocol):
    """Held messages; the desk checks the role for what changes them."""

    def list(
        self, *, state: str | None = "held", reason: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Quarantined]: ...

    def replay(self, principal: Principal, item_id: int) -> Quarantined: ...

    def discard(self, principal: Principal, item_id: int) -> Quarantined: ...


class HealthCheck(Protocol):
    """``probe`` answers None when the part works, or one sentence that says what is wrong."""

    @property
    def name(self) -> str: ...
    @property
    def probe(self) -> Callable[[], str | None]: ...


class ConsoleServices(Protocol):
    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def machine_clock(self) -> Clock: ...
    @property
    def bus(self) -> Bus: ...
    @property
    def questions(self) -> LoadQuestions: ...
    @property
    def quality(self) -> QualityQuestions: ...
    @property
    def histories(self) -> LoadHistories: ...
    @property
    def forecasts(self) -> ForecastDesk: ...
    @property
    def baselines(self) -> BaselineDesk: ...
    @property
    def behaviour(self) -> BehaviourDesk: ...
    @property
    def orderly(self) -> OrderlyDesk: ...
    @property
    def potentials(self) -> PotentialDesk: ...
    @property
    def profiles(self) -> ProfileDesk: ...
    @property
    def anomalies(self) -> AnomalyDesk: ...
    @property
    def forecast_book(self) -> ForecastBook: ...
    @property
    def billing(self) -> BillingQuestions: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def intensity(self) -> IntensityDesk: ...
    @property
    def reports(self) -> ReportDesk: ...
    @property
    def analyses(self) -> LoadAnalyses: ...
    @property
    def vee(self) -> VeeDesk: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def alerts(self) -> AlertsDesk: ...
    @property
    def notices(self) -> NoticeDesk: ...
    @property
    def duty(self) -> DutyDesk: ...
    @property
    def contacts(self) -> ContactDesk: ...
    @property
    def dr(self) -> DemandResponse: ...
    @property
    def quarantine(self) -> QuarantineDesk: ...
    @property
    def version(self) -> str: ...
    @property
    def health(self) -> Sequence[HealthCheck]: ...
