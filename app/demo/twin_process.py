"""The meters' process, seen from the demo."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from types import TracebackType
from typing import Self

from domain.errors import Unavailable


class TwinProcess:
    """A context manager; ``sent`` is the newest count the meters reported."""

    def __init__(self, *, url: str, district: str, day: str, seed: int, enterprises: int, speed: float) -> None:
        options = {
            "url": url,
            "district": district,
            "day": day,
            "seed": seed,
            "enterprises": enterprises,
            "speed": speed,
        }
        self._command = [sys.executable, "-m", "app.demo.meters", json.dumps(options)]
        self._process: subprocess.Popen[str] | None = None
        self.readings = 0
        self.messages = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        threading.Thread(target=self._listen, name="twin-report", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Let the meters finish their minute and be acknowledged."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def check(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            raise Unavailable(f"the twin's meters ended by themselves (exit {self._process.returncode})")

    def _listen(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        for line in process.stdout:
            report = json.loads(line)
            self.readings, self.messages = report["readings"], report["messages"]
