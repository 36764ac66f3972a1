"""Real servers as fixtures: a free loopback port, an own directory, stopped by process id."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

SBIN = ("/usr/sbin", "/usr/local/sbin", "/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cannot_run(reason: str) -> NoReturn:
    """Skip loudly; with CI=true a skip is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must run this: {reason}", pytrace=False)
    pytest.skip(reason)


def find_binary(name: str, *, package: str) -> str:
    path = os.pathsep.join((os.environ.get("PATH", ""), *SBIN))
    found = shutil.which(name, path=path)
    if found is None:
        cannot_run(f"{name} is not installed; as an administrator: apt-get install {package}")
    return found


def own_user(name: str, directory: Path) -> str | None:
    """As root, the system user to run a server as, with ``directory`` handed to it; None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        entry = pwd.getpwnam("nobody")
    shutil.chown(directory, entry.pw_uid, entry.pw_gid)
    return entry.pw_name


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A child process with a log file; ``start`` waits until ``ready`` says so."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        ready: Callable[[], bool],
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = list(command)
        self._log = log
        self._ready = ready
        self._user = user
        self._environment = {**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self._command[0]} is not running")
        return self._process.pid

    def start(self, timeout_s: float = 20.0) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, user=self._user, env=self._environment
            )
        deadline = time.monotonic() + timeout_s
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(
                    f"{self._command[0]} did not come up:\n{self._log.read_text(errors='replace')[-2000:]}"
                )
            time.sleep(0.05)

    def stop(self, timeout_s: float = 10.0) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)
