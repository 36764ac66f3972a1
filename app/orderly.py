"""Orderly power use in a process: the desks, wired."""

from __future__ import annotations

from app.wiring import open_histories, open_policy
from config.settings import Settings
from domain.clock import Clock
from monitor.load_history import LoadHistories
from response.orderly.desk import OrderlyDesk
from response.orderly.plans import PlanDesk
from storage.ledger_ports import Ledger
from storage.ports import ReadingStore


def open_orderly(settings: Settings, ledger: Ledger, clock: Clock, *, histories: LoadHistories) -> OrderlyDesk:
    policy, zone = open_policy(settings), settings.district.zone
    return OrderlyDesk(
        plans=PlanDesk(ledger.orderly, ledger.registry, ledger.references, histories, policy.orderly, clock, zone)
    )


def open_orderly_offline(settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock) -> OrderlyDesk:
    """For a command that has store and ledger to itself."""
    return open_orderly(settings, ledger, clock, histories=open_histories(settings, store, ledger, clock))
