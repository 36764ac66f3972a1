"""A meter's side: QoS 1 over a bare socket. It notes what the broker acknowledged and resends nothing by itself.

A message under way when the line is lost is in nobody's book: it may have come or not, and is left out on both sides.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from bench.loss.load import Load

CONNECT = 0x10
PUBLISH_QOS1 = 0x32
PUBACK = 0x40
WINDOW = 200
HISTORY = 1_000


def _text(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def _packet(head: int, body: bytes) -> bytes:
    length, size = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        size.append(digit | 0x80 if length else digit)
        if not length:
            return bytes([head]) + bytes(size) + body


@dataclass(frozen=True)
class Outgoing:
    """``number`` of the reading; ``kind``: good, or what is wrong with it on purpose; ``late``: a newer one of its
    meter went before it."""

    number: int
    kind: str = "good"
    late: bool = False


@dataclass
class Book:
    """What was acknowledged (numbers), by kind; ``doubtful`` : those whose acknowledgement never came."""

    good: set[int] = field(default_factory=set)
    late: set[int] = field(default_factory=set)
    wrong: set[tuple[str, int]] = field(default_factory=set)
    doubtful: set[int] = field(default_factory=set)
    doubtful_wrong: set[tuple[str, int]] = field(default_factory=set)
    repeats: int = 0
    connections: int = 0

    def acknowledge(self, message: Outgoing) -> None:
        if message.kind != "good":
            self.wrong.add((message.kind, message.number))
            return
        self.repeats += message.number in self.good
        self.good.add(message.number)
        if message.late:
            self.late.add(message.number)
        self.doubtful.discard(message.number)

    def doubt(self, message: Outgoing) -> None:
        if message.kind != "good":
            self.doubtful_wrong.add((message.kind, message.number))
        elif message.number not in self.good:
            self.doubtful.add(message.number)


class Publisher:
    """A thread that sends at ``rate`` messages a second, or as fast as it can while ``hurry`` is set."""

    def __init__(self, port: int, load: Load, chance: random.Random, *, rate: float) -> None:
        self._port = port
        self.load = load
        self._chance = chance
        self._rate = rate
        self._waiting: deque[Outgoing] = deque()
        self._next = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._paused = threading.Event()
        self._idle = threading.Event()
        self.hurry = threading.Event()
        self.book = Book()
        self.acknowledged = 0
        self._history: deque[int] = deque(maxlen=HISTORY)
        self._thread = threading.Thread(target=self._run, name="publisher")

    @property
    def sent(self) -> int:
        """Numbers below this one have been given out."""
        return self._next

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def pause(self) -> None:
        """No new readings; returns when everything handed over is acknowledged or doubtful."""
        self._idle.clear()
        self._paused.set()
        self._idle.wait(60)

    def go_on(self) -> None:
        self._paused.clear()

    # What a gateway also does.

    def repeat(self, count: int) -> None:
        """Send the last ``count`` acknowledged readings again, as a gateway with history does."""
        with self._lock:
            recent = list(self._history)[-count:]
            self._waiting.extend(Outgoing(number) for number in recent)

    def reorder(self, count: int) -> None:
        """The next ``count`` readings come in random order, the newest of each meter often first."""
        with self._lock:
            numbers = list(range(self._next, self._next + count))
            self._next += count
            self._chance.shuffle(numbers)
            newest: dict[str, int] = {}
            for number in numbers:
                meter, ts_ms = self.load.key(number)
                late = newest.get(meter, -1) > ts_ms
                newest[meter] = max(newest.get(meter, -1), ts_ms)
                self._waiting.append(Outgoing(number, late=late))

    def wrong(self, count: int) -> None:
        """Messages that belong into quarantine, each once."""
        with self._lock:
            for _ in range(count):
                kind = self._chance.choice(("stranger", "broken", "conflict"))
                if kind != "conflict":
                    self._waiting.append(Outgoing(self._next, kind))
                    self._next += 1
                elif self._history:
                    # Of a reading that is certainly before it on the same connection's way.
                    self._waiting.append(Outgoing(self._chance.choice(self._history), kind))

    # The thread.

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._visit()
            except OSError:
                self._stop.wait(0.1)

    def _visit(self) -> None:
        """One connection, until the line is lost or we are stopped."""
        under_way: dict[int, Outgoing] = {}
        with socket.create_connection(("127.0.0.1", self._port), timeout=5) as link:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            name = b"audit-%d" % self.book.connections
            link.sendall(_packet(CONNECT, _text(b"MQTT") + b"\x04\x02\x00\x3c" + _text(name)))
            _receive(link, 4)
            self.book.connections += 1
            try:
                self._converse(link, under_way)
            finally:
                with self._lock:
                    for message in under_way.values():
                        self.book.doubt(message)

    def _converse(self, link: socket.socket, under_way: dict[int, Outgoing]) -> None:
        packet_id = 0
        due = time.monotonic()
        while True:
            batch = self._batch(min(25, WINDOW - len(under_way)))
            if batch:
                parts = []
                for message in batch:
                    packet_id = packet_id % 65_000 + 1
                    topic, payload = getattr(self.load, _MAKERS[message.kind])(message.number)
                    under_way[packet_id] = message
                    parts.append(_packet(PUBLISH_QOS1, _text(topic.encode()) + struct.pack(">H", packet_id) + payload))
                link.sendall(b"".join(parts))
                due = max(due + len(batch) / self._rate, time.monotonic() - 0.1)
            self._hear(link, under_way, wait=not batch and bool(under_way))
            if not batch and not under_way:
                if self._paused.is_set():
                    self._idle.set()
                if self._stop.is_set():
                    return
                time.sleep(0.01)
            if not self.hurry.is_set() and (rest := due - time.monotonic()) > 0:
                time.sleep(min(rest, 0.1))

    def _batch(self, most: int) -> list[Outgoing]:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            if not (self._paused.is_set() or self._stop.is_set()):
                fresh = most - len(batch)
                batch += [Outgoing(number) for number in range(self._next, self._next + fresh)]
                self._next += fresh
        return batch

    def _hear(self, link: socket.socket, under_way: dict[int, Outgoing], *, wait: bool) -> None:
        """Take the acknowledgements that have come: four bytes each, the last two name the message."""
        try:
            there = len(link.recv(1_000_000, socket.MSG_PEEK | (0 if wait else socket.MSG_DONTWAIT)))
        except BlockingIOError:
            return
        if not there:
            raise ConnectionError("the broker closed the connection")
        data = _receive(link, there // 4 * 4)
        with self._lock:
            for head, _, packet_id in struct.iter_unpack(">BBH", data):
                if head != PUBACK:
                    raise ConnectionError(f"the broker said {head:#x} instead of acknowledging")
                message = under_way.pop(packet_id)
                self.book.acknowledge(message)
                self.acknowledged += 1
                if message.kind == "good":
                    self._history.append(message.number)


_MAKERS = {"good": "message", "conflict": "conflict", "stranger": "stranger", "broken": "broken"}


def _receive(link: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = link.recv(size - len(data))
        if not more:
            raise ConnectionError("the broker closed the connection")
        data += more
    return data
