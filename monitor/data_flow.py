"""Whether data flow from the broker to the store and the engine, as the canary proves it: for rules and health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

#: Beats that may be missing before data no longer flow.
BEATS = 3


@dataclass(frozen=True, slots=True)
class DataFlow:
    """every_s : a canary reading is sent this often [s]
    store_age_s, engine_age_s : since the newest that arrived, or since sending began [s]; None = not looked at here
    store_latency_s, engine_latency_s : of the newest that arrived, from sending [s]; None = none yet
    """

    every_s: float
    store_age_s: float | None
    engine_age_s: float | None
    store_latency_s: float | None = None
    engine_latency_s: float | None = None

    @property
    def limit_s(self) -> float:
        return BEATS * self.every_s

    @property
    def age_s(self) -> float:
        """Of the part that is behind most."""
        return max(self.store_age_s or 0.0, self.engine_age_s or 0.0)

    @property
    def stopped(self) -> tuple[str, ...]:
        """Parts no data reach: ``store``, ``engine``."""
        ages = {"store": self.store_age_s, "engine": self.engine_age_s}
        return tuple(name for name, age_s in ages.items() if age_s is not None and age_s > self.limit_s)


class FlowSource(Protocol):
    def flow(self) -> DataFlow | None:
        """None where nobody sends a canary."""
        ...
