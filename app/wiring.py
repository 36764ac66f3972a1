"""The one place that names adapters: settings in, ports out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

from config.policy import Policy, load_policy
from config.settings import Settings
from dashboards.reports.word import docx_bytes
from domain.clock import Clock
from domain.events import Bus, Metrics
from monitor.analyses import AnalysisDesk, LoadAnalyses
from monitor.anomaly_desk import AnomalyDesk, waiting
from monitor.baselines import BaselineDesk
from monitor.behaviour import BehaviourDesk
from monitor.billing import BillingDesk, BillingQuestions
from monitor.calls import KeptCalls
from monitor.data_flow import DataFlow
from monitor.day_loads import DayLoads
from monitor.derivation import Derivation
from monitor.desk import LoadDesk
from monitor.engine import Engine
from monitor.forecast_book import ForecastBook
from monitor.forecasting import ForecastDesk
from monitor.live import LiveLoads
from monitor.load_history import LoadHistories, StoredHistories
from monitor.potentials import PotentialDesk
from monitor.quality_desk import QualityDesk
from monitor.quality_judge import QualityJudge
from monitor.questions import LoadQuestions
from monitor.restored import KeptReductions, RestoredLoads
from monitor.runs import Runs
from monitor.site_curves import SiteCurves
from monitor.vee_desk import VeeDesk
from monitor.vee_run import VeeRunner
from monitor.weather import WeatherHistory
from monitor.year_on_year import YearDesk
from response.alert_engine import AlertEngine
from response.intensity.books import Books
from response.intensity.curves import IntensityCurves
from response.intensity.desk import IntensityDesk
from response.intensity.standing import kept_standing
from response.orderly.troubles import OrderTroubles
from response.profile.desk import ProfileDesk
from storage.ledger_ports import Ledger
from storage.ports import ReadingStore

MEGABYTE = 1_000_000
#: Late readings come in floods: a day is derived again once it was quiet for so long.
SETTLE_S = 3.0


def open_policy(settings: Settings) -> Policy:
    path = settings.district.policy_path
    return load_policy(Path(path) if path else None)


def open_engine(
    settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock, bus: Bus, metrics: Metrics
) -> Engine:
    return Engine(
        registry=ledger.registry,
        store=store,
        clock=clock,
        bus=bus,
        settings=settings.monitor,
        zone=settings.district.zone,
        metrics=metrics,
        calendar=open_policy(settings).calendar,
        dirty=ledger.dirty,
        superseded=ledger.superseded,
        settle_s=SETTLE_S,
    )


def open_questions(
    settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock, *, live: LiveLoads | None = None
) -> LoadQuestions:
    return LoadDesk(
        registry=ledger.registry,
        references=ledger.references,
        store=store,
        clock=clock,
        policy=open_policy(settings),
        settings=settings.monitor,
        zone=settings.district.zone,
        live=live,
        superseded=ledger.superseded,
        reductions=open_reductions(settings, ledger),
    )


def open_reductions(settings: Settings, ledger: Ledger) -> KeptReductions:
    return KeptReductions(ledger.reductions, ledger.registry, settings.district.zone)


def open_calls(settings: Settings, ledger: Ledger) -> KeptCalls:
    return KeptCalls(ledger.dr, ledger.orderly, ledger.registry, settings.district.zone)


def open_histories(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> LoadHistories:
    derivation = open_derivation(settings, store, ledger)
    return StoredHistories(
        store,
        ledger.registry,
        derivation,
        settings.district.zone,
        clock,
        superseded=ledger.superseded,
        reductions=open_reductions(settings, ledger).series,
    )


def open_billing(
    settings: Settings, ledger: Ledger, histories: LoadHistories, questions: LoadQuestions
) -> BillingQuestions:
    return BillingDesk(
        billing=ledger.billing,
        registry=ledger.registry,
        histories=histories,
        questions=questions,
        table=open_policy(settings).billing,
        zone=settings.district.zone,
    )


def open_forecasts(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> ForecastDesk:
    return ForecastDesk(
        registry=ledger.registry,
        references=ledger.references,
        histories=open_histories(settings, store, ledger, clock),
        weather=WeatherHistory(ledger.weather),
        calendar=open_policy(settings).calendar,
        zone=settings.district.zone,
        clock=clock,
    )


def open_behaviour(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> BehaviourDesk:
    return BehaviourDesk(
        ledger.registry,
        open_histories(settings, store, ledger, clock),
        WeatherHistory(ledger.weather),
        open_policy(settings).calendar,
        settings.district.zone,
    )


def open_anomalies(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> AnomalyDesk:
    return AnomalyDesk(open_behaviour(settings, store, ledger, clock), ledger.anomalies, clock)


def open_baselines(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> BaselineDesk:
    called = open_reductions(settings, ledger)
    return BaselineDesk(
        ledger.registry,
        open_histories(settings, store, ledger, clock),
        WeatherHistory(ledger.weather),
        partial(called.series, verified_only=False),
        open_policy(settings),
        settings.district.zone,
        clock,
        calls=open_calls(settings, ledger),
    )


def open_potentials(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> PotentialDesk:
    return PotentialDesk(
        registry=ledger.registry,
        references=ledger.references,
        forecasts=ledger.forecasts,
        histories=open_histories(settings, store, ledger, clock),
        weather=WeatherHistory(ledger.weather),
        reductions=ledger.reductions,
        policy=open_policy(settings),
        zone=settings.district.zone,
        clock=clock,
    )


def open_profiles(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> ProfileDesk:
    return ProfileDesk(
        registry=ledger.registry,
        audit=ledger.audit,
        reductions=ledger.reductions,
        analyses=open_analyses(settings, store, ledger, open_histories(settings, store, ledger, clock)),
        potentials=open_potentials(settings, store, ledger, clock),
        baselines=open_baselines(settings, store, ledger, clock),
        runs=open_runs(ledger, clock),
        render=docx_bytes,
        zone=settings.district.zone,
        clock=clock,
    )


def open_forecast_book(
    desk: ForecastDesk,
    settings: Settings,
    ledger: Ledger,
    histories: LoadHistories,
    clock: Clock,
    store: ReadingStore,
) -> ForecastBook:
    return ForecastBook(desk, ledger.forecasts, histories, ledger.registry, settings.district.zone, clock, store)


def open_derivation(settings: Settings, store: ReadingStore, ledger: Ledger) -> Derivation:
    minimum = settings.monitor.minimum_coverage
    return Derivation(store, ledger.registry, settings.district.zone, minimum_coverage=minimum)


def open_analyses(settings: Settings, store: ReadingStore, ledger: Ledger, histories: LoadHistories) -> LoadAnalyses:
    weather, policy = WeatherHistory(ledger.weather), open_policy(settings)
    return AnalysisDesk(histories, weather, ledger.registry, store, policy, settings.district.zone)


def open_books(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> Books:
    return Books(
        energy=ledger.energy,
        registry=ledger.registry,
        histories=open_histories(settings, store, ledger, clock),
        factors=open_policy(settings).energy_factors,
        zone=settings.district.zone,
        region=settings.district.region,
    )


def open_intensity(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> IntensityDesk:
    policy = open_policy(settings)
    books = open_books(settings, store, ledger, clock)
    reviews, targets = policy.energy_review, policy.energy_targets
    return IntensityDesk(books, ledger.energy_reviews, targets, reviews, policy.energy_benchmarks)


def open_intensity_curves(
    settings: Settings, store: ReadingStore, ledger: Ledger, desk: IntensityDesk
) -> IntensityCurves:
    return IntensityCurves(desk, ledger.energy, store, settings.district.zone)


def open_site_curves(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> SiteCurves:
    return SiteCurves(
        open_analyses(settings, store, ledger, open_histories(settings, store, ledger, clock)),
        open_baselines(settings, store, ledger, clock),
        open_potentials(settings, store, ledger, clock),
        ledger.registry,
        store,
        settings.district.zone,
    )


def open_vee(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> VeeDesk:
    policy, zone = open_policy(settings), settings.district.zone
    factor = settings.validation.capacity_factor
    runner = VeeRunner(store, ledger, clock, policy.vee, policy.calendar, zone, capacity_factor=factor)
    return VeeDesk(store, ledger, clock, zone, runner)


def open_runs(ledger: Ledger, clock: Clock) -> Runs:
    return Runs(ledger.results, clock, program=version("yingfeng"))


def open_quality_desk(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> QualityDesk:
    return QualityDesk(
        store=store,
        registry=ledger.registry,
        quality=ledger.quality,
        policy=open_policy(settings).data_quality,
        clock=clock,
        zone=settings.district.zone,
    )


def open_day_loads(
    settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock, bus: Bus, metrics: Metrics
) -> DayLoads:
    return DayLoads(
        store=store,
        registry=ledger.registry,
        clock=clock,
        bus=bus,
        metrics=metrics,
        zone=settings.district.zone,
        minimum_coverage=settings.monitor.minimum_coverage,
    )


def open_year_desk(settings: Settings, store: ReadingStore, ledger: Ledger) -> YearDesk:
    return YearDesk(store=store, registry=ledger.registry, zone=settings.district.zone)


def open_quality_judge(
    settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock, bus: Bus, metrics: Metrics
) -> QualityJudge:
    return QualityJudge(
        store=store,
        registry=ledger.registry,
        quality=ledger.quality,
        policy=open_policy(settings).data_quality,
        clock=clock,
        bus=bus,
        metrics=metrics,
        zone=settings.district.zone,
    )


def open_alert_engine(
    settings: Settings,
    ledger: Ledger,
    clock: Clock,
    bus: Bus,
    *,
    live: LiveLoads,
    flow: Callable[[], DataFlow | None] = lambda: None,
    orders: Callable[[], OrderTroubles] = lambda: OrderTroubles(0),
) -> AlertEngine:
    policy = open_policy(settings)
    return AlertEngine(
        live=RestoredLoads(live, open_reductions(settings, ledger)),
        alerts=ledger.alerts,
        references=ledger.references,
        registry=ledger.registry,
        clock=clock,
        bus=bus,
        policy=policy.alerts,
        gap_levels=policy.gap_levels,
        zone=settings.district.zone,
        flow=flow,
        anomalies=partial(waiting, ledger.anomalies, clock, settings.district.zone),
        intensity=partial(kept_standing, ledger.results),
        orders=orders,
    )
