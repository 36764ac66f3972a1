from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import Conflict
from domain.runs import Result, Run, RunState
from storage.ledger.sql import SqlLedger
from tests.support.clock import HandClock


def a_run(clock: HandClock, ident: str = "r1", **changes: object) -> Run:
    run = Run(ident, "court", "enterprise:E001", {"days": 30, "window": [14, 18]}, "otto", RunState.QUEUED, clock.now())
    return replace(run, **changes)  # type: ignore[arg-type]


def a_result(clock: HandClock, ident: str = "p1", **changes: object) -> Result:
    result = Result(
        ident, "court", "district", {"days": 30}, "data", "settings", "0.1", clock.now(), "otto", b'{"a":1}', "digest"
    )
    return replace(result, **changes)  # type: ignore[arg-type]


def test_a_run_is_kept_as_it_stands(ledger: SqlLedger, clock: HandClock) -> None:
    run = a_run(clock)
    ledger.results.save_run(run)
    half = replace(run, state=RunState.RUNNING, started_at=clock.now(), share=0.5, note="E050")
    ledger.results.save_run(half)
    assert ledger.results.run("r1") == half
    assert ledger.results.run("r2") is None
    ledger.results.save_run(a_run(clock, "r2", kind="forecast"))
    ledger.results.save_run(a_run(clock, "r3"))
    first = ledger.results.runs(limit=2)
    assert [run.id for run in first.items] == ["r3", "r2"]
    assert [run.id for run in ledger.results.runs(cursor=first.next_cursor).items] == ["r1"]
    assert [run.id for run in ledger.results.runs(kind="court").items] == ["r3", "r1"]


def test_what_a_stopped_program_left_is_interrupted(ledger: SqlLedger, clock: HandClock) -> None:
    ledger.results.save_run(a_run(clock, "r1", state=RunState.RUNNING))
    ledger.results.save_run(a_run(clock, "r2", state=RunState.DONE, ended_at=clock.now()))
    clock.set(clock.now() + timedelta(minutes=1))
    assert ledger.results.interrupt_unfinished() == 1
    stopped = ledger.results.run("r1")
    assert stopped is not None
    assert (stopped.state, stopped.ended_at) == (RunState.INTERRUPTED, clock.now())


def test_results_stand_beside_each_other(ledger: SqlLedger, clock: HandClock) -> None:
    ledger.results.keep(a_result(clock))
    ledger.results.keep(a_result(clock, "p2", parameters={"days": 60}, body=bytes(range(256))))
    assert ledger.results.result("p2") == a_result(clock, "p2", parameters={"days": 60}, body=bytes(range(256)))
    newest = ledger.results.latest("court", "district")
    assert newest is not None
    assert newest.id == "p2"
    asked = ledger.results.latest("court", "district", {"days": 30})
    assert asked is not None
    assert asked.id == "p1"
    assert ledger.results.latest("court", "district", {"days": 31}) is None
    assert ledger.results.latest("court", "monitored") is None
    assert [r.id for r in ledger.results.results(kind="court", subject="district").items] == ["p2", "p1"]
    [entry] = ledger.audit.entries(subject="result:p1").items
    assert (entry.actor, entry.action) == ("otto", "result.keep")
    with pytest.raises(Conflict):
        ledger.results.keep(a_result(clock))
