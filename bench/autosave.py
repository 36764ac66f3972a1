"""What mosquitto's autosave_interval costs and saves: the table of docs/mosquitto.md.

python -m bench.autosave [kills]

For each interval: messages per second with the subscriber online; messages per second while 10,000 wait for an absent
one; and the most messages lost per SIGKILL of those the broker had acknowledged to the publisher.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from bench.burst import publish, publish_apart
from tests.servers.mosquitto import Mosquitto

INTERVALS = (1, 100, 1000)
TOPIC = "yingfeng/v1/bench/enterprise/E001/M001/reading"
QUEUED = 10_000
#: Messages measured, by interval: each save writes the whole queue, so every single change is dear.
ONLINE = {1: 2_000, 100: 20_000, 1000: 20_000}
MORE = {1: 100, 100: 2_000, 1000: 5_000}
UNTIL_KILL = {1: (100, 400), 100: (1_500, 4_000), 1000: (1_500, 6_000)}


def messages(count: int, start: int = 0) -> list[tuple[str, bytes]]:
    return [(TOPIC, b'{"ts":1784513700,"p_kw":812.4,"seq":%d}' % number) for number in range(start, start + count)]


class Subscriber:
    """A persistent QoS 1 session that notes the payloads it is given."""

    def __init__(self, port: int) -> None:
        self.seen: set[bytes] = set()
        self.ready = threading.Event()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id="keeper", clean_session=False)
        self.client.on_message = lambda _client, _data, message: self.seen.add(bytes(message.payload))
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.connect("127.0.0.1", port)
        self.client.subscribe(TOPIC, 1)
        self.client.loop_start()
        self.ready.wait(10)

    def settle(self, expected: int) -> int:
        """How many came, once all did or nothing has come for two seconds."""
        last, since = -1, time.monotonic()
        while len(self.seen) < expected and time.monotonic() - since < 2.0:
            if len(self.seen) != last:
                last, since = len(self.seen), time.monotonic()
            time.sleep(0.01)
        return len(self.seen)

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@contextmanager
def broker(interval: int) -> Iterator[Mosquitto]:
    server = Mosquitto(extra=[f"autosave_interval {interval}", "log_type error"])
    server.start()
    try:
        yield server
    finally:
        server.remove()


def online(interval: int) -> float:
    with broker(interval) as server:
        subscriber = Subscriber(server.port)
        count = ONLINE[interval]
        took = publish_apart(server.port, messages(count))
        since = time.perf_counter()
        subscriber.settle(count)
        took += time.perf_counter() - since
        subscriber.leave()
        return count / took


def queued(interval: int) -> float:
    with broker(100_000) as server:
        Subscriber(server.port).leave()
        publish(server.port, messages(QUEUED))
        settings = server.directory / "mosquitto.conf"
        settings.write_text(settings.read_text().replace("autosave_interval 100000", f"autosave_interval {interval}"))
        server.stop()
        server.start()
        return MORE[interval] / publish(server.port, messages(MORE[interval], QUEUED))


def lost(interval: int, random_state: random.Random) -> int:
    """Acknowledged and never delivered after a SIGKILL; the queue grows to a random length first."""
    with broker(interval) as server:
        Subscriber(server.port).leave()
        count = random_state.randrange(*UNTIL_KILL[interval])
        publish(server.port, messages(count))
        server.kill()
        server.start()
        subscriber = Subscriber(server.port)
        found = subscriber.settle(count)
        subscriber.leave()
        return count - found


def main(kills: int = 6) -> None:
    state = random.Random(1)
    print(
        "| autosave_interval | msg/s online | msg/s with 10,000 queued | most lost per SIGKILL |\n|---:|---:|---:|---:|"
    )
    for interval in INTERVALS:
        worst = max(lost(interval, state) for _ in range(kills))
        print(
            f"| {interval} | {online(interval):,.0f} | {queued(interval):,.0f} | {worst:,} of {kills} kills |",
            flush=True,
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
