"""A whole System with its HTTP server in this process, or `yingfeng serve` as a child; both behind real servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.clock import FollowedClock
from app.roles import ALL_ROLES
from app.server import HttpServer, bind
from app.site import build_site
from app.system import System
from config.settings import Settings
from domain.people import Role

#: How long a test waits for something that happens in milliseconds when all is well; a bound on hanging, no measure.
PATIENCE_S = 120.0


def settings_in(folder: Path, **sections: Mapping[str, object]) -> Settings:
    """Settings whose files all lie in ``folder``; ``sections`` replace keys of theirs."""
    fields: dict[str, dict[str, object]] = {
        "store": {"url": f"duckdb:///{folder}/readings.duckdb"},
        "ledger": {"url": f"sqlite:///{folder}/ledger.sqlite"},
        "journal": {"path": str(folder / "journal")},
        "api": {"port": 0},
    }
    for name, keys in sections.items():
        fields[name] = {**fields.get(name, {}), **keys}
    return Settings.model_validate(fields)


def until(what: str, holds: Callable[[], object], *, patience_s: float = PATIENCE_S) -> Any:
    """What ``holds`` returns once it is true. Fails, saying what was waited for, when it never is."""
    deadline = time.monotonic() + patience_s
    while True:
        found = holds()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s in vain: {what}"
        time.sleep(0.02)


@dataclass
class Running:
    """system : the parts, for what a test arranges; everything it judges it asks over HTTP."""

    system: System
    http: httpx.Client
    url: str

    def get(self, path: str, **query: str | int) -> Any:
        answer = self.http.get(f"/api/v1/{path}", params=query)
        assert answer.status_code == 200, f"{path} {query}: {answer.status_code} {answer.text}"
        return answer.json()

    def pages(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        """Every item of a list, page after page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def counted(self, sample: str) -> float:
        return self.system.metrics.snapshot().get(sample, 0.0)


@contextmanager
def running(
    settings: Settings, *, roles: frozenset[str] = ALL_ROLES, clock: FollowedClock | None = None
) -> Iterator[Running]:
    """Opened and closed in the order of ``serve``, the server on a thread; MQTT is connected when this returns."""
    with bind(settings.api) as listener, System(settings, roles, clock=clock) as system:
        people = system.ledger.people
        if people.user("ada") is None:
            people.create_user("system", "ada", "correct-horse-battery", Role.ADMINISTRATOR)
        _, token = people.create_token("system", "ada", "test", None)
        site = build_site(system)
        up = threading.Event()

        def stopping() -> None:
            system.disconnect()
            site.close_streams()

        def started() -> None:
            system.connect()
            up.set()

        server = HttpServer(site.app, settings.api, started=started, stopping=stopping)
        thread = threading.Thread(target=server.run, args=(listener,), name="http")
        thread.start()
        url = "http://{}:{}".format(*listener.getsockname()[:2])
        try:
            assert up.wait(PATIENCE_S), "the server did not start"
            with _client(url, token) as http:
                here = Running(system, http, url)
                until("ready", lambda: http.get("/api/v1/health/ready").status_code == 200)
                yield here
        finally:
            server.stop()
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "the server did not stop"


@dataclass
class Child:
    """`yingfeng serve` as its own process, its output in a file."""

    arguments: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> Child:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve", *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
            )
        return self

    @property
    def running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None, "not started"
        return self.process

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def wait_for(self, text: str) -> None:
        def holds() -> bool:
            gone = self.running.poll()
            assert gone is None, f"ended with {gone} before it said {text!r}:\n{self.said()[-3000:]}"
            return text in self.said()

        until(f"{text!r} in the log of serve {self.arguments}", holds)

    def signal(self, number: int) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.running.send_signal(number)
        return self.running.wait(PATIENCE_S)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment that makes a child process read these settings and no file."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("YINGFENG_")}
    found |= {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    for section, keys in settings.model_dump(exclude_defaults=True).items():
        for key, value in keys.items():
            text = ",".join(value) if isinstance(value, tuple) else str(value)
            found[f"YINGFENG_{section.upper()}__{key.upper()}"] = text
    return found


@contextmanager
def serving(settings: Settings, *arguments: str, log: Path, api: bool = True) -> Iterator[Child]:
    """A running ``serve``; killed at the end if the test did not stop it itself."""
    child = Child(list(arguments), environment_of(settings), log).start()
    try:
        child.wait_for("listening at" if api else "running ")
        yield child
    finally:
        child.end()


def client_of(settings: Settings) -> httpx.Client:
    """A client with the token that a running ``serve`` leaves for this machine's command line."""
    access = json.loads((Path(settings.journal.path) / "server.json").read_text(encoding="utf-8"))
    return _client(access["url"], access["token"])


def _client(url: str, token: str) -> httpx.Client:
    # A server closes idle connections, on a busy machine just as the next question is sent over one.
    fresh = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60, limits=fresh)
