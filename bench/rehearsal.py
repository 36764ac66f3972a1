"""One summer of 100 enterprises through a plan: processor time, and what it saves against the plan's order alone.

``python -m bench.rehearsal``: made-up loads in DuckDB, quota at 85 % of the maximum.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from app.bus import InProcessBus
from app.clock import SystemClock
from app.orderly import open_orderly_offline
from config.settings import Settings
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import BLOCK_MS, HOUR_MS, to_ms
from domain.orderly import Plan, PlanRow, PlanState, PlanStep
from domain.people import SYSTEM
from domain.registry import Account, Enterprise, Meter
from domain.scopes import MONITORED, Scope, enterprise_scope
from domain.weather import WeatherRows
from response.orderly.rehearsed import Season
from storage.ledger import SqlLedger
from storage.ports import DemandRows
from storage.readings.duckdb import DuckDbStore

SITES, DAYS = 100, 92
START = datetime(2025, 5, 31, 16, tzinfo=UTC)  # 1 June in Ningbo
SINCE = date(2020, 1, 1)


def rows(scope: Scope, load: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> DemandRows:
    n = load.size
    return DemandRows(
        scope=(scope,) * n,
        ts_ms=to_ms(START) + np.arange(n, dtype=np.int64) * BLOCK_MS,
        demand_kw=load.ravel(),
        energy_kwh=load.ravel() / 4,
        coverage=np.ones(n),
        estimate_kw=load.ravel(),
        estimate_low_kw=load.ravel(),
        estimate_high_kw=load.ravel(),
        quality=np.full(n, "ok", dtype=object),
        revision=np.ones(n, dtype=np.int64),
    )


def weather(highest_c: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> WeatherRows:
    valid_ms = to_ms(START) + np.arange(24 * len(highest_c), dtype=np.int64) * HOUR_MS
    return WeatherRows(valid_ms, valid_ms, np.repeat(highest_c, 24), np.full(len(valid_ms), np.nan), "bench")


def main() -> None:
    rng = np.random.default_rng(5)
    size = np.exp(rng.uniform(np.log(100), np.log(3_000), SITES))
    hours = np.arange(96) / 4
    shape = 0.35 + 0.65 * np.exp(-(((hours - 14) / 5) ** 2))
    heat = 1 + 0.15 * np.sin(np.arange(DAYS) / 6) + 0.05 * rng.standard_normal(DAYS)
    load = size[:, None, None] * heat[None, :, None] * shape[None, None, :] * rng.uniform(0.9, 1.1, (SITES, DAYS, 96))
    with TemporaryDirectory() as folder:
        clock, store = SystemClock(), DuckDbStore(Path(folder) / "bench.duckdb")
        ledger = SqlLedger(f"sqlite:///{Path(folder)}/ledger.sqlite", clock=clock)
        enterprises = [
            Enterprise(
                EnterpriseId(f"E{n:03d}"),
                SINCE,
                f"企业{n}",
                security_load_kw=0.2 * kw,
                shiftable_kw=0.1 * kw,
                avoidable_kw=0.15 * kw,
                curtailable_kw=0.3 * kw,
            )
            for n, kw in enumerate(size.tolist())
        ]
        accounts = [Account(AccountId(f"33{e.id}"), SINCE, e.id) for e in enterprises]
        meters = [Meter(MeterId(f"M{e.id}"), SINCE, AccountId(f"33{e.id}")) for e in enterprises]
        ledger.registry.put_versions("bench", enterprises=enterprises, accounts=accounts, meters=meters)
        for number, each in enumerate(enterprises):
            store.write_demand(rows(enterprise_scope(each.id), load[number]))
        store.write_demand(rows(MONITORED, load.sum(axis=0)))
        ledger.weather.put(weather(30 + 6 * np.sin(np.arange(DAYS) / 6)))
        plan_rows = tuple(
            PlanRow(e, a, (PlanStep("A", 0.2 * kw), PlanStep("B", 0.3 * kw)))
            for e, a, kw in zip(enterprises, accounts, size.tolist(), strict=True)
        )
        plan = Plan(2025, 1, "bench", plan_rows, "bench", "bench", clock.now(), PlanState.APPROVED)
        ledger.orderly.plans.put("bench", plan.id, plan, after=0)
        desk = open_orderly_offline(Settings(), store, ledger, clock, InProcessBus())
        began = time.process_time()
        [found] = desk.rehearsal.rehearse(SYSTEM, [plan.id], Season(date(2025, 6, 1), date(2025, 8, 31), 0.85))
        took = time.process_time() - began
        print(
            f"{SITES} enterprises, {DAYS} days: {took:.1f} s of processor; {found.days_with_gap} days with a gap, "
            f"{found.days_closed} closed, {found.ordered_kwh:,.0f} kWh, {found.soft_kwh:,.0f} of it flexible cooling; "
            f"{found.cooling_sites} sites with a fit"
        )
        ledger.close()
        store.close()


if __name__ == "__main__":
    main()
