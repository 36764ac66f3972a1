"""Long work in the background: progress, cancelling, failing, and results that are the same bytes again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import Conflict, Forbidden, InsufficientData, NotFound
from domain.ids import EnterpriseId
from domain.people import Principal, Role
from domain.runs import Outcome, Progress, Run, RunState
from monitor.runs import Runs
from storage.ledger import SqlLedger
from tests.support.clock import HandClock

OTTO = Principal("otto", Role.OFFICER)
VERA = Principal("vera", Role.VIEWER)
EMIL = Principal("emil", Role.ENTERPRISE, EnterpriseId("E001"))
NOW = datetime(2026, 7, 28, 6, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    opened = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=HandClock(NOW))
    yield opened
    opened.close()


@pytest.fixture
def runs(ledger: SqlLedger) -> Iterator[Runs]:
    with Runs(ledger.results, HandClock(NOW), program="1.2.3") as opened:
        yield opened


class Gate:
    """Work that waits half-way until it is let on."""

    def __init__(self) -> None:
        self.half = threading.Event()
        self.on = threading.Event()

    def __call__(self, progress: Progress) -> Outcome:
        progress.step(0.5, "half")
        self.half.set()
        assert self.on.wait(30)
        progress.step(0.9)
        return Outcome({"b": 2.5, "a": [1, float("nan")]}, "data")


def ended(runs: Runs, run: Run) -> Run:
    """The run once it is over."""
    waited = threading.Event()
    for _ in range(3000):
        now = runs.get(OTTO, run.id)
        if now.state.is_over:
            return now
        waited.wait(0.01)
    raise AssertionError(f"{run.id} is {now.state} after 30 s")


def test_a_run_is_watched_and_leaves_its_result(runs: Runs) -> None:
    work = Gate()
    run = runs.submit(OTTO, "court", "district", {"days": 30}, work)
    assert work.half.wait(30)
    assert runs.submit(VERA, "court", "district", {"days": 30}, work).id == run.id  # not begun twice
    now = runs.get(VERA, run.id)
    assert (now.state, now.share, now.note) == (RunState.RUNNING, 0.5, "half")
    work.on.set()
    done = ended(runs, run)
    assert (done.state, done.share, done.ended_at) == (RunState.DONE, 1.0, NOW)
    result = runs.result(VERA, str(done.result))
    assert result.body == b'{"a":[1,null],"b":2.5}'
    assert (result.program, result.data_digest, result.actor) == ("1.2.3", "data", "otto")
    again = runs.now(OTTO, "court", "district", {"days": 30}, work, _Silent())
    assert (again.body, again.body_digest) == (result.body, result.body_digest)
    assert runs.latest(OTTO, "court", "district") == again


class _Silent:
    def step(self, share: float, note: str = "") -> None: ...


def test_a_run_is_cancelled_at_its_next_step(runs: Runs) -> None:
    work = Gate()
    run = runs.submit(OTTO, "court", "district", {}, work)
    assert work.half.wait(30)
    with pytest.raises(Forbidden):
        runs.cancel(VERA, run.id)
    runs.cancel(OTTO, run.id)
    work.on.set()
    assert ended(runs, run).state is RunState.CANCELLED
    assert runs.latest(OTTO, "court", "district") is None
    assert runs.cancel(OTTO, run.id).state is RunState.CANCELLED


def test_a_failing_run_says_why(runs: Runs) -> None:
    def too_little(progress: Progress) -> Outcome:
        raise InsufficientData("3 days of 5")

    def broken(progress: Progress) -> Outcome:
        raise ZeroDivisionError("oh")

    assert ended(runs, runs.submit(OTTO, "court", "a", {}, too_little)).problem == "3 days of 5"
    assert "ZeroDivisionError: oh" in ended(runs, runs.submit(OTTO, "court", "b", {}, broken)).problem


def test_stopping_the_program_ends_what_runs(ledger: SqlLedger) -> None:
    work = Gate()
    with Runs(ledger.results, HandClock(NOW), program="1", stop_s=0.05) as runs:
        running = runs.submit(OTTO, "court", "a", {}, work)
        waiting = runs.submit(OTTO, "court", "b", {}, work)
        assert work.half.wait(30)
    for run in (running, waiting):
        kept = ledger.results.run(run.id)
        assert kept is not None
        assert kept.state is RunState.INTERRUPTED
    work.on.set()


def test_the_run_of_another_process_is_left_alone(runs: Runs, ledger: SqlLedger) -> None:
    ledger.results.save_run(Run("other", "court", "district", {}, "otto", RunState.RUNNING, NOW))
    with pytest.raises(Conflict, match="another process"):
        runs.cancel(OTTO, "other")


def test_staff_only(runs: Runs) -> None:
    with pytest.raises(Forbidden):
        runs.list(EMIL)
    with pytest.raises(NotFound):
        runs.get(OTTO, "nothing")
