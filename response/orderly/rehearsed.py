"""What a rehearsal is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.scopes import MONITORED, Scope

KIND = "orderly_rehearsal"


@dataclass(frozen=True, slots=True)
class Season:
    """quota_share : of the span's highest load, where no quota was entered for a day; scope : whose gap it is"""

    first: date
    last: date
    quota_share: float = 0.9
    scope: Scope = MONITORED


@dataclass(frozen=True, slots=True)
class RehearsedDay:
    """One run of slots above the quota. missing_kw : what the plan could not close, 0 = closed

    storage_kw, lighting_kw, cooling_kw : what of the ordered kW needs no production to stop
    """

    day: date
    start: datetime
    end: datetime
    need_kw: float
    level: str
    called: int
    ordered_kw: float
    missing_kw: float
    loss_yuan: float
    listed_loss_yuan: float
    storage_kw: float = 0.0
    lighting_kw: float = 0.0
    cooling_kw: float = 0.0

    @property
    def hours(self) -> float:
        return (self.end - self.start).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class RehearsedSite:
    enterprise: str
    name: str
    calls: int
    hours: float
    energy_kwh: float
    loss_yuan: float


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """soft_kwh : of ordered_kwh by storage, lighting and flexible cooling; cooling_sites : enterprises whose cooling
    load could be told from the temperature"""

    plan: str
    scope: str
    first: date
    last: date
    quota_by: str
    days_with_gap: int
    days_closed: int
    ordered_kwh: float
    missing_kwh: float
    loss_yuan: float
    listed_loss_yuan: float
    days: tuple[RehearsedDay, ...]
    sites: tuple[RehearsedSite, ...]
    data_digest: str
    soft_kwh: float = 0.0
    cooling_sites: int = 0


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """The same run of slots through each plan; None where a plan has no such run."""

    day: date
    start: datetime
    end: datetime
    need_kw: float
    by_plan: tuple[RehearsedDay | None, ...]


@dataclass(frozen=True, slots=True)
class ComparedSite:
    enterprise: str
    name: str
    by_plan: tuple[RehearsedSite | None, ...]


def compared_runs(found: tuple[Rehearsal, ...]) -> tuple[ComparedRun, ...]:
    """By time; plans rehearsed together have the same loads and quota, so the same runs."""
    own = [{day.start: day for day in each.days} for each in found]
    starts = sorted({start for days in own for start in days})
    rows = []
    for start in starts:
        by_plan = tuple(days.get(start) for days in own)
        any_of = next(day for day in by_plan if day is not None)
        rows.append(ComparedRun(any_of.day, any_of.start, any_of.end, any_of.need_kw, by_plan))
    return tuple(rows)


def compared_sites(found: tuple[Rehearsal, ...]) -> tuple[ComparedSite, ...]:
    """Who gave most under any plan first."""
    own = [{site.enterprise: site for site in each.sites} for each in found]
    names = {site.enterprise: site.name for each in found for site in each.sites}
    rows = [ComparedSite(key, name, tuple(sites.get(key) for sites in own)) for key, name in names.items()]
    return tuple(sorted(rows, key=lambda row: -max(site.energy_kwh for site in row.by_plan if site is not None)))
