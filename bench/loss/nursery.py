"""Processes of the product, forked from one that has loaded the program already: a start then costs what it opens and
not what it imports, and a run can hold hundreds of them. Each is a process of its own, killed like any other.

python -m bench.loss.nursery    (the loaded process; it is spoken to over its standard input)
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PATIENCE_S = 120.0


class Nursery:
    """The process to fork from; a context manager."""

    def __enter__(self) -> Nursery:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.loss.nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(10)

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Served:
        asked = {"arguments": list(arguments), "environment": dict(environment), "log": str(log)}
        return Served(self, int(self._ask({"start": asked})), log)

    def poll(self, pid: int) -> int | None:
        code: int | None = self._ask({"poll": pid})
        return code

    def _ask(self, question: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


class Served:
    """One running ``yingfeng``."""

    def __init__(self, nursery: Nursery, pid: int, log: Path) -> None:
        self._nursery = nursery
        self._log = log
        self._code: int | None = None
        self.pid = pid

    def poll(self) -> int | None:
        """The exit code (minus the signal that killed it), None while it runs."""
        if self._code is None:
            self._code = self._nursery.poll(self.pid)
        return self._code

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    def wait_for(self, text: str) -> None:
        """Until it has said so; raises when it ended first."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.said():
            if self.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{text!r} was never said (exit {self.poll()}):\n{self.said()[-3_000:]}")
            time.sleep(0.05)

    def signal(self, number: int) -> int:
        """Send a signal and wait for the end; the exit code."""
        if self.poll() is None:
            os.kill(self.pid, number)
        deadline = time.monotonic() + PATIENCE_S
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise RuntimeError(f"it did not end:\n{self.said()[-3_000:]}")
            time.sleep(0.02)
        return code


def _serve() -> None:
    # Loaded here, once, for all that are forked from this process.
    import app.cli

    print("0", flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        if "poll" in question:
            pid, status = os.waitpid(question["poll"], os.WNOHANG)
            print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), flush=True)
            continue
        asked = question["start"]
        pid = os.fork()
        if not pid:
            _become(asked)
            try:
                app.cli.main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
            except BaseException:
                logging.exception("the product ended by an exception")
                code = 70
            else:
                code = 0
            sys.stderr.flush()
            os._exit(code)
        print(pid, flush=True)


def _become(asked: Any) -> None:
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["yingfeng", *asked["arguments"]]


if __name__ == "__main__":
    _serve()
