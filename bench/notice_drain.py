"""Ten thousand calls over a webhook whose server fails half the time, and a SIGKILL in the middle.

    python -m bench.notice_drain [notices]

The outbox is a real SQLite ledger, the server a real one in a process of its own that answers 503 to every second
attempt by chance. Counted at the server: notices that were never taken (lost) and taken twice (repeated).
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from app.clock import SystemClock
from app.metrics import PrometheusMetrics
from config.delivery_settings import NoticesSettings, WebhookSettings
from config.settings import Settings
from domain.ids import EnterpriseId
from domain.notices import DeliveryReason, DeliveryState, Notice, NoticeClass, Recipient
from response.delivery.outgoing import Outgoing
from response.delivery.sender import Sender
from response.delivery.webhook import Webhook
from storage.ledger import SqlLedger
from storage.notice_ports import Planned

#: Pauses shorter than the defaults: with half of all attempts failing, some notice needs a dozen.
SETTINGS = NoticesSettings(retry_first_s=0.2, retry_most_s=2.0, allowed_hosts=("127.0.0.1",))
SECRET = "a-secret-of-the-bench-only"


def serve(pipe: Connection) -> None:
    """Sends its port, then answers each request for the count with [attempts, {notice: times taken}]."""
    taken: dict[str, int] = {}
    attempts = 0
    chance = random.Random(1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Two small writes would wait for each other's acknowledgement.
        wbufsize = -1

        def do_POST(self) -> None:
            nonlocal attempts
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            attempts += 1
            fails = chance.random() < 0.5
            if not fails:
                for each in body["notices"]:
                    taken[each["notice"]] = taken.get(each["notice"], 0) + 1
            self.send_response(503 if fails else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """The bench prints its own figures."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.send(server.server_address[1])
    while pipe.recv() != "end":
        pipe.send((attempts, dict(taken)))


def drain(path: str) -> None:
    """The worker of the product, until nothing waits any more."""
    clock = SystemClock()
    with closing(SqlLedger(f"sqlite:///{path}", clock=clock)) as ledger, Outgoing(SETTINGS) as out:
        hook = Webhook(WebhookSettings(secret=SECRET), out, clock)
        zone = Settings().district.zone
        sender = Sender(hook, ledger.notices, SETTINGS, zone, clock, clock, PrometheusMetrics())
        sender.recover()
        while ledger.notices.waiting():
            if not sender.drain():
                time.sleep(0.05)


def fill(path: str, count: int, port: int) -> None:
    clock = SystemClock()
    with closing(SqlLedger(f"sqlite:///{path}", clock=clock)) as ledger:
        for first in range(0, count, 1_000):
            ledger.notices.put("bench", [_call(n, port) for n in range(first, first + 1_000)], clock.now())


def _call(number: int, port: int) -> tuple[Notice, list[Planned]]:
    to = Recipient(enterprise_id=EnterpriseId(f"E{number:05d}"))
    call = Notice(
        "dr.invitation", NoticeClass.CALL, "邀约", "bench", to, "dr:bench", id=f"n{number}", confirmed_by="bench"
    )
    way = Planned("webhook", f"http://127.0.0.1:{port}/{number}", 0, DeliveryState.WAITING, DeliveryReason.FIRST, 0)
    return call, [way]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs,))
    server.start()
    port = ours.recv()

    def counted() -> tuple[int, dict[str, int]]:
        ours.send("count")
        found: tuple[int, dict[str, int]] = ours.recv()
        return found

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "ledger.sqlite")
        fill(path, count, port)
        began = time.monotonic()
        worker = context.Process(target=drain, args=(path,))
        worker.start()
        while len(counted()[1]) < count * 0.4:
            time.sleep(0.01)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        killed_at = len(counted()[1])
        worker = context.Process(target=drain, args=(path,))
        worker.start()
        worker.join()
        took_s = time.monotonic() - began
        attempts, taken = counted()
    ours.send("end")
    server.join()
    repeated = sum(times - 1 for times in taken.values())
    print(
        f"{count:,} calls, {attempts:,} attempts, SIGKILL after {killed_at:,}: lost {count - len(taken)}, "
        f"repeated {repeated}; {took_s:.0f} s, {attempts / took_s:.0f} attempts/s; load of the machine "
        f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    if len(taken) != count or repeated > 1:
        sys.exit(1)


if __name__ == "__main__":
    main()
