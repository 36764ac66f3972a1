"""A publisher that is never the bottleneck: ready-made QoS 1 packets over a bare socket, a window of them in flight."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Sequence
from multiprocessing import get_context

PUBACK_BYTES = 4


def _text(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def _packet(head: int, body: bytes) -> bytes:
    length, size = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        size.append(digit | 0x80 if length else digit)
        if not length:
            return bytes([head]) + bytes(size) + body


def publish(port: int, messages: Sequence[tuple[str, bytes]], *, window: int = 500) -> float:
    """Publish at QoS 1 with at most ``window`` unacknowledged; returns seconds until the last was acknowledged."""
    packets = [
        _packet(0x32, _text(topic.encode()) + struct.pack(">H", number % 65_000 + 1) + payload)
        for number, (topic, payload) in enumerate(messages)
    ]
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(_packet(0x10, _text(b"MQTT") + b"\x04\x02\x00\x00" + _text(b"burst")))
        _receive(link, 4)
        started = time.perf_counter()
        sent = acknowledged = 0
        while acknowledged < len(packets):
            chunk = packets[sent : min(acknowledged + window, sent + 50)]
            if chunk:
                link.sendall(b"".join(chunk))
                sent += len(chunk)
            if sent - acknowledged >= window or sent == len(packets):
                _receive(link, PUBACK_BYTES)
                acknowledged += 1 + _ready(link)
        return time.perf_counter() - started


def _receive(link: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = link.recv(size - len(data))
        if not more:
            raise ConnectionError("the broker closed the connection")
        data += more
    return data


def _ready(link: socket.socket) -> int:
    """Whole acknowledgements that have come already, taken."""
    try:
        there = len(link.recv(1_000_000, socket.MSG_PEEK | socket.MSG_DONTWAIT)) // PUBACK_BYTES
    except BlockingIOError:
        return 0
    _receive(link, there * PUBACK_BYTES)
    return there


def publish_apart(port: int, messages: Sequence[tuple[str, bytes]]) -> float:
    """``publish`` in a process of its own, so that it does not share our interpreter lock."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(publish, (port, messages))
