"""The year before the twin's readings: the load of the district and of each enterprise, block by block.

It is what the weeks of readings grew out of: everybody was a little smaller, and some plants took a lasting step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from domain.arrays import FloatArray
from domain.ids import EnterpriseId
from domain.instants import BLOCK_S, days_span
from domain.registry import MeterRole, Registry
from domain.scopes import ScopeKind
from domain.weather import WeatherRows
from ingest.twin import history
from ingest.twin.district import District
from storage.ports import DemandRows

#: How much the district grows in a year.
GROWTH = 0.04
KINDS = (ScopeKind.DISTRICT, ScopeKind.MONITORED, ScopeKind.ENTERPRISE)


@dataclass(frozen=True, slots=True)
class Step:
    """Before ``day`` the enterprise drew ``share`` of what it draws today: a shift added, a furnace, a line closed."""

    enterprise: EnterpriseId
    day: date
    share: float


#: Days before the weeks of readings, and the share.
_STEPS = ((75, 0.62), (150, 0.75), (40, 1.30))


def steps_of(district: District, end: date) -> tuple[Step, ...]:
    """The largest plants that work in shifts take one each."""
    largest = sorted(district.enterprises, key=lambda each: each.summer_max_kw or 0.0, reverse=True)
    plants = [each.id for each in largest if each.shifts in ("两班", "三班")]
    return tuple(
        Step(plant, end - timedelta(days=days), share) for plant, (days, share) in zip(plants, _STEPS, strict=False)
    )


def demand(district: District, registry: Registry, start: date, end: date) -> Iterator[DemandRows]:
    """Complete 15-minute demand of the local days [start, end), the latest day first."""
    steps = steps_of(district, end)
    for back in range(1, (end - start).days + 1):
        day = end - timedelta(days=back)
        view = registry.view(day)
        scopes = [each for each in view.scopes() if each.kind in KINDS]
        matrix = district.power_kw(district.ids, days_span(day, day, district.zone), BLOCK_S)
        power = _before(district, matrix.values, [step for step in steps if day < step.day])
        yield history.demand_of(district, view, scopes, matrix.ts_ms, power / (1 + GROWTH) ** (back / 365))


def weather(district: District, start: date, end: date) -> WeatherRows:
    """The hours as they were measured; the forecasts of that time were not kept."""
    return history.measured(district, days_span(start, end - timedelta(days=1), district.zone))


def _before(district: District, power_kw: FloatArray, steps: list[Step]) -> FloatArray:
    """Power of each meter, shape (meters, blocks) [kW], without what the steps added; the boundary sees it too."""
    then = power_kw.copy()
    boundary = [row for row, twin in enumerate(district.meters) if twin.meter.role is MeterRole.BOUNDARY][:1]
    for step in steps:
        rows = [row for row, twin in enumerate(district.meters) if twin.enterprise == step.enterprise]
        mains = [row for row in rows if district.meters[row].meter.role is MeterRole.MAIN]
        then[boundary] += (step.share - 1) * np.sum(power_kw[mains], axis=0)
        then[rows] *= step.share
    return then
