"""Whether data flow from the broker to the store and the engine, as the canary and the journals tell: for rules and
health."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from domain.events import JournalMeasured

#: Beats that may be missing before data no longer flow.
BEATS = 3
#: What was told of a journal longer ago is not known any more; ingest tells every few seconds.
FORGOTTEN_S = 60.0


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


class JournalBook:
    """The newest word of every ingest process about its journal. Thread-safe."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._newest: dict[str, tuple[float, JournalMeasured]] = {}

    def note(self, event: JournalMeasured) -> None:
        with self._lock:
            self._newest[event.source] = (self._monotonic(), event)

    def journals(self) -> tuple[JournalMeasured, ...]:
        """Those told of lately."""
        since = self._monotonic() - FORGOTTEN_S
        with self._lock:
            self._newest = {source: told for source, told in self._newest.items() if told[0] >= since}
            return tuple(event for _, event in self._newest.values())
