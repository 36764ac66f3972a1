"""The night before the story, as far as the boards of a Grafana draw what it works out; in the background."""

from __future__ import annotations

from app.nightly import nightly_intensity, nightly_site_curves
from app.system import System
from app.wiring import open_intensity_curves, open_site_curves


def begin_months(system: System) -> None:
    """Energy and intensity of thirteen months, out of the statements."""
    settings, desks = system.settings, system.desks
    curves = open_intensity_curves(settings, system.store, system.ledger, desks.intensity)
    nightly_intensity(desks.runs, curves, system.clock, settings.district.zone).begin()


def begin_sites(system: System) -> None:
    """Shapes, cooling, potential and baselines; the year before must be in the store."""
    settings = system.settings
    curves = open_site_curves(settings, system.store, system.ledger, system.clock)
    nightly_site_curves(system.desks.runs, curves, system.clock, settings.district.zone).begin()
