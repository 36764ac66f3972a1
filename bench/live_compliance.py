"""Seconds from a block of 1,000 enterprises written to the store to the answer who complies with an order.

``python -m bench.live_compliance``: made-up loads in DuckDB, an order of two hours to everybody; after each quarter of
an hour the block is written, and the execution asked for as API and page do.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from app.bus import InProcessBus
from app.clock import FollowedClock
from app.orderly import open_orderly_offline
from config.settings import Settings
from domain.arrays import FloatArray
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import BLOCK_MS, to_ms
from domain.orderly import Instruction, InstructionKind, OrderLine, Rank, Target, Window
from domain.people import Principal, Role
from domain.registry import Account, Enterprise, Meter
from domain.scopes import enterprise_scope
from response.orderly.orders import NewOrder
from storage.ledger import SqlLedger
from storage.ports import DemandRows
from storage.readings.duckdb import DuckDbStore

SITES, DAYS, BLOCKS = 1_000, 14, 8
START = datetime(2026, 7, 12, 16, tzinfo=UTC)  # midnight of Monday 13 July in Ningbo
DAY = START + timedelta(days=DAYS)
WINDOW = Window(DAY + timedelta(hours=14), DAY + timedelta(hours=16))
SINCE, WHO = date(2020, 1, 1), Principal("bench", Role.OFFICER)
NAMES = [f"E{n:04d}" for n in range(SITES)]


def rows(start: datetime, load_kw: FloatArray) -> DemandRows:
    """load_kw : shape (sites, blocks)"""
    flat, n = load_kw.ravel(), load_kw.shape[1]
    return DemandRows(
        scope=tuple(enterprise_scope(name) for name in NAMES for _ in range(n)),
        ts_ms=np.tile(to_ms(start) + np.arange(n, dtype=np.int64) * BLOCK_MS, SITES),
        demand_kw=flat,
        energy_kwh=flat / 4,
        coverage=np.ones(len(flat)),
        estimate_kw=flat,
        estimate_low_kw=flat,
        estimate_high_kw=flat,
        quality=np.full(len(flat), "ok", dtype=object),
        revision=np.ones(len(flat), dtype=np.int64),
    )


def main() -> None:
    rng = np.random.default_rng(3)
    size = np.exp(rng.uniform(np.log(100), np.log(3_000), SITES))[:, None]
    with TemporaryDirectory() as folder:
        clock, store = FollowedClock(), DuckDbStore(Path(folder) / "bench.duckdb")
        clock.follow(DAY + timedelta(hours=8), 0.0)
        ledger = SqlLedger(f"sqlite:///{Path(folder)}/ledger.sqlite", clock=clock)
        enterprises = [Enterprise(EnterpriseId(name), SINCE, f"企业{name}") for name in NAMES]
        accounts = [Account(AccountId(f"33{e.id}"), SINCE, e.id) for e in enterprises]
        meters = [Meter(MeterId(f"M{e.id}"), SINCE, AccountId(f"33{e.id}")) for e in enterprises]
        ledger.registry.put_versions("bench", enterprises=enterprises, accounts=accounts, meters=meters)
        for day in range(DAYS):
            store.write_demand(rows(START + timedelta(days=day), size * rng.uniform(0.9, 1.1, (SITES, 96))))
        store.write_demand(rows(DAY, size * rng.uniform(0.9, 1.1, (SITES, 56))))
        desk = open_orderly_offline(Settings(), store, ledger, clock, InProcessBus())
        desk.instructions.register(
            WHO, Instruction("1号", "bench", InstructionKind.START, clock.now(), "", "A", 1000.0)
        )
        lines = tuple(
            OrderLine(name, Rank.SHIFT, Target.REDUCTION, float(kw) * 0.2)
            for name, kw in zip(NAMES, size.ravel(), strict=True)
        )
        order = desk.orders.prepare(WHO, NewOrder(lines, (WINDOW,), "1号"))
        began = time.perf_counter()
        desk.orders.issue(WHO, order.id, officer="bench")
        issued_s = time.perf_counter() - began
        written, answered = [], []
        for block in range(BLOCKS):
            at = WINDOW.start + timedelta(minutes=15 * block)
            clock.follow(at + timedelta(minutes=16), 0.0)
            began = time.perf_counter()
            store.write_demand(rows(at, size * rng.uniform(0.7, 1.0, (SITES, 1))))
            middle = time.perf_counter()
            found = desk.executions.of(WHO, order.id)
            answered.append(time.perf_counter() - middle)
            written.append(middle - began)
            assert (found.due_points, found.judged) == (block + 1, SITES)
        both = np.array(written) + np.array(answered)
        print(f"{SITES} enterprises, {BLOCKS} blocks: issued with baseline and notices in {issued_s:.1f} s")
        print(f"written and answered in {np.median(both):.2f} s, most {both.max():.2f} s")
        print(f"the answer alone {np.median(answered):.2f} s")
        ledger.close()
        store.close()


if __name__ == "__main__":
    main()
