"""One deadline for the whole stop: parts that close take their time from it; the last resort ends the process."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

#: Exit code of a stop that did not end in time ("unavailable"): nothing is lost, the supervisor may start again.
NOT_IN_TIME = 4


class StopDeadline:
    """``begin`` is called when the stop begins; parts then ask how long they may take.

    A part may take at most half of what is left, so that one that hangs leaves time for those below it: above all for
    the store writer, which drains the journal. What does not drain in time waits there for the next start.
    """

    def __init__(self, total_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.total_s = total_s
        self._monotonic = monotonic
        self._ends: float | None = None

    def begin(self) -> None:
        """The first call counts."""
        if self._ends is None:
            self._ends = self._monotonic() + self.total_s

    @property
    def begun(self) -> bool:
        return self._ends is not None

    def left_s(self) -> float:
        """All that is left [s]; the whole before the stop began."""
        return self.total_s if self._ends is None else max(0.0, self._ends - self._monotonic())

    def share_s(self, most_s: float) -> float:
        """How long the part that closes now may take [s]."""
        return min(most_s, self.left_s() / 2)


@contextmanager
def last_resort(deadline: StopDeadline, *, end: Callable[[int], object] = os._exit) -> Iterator[None]:
    """Ends the process when the stop has begun and its time is up, whatever hangs then.

    That is safe at any instant, as SIGKILL is: what was acknowledged is in the journal.
    """
    done = threading.Event()

    def watch() -> None:
        while not done.wait(min(1.0, max(0.01, deadline.left_s()))):
            if deadline.begun and deadline.left_s() <= 0:
                hanging = sorted(t.name for t in threading.enumerate() if t is not threading.current_thread())
                log.error(
                    "停止超时 the stop took longer than process.stop_s (%g s) and is cut off; threads still there: %s. "
                    "Nothing acknowledged is lost: it waits in the journal",
                    deadline.total_s,
                    ", ".join(hanging),
                )
                end(NOT_IN_TIME)
                return

    threading.Thread(target=watch, name="last-resort", daemon=True).start()
    try:
        yield
    finally:
        done.set()
