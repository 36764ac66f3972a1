"""The loss audit: ``make bench-loss``, or ``python -m bench.loss --faults 200 --store influx|duckdb [--seed N]``.

Readings with sequence numbers are published at QoS 1 while everything breaks in random order. The publisher notes what
the broker acknowledged and resends nothing. At the end the store itself is asked for every key, and the last line says
what was found; the exit code is 1 on any difference. docs/loss-audit.md explains the figures.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter

from bench.loss.audit import Finding, compare
from bench.loss.broker_kills import audit_broker
from bench.loss.faults import schedule
from bench.loss.plant import Plant, plant


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.loss", description=__doc__)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--store", choices=("influx", "duckdb"), default="influx")
    parser.add_argument("--seed", type=int, help="of the order of the faults; printed, so that a run can be repeated")
    parser.add_argument("--outage", type=int, default=20_000, help="messages that pile up in a long outage")
    parser.add_argument("--rate", type=float, default=1_000.0, help="messages a second between the outages")
    parser.add_argument("--broker-kills", type=int, default=0, help="SIGKILL the broker so often, audited apart")
    parser.add_argument("--disk-mb", type=int, default=400)
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    chosen = arguments(words)
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(10**6)
    print(
        f"seed {seed}, store {chosen.store}, {chosen.faults} faults, outages of {chosen.outage:,} messages", flush=True
    )
    bad = 0
    if chosen.faults:
        found = audit(chosen, seed)
        bad += bool(found.differences)
    if chosen.broker_kills:
        bad += audit_broker(chosen, seed)
    if chosen.faults:
        print(found.line(), flush=True)
    return 1 if bad else 0


def audit(chosen: argparse.Namespace, seed: int) -> Finding:
    chance = random.Random(seed)
    begun = time.monotonic()
    with plant(chosen.store, chance, rate=chosen.rate, disk_mb=chosen.disk_mb) as site:
        print(f"full disk: {site.disk.kind}", flush=True)
        struck: Counter[str] = Counter()
        for number, (name, fault) in enumerate(schedule(chosen.faults, chosen.store, chance), 1):
            print(f"{time.monotonic() - begun:7.1f} s  {number:4}  {name}", flush=True)
            fault(site, chance, chosen.outage)
            struck[name] += 1
            site.watch()
            time.sleep(chance.uniform(0.2, 1.5))
        found = finish(site)
        print("; ".join(f"{name} {count}" for name, count in sorted(struck.items())))
        print(
            f"{time.monotonic() - begun:.0f} s, {site.starts} starts of the product; {found.repeats} acknowledged "
            f"repeats; {found.doubtful} messages under way when their line was lost, in no one's book "
            f"({found.doubtful_stored} of them came)"
        )
        for difference in found.differences:
            print(f"DIFFERENCE: {difference}", flush=True)
    return found


def finish(site: Plant, attempts: int = 3) -> Finding:
    """Let everything drain, stop the product, compare. What is only on its way is waited for again."""
    site.publisher.pause()
    for _ in range(attempts):
        site.settle()
        site.terminate()
        found = compare(site)
        if not found.missing:
            break
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
