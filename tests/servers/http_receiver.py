"""A real HTTP server on loopback that misbehaves as providers of messages do, by the first part of the path."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """``/ok`` takes all, ``/errcode/N`` answers 200 with that errcode, ``/status/N`` that status, ``/slow`` never
    answers, ``/drip`` never ends, ``/redirect`` leads to its own private address, ``/half`` fails every second."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            receiver.received.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            # A proxy is asked by the whole address.
            path = urlsplit(self.path).path
            word, _, rest = path.strip("/").partition("/")
            if word == "slow":
                receiver.released.wait(30)
                self.close_connection = True
            elif word == "drip":
                self._drip()
            elif word == "redirect":
                self._answer(307, b"", location=f"http://127.0.0.1:{receiver.port}/ok")
            elif word == "status":
                self._answer(int(rest), b'{"message": "no"}')
            elif word == "errcode":
                self._answer(200, json.dumps({"errcode": int(rest), "errmsg": "keywords not in content"}).encode())
            elif word == "page":
                self._answer(200, b"<html>welcome to the portal</html>")
            elif word == "half" and len(receiver.received) % 2:
                self._answer(503, b"")
            else:
                self._answer(200, b'{"errcode": 0, "errmsg": "ok", "code": "0", "id": "m-1"}')

        def _drip(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            while not receiver.released.wait(0.05):
                self.wfile.write(b" ")
            self.close_connection = True

        def _answer(self, status: int, body: bytes, location: str = "") -> None:
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: what was received is looked at by the tests."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is what these tests are about."""


@contextmanager
def tunnelling(to_port: int) -> Iterator[tuple[str, list[str]]]:
    """A proxy that opens a tunnel to one port of loopback whatever it is asked for: its URL, and what it was asked."""
    asked: list[str] = []

    class Tunnel(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(self.path)
            with socket.create_connection(("127.0.0.1", to_port), timeout=10) as far:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=_pumped, args=(far, self.connection))
                back.start()
                _pumped(self.connection, far)
                back.join()
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with _serving(_Server(("127.0.0.1", 0), Tunnel)) as port:
        yield f"http://127.0.0.1:{port}", asked


def _pumped(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # one side went away, which ends the tunnel
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def _serving(server: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """context : behind TLS from the first byte"""
    receiver = Receiver()
    server = _Server(("127.0.0.1", 0), _handler(receiver))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with _serving(server) as receiver.port:
        try:
            yield receiver
        finally:
            receiver.released.set()
