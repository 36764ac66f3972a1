"""One district on the desk: a registry of a few plants, loads set by hand, and the engine that judges them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.bus import InProcessBus
from config.alert_policy import load_alert_policy
from config.gap_levels import GapLevelTable
from config.policy_table import load_table
from domain.alerts import Alert
from domain.events import AlertChanged, Bus
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.references import Quota, Reference
from domain.registry import ALWAYS, Account, DataClass, Enterprise, Meter, MeterRole
from domain.scopes import DISTRICT, MONITORED, Scope, enterprise_scope
from monitor.answers import Projection
from monitor.live import MeterState, ScopeLoad
from response.alert_engine import AlertEngine
from storage.ledger.sql import SqlLedger
from tests.support.clock import HandClock

ZONE = ZoneInfo("Asia/Shanghai")
GAP_LEVELS = load_table("gap_levels.toml", GapLevelTable)
METERS = tuple(f"M{n:02d}" for n in range(1, 11))
PLANT = enterprise_scope("E01")


class HandLoads:
    """Live loads as a test sets them: the port's contract with nothing behind it."""

    def __init__(self) -> None:
        self.by_scope: dict[Scope, ScopeLoad] = {}
        self.states: dict[str, MeterState] = {m: MeterState(m, "E01", None, None, ()) for m in METERS}

    def loads(self) -> list[ScopeLoad]:
        return list(self.by_scope.values())

    def load(self, scope: Scope) -> ScopeLoad | None:
        return self.by_scope.get(scope)

    def meters(self) -> list[MeterState]:
        return list(self.states.values())


class Desk:
    def __init__(self, ledger: SqlLedger, clock: HandClock) -> None:
        self.ledger, self.clock = ledger, clock
        self.live = HandLoads()
        self.bus = InProcessBus()
        self.seen: list[Alert] = []
        self.bus.subscribe(AlertChanged, lambda event: self.seen.append(event.alert))
        meters = [Meter(MeterId(m), ALWAYS, AccountId("033001")) for m in METERS]
        meters.append(Meter(MeterId("LATE"), ALWAYS, AccountId("033001"), data_class=DataClass.NEXT_DAY))
        ledger.registry.put_versions(
            "test",
            enterprises=[Enterprise(EnterpriseId("E01"), ALWAYS, "甬城精密机械有限公司")],
            accounts=[
                Account(
                    AccountId("033001"),
                    ALWAYS,
                    EnterpriseId("E01"),
                    running_capacity_kva=2000.0,
                    approved_demand_kw=1500.0,
                )
            ],
            meters=[*meters, Meter(MeterId("B1"), ALWAYS, None, role=MeterRole.BOUNDARY)],
        )
        self.engine = self.start_engine()

    def start_engine(self, bus: Bus | None = None) -> AlertEngine:
        engine = AlertEngine(
            live=self.live,
            alerts=self.ledger.alerts,
            references=self.ledger.references,
            registry=self.ledger.registry,
            clock=self.clock,
            bus=bus or self.bus,
            policy=load_alert_policy(),
            gap_levels=GAP_LEVELS,
            zone=ZONE,
        )
        engine.restore()
        return engine

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(ZONE).date()

    def quota(self, kw: float, scope: Scope = DISTRICT, *, day: date | None = None) -> None:
        self.ledger.references.put_quota(Quota(scope, day or self.today, (kw,) * 96, "甬经信〔2026〕1号", "test"))

    def reference(self, kind: str, kw: float, scope: Scope = DISTRICT) -> None:
        self.ledger.references.put_reference(Reference(scope, kind, kw, self.today, "调度日志", "test"))

    def draw(
        self,
        kw: float,
        scope: Scope = DISTRICT,
        *,
        heard_kw: float | None = None,
        high_kw: float | None = None,
        kva: float | None = None,
        coverage: float | None = None,
        projected: tuple[int, float] | None = None,
    ) -> None:
        """Set the sliding demand; ``heard_kw`` < kw means the rest is silent, ``high_kw`` the estimate's upper edge."""
        complete = heard_kw is None
        start = self.clock.now()
        self.live.by_scope[scope] = ScopeLoad(
            scope=scope,
            minute=start,
            measured_kw=kw if heard_kw is None else heard_kw,
            sliding_kw=kw if complete else None,
            sliding_kva=kva,
            coverage=coverage if coverage is not None else (1.0 if complete else 0.8),
            estimate_kw=high_kw,
            estimate_low_kw=heard_kw if high_kw is not None else None,
            estimate_high_kw=high_kw,
            projection=None if projected is None else _projection(start, *projected),
        )

    def silence(self, *meters: str) -> None:
        for meter, state in self.live.states.items():
            self.live.states[meter] = replace(state, silent_s=600.0 if meter in meters else None)

    def fault(self, code: str, *meters: str) -> None:
        for meter, state in self.live.states.items():
            self.live.states[meter] = replace(state, faults=(code,) if meter in meters else ())

    def after(self, minutes: float) -> list[Alert]:
        """Evaluate each minute on the way there, as the ticker does; returns what was announced."""
        before = len(self.seen)
        for _ in range(int(minutes)):
            self.clock.advance(60)
            self.engine.evaluate()
        return self.seen[before:]

    def active(self) -> list[Alert]:
        return list(self.ledger.alerts.list(active=True).items)


def _projection(start: datetime, minutes: int, kw: float) -> Projection:
    return Projection(start, minutes, kw, kw * 0.98, kw * 1.02)


__all__ = ["DISTRICT", "METERS", "MONITORED", "PLANT", "ZONE", "Desk", "HandLoads"]
