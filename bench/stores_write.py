"""Readings written per second to each store, beside a raw loader of the same rows to the same server in the same run.

python -m bench.stores_write [batches]
"""

from __future__ import annotations

import http.client
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from domain.instants import Span, from_ms
from domain.readings import CURRENT, ENERGY_IMPORT, POWER, QUANTITIES, REACTIVE, VOLTAGE, ReadingBatch
from storage.ports import ReadingStore
from storage.readings.duckdb import DuckDbStore
from storage.readings.influx import InfluxStore
from storage.readings.influx_lines import reading_lines
from tests.servers.influx import Influx, running_influx

ROWS, METERS = 5_000, 5_000
T0_MS = 1_700_000_100_000
ROUNDS = 3


@dataclass(frozen=True)
class Line:
    store: str
    what: str
    rows_per_s: float
    ratio: float


def make_batches(count: int) -> list[ReadingBatch]:
    """One minute of 5,000 meters each, five of the seven quantities, as a usual meter sends."""
    random = np.random.default_rng(1)
    meter = np.array([f"M{i:05d}" for i in range(METERS)], dtype=object)
    made = []
    for minute in range(count):
        values = np.full((ROWS, len(QUANTITIES)), np.nan)
        for column in (POWER, REACTIVE, ENERGY_IMPORT, VOLTAGE, CURRENT):
            values[:, column] = np.round(random.uniform(0, 500, ROWS), 3)
        ts_ms = np.full(ROWS, T0_MS + minute * 60_000, dtype=np.int64)
        made.append(ReadingBatch(meter, ts_ms, values, np.zeros(ROWS, dtype=np.int8), ts_ms + 700))
    return made


def rate(work: Callable[[], None], rows: int) -> float:
    started = time.perf_counter()
    work()
    return rows / (time.perf_counter() - started)


def write_all(store: ReadingStore, batches: list[ReadingBatch], *, repeats: bool = False) -> None:
    for number, batch in enumerate(batches):
        outcome = store.write(batch)
        if (outcome.repeats if repeats else outcome.accepted) != len(batch):
            instant = from_ms(int(batch.ts_ms[0]))
            held = store.read(list(batch.meter), Span(instant, instant + timedelta(milliseconds=1)))
            raise RuntimeError(
                f"batch {number} of {len(batches)} at {instant} should hold {len(batch)} "
                f"{'repeats' if repeats else 'new rows'}, but {outcome.accepted} were accepted, "
                f"{outcome.repeats} repeats, {len(outcome.rejected)} rejected; the store now has {len(held)} of them, "
                f"received_ms {sorted(set(held.received_ms.tolist()))[:5]}, "
                f"absent values {np.isnan(held.values).sum(axis=0).tolist()}"
            )


def raw_lines(influx: Influx, bucket: str, bodies: list[bytes]) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", influx.port)) as connection:
        for body in bodies:
            connection.request("POST", f"/write?db={bucket}&precision=ms", body)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 204:
                raise RuntimeError(f"the raw loader was refused: {answer.status}")


def raw_inserts(path: Path, tables: list[pa.Table]) -> None:
    """What DuckDB takes without a look at what is there: one committed insert from Arrow per batch."""
    with duckdb.connect(path) as connection:
        connection.register("first", tables[0])
        connection.execute("CREATE TABLE reading AS SELECT * FROM first LIMIT 0")
        for table in tables:
            connection.register("incoming", table)
            connection.execute("INSERT INTO reading SELECT * FROM incoming")


def appended(path: Path, rows: list[list[tuple[object, ...]]]) -> None:
    """DuckDB's appender, which takes Python rows: one flush, and so one commit, per batch."""
    quantities = ", ".join(f"{name} DOUBLE" for name in QUANTITIES)
    with duckdb.connect(path) as connection:
        connection.execute(
            f"CREATE TABLE reading (meter VARCHAR, ts_ms BIGINT, {quantities}, quality VARCHAR, received_ms BIGINT)"
        )
        with connection.appender("reading") as appender:
            for some in rows:
                appender.append_rows(some)
                appender.flush()


def rows_of(table: pa.Table) -> list[tuple[object, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def arrow_of(batch: ReadingBatch) -> pa.Table:
    columns = {"meter": pa.array(batch.meter, type=pa.string()), "ts_ms": batch.ts_ms}
    columns |= {
        name: pa.array(np.ascontiguousarray(batch.values[:, k]), from_pandas=True) for k, name in enumerate(QUANTITIES)
    }
    return pa.table({**columns, "quality": pa.array(["ok"] * len(batch)), "received_ms": batch.received_ms})


def measure_store(store: ReadingStore, batches: list[ReadingBatch]) -> dict[str, float]:
    """New rows in order; the same rows again; rows that come late, between what is stored."""
    rows = sum(map(len, batches))
    with closing(store):
        write_all(store, batches[:1])
        found = {"new rows": rate(lambda: write_all(store, batches[1:]), rows - len(batches[0]))}
        some = batches[:: max(len(batches) // 8, 1)]
        found["repeats"] = rate(lambda: write_all(store, some, repeats=True), sum(map(len, some)))
        late = [ReadingBatch(b.meter, b.ts_ms + 30_000, b.values, b.quality, b.received_ms) for b in some[:-1]]
        found["late rows"] = rate(lambda: write_all(store, late), sum(map(len, late)))
    return found


def measure(batches: list[ReadingBatch], directory: Path, influx: Influx) -> Iterator[Line]:
    """The best of ``ROUNDS`` of each, taken in turns so that a busy machine is fair to both sides."""
    rows = sum(map(len, batches))
    bodies = ["\n".join(reading_lines(batch)).encode() for batch in batches]
    tables = [arrow_of(batch) for batch in batches]
    tuples = [rows_of(table) for table in tables]
    best: dict[tuple[str, str], float] = {}

    def note(store: str, found: dict[str, float]) -> None:
        for what, value in found.items():
            best[store, what] = max(value, best.get((store, what), 0.0))

    for number in range(ROUNDS):
        raw_path = directory / f"raw{number}.duckdb"
        note("DuckDB", {"raw": rate(lambda path=raw_path: raw_inserts(path, tables), rows)})  # type: ignore[misc]
        path = directory / f"appended{number}.duckdb"
        note("DuckDB", {"appender": rate(lambda path=path: appended(path, tuples), rows)})  # type: ignore[misc]
        note("DuckDB", measure_store(DuckDbStore(directory / f"{number}.duckdb"), batches))
        bucket = f"raw{number}"
        InfluxStore(influx.settings(bucket)).ensure()
        note("InfluxDB", {"raw": rate(lambda name=bucket: raw_lines(influx, name, bodies), rows)})  # type: ignore[misc]
        note("InfluxDB", measure_store(InfluxStore(influx.settings(timeout_s=60)), batches))
    for (store, what), value in best.items():
        yield Line(store, what, value, value / best[store, "raw"])


def main(count: int = 60) -> None:
    with tempfile.TemporaryDirectory() as directory, running_influx() as influx:
        print(f"{count} batches of {ROWS:,} rows, {METERS:,} meters, five quantities each; best of {ROUNDS}")
        print("| store | what | rows/s | of raw |\n|---|---|---:|---:|")
        for line in measure(make_batches(count), Path(directory), influx):
            print(f"| {line.store} | {line.what} | {line.rows_per_s:,.0f} | {line.ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
