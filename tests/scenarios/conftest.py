"""A scenario over a real ledger on SQLite and a hand-driven clock."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.ledger.migration import migrate
from storage.ledger.sql import SqlLedger
from tests.scenarios.timeline import Scenario
from tests.support.clock import HandClock


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenarios") / "ledger.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def scenario(empty_ledger: Path, tmp_path: Path) -> Iterator[Callable[[int], Scenario]]:
    """``scenario(n)``: a district of n plants with a meter each."""
    shutil.copy(empty_ledger, tmp_path / "ledger.sqlite")
    clock = HandClock(datetime(2026, 7, 20, 4, 0, tzinfo=UTC))
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=clock)
    yield lambda meters: Scenario(ledger, clock, meters)
    ledger.close()
