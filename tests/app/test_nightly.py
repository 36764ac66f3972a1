"""What a night sweeps up, by the district clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.nightly import nightly_vee, prune_superseded
from app.wiring import open_vee
from config.settings import Settings
from domain.people import SYSTEM
from domain.runs import RunState
from domain.scopes import DISTRICT
from monitor.runs import Runs
from storage.ledger.sql import SqlLedger
from storage.readings.memory import MemoryStore
from tests.ingest.plant import eventually
from tests.storage.readings.rows import demand, minutes
from tests.support.clock import HandClock

NOON = datetime(2026, 7, 28, 4, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def ledger(tmp_path: Path, clock: HandClock) -> Iterator[SqlLedger]:
    opened = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=clock)
    yield opened
    opened.close()


def test_each_night_forgets_what_was_superseded_too_long_ago(ledger: SqlLedger, clock: HandClock) -> None:
    rows = demand([(DISTRICT, 0, [1.0] * 6, "ok", 1)])
    ledger.superseded.keep(rows, NOON - timedelta(days=399, hours=20))
    with Runs(ledger.results, clock, program="1") as runs:
        zone = Settings().district.zone
        desk = open_vee(Settings(), MemoryStore(), ledger, clock)
        nightly = nightly_vee(
            runs, desk, clock, zone, sweep=lambda: prune_superseded(ledger.superseded, clock, kept_days=400)
        )
        nightly.tick()
        assert not runs.list(SYSTEM).items
        clock.advance(86_400)
        nightly.tick()
        eventually(lambda: [run.state for run in runs.list(SYSTEM).items] == [RunState.DONE], "the night's run")
    assert not len(ledger.superseded.read([DISTRICT], minutes(0, 15)))


def test_zero_days_keeps_all(ledger: SqlLedger, clock: HandClock) -> None:
    ledger.superseded.keep(demand([(DISTRICT, 0, [1.0] * 6, "ok", 1)]), NOON - timedelta(days=5_000))
    prune_superseded(ledger.superseded, clock, kept_days=0)
    assert len(ledger.superseded.read([DISTRICT], minutes(0, 15)))
