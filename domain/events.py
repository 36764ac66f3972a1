"""Past-tense facts on the bus. The store is the truth; the bus only says "look again"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from domain.alerts import Alert
from domain.notices import Reply
from domain.scopes import Scope


@dataclass(frozen=True, slots=True)
class ReadingsStored:
    """Committed to the store: meters and the span [start_ms, end_ms) of their instants."""

    meters: tuple[str, ...]
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class IngestStarted:
    """A process that takes readings is up; it may have stored some that nobody was told of."""


@dataclass(frozen=True, slots=True)
class JournalMeasured:
    """How full the journal of an ingest process is.

    source : the process; size_bytes of limit_bytes; behind : the reader furthest behind, "" when none is
    lag_records, age_s : what that reader has not done with, and the age of the oldest of it in real seconds
    """

    source: str
    size_bytes: int
    limit_bytes: int
    behind: str
    lag_records: int
    age_s: float


@dataclass(frozen=True, slots=True)
class LoadChanged:
    """The live windows moved: the newest minute the engine has closed."""

    minute: datetime


@dataclass(frozen=True, slots=True)
class IntervalClosed:
    """A 15-minute block [start, start + 15 min) of every scope was written, or re-derived as ``revision`` > 1."""

    start: datetime
    revision: int


@dataclass(frozen=True, slots=True)
class DemandRevised:
    """Figures of these scopes within [start_ms, end_ms) were replaced; the old ones are in the ledger.

    ``revision`` is the highest of them; a report, an index or a baseline that rests on them is out of date. Who was not
    listening finds the same in ``SupersededLedger``.
    """

    scopes: tuple[Scope, ...]
    start_ms: int
    end_ms: int
    revision: int


@dataclass(frozen=True, slots=True)
class AlertChanged:
    alert: Alert


@dataclass(frozen=True, slots=True)
class RegistryChanged:
    revision: int


@dataclass(frozen=True, slots=True)
class ReferencesChanged:
    """Quota, record or official level was entered or revised."""


@dataclass(frozen=True, slots=True)
class NoticeAnswered:
    """An answer was recorded, or one recorded by hand was taken back."""

    reply: Reply


Event = (
    ReadingsStored
    | IngestStarted
    | JournalMeasured
    | LoadChanged
    | IntervalClosed
    | DemandRevised
    | AlertChanged
    | RegistryChanged
    | ReferencesChanged
    | NoticeAnswered
)
T = TypeVar("T")


class Bus(Protocol):
    """In-process announcements. Handlers run on the publisher's thread, must be quick and must not raise."""

    def publish(self, event: Event) -> None: ...

    def subscribe(self, kind: type[T], handler: Callable[[T], None]) -> Callable[[], None]:
        """Returns the function that ends the subscription."""
        ...


class Publisher(Protocol):
    """Sending over MQTT. Returns when the message is handed to the client; QoS 1."""

    def publish(self, topic: str, payload: bytes) -> None: ...


class Metrics(Protocol):
    """Counters and gauges, read by /metrics. Names follow Prometheus; labels are few and bounded."""

    def count(self, name: str, amount: float = 1.0, **labels: str) -> None: ...

    def gauge(self, name: str, value: float, **labels: str) -> None: ...

    def observe(self, name: str, value: float, **labels: str) -> None: ...

    def snapshot(self) -> Mapping[str, float]: ...
