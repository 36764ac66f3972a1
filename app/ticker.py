"""A named thread that calls its tasks once per period of real time, and says when one of them has died or stalls."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

log = logging.getLogger(__name__)


class Ticker:
    def __init__(
        self,
        tasks: Sequence[tuple[str, Callable[[], None]]],
        *,
        period_s: float = 1.0,
        name: str = "ticker",
        stop_s: Callable[[], float] = lambda: 10.0,
    ) -> None:
        """stop_s : how long its end is waited for, asked when it is stopped [s]"""
        self._tasks = list(tasks)
        self._period_s = period_s
        self._stop_s = stop_s
        self._stop = threading.Event()
        self._beat = time.monotonic()
        self._failing: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(self._stop_s())

    def problem(self) -> str:
        """Empty while all is well."""
        if not self._thread.is_alive() or time.monotonic() - self._beat > 30:
            return f"the ticker of {', '.join(name for name, _ in self._tasks)} stands still"
        return "; ".join(f"{name}: {what}" for name, what in self._failing.items())

    def _run(self) -> None:
        while not self._stop.wait(self._period_s):
            for name, task in self._tasks:
                self._call(name, task)
            self._beat = time.monotonic()

    def _call(self, name: str, task: Callable[[], None]) -> None:
        # A failing task must not end the others; readiness shows it until it succeeds again.
        try:
            task()
        except Exception as error:
            if name not in self._failing:
                log.exception("%s failed; it is tried again every %s s", name, self._period_s)
            self._failing[name] = f"{type(error).__name__}: {error}"
        else:
            if self._failing.pop(name, None) is not None:
                log.info("%s works again", name)
