"""Bytes on disk for a reading and for a year of a district at 15 minutes: what a reading store takes.

    python -m bench.disk_sizes [days]

A hundred sites of one meter each send power, reactive power and an energy register every quarter of an hour; the loads
are a daily shape with noise, rounded as meters round them. Beside the readings each store holds what the engine makes
of them: a row of demand_15m for every meter, every enterprise and the district. Sizes are of the files of a store that
was closed (DuckDB) or that has moved all it took into its compressed files (InfluxDB).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.readings import ENERGY_IMPORT, POWER, QUANTITIES, REACTIVE, ReadingBatch
from domain.scopes import DISTRICT, Scope, enterprise_scope, meter_scope
from storage.ports import DemandRows, ReadingStore
from storage.readings.duckdb import DuckDbStore
from storage.readings.influx import InfluxStore
from tests.servers.influx import running_influx

SITES, BLOCKS, BLOCK_MS = 100, 96, 900_000
T0_MS = 1_780_243_200_000  # midnight of 1 June 2026 in UTC
METERS = tuple(f"M{n:03d}" for n in range(SITES))
SCOPES = (*(meter_scope(m) for m in METERS), *(enterprise_scope(f"E{m[1:]}") for m in METERS), DISTRICT)


def days(count: int) -> Iterator[tuple[IntArray, FloatArray]]:
    """Instants of a day's blocks, shape (96,), and loads, shape (sites, 96) [kW]."""
    random = np.random.default_rng(1)
    size_kw = np.exp(random.uniform(np.log(100), np.log(3_000), SITES))[:, None]
    shape = 0.35 + 0.65 * np.exp(-(((np.arange(BLOCKS) / 4 - 14) / 5) ** 2))
    for day in range(count):
        load_kw = size_kw * shape * random.uniform(0.9, 1.1, (SITES, BLOCKS))
        yield T0_MS + (day * BLOCKS + np.arange(BLOCKS, dtype=np.int64)) * BLOCK_MS, np.round(load_kw, 2)


def readings(ts_ms: IntArray, load_kw: FloatArray, register_kwh: FloatArray) -> ReadingBatch:
    """In the order they arrive: all meters of an instant, then the next."""
    values = np.full((BLOCKS * SITES, len(QUANTITIES)), np.nan)
    values[:, POWER] = load_kw.T.ravel()
    values[:, REACTIVE] = np.round(0.4 * load_kw, 2).T.ravel()
    values[:, ENERGY_IMPORT] = np.round(register_kwh, 2).T.ravel()
    at_ms = np.repeat(ts_ms, SITES)
    meter = np.tile(np.array(METERS, dtype=object), BLOCKS)
    return ReadingBatch(meter, at_ms, values, np.zeros(len(meter), dtype=np.int8), at_ms + BLOCK_MS + 700)


def demand(ts_ms: IntArray, load_kw: FloatArray) -> DemandRows:
    kw = np.concatenate([load_kw, load_kw, load_kw.sum(axis=0, keepdims=True)]).ravel()
    scopes: tuple[Scope, ...] = tuple(scope for scope in SCOPES for _ in range(BLOCKS))
    whole = np.ones(len(kw))
    at_ms = np.tile(ts_ms, len(SCOPES))
    words = np.full(len(kw), "ok", dtype=object)
    return DemandRows(scopes, at_ms, kw, kw / 4, whole, kw, kw, kw, words, whole.astype(np.int64))


def fill(store: ReadingStore, count: int, *, with_demand: bool) -> None:
    register_kwh = np.zeros((SITES, 1))
    for ts_ms, load_kw in days(count):
        registers = register_kwh + np.cumsum(load_kw / 4, axis=1)
        register_kwh = registers[:, -1:]
        if with_demand:
            store.write_demand(demand(ts_ms, load_kw))
        else:
            outcome = store.write(readings(ts_ms, load_kw, registers))
            assert outcome.accepted == SITES * BLOCKS


def bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def of_duckdb(count: int, *, with_demand: bool) -> int:
    with tempfile.TemporaryDirectory() as name:
        store = DuckDbStore(Path(name) / "readings.duckdb")
        fill(store, count, with_demand=with_demand)
        store.close()
        return bytes_of(Path(name))


def of_influx(count: int, *, with_demand: bool) -> int:
    # What lies in memory and log is written to the compressed files at once, not after ten minutes and four hours.
    os.environ["INFLUXDB_DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION"] = "1s"
    os.environ["INFLUXDB_DATA_COMPACT_FULL_WRITE_COLD_DURATION"] = "1s"
    with running_influx() as influx:
        store = InfluxStore(influx.settings("sizes"))
        fill(store, count, with_demand=with_demand)
        store.close()
        return settled(influx.directory)


def settled(folder: Path, quiet_s: float = 10.0) -> int:
    """The size once it has stayed the same for a while."""
    size, since = -1, time.monotonic()
    while time.monotonic() - since < quiet_s:
        now = bytes_of(folder / "data") + bytes_of(folder / "wal")
        if now != size:
            size, since = now, time.monotonic()
        time.sleep(0.5)
    return size


def main(count: int = 30) -> None:
    print(f"{SITES} sites, {count} days of 15 minutes; {len(SCOPES)} scopes of demand")
    print("| store | what | rows a year | bytes a row | GB a year |\n|---|---|---:|---:|---:|")
    for name, measure in (("DuckDB", of_duckdb), ("InfluxDB", of_influx)):
        for what, rows_a_block, with_demand in (("readings", SITES, False), ("demand", len(SCOPES), True)):
            # The first day holds what every store takes for itself, however little is in it.
            grown = measure(count + 1, with_demand=with_demand) - measure(1, with_demand=with_demand)
            a_row = grown / (count * BLOCKS * rows_a_block)
            a_year = 365 * BLOCKS * rows_a_block
            print(f"| {name} | {what} | {a_year:,} | {a_row:.1f} | {a_row * a_year / 1e9:.2f} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
