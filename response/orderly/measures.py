"""What each measure of an enterprise could give in a window: storage, lighting and cooling before production.

They stay inside the kW the plan states at the level in use; what it ascribes to no measure counts as the last rank.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from config.orderly import LightingEntry, OrderlyTable
from domain.orderly import RANKS, Measure, PlanRow, Rank, Window
from domain.potentials import Potential

SOFT = (Measure.STORAGE, Measure.LIGHTING, Measure.COOLING)


@dataclass(frozen=True, slots=True)
class Asked:
    """Of one enterprise. letters : levels that may be used; minutes : until the window; dr_kw : in an event already"""

    rows: Sequence[PlanRow]
    potential: Potential
    letters: tuple[str, ...]
    window: Window
    minutes: float
    dr_kw: float


@dataclass(frozen=True, slots=True)
class Able:
    """One measure and what it could give [kW]"""

    rank: Rank
    measure: Measure
    kw: float


def able(asked: Asked, table: OrderlyTable, zone: ZoneInfo) -> list[Able]:
    """In order of use; none of them too late to be told, together never more than the plan states."""
    found = list(_demand_response(asked, table))
    left = sum(row.reduction_kw(asked.letters) for row in asked.rows)
    said = sum(rank_kw(asked.rows, rank) for rank in RANKS if rank is not Rank.DR)
    for rank in (Rank.SHIFT, Rank.AVOID, Rank.CURTAIL):
        for measure in SOFT:
            entry = table.by(rank, measure)
            if _rank_of(table, measure) is not rank or asked.minutes < entry.ramp_min:
                continue
            kw = min(left, _soft_kw(asked, measure, table, zone))
            if kw > 0:
                found.append(Able(rank, measure, kw))
                left -= kw
        own = rank_kw(asked.rows, rank) if said > 0 else (left if rank is Rank.CURTAIL else 0.0)
        kw = min(left, own, asked.potential.known_shed_kw)
        if kw > 0 and asked.minutes >= table.of(rank).ramp_min:
            found.append(Able(rank, Measure.PLANNED, kw))
            left -= kw
    return found


def rank_kw(rows: Sequence[PlanRow], rank: Rank) -> float:
    """An enterprise states its measures once, whatever number of accounts it has."""
    return max((row.rank_kw(rank) for row in rows), default=0.0)


def storage_kw(rows: Sequence[PlanRow], hours: float, table: OrderlyTable) -> float:
    """What its storage can give through every hour of the window, besides what it draws [kW]"""
    power = max((row.enterprise.storage_kw or 0.0 for row in rows), default=0.0)
    capacity = max((row.enterprise.storage_kwh or 0.0 for row in rows), default=0.0)
    return min(power, table.storage.depth * capacity / hours) if hours > 0 else 0.0


def _demand_response(asked: Asked, table: OrderlyTable) -> Iterator[Able]:
    kw = min(rank_kw(asked.rows, Rank.DR) - asked.dr_kw, asked.potential.known_shed_kw)
    if kw > 0 and asked.minutes >= table.of(Rank.DR).ramp_min:
        yield Able(Rank.DR, Measure.PLANNED, kw)


def _soft_kw(asked: Asked, measure: Measure, table: OrderlyTable, zone: ZoneInfo) -> float:
    if measure is Measure.STORAGE:
        return storage_kw(asked.rows, asked.window.hours, table)
    if measure is Measure.LIGHTING:
        declared = max((row.enterprise.lighting_kw or 0.0 for row in asked.rows), default=0.0)
        lit = _burns(asked.window, table.lighting, zone)
        return min(declared, asked.potential.known_shed_kw) if lit else 0.0
    return min(table.cooling.share * (asked.potential.cooling_kw or 0.0), asked.potential.known_shed_kw)


def _rank_of(table: OrderlyTable, measure: Measure) -> Rank:
    return {
        Measure.STORAGE: table.storage.rank,
        Measure.LIGHTING: table.lighting.rank,
        Measure.COOLING: table.cooling.rank,
    }[measure]


def _burns(window: Window, hours: LightingEntry, zone: ZoneInfo) -> bool:
    """Whether it burns through the whole window."""
    return all(
        _at_night(moment.hour + moment.minute / 60, hours)
        for moment in (window.start.astimezone(zone), (window.end - timedelta(minutes=1)).astimezone(zone))
    )


def _at_night(hour: float, hours: LightingEntry) -> bool:
    if hours.from_hour <= hours.to_hour:
        return hours.from_hour <= hour < hours.to_hour
    return hour >= hours.from_hour or hour < hours.to_hour
