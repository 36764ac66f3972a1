"""Analyses for the command line: made from the store, or asked of the running server that holds the DuckDB file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from app.held_store import store_or_server
from app.local_server import LocalServer
from app.wiring import open_analyses, open_histories, open_runs
from config.settings import Settings
from domain.people import SYSTEM
from domain.scopes import Scope
from monitor.analyses import KINDS, LoadAnalyses, parameters_of
from monitor.cooling_report import HotDayQuestion
from monitor.runs import Runs

T = TypeVar("T")
#: Paths of the API where they differ from the question's name.
PATHS = {"power_factor": "power-factor"}


class Analyst(Protocol):
    def ask(self, kind: str, answer: type[T], scope: Scope, first: date, last: date, **more: Any) -> T: ...


class StoreAnalyst:
    """Asked of the desk as the system itself; what may be kept is kept, as a run of a server would be."""

    def __init__(self, desk: LoadAnalyses, runs: Runs) -> None:
        self._desk = desk
        self._runs = runs

    def ask(self, kind: str, answer: type[T], scope: Scope, first: date, last: date, **more: Any) -> T:
        if kind not in KINDS:
            found: T = getattr(self._desk, kind)(SYSTEM, scope, first, last, **more)
            return found
        question = _question(more)
        work = self._desk.work(SYSTEM, kind, scope, first, last, question)
        with Shown() as shown:
            parameters = parameters_of(first, last, question)
            result = self._runs.now(SYSTEM, kind, str(scope), parameters, work, shown)
        return TypeAdapter(answer).validate_json(result.body)


def _question(more: dict[str, Any]) -> HotDayQuestion | None:
    return HotDayQuestion(**more) if more else None


class Shown:
    """Progress on the terminal's error stream, gone when the work is over."""

    def __init__(self) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("读取负荷 reading loads", total=1.0)

    def __enter__(self) -> Shown:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def step(self, share: float, note: str = "") -> None:
        self._bar.update(self._task, completed=share, description=note or None)


class ServerAnalyst:
    """The same asked over the running server's API."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server

    def ask(self, kind: str, answer: type[T], scope: Scope, first: date, last: date, **more: Any) -> T:
        query = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in more.items()}
        span = {"scope": str(scope), "from": first.isoformat(), "to": last.isoformat()}
        found = self._server.get(f"load/{PATHS.get(kind, kind)}", **span, **query)
        return TypeAdapter(answer).validate_python(found)


@contextmanager
def analyst(settings: Settings) -> Iterator[Analyst]:
    """The store itself where it can be opened, else the server that holds it."""
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            yield ServerAnalyst(held)
            return
        histories = open_histories(settings, held.store, held.ledger, held.clock)
        analyses = open_analyses(settings, held.store, held.ledger, histories)
        yield StoreAnalyst(analyses, open_runs(held.ledger, held.clock))
