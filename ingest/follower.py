"""A thread that follows the journal from its own saved position: prepare, finish until it succeeds, commit, tell."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from domain.errors import Unavailable
from ingest.journal import JournalReader, JournalRecord

log = logging.getLogger(__name__)

P = TypeVar("P")
RETRY_S = (0.1, 5.0)


class JournalFollower(Generic[P]):
    """``prepare`` sees each record once; ``finish`` may be called again after it raised and must be idempotent;
    ``announce`` runs after the position was committed."""

    def __init__(
        self,
        name: str,
        reader: JournalReader,
        *,
        prepare: Callable[[Sequence[JournalRecord]], P],
        finish: Callable[[P], None],
        announce: Callable[[P], None],
        pulse: Callable[[], None],
        max_records: int,
    ) -> None:
        self._reader = reader
        self._prepare = prepare
        self._finish = finish
        self._announce = announce
        self._pulse = pulse
        self._max_records = max_records
        self._stopping = threading.Event()
        self._deadline = float("inf")
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._trouble = ""

    def start(self) -> None:
        self._thread.start()

    def stop(self, deadline_s: float) -> None:
        """Go on until the journal is read to its end or the deadline has come, then stop."""
        self._deadline = time.monotonic() + deadline_s
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(deadline_s + 1.0)

    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def problem(self) -> str:
        """Empty while all is well."""
        if self._thread.ident is not None and not self._thread.is_alive() and not self._stopping.is_set():
            return f"线程已停止 the thread {self._thread.name} has died; restart and see the log"
        return self._trouble

    def _run(self) -> None:
        pause_s = RETRY_S[0]
        while True:
            try:
                if not self._step():
                    return
                pause_s = RETRY_S[0]
            except Exception as error:  # the journal's own disk, or a bug: the records stay, and so does the thread
                if not self._trouble:
                    log.exception("%s cannot go on; it tries again", self._thread.name)
                self._note(f"{type(error).__name__}: {error}")
                # What was read and not committed is read again.
                self._reader.rewind()
                if not self._rest(pause_s):
                    return
                pause_s = min(2 * pause_s, RETRY_S[1])

    def _step(self) -> bool:
        """One round; false when we are to end."""
        found = self._reader.read(self._max_records, 0.0 if self._stopping.is_set() else 0.2)
        self._pulse()
        if self._stopping.is_set() and (not found or time.monotonic() > self._deadline):
            return False
        if not found:
            self._trouble = ""
            return True
        # One item, made by the first attempt that gets so far: a later one goes on with it.
        prepared: list[P] = []
        if not self._work_at_last([record for _, record in found], prepared):
            return False
        self._reader.commit(found[-1][0])
        self._announce(prepared[0])
        return True

    def _work_at_last(self, records: Sequence[JournalRecord], prepared: list[P]) -> bool:
        """False when we are stopped before it succeeded; the position then stays."""
        pause_s = RETRY_S[0]
        while True:
            try:
                if not prepared:
                    prepared.append(self._prepare(records))
                self._finish(prepared[0])
            except Unavailable as error:
                self._note(str(error))
            except Exception as error:  # a bug or an unforeseen fault: kept and retried, never dropped
                if not self._trouble:
                    log.exception("%s cannot go on; it tries again", self._thread.name)
                self._note(f"{type(error).__name__}: {error}")
            else:
                self._trouble = ""
                return True
            self._pulse()
            if not self._rest(pause_s):
                return False
            pause_s = min(2 * pause_s, RETRY_S[1])

    def _rest(self, pause_s: float) -> bool:
        """A pause before the next attempt; false when the deadline of our end has come."""
        if not self._stopping.is_set():
            self._stopping.wait(pause_s)
        elif time.monotonic() > self._deadline:
            return False
        else:
            time.sleep(min(pause_s, 0.2))
        return True

    def _note(self, problem: str) -> None:
        if problem != self._trouble:
            log.warning("%s waits: %s", self._thread.name, problem)
        self._trouble = problem
