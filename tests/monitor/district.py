"""A small district in memory with an engine on a clock driven by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from app.bus import InProcessBus
from app.metrics import PrometheusMetrics
from config.calendar import Calendar
from config.settings import MonitorSettings
from domain.events import IntervalClosed, LoadChanged
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import to_ms
from domain.quality import Quality
from domain.readings import QUANTITIES, ReadingBatch
from domain.registry import ALWAYS, Account, Enterprise, Meter, MeterRole, Registry
from monitor.engine import Engine
from storage.readings.memory import MemoryStore
from tests.support.clock import HandClock
from tests.support.ledger import MemoryLedger

ZONE = ZoneInfo("Asia/Shanghai")
#: 14:00 in the district, a Tuesday in July.
START = datetime(2026, 7, 28, 6, 0, tzinfo=UTC)


def main_meter(number: int, **changes: object) -> Meter:
    """Main meter M00n of enterprise E00n."""
    meter = Meter(MeterId(f"M{number:03d}"), ALWAYS, AccountId(f"A{number:03d}"))
    return replace(meter, **changes)  # type: ignore[arg-type]


def registry_of(meters: Iterable[Meter], *, streets: Mapping[int, str] | None = None) -> Registry:
    """Each meter with an account and enterprise of the same number, boundary meters without."""
    meters = tuple(meters)
    numbers = sorted({int(m.account[1:]) for m in meters if m.account is not None})
    return Registry(
        revision=1,
        enterprises=tuple(
            Enterprise(EnterpriseId(f"E{n:03d}"), ALWAYS, f"企业{n}", street=(streets or {}).get(n, "梅墟"))
            for n in numbers
        ),
        accounts=tuple(
            Account(AccountId(f"A{n:03d}"), ALWAYS, EnterpriseId(f"E{n:03d}"), substation="梅墟变") for n in numbers
        ),
        meters=meters,
    )


def boundary_meter(ident: str = "B001", **changes: object) -> Meter:
    return replace(Meter(MeterId(ident), ALWAYS, None, role=MeterRole.BOUNDARY), **changes)  # type: ignore[arg-type]


def readings(
    meter: str, start: datetime, power_kw: Iterable[float], *, step_s: int = 60, quality: Quality = Quality.OK
) -> ReadingBatch:
    """Consecutive readings of one meter from ``start`` on."""
    powers = np.array(list(power_kw), dtype=np.float64)
    n = len(powers)
    values = np.full((n, len(QUANTITIES)), np.nan)
    values[:, 0] = powers
    ts_ms = to_ms(start) + np.arange(n, dtype=np.int64) * step_s * 1000
    return ReadingBatch(
        np.full(n, meter, dtype=object), ts_ms, values, np.full(n, quality, dtype=np.int8), np.zeros(n, dtype=np.int64)
    )


@dataclass
class District:
    """Everything an engine needs, and what it announced."""

    registry: Registry
    now: datetime = START
    store: MemoryStore = field(default_factory=MemoryStore)
    settings: MonitorSettings = field(default_factory=MonitorSettings)

    def __post_init__(self) -> None:
        self.clock = HandClock(self.now)
        self.ledger = MemoryLedger(self.registry)
        self.bus = InProcessBus()
        self.metrics = PrometheusMetrics()
        self.calendar = Calendar()
        self.closed: list[IntervalClosed] = []
        self.changes: list[LoadChanged] = []
        self.bus.subscribe(IntervalClosed, self.closed.append)
        self.bus.subscribe(LoadChanged, self.changes.append)
        self.engine = self.new_engine()

    def new_engine(self) -> Engine:
        return Engine(
            registry=self.ledger.registry,
            store=self.store,
            clock=self.clock,
            bus=self.bus,
            settings=self.settings,
            zone=ZONE,
            metrics=self.metrics,
            calendar=self.calendar,
            dirty=self.ledger.dirty,
            superseded=self.ledger.superseded,
        )

    def feed(self, *batches: ReadingBatch) -> None:
        """As ingest does: the store and the engine each get the readings."""
        for batch in batches:
            self.store.write(batch)
            self.engine.accept(batch)

    def pass_minutes(
        self,
        minutes: int,
        power_kw: Mapping[str, float],
        *,
        delay_s: float = 2.0,
        quality: Mapping[str, Quality] | None = None,
    ) -> None:
        """Every meter sends each minute's mean just after its end, and the engine ticks."""
        for _ in range(minutes):
            start = self.clock.now().replace(second=0, microsecond=0)
            self.clock.set(start + timedelta(seconds=60 + delay_s))
            for meter, kw in power_kw.items():
                self.feed(readings(meter, start, [kw], quality=(quality or {}).get(meter, Quality.OK)))
            self.engine.tick()
