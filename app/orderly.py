"""Orderly power use in a process: the desks, wired."""

from __future__ import annotations

from functools import partial

from app.delivery import open_notices
from app.wiring import (
    open_analyses,
    open_forecasts,
    open_histories,
    open_intensity,
    open_policy,
    open_potentials,
    open_reductions,
)
from config.settings import Settings
from domain.clock import Clock
from domain.events import Bus
from monitor.analysis_data import AnalysisReader
from monitor.forecasting import ForecastDesk
from monitor.live import LiveLoads
from monitor.weather import WeatherHistory
from response.delivery.desk import NoticeDesk
from response.intensity.desk import IntensityDesk
from response.orderly.allocations import AllocationDesk
from response.orderly.attachments import AttachmentDesk
from response.orderly.desk import OrderlyDesk
from response.orderly.dr_share import DrShare
from response.orderly.energy_gap import EnergyGaps
from response.orderly.energy_quotas import EnergyQuotas
from response.orderly.executions import ExecutionDesk
from response.orderly.fairness import FairnessDesk
from response.orderly.freezing import Freezer
from response.orderly.gap import GapDesk
from response.orderly.instructions import InstructionDesk
from response.orderly.orders import OrderDesk
from response.orderly.plans import PlanDesk
from response.orderly.rehearsal import RehearsalDesk
from response.orderly.values import ValueBook
from response.orderly.visits import VisitDesk
from response.orderly.what_if import WhatIfEffects
from storage.ledger_ports import Ledger
from storage.ports import ReadingStore


def open_orderly(
    settings: Settings,
    store: ReadingStore,
    ledger: Ledger,
    clock: Clock,
    notices: NoticeDesk,
    *,
    live: LiveLoads | None = None,
    forecasts: ForecastDesk | None = None,
    intensity: IntensityDesk | None = None,
) -> OrderlyDesk:
    """live : the engine of this process, None where it runs in another; forecasts, intensity : those of this process,
    which have the hour's forecast and the year's figures at hand; None opens them for it alone"""
    policy, zone, registry = open_policy(settings), settings.district.zone, ledger.registry
    table, kept = policy.orderly, ledger.orderly
    histories = open_histories(settings, store, ledger, clock)
    values = ValueBook(intensity or open_intensity(settings, store, ledger, clock), ledger.energy, clock)
    plans = PlanDesk(kept, registry, ledger.references, histories, table, clock, zone)
    instructions = InstructionDesk(kept, table, policy.gap_levels, clock, zone)
    dr = DrShare(ledger.dr, zone)
    # Days of events and orders are no samples, even while their figures are estimates.
    called = partial(open_reductions(settings, ledger).series, verified_only=False)
    freezer = Freezer(histories, registry, called, policy, clock, zone)
    orders = OrderDesk(kept, registry, instructions, notices, freezer, table, clock, zone)
    potentials = open_potentials(settings, store, ledger, clock)
    return OrderlyDesk(
        table=table,
        plans=plans,
        instructions=instructions,
        gap=open_gap(settings, store, ledger, clock, forecasts=forecasts),
        allocations=AllocationDesk(
            plans, instructions, kept, registry, ledger.reductions, potentials, values, dr, table, clock, zone
        ),
        orders=orders,
        executions=ExecutionDesk(
            orders, histories, registry, ledger.reductions, table.execution, clock, zone, live=live
        ),
        fairness=FairnessDesk(kept, orders, ledger.reductions, registry, values, dr, table, clock, zone),
        rehearsal=RehearsalDesk(
            plans,
            AnalysisReader(histories, WeatherHistory(ledger.weather), policy.calendar, policy.characteristics, zone),
            policy.characteristics,
            registry,
            ledger.references,
            values,
            table,
            zone,
        ),
        visits=VisitDesk(kept, registry, clock, zone),
        energy_quotas=EnergyQuotas(kept),
        attachments=AttachmentDesk(ledger.attachments, kept),
    )


def open_gap(
    settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock, *, forecasts: ForecastDesk | None = None
) -> GapDesk:
    policy, histories = open_policy(settings), open_histories(settings, store, ledger, clock)
    return GapDesk(
        forecasts or open_forecasts(settings, store, ledger, clock),
        WhatIfEffects(
            open_analyses(settings, store, ledger, histories), histories, ledger.registry, clock, settings.district.zone
        ),
        ledger.registry,
        ledger.references,
        policy.gap_levels,
        policy.orderly,
        EnergyGaps(EnergyQuotas(ledger.orderly), histories, policy.orderly, clock, settings.district.zone),
        clock,
        settings.district.zone,
    )


def open_orderly_offline(
    settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock, bus: Bus
) -> OrderlyDesk:
    """For a command that has store and ledger to itself; notices go into the outbox, a running server sends them."""
    return open_orderly(settings, store, ledger, clock, open_notices(settings, ledger, clock, clock, bus))
