"""What a process does each night, over its desks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.desks import Desks
from app.nightly import (
    nightly_anomalies,
    nightly_intensity,
    nightly_site_curves,
    nightly_standing,
    nightly_vee,
    prune_superseded,
)
from app.wiring import open_intensity_curves, open_site_curves
from config.settings import Settings
from domain.clock import Clock
from storage.ledger_ports import Ledger
from storage.ports import ReadingStore


def open_nights(
    settings: Settings, store: ReadingStore, ledger: Ledger, clock: Clock, desks: Desks
) -> list[tuple[str, Callable[[], None]]]:
    """The tasks of a ticker, by name."""
    zone, runs = settings.district.zone, desks.runs
    sweep = partial(prune_superseded, ledger.superseded, clock, settings.monitor.superseded_days)
    curves = open_intensity_curves(settings, store, ledger, desks.intensity)
    sites = open_site_curves(settings, store, ledger, clock)
    nights = {
        "vee": nightly_vee(runs, desks.vee, clock, zone, sweep=sweep),
        "anomalies": nightly_anomalies(runs, desks.anomalies, clock, zone),
        "intensity": nightly_intensity(runs, curves, clock, zone),
        "intensity_standing": nightly_standing(runs, desks.intensity, clock, zone),
        "site_curves": nightly_site_curves(runs, sites, clock, zone),
    }
    return [(name, each.tick) for name, each in nights.items()]
