"""From a figure with its bounds to an observation against one threshold.

A measured lower bound may raise while meters are silent; only an upper bound that is complete or estimated may clear
(invariant 4: measured values raise, and a dip because data stopped is not relief).
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.alerts import Severity
from response.alert_state import Observation


@dataclass(frozen=True, slots=True)
class Threshold:
    """Raise and clear thresholds as shares of the base; ``inclusive`` says whether the raise bound itself raises.

    label_zh, label_en : name of the level where it has one (gap levels), else empty
    """

    raise_at: float
    clear_at: float
    severity: Severity
    inclusive: bool = True
    label_zh: str = ""
    label_en: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is known of a share of the base: at least ``low`` (measured), at most ``high``; None = not known."""

    low: float | None
    high: float | None

    def less(self, kw: float) -> Bounds:
        return Bounds(None if self.low is None else self.low - kw, None if self.high is None else self.high - kw)

    def over(self, base: float) -> Bounds:
        return Bounds(None if self.low is None else self.low / base, None if self.high is None else self.high / base)


UNKNOWN = Bounds(None, None)


def observe(bounds: Bounds, threshold: Threshold) -> Observation:
    """ABOVE by the measured lower bound, BELOW by the upper bound, BAND between, MISSING when neither can say."""
    low, high = bounds.low, bounds.high
    if low is not None and (low >= threshold.raise_at if threshold.inclusive else low > threshold.raise_at):
        return Observation.ABOVE
    if high is not None and (high < threshold.clear_at if threshold.inclusive else high <= threshold.clear_at):
        return Observation.BELOW
    # An upper bound that reaches into the band while the measured part is far below says nothing for certain, and an
    # absent one less than that; only a measured value inside the band is an observation.
    if low is not None and (low >= threshold.clear_at or low == high):
        return Observation.BAND
    return Observation.MISSING
