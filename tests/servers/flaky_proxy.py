"""A hand-written proxy before a real HTTP server: it can lose answers on their way back, or answer with a status."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class FlakyProxy:
    """asked : the InfluxQL that passed; lose : paths whose requests arrive while their answers do not;
    status : path -> answered instead, and not passed on
    """

    def __init__(self, target_port: int) -> None:
        self.lose: set[str] = set()
        self.status: dict[str, int] = {}
        self.asked: list[str] = []
        self._target_port = target_port
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @contextmanager
    def running(self) -> Iterator[FlakyProxy]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._forward()

            def do_POST(self) -> None:
                self._forward()

            def _forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = self.path.partition("?")[0]
                if path == "/query":
                    proxy.asked += parse_qs(body.decode()).get("q", [])
                if path in proxy.status:
                    self.send_response(proxy.status[path])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                onward = http.client.HTTPConnection("127.0.0.1", proxy._target_port, timeout=10)
                onward.request(self.command, self.path, body, dict(self.headers))
                answer = onward.getresponse()
                content = answer.read()
                onward.close()
                self.close_connection = True
                if path in proxy.lose:
                    return
                self.send_response(answer.status)
                for name in ("Content-Type", "X-Influxdb-Version"):
                    if answer.headers.get(name):
                        self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Silent: the tests read no log."""

        return Handler
