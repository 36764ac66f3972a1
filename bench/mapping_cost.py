"""What mappings cost: native messages with and without mappings loaded, and mapped messages, as ratios of one run.

python -m bench.mapping_cost [messages]

One thread, no broker: the codec alone, and the whole intake (decode, registry, validation).
The same readings are sent in native and in mapped form, and both answers must be equal.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from app.clock import SystemClock
from bench.ingest_throughput import registry, singles
from config.mappings import load_mappings, shipped_names
from config.settings import DistrictSettings, Settings
from ingest.codecs import native
from ingest.codecs.dispatch import Codecs
from ingest.intake import Intake, Processed
from ingest.journal import JournalRecord

BATCH, ROUNDS = 1_000, 5
MAXIMUM = 1_000_000


def mapped(records: Sequence[JournalRecord]) -> list[JournalRecord]:
    """The same readings as an Acrel gateway would send them: one meter a message, local time."""
    found = []
    for record in records:
        row = msgspec.json.decode(record.payload)
        at = time.strftime("%Y%m%d%H%M%S", time.gmtime(row["ts"] // 1000 + 8 * 3600))
        body = {"type": "hstdata", "time": at, "meterSN": row["meter"], "meterStatus": "normal", "p": row["p_kw"]}
        body |= {"q": row["q_kvar"], "wh": row["e_imp_kwh"], "ua": row["u_v"], "ia": row["i_a"]}
        gateway = f"G{int(row['meter'][1:]) // 100}"
        found.append(
            JournalRecord(record.received_ms, f"/gw/acrelHW/null/hstdata/{gateway}", msgspec.json.encode(body))
        )
    return found


def best(work: Callable[[], object], count: int) -> float:
    """Messages per second of the fastest round."""
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return count / min(taken)


def main(count: int = 20_000) -> None:
    clock = SystemClock()
    now_ms = clock.now_ms() // 60_000 * 60_000
    ours = [JournalRecord(now_ms, topic, payload) for topic, payload in singles(count, now_ms)]
    theirs = mapped(ours)
    district, known = DistrictSettings(), registry()
    plain = Codecs(district, (), max_bytes=MAXIMUM)
    loaded = Codecs(district, load_mappings(shipped_names()), max_bytes=MAXIMUM)

    def codec(codecs: Codecs, records: Sequence[JournalRecord]) -> float:
        return best(lambda: [codecs.decode(r.topic, r.payload, r.received_ms) for r in records], count)

    def intake(codecs: Codecs, records: Sequence[JournalRecord]) -> tuple[float, list[Processed]]:
        done: list[Processed] = []

        def work() -> None:
            done.clear()
            reader = Intake(lambda: known, Settings(), clock, codecs=codecs)
            done.extend(reader.process(records[at : at + BATCH]) for at in range(0, count, BATCH))

        return best(work, count), done

    bare = best(lambda: [native.decode(r.topic, r.payload, 0, district=district.id) for r in ours], count)
    whole, first = intake(plain, ours)
    with_mappings, second = intake(loaded, ours)
    of_mapped, third = intake(loaded, theirs)
    for other in (second, third):
        same(first, other)
    print("| messages | codec /s | of the native codec alone | whole intake /s | of native without mappings |")
    print("|---|---:|---:|---:|---:|")
    for label, codecs, records, rate in (
        ("native, no mapping loaded", plain, ours, whole),
        (f"native, {len(shipped_names())} mappings loaded", loaded, ours, with_mappings),
        ("mapped (Acrel, 5 quantities)", loaded, theirs, of_mapped),
    ):
        alone = codec(codecs, records)
        print(f"| {label} | {alone:,.0f} | {alone / bare:.2f} | {rate:,.0f} | {rate / whole:.2f} |")


def same(one: list[Processed], other: list[Processed]) -> None:
    """The rows, whatever form they came in."""
    for a, b in zip(one, other, strict=True):
        if a.rejects or b.rejects:
            raise RuntimeError("the bench sent readings that were refused")
        if not (
            np.array_equal(a.batch.meter, b.batch.meter)
            and np.array_equal(a.batch.ts_ms, b.batch.ts_ms)
            and np.array_equal(a.batch.values, b.batch.values, equal_nan=True)
        ):
            raise RuntimeError("native and mapped form of the same readings differ")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
