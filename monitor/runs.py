"""Long work with progress: in the background of a server, or in the foreground of a command; the outcome is kept."""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import msgspec

from domain.clock import Clock
from domain.errors import Conflict, NotFound, YingfengError
from domain.people import Principal
from domain.runs import Cancelled, Outcome, Progress, Result, Run, RunState
from storage.page import Page
from storage.result_ports import ResultLedger

log = logging.getLogger(__name__)

Work = Callable[[Progress], Outcome]
#: Progress is shown from memory; the ledger hears of it now and then, for other processes.
SAVE_EVERY_S = 2.0


def canonical_json(body: Mapping[str, Any]) -> bytes:
    """Keys sorted, floats in their shortest form, NaN as null: equal content gives equal bytes."""
    return msgspec.json.encode(body, order="deterministic")


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Runs:
    """A context manager; leaving it cancels what runs and waits ``stop_s`` for it. Thread-safe.

    program : version of the program, part of every result
    workers : runs at a time; more wait in the order they came
    """

    def __init__(
        self, ledger: ResultLedger, clock: Clock, *, program: str, workers: int = 1, stop_s: float = 5.0
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._program = program
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="run")
        self._lock = threading.Lock()
        self._live: dict[str, _Live] = {}
        self._stop_s = stop_s

    def __enter__(self) -> Self:
        left = self._ledger.interrupt_unfinished()
        if left:
            log.warning("%d runs were interrupted when the program stopped; start them again", left)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            live = list(self._live.values())
        for each in live:
            each.cancelled.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        deadline = time.monotonic() + self._stop_s
        for each in live:
            if not each.ended.wait(max(0.0, deadline - time.monotonic())):
                self._ledger.save_run(replace(each.run, state=RunState.INTERRUPTED, ended_at=self._clock.now()))

    def submit(self, principal: Principal, kind: str, subject: str, parameters: Mapping[str, Any], work: Work) -> Run:
        """Begin in the background. The same work under way already is not begun twice: that run is the answer."""
        with self._lock:
            for each in self._live.values():
                same = (each.run.kind, each.run.subject, each.run.parameters) == (kind, subject, parameters)
                if same and not each.cancelled.is_set():
                    return each.run
            live = _Live(self._new(principal, kind, subject, parameters), self._ledger)
            self._live[live.run.id] = live
        self._ledger.save_run(live.run)
        self._pool.submit(self._background, live, work)
        return live.run

    def now(
        self,
        principal: Principal,
        kind: str,
        subject: str,
        parameters: Mapping[str, Any],
        work: Work,
        progress: Progress,
    ) -> Result:
        """Do it here and now; the outcome is kept alike. What the work raises passes through."""
        run = self._new(principal, kind, subject, parameters)
        return self._keep(run, work(progress))

    def list(
        self, principal: Principal, *, kind: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Run]:
        principal.require_staff()
        page = self._ledger.runs(kind=kind, cursor=cursor, limit=limit)
        return Page(tuple(self._fresh(run) for run in page.items), page.next_cursor, page.total)

    def get(self, principal: Principal, run_id: str) -> Run:
        principal.require_staff()
        run = self._ledger.run(run_id)
        if run is None:
            raise NotFound(f"没有运行 {run_id} / there is no run {run_id}")
        return self._fresh(run)

    def cancel(self, principal: Principal, run_id: str) -> Run:
        """One that is over already stays as it is. Raises Conflict when it belongs to another process."""
        principal.require_write()
        run = self.get(principal, run_id)
        with self._lock:
            live = self._live.get(run_id)
        if run.state.is_over:
            return run
        if live is None:
            raise Conflict(
                f"运行 {run_id} 由另一进程执行，请在那里取消 / run {run_id} is another process's; end it there"
            )
        live.cancelled.set()
        return live.run

    def result(self, principal: Principal, result_id: str) -> Result:
        principal.require_staff()
        result = self._ledger.result(result_id)
        if result is None:
            raise NotFound(f"没有结果 {result_id} / there is no result {result_id}")
        return result

    def latest(
        self, principal: Principal, kind: str, subject: str, parameters: Mapping[str, Any] | None = None
    ) -> Result | None:
        principal.require_staff()
        return self._ledger.latest(kind, subject, parameters)

    def results(
        self,
        principal: Principal,
        *,
        kind: str | None = None,
        subject: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[Result]:
        principal.require_staff()
        return self._ledger.results(kind=kind, subject=subject, cursor=cursor, limit=limit)

    def _new(self, principal: Principal, kind: str, subject: str, parameters: Mapping[str, Any]) -> Run:
        return Run(
            id=secrets.token_hex(8),
            kind=kind,
            subject=subject,
            parameters=dict(parameters),
            actor=principal.name,
            state=RunState.QUEUED,
            created_at=self._clock.now(),
        )

    def _fresh(self, run: Run) -> Run:
        with self._lock:
            live = self._live.get(run.id)
        return run if live is None else live.run

    def _background(self, live: _Live, work: Work) -> None:
        try:
            live.change(state=RunState.RUNNING, started_at=self._clock.now())
            live.step(0.0)
            result = self._keep(live.run, work(live))
            ending = {"state": RunState.DONE, "share": 1.0, "result": result.id}
        except Cancelled:
            ending = {"state": RunState.CANCELLED}
        except YingfengError as error:
            ending = {"state": RunState.FAILED, "problem": str(error)}
        except Exception as error:
            log.exception("run %s (%s of %s) failed", live.run.id, live.run.kind, live.run.subject)
            ending = {"state": RunState.FAILED, "problem": f"{type(error).__name__}: {error}; see the log"}
        live.change(ended_at=self._clock.now(), **ending)
        with self._lock:
            self._live.pop(live.run.id, None)
        live.ended.set()

    def _keep(self, run: Run, outcome: Outcome) -> Result:
        body = canonical_json(outcome.body)
        result = Result(
            id=secrets.token_hex(8),
            kind=run.kind,
            subject=run.subject,
            parameters=run.parameters,
            data_digest=outcome.data_digest,
            settings_digest=outcome.settings_digest,
            program=self._program,
            created_at=self._clock.now(),
            actor=run.actor,
            body=body,
            body_digest=digest_of(body),
        )
        self._ledger.keep(result)
        return result


class _Live:
    """A run under way, and the Progress its work reports to."""

    def __init__(self, run: Run, ledger: ResultLedger) -> None:
        self.run = run
        self.cancelled = threading.Event()
        self.ended = threading.Event()
        self._ledger = ledger
        self._saved_at = time.monotonic()

    def step(self, share: float, note: str = "") -> None:
        if self.cancelled.is_set():
            raise Cancelled
        self.run = replace(self.run, share=min(max(share, 0.0), 1.0), note=note)
        if time.monotonic() - self._saved_at > SAVE_EVERY_S:
            self.change()

    def change(self, **changes: Any) -> None:
        self.run = replace(self.run, **changes)
        self._ledger.save_run(self.run)
        self._saved_at = time.monotonic()
