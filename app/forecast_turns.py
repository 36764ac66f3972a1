"""The thread that issues the morning's forecasts and scores those that have come true or not."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from domain.errors import YingfengError
from domain.runs import Cancelled
from monitor.forecast_book import ForecastBook

log = logging.getLogger(__name__)


class ForecastTurns:
    """A context manager; leaving it ends a turn at its next step."""

    def __init__(
        self, book: ForecastBook, *, period_s: float = 60.0, stop_s: Callable[[], float] = lambda: 10.0
    ) -> None:
        """stop_s : how long its end is waited for, asked when it is stopped [s]"""
        self._book = book
        self._period_s = period_s
        self._stop_s = stop_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forecasts", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(self._stop_s())

    def _run(self) -> None:
        told = ""
        while not self._stop.wait(self._period_s):
            told = self._turn(told)

    def _turn(self, told: str) -> str:
        """One turn; the sentence that was logged, so that it is not logged each minute."""
        try:
            self._book.turn(self._step)
        except Cancelled:
            return told
        except YingfengError as error:
            if str(error) != told:
                log.warning("forecasts are not issued now: %s", error)
            return str(error)
        except Exception:
            log.exception("a turn of the forecasts failed; it is tried again")
        return ""

    def _step(self, _share: float) -> None:
        if self._stop.is_set():
            raise Cancelled
