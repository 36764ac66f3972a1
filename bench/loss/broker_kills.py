"""SIGKILL of the broker, audited apart: what it acknowledged and had not saved is lost with it, and this says how much.

Loss per kill is at most autosave_interval, and none where the publisher repeats its last 1,000 readings, as a gateway
with history does.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from itertools import pairwise

from bench.loss.audit import compare
from bench.loss.plant import Plant, plant
from bench.loss.publisher import HISTORY
from tests.servers.mosquitto import SHIPPED


def autosave_interval() -> int:
    found = re.search(r"^autosave_interval (\d+)", SHIPPED.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return int(found[1])


def audit_broker(chosen: argparse.Namespace, seed: int) -> int:
    """Prints ``broker_lost``; the number of promises that did not hold."""
    bound, bad = autosave_interval(), 0
    for history in (0, HISTORY):
        per_kill = _losses(chosen, random.Random(seed), history)
        most, total = max(per_kill), sum(per_kill)
        allowed = 0 if history else bound
        bad += most > allowed
        how = f"repeating its last {history:,} readings" if history else "without history"
        print(
            f"broker_lost {total} in {len(per_kill)} kills, at most {most} per kill, publisher {how} "
            f"(allowed {allowed}; autosave_interval {bound})",
            flush=True,
        )
    return bad


def _losses(chosen: argparse.Namespace, chance: random.Random, history: int) -> list[int]:
    """Acknowledged and not stored, for each kill; ingest is away, slow or there at the moment of the kill."""
    with plant(chosen.store, chance, rate=chosen.rate, disk_mb=chosen.disk_mb) as site:
        marks = []
        for _ in range(chosen.broker_kills):
            _kill_once(site, chance, history)
            marks.append(site.publisher.sent)
        site.publisher.pause()
        site.settle()
        site.terminate()
        missing = compare(site).missing
    bounds = [0, *marks[:-1], 10**12]
    return [sum(low <= n < high for n in missing) for low, high in pairwise(bounds)]


def _kill_once(site: Plant, chance: random.Random, history: int) -> None:
    away = chance.random() < 0.5
    if away:
        site.to_broker.refusing.set()
        site.to_broker.cut()
    time.sleep(chance.uniform(0.3, 2.0))
    site.broker.kill()
    site.broker.start()
    site.to_broker.refusing.clear()
    # What was lost with the broker must not be mistaken for what is sent after it.
    if history:
        site.publisher.repeat(history)
    time.sleep(chance.uniform(1.5, 2.5))
