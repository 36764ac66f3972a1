"""The stretches of time a rule looks at: the last fifteen minutes, or the quarters that all meters have told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.live import ScopeLoad
from response.observations import Bounds
from response.rules import Basis


def judged_loads(load: ScopeLoad, coarse_share: float) -> tuple[ScopeLoad, ...]:
    """What is judged of a scope: where meters on long intervals weigh more than ``coarse_share`` of it, its last
    fifteen minutes are a mixture that belongs to no quarter, so its told quarters, each against its own quota."""
    return load.told if load.coarse_share > coarse_share else (load,)


def bounds_kw(load: ScopeLoad) -> Bounds:
    """Measured lower bound and complete or estimated upper bound of the demand [kW]."""
    low = load.measured_kw if load.coverage > 0 else None
    if load.sliding_kw is not None:
        return Bounds(load.sliding_kw, load.sliding_kw)
    high = load.estimate_high_kw
    return Bounds(low, None if high is None else max(high, low or 0.0))


def bounds_kva(load: ScopeLoad, lowest_power_factor: float) -> Bounds:
    """Bounds of the apparent demand [kVA]: from the kW to the measured kVA or to kW at the lowest factor."""
    kw = bounds_kw(load)
    low = kw.low if load.sliding_kva is None or kw.low is None else max(kw.low, load.sliding_kva)
    if load.sliding_kw is not None and load.sliding_kva is not None:
        return Bounds(low, low)
    return Bounds(low, None if kw.high is None else kw.high / lowest_power_factor)


@dataclass(frozen=True, slots=True)
class Look:
    """One stretch: bounds of the figure (of a gap: of load less quota) in the unit of its base."""

    load: ScopeLoad
    bounds: Bounds
    base: float

    @property
    def share(self) -> Bounds:
        return self.bounds.over(self.base)


@dataclass(frozen=True, slots=True)
class Seen:
    """All looks as one: the worst raises, and only all of them together clear.

    share : at least the greatest lower bound; at most the greatest upper bound, None where one is not known
    worst : the look whose figure is told to people
    quarter : its start where told quarters were judged
    """

    share: Bounds
    worst: Look
    quarter: datetime | None

    @property
    def basis(self) -> Basis:
        return Basis.SLIDING_DEMAND if self.quarter is None else Basis.QUARTER_DEMAND


def seen(looks: Sequence[Look], load: ScopeLoad) -> Seen:
    """At least one look. ``load`` is the scope now: a look at anything else is a look at a told quarter."""
    shares = [look.share for look in looks]
    lows = [-1e300 if share.low is None else share.low for share in shares]
    highs = [share.high for share in shares if share.high is not None]
    worst = looks[lows.index(max(lows))]
    high = max(highs) if len(highs) == len(shares) else None
    return Seen(Bounds(worst.share.low, high), worst, None if worst.load is load else worst.load.minute)
