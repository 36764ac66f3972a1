"""Eight enterprises with eleven weeks of load, an approved plan, and the desks over a real ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from app.bus import InProcessBus
from app.delivery import open_notices
from app.orderly import open_orderly
from config.settings import Settings
from domain.arrays import FloatArray
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import BLOCK_MS, HOUR_MS, to_ms
from domain.orderly import Instruction, InstructionKind, Plan, PlanRow, PlanState, PlanStep, Window
from domain.people import Principal, Role
from domain.registry import Meter, ProtectedClass, RestrictedClass
from domain.scopes import MONITORED, Scope, enterprise_scope
from domain.weather import WeatherRows
from response.delivery.desk import NoticeDesk
from response.orderly.desk import OrderlyDesk
from storage.ledger import SqlLedger
from storage.ports import DemandRows
from storage.readings.duckdb import DuckDbStore
from tests.response.orderly import plan_case
from tests.support.clock import HandClock

START = datetime(2026, 5, 10, 16, tzinfo=UTC)  # midnight of Monday 11 May in Ningbo
DAYS = 77  # to Sunday 26 July
DAY = START + timedelta(days=DAYS)  # midnight of Monday 27 July
OTTO = Principal("otto", Role.OFFICER)
EMIL = Principal("emil", Role.ENTERPRISE, EnterpriseId("E001"))
NUMBER = "甬电调〔2026〕7号"
#: 14:00 to 16:00 of the day.
WINDOW = Window(DAY + timedelta(hours=14), DAY + timedelta(hours=16))
USUAL_KW = 1000.0


@dataclass
class Season:
    desk: OrderlyDesk
    ledger: SqlLedger
    store: DuckDbStore
    clock: HandClock
    notices: NoticeDesk

    def instruct(self, number: str = NUMBER, kw: float = 1500.0) -> Instruction:
        given = Instruction(number, "宁波市能源局", InstructionKind.START, self.clock.now(), "", "A", kw, (WINDOW,))
        return self.desk.instructions.register(OTTO, given)

    def draws(self, enterprise: str, load: FloatArray, start: datetime) -> None:
        self.store.write_demand(rows(enterprise_scope(enterprise), load, start))


def usual_load() -> FloatArray:
    """Workdays 8 to 18 at 1000 kW, otherwise 300 kW."""
    load = np.full((DAYS, 96), 300.0)
    for day in range(DAYS):
        if day % 7 < 5:
            load[day, 32:72] = USUAL_KW
    return load


def rows(scope: Scope, load: FloatArray, start: datetime) -> DemandRows:
    n, flat = load.size, load.ravel()
    return DemandRows(
        scope=(scope,) * n,
        ts_ms=to_ms(start) + np.arange(n, dtype=np.int64) * BLOCK_MS,
        demand_kw=flat,
        energy_kwh=flat / 4,
        coverage=np.ones(n),
        estimate_kw=flat,
        estimate_low_kw=flat,
        estimate_high_kw=flat,
        quality=np.full(n, "ok", dtype=object),
        revision=np.ones(n, dtype=np.int64),
    )


def weather(highest_c: FloatArray) -> WeatherRows:
    """Measured hours whose day, from ``START``, is as hot as given throughout."""
    valid_ms = to_ms(START) + np.arange(24 * len(highest_c), dtype=np.int64) * HOUR_MS
    return WeatherRows(valid_ms, valid_ms, np.repeat(highest_c, 24), np.full(len(valid_ms), np.nan), "test")


@contextmanager
def season(path: Path) -> Iterator[Season]:
    """E007 is protected, E008 of a restricted class."""
    more: dict[int, dict[str, object]] = {
        7: {"protected_class": ProtectedClass.UTILITY},
        8: {"restricted_class": RestrictedClass.ELIMINATED},
    }
    enterprises = [plan_case.enterprise(n, security_load_kw=300.0, **more.get(n, {})) for n in range(1, 9)]
    registry = plan_case.registry(*enterprises)
    clock = HandClock(DAY - timedelta(hours=8))
    ledger = SqlLedger(f"sqlite:///{path}/ledger.sqlite", clock=clock)
    ledger.registry.put_versions(
        "test",
        enterprises=enterprises,
        accounts=registry.accounts,
        meters=[Meter(MeterId(f"M{a.id}"), a.valid_from, AccountId(a.id)) for a in registry.accounts],
    )
    store = DuckDbStore(path / "readings.duckdb")
    for each in enterprises:
        store.write_demand(rows(enterprise_scope(each.id), usual_load(), START))
    store.write_demand(rows(MONITORED, usual_load() * len(enterprises), START))
    view = registry.view(DAY.date())
    plan_rows = tuple(
        PlanRow(e, view.accounts_of(e.id)[0], () if e.protected_class else (PlanStep("A", 400.0), PlanStep("B", 200.0)))
        for e in enterprises
    )
    plan = Plan(
        2026, 1, "方案", plan_rows, "test", "otto", clock.now(), PlanState.APPROVED, "陈局长", clock.now(), "1号"
    )
    ledger.orderly.plans.put("otto", plan.id, plan, after=0)
    bus = InProcessBus()
    notices = open_notices(Settings(), ledger, clock, clock, bus)
    yield Season(open_orderly(Settings(), store, ledger, clock, notices), ledger, store, clock, notices)
    store.close()
    ledger.close()
