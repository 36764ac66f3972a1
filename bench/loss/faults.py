"""What breaks: each fault strikes while readings are under way and is healed again before it returns."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.loss.plant import Plant

Fault = Callable[[Plant, random.Random, int], None]


def kill_ingest(site: Plant, chance: random.Random, _: int) -> None:
    site.kill()
    _pass(chance, 0.5)
    site.start(wait=chance.random() < 0.7)


def kill_ingest_twice(site: Plant, chance: random.Random, _: int) -> None:
    """Again while it starts: it opens the journal, connects or drains at that moment."""
    for _once in range(2):
        site.kill()
        site.start(wait=False)
        _pass(chance, 6.0)
    site.wait_until_up()


def terminate_ingest(site: Plant, chance: random.Random, _: int) -> None:
    site.terminate()
    _pass(chance, 0.5)
    site.start()


def stop_ingest(site: Plant, chance: random.Random, _: int) -> None:
    with _stopped(site.pid()):
        _pass(chance, 4.0)


def terminate_broker(site: Plant, chance: random.Random, _: int) -> None:
    site.broker.stop()
    _pass(chance, 1.0)
    site.broker.start()


def stop_broker(site: Plant, chance: random.Random, _: int) -> None:
    with _stopped(site.broker.pid):
        _pass(chance, 3.0)


def cut_ingest_line(site: Plant, chance: random.Random, _: int) -> None:
    site.to_broker.refusing.set()
    site.to_broker.cut()
    _pass(chance, 2.0)
    site.to_broker.refusing.clear()


def swallow_ingest_line(site: Plant, chance: random.Random, _: int) -> None:
    """The line stands and carries nothing, then breaks: neither side knows what the other got."""
    site.to_broker.swallowing.set()
    _pass(chance, 2.0)
    site.to_broker.cut()
    site.to_broker.swallowing.clear()


def cut_meters_line(site: Plant, chance: random.Random, _: int) -> None:
    for _once in range(chance.randint(1, 4)):
        site.from_meters.cut()
        _pass(chance, 0.3)


def full_disk(site: Plant, chance: random.Random, _: int) -> None:
    # A start may fail on a full disk with a clear sentence; that is the other fault.
    site.wait_until_up()
    site.disk.fill()
    _pass(chance, 4.0)
    site.disk.free()


def full_disk_and_kill(site: Plant, chance: random.Random, _: int) -> None:
    """Killed while the disk is full, started while it still is, freed then."""
    site.disk.fill()
    _pass(chance, 2.0)
    site.kill()
    site.start(wait=False)
    _pass(chance, 3.0)
    site.disk.free()
    # It may end with a clear sentence when the ledger cannot be opened; the administrator starts it again.
    site.revive()


def repeats(site: Plant, chance: random.Random, _: int) -> None:
    site.publisher.repeat(chance.randint(10, 1_000))
    _pass(chance, 1.0)


def reordering(site: Plant, chance: random.Random, _: int) -> None:
    site.publisher.reorder(chance.randint(10, 2_000))
    _pass(chance, 1.0)


def wrong_messages(site: Plant, chance: random.Random, _: int) -> None:
    site.publisher.wrong(chance.randint(1, 20))
    _pass(chance, 1.0)


def outage_of_ingest(site: Plant, chance: random.Random, messages: int) -> None:
    """Down while ``messages`` pile up at the broker."""
    site.kill() if chance.random() < 0.5 else site.terminate()
    _let_pile_up(site, messages)
    site.start()


def kill_store(site: Plant, chance: random.Random, _: int) -> None:
    assert site.influx is not None
    site.influx.server.kill()
    _pass(chance, 1.0)
    site.influx.server.start()


def stop_store(site: Plant, chance: random.Random, _: int) -> None:
    assert site.influx is not None
    with _stopped(site.influx.server.pid):
        _pass(chance, 12.0 if chance.random() < 0.2 else 2.0)


def cut_store_line(site: Plant, chance: random.Random, _: int) -> None:
    """Answers are lost on their way back: what was written is written again."""
    assert site.to_store is not None
    for _once in range(chance.randint(1, 5)):
        site.to_store.cut()
        _pass(chance, 0.3)


def outage_of_store(site: Plant, _: random.Random, messages: int) -> None:
    assert site.influx is not None
    site.influx.server.kill()
    _let_pile_up(site, messages)
    site.influx.server.start()


COMMON: dict[str, Fault] = {
    "SIGKILL ingest": kill_ingest,
    "SIGKILL ingest twice": kill_ingest_twice,
    "SIGTERM ingest": terminate_ingest,
    "SIGSTOP ingest": stop_ingest,
    "SIGTERM broker": terminate_broker,
    "SIGSTOP broker": stop_broker,
    "ingest's line cut": cut_ingest_line,
    "ingest's line swallows": swallow_ingest_line,
    "meters' line cut": cut_meters_line,
    "full disk": full_disk,
    "full disk and SIGKILL": full_disk_and_kill,
    "repeats": repeats,
    "reordering": reordering,
    "wrong messages": wrong_messages,
}
OF_STORE: dict[str, Fault] = {
    "SIGKILL store": kill_store,
    "SIGSTOP store": stop_store,
    "store's line cut": cut_store_line,
}
OUTAGE_OF_INGEST, OUTAGE_OF_STORE = "outage of ingest", "outage of store"


def schedule(count: int, store: str, chance: random.Random) -> list[tuple[str, Fault]]:
    """``count`` faults in random order, each kind about as often as any other; every twentieth is a long outage."""
    kinds = {**COMMON, **(OF_STORE if store == "influx" else {})}
    outages: dict[str, Fault] = {OUTAGE_OF_INGEST: outage_of_ingest}
    if store == "influx":
        outages[OUTAGE_OF_STORE] = outage_of_store
    long = max(1, count // 20)
    names = [list(outages)[i % len(outages)] for i in range(long)]
    names += [list(kinds)[i % len(kinds)] for i in range(count - long)]
    chance.shuffle(names)
    return [(name, {**kinds, **outages}[name]) for name in names]


def _pass(chance: random.Random, most_s: float) -> None:
    time.sleep(chance.uniform(0.0, most_s))


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _let_pile_up(site: Plant, messages: int) -> None:
    until = site.publisher.acknowledged + messages
    site.publisher.hurry.set()
    while site.publisher.acknowledged < until:
        time.sleep(0.05)
    site.publisher.hurry.clear()
