"""The desks of one process: everything that answers people and acts for them, over one store and one ledger."""

from __future__ import annotations

from dataclasses import dataclass

from app.delivery import open_notices
from app.dr import open_dr
from app.orderly import open_orderly
from app.reports import open_report_kinds, open_reports
from app.wiring import (
    open_analyses,
    open_anomalies,
    open_baselines,
    open_behaviour,
    open_billing,
    open_forecast_book,
    open_forecasts,
    open_histories,
    open_intensity,
    open_potentials,
    open_profiles,
    open_quality_desk,
    open_questions,
    open_runs,
    open_vee,
    open_year_desk,
)
from config.settings import Settings
from domain.clock import Clock
from domain.events import Bus
from monitor.analyses import LoadAnalyses
from monitor.anomaly_desk import AnomalyDesk
from monitor.baselines import BaselineDesk
from monitor.behaviour import BehaviourDesk
from monitor.billing import BillingQuestions
from monitor.forecast_book import ForecastBook
from monitor.forecasting import ForecastDesk
from monitor.live import LiveLoads
from monitor.load_history import LoadHistories
from monitor.potentials import PotentialDesk
from monitor.quality_desk import QualityDesk
from monitor.questions import LoadQuestions
from monitor.runs import Runs
from monitor.vee_desk import VeeDesk
from monitor.year_on_year import YearDesk
from response.delivery.desk import NoticeDesk
from response.dr.report_kinds import dr_kinds
from response.dr.service import DemandResponse
from response.intensity.desk import IntensityDesk
from response.orderly.desk import OrderlyDesk
from response.orderly.papers import orderly_kinds
from response.profile.desk import ProfileDesk
from response.reports.desk import ReportDesk
from storage.ledger_ports import Ledger
from storage.ports import ReadingStore


@dataclass(frozen=True, slots=True)
class Desks:
    questions: LoadQuestions
    years: YearDesk
    quality: QualityDesk
    histories: LoadHistories
    forecasts: ForecastDesk
    forecast_book: ForecastBook
    baselines: BaselineDesk
    potentials: PotentialDesk
    anomalies: AnomalyDesk
    profiles: ProfileDesk
    behaviour: BehaviourDesk
    billing: BillingQuestions
    runs: Runs
    intensity: IntensityDesk
    analyses: LoadAnalyses
    vee: VeeDesk
    notices: NoticeDesk
    dr: DemandResponse
    orderly: OrderlyDesk
    reports: ReportDesk


def open_desks(
    settings: Settings,
    store: ReadingStore,
    ledger: Ledger,
    clock: Clock,
    machine_clock: Clock,
    bus: Bus,
    *,
    live: LiveLoads | None,
) -> Desks:
    """live : the engine of this process, or None where it runs in another"""
    parts = (settings, store, ledger, clock)
    district = settings.district
    questions = open_questions(*parts, live=live)
    histories = open_histories(*parts)
    forecasts = open_forecasts(*parts)
    potentials = open_potentials(*parts)
    runs = open_runs(ledger, clock)
    intensity = open_intensity(*parts)
    notices = open_notices(settings, ledger, clock, machine_clock, bus)
    orderly = open_orderly(*parts, notices, live=live, forecasts=forecasts, intensity=intensity)
    dr = open_dr(*parts, questions=questions, potentials=potentials, notices=notices, gaps=orderly.gap)
    orderly_papers = orderly_kinds(orderly, district.name, district.zone)
    kinds = (*open_report_kinds(*parts, intensity), *orderly_papers, *dr_kinds(dr.archive))
    return Desks(
        questions=questions,
        years=open_year_desk(settings, store, ledger),
        quality=open_quality_desk(*parts),
        histories=histories,
        forecasts=forecasts,
        forecast_book=open_forecast_book(forecasts, settings, ledger, histories, clock, store),
        baselines=open_baselines(*parts),
        potentials=potentials,
        anomalies=open_anomalies(*parts),
        profiles=open_profiles(*parts),
        behaviour=open_behaviour(*parts),
        billing=open_billing(settings, ledger, histories, questions),
        runs=runs,
        intensity=intensity,
        analyses=open_analyses(settings, store, ledger, histories),
        vee=open_vee(*parts),
        notices=notices,
        dr=dr,
        orderly=orderly,
        reports=open_reports(settings, ledger, clock, runs, kinds),
    )
