"""What the engine knows now, as a port: the triggers in ``response`` and the questions read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.scopes import Scope
from monitor.answers import Projection


@dataclass(frozen=True, slots=True)
class ScopeLoad:
    """A scope at the newest minute.

    minute : start of the newest minute judged, or of the quarter for one of ``told``
    measured_kw : sliding 15-min demand of the members that were heard (a lower bound while some are silent)
    sliding_kw : the same when coverage is complete, None otherwise; trusted readings only
    sliding_kva : apparent power where reactive power or power factor is measured, None otherwise
    estimate_kw, low, high : measured plus the usual value of the silent with its 80 % band; None = no usual value known
    coverage : share of expected meter-minutes heard in the window, 0...1
    instantaneous_kw : newest values of those that were heard, display only
    coarse_share : share of the load measured on intervals longer than a quarter; their last values stand in the figures
        above until the next are told, so that these are measured of no one stretch of time
    told : where there is such a share, the newest quarters that all meters have told, oldest first
    """

    scope: Scope
    minute: datetime
    measured_kw: float
    sliding_kw: float | None
    sliding_kva: float | None
    coverage: float
    estimate_kw: float | None
    estimate_low_kw: float | None
    estimate_high_kw: float | None
    projection: Projection | None
    instantaneous_kw: float | None = None
    coarse_share: float = 0.0
    told: tuple[ScopeLoad, ...] = ()


@dataclass(frozen=True, slots=True)
class MeterState:
    """A meter now. ``silent_s`` is None while it is not overdue; T+1 and monthly meters are never silent.

    faults : codes such as spike, frozen, catch_up, clock, register; standing until good data return
    """

    meter: str
    enterprise: str | None
    last_ts: datetime | None
    silent_s: float | None
    faults: tuple[str, ...]


class LiveLoads(Protocol):
    """Thread-safe; each call is one consistent picture."""

    def loads(self) -> list[ScopeLoad]:
        """Every scope that has expected meters (district, monitored, areas, enterprises)."""
        ...

    def load(self, scope: Scope) -> ScopeLoad | None: ...

    def meters(self) -> list[MeterState]: ...
