"""The night before the story, as far as the boards of a Grafana draw what it works out."""

from __future__ import annotations

from app.nightly import nightly_intensity, nightly_site_curves
from app.system import System
from app.wiring import open_intensity_curves, open_site_curves


def begin_nights(system: System) -> None:
    """In the background, one after the other: months of intensity, then a year of each site."""
    settings, store, ledger, clock = system.settings, system.store, system.ledger, system.clock
    desks, zone = system.desks, settings.district.zone
    months = open_intensity_curves(settings, store, ledger, desks.intensity)
    nightly_intensity(desks.runs, months, clock, zone).begin()
    nightly_site_curves(desks.runs, open_site_curves(settings, store, ledger, clock), clock, zone).begin()
