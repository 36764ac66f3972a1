"""A real ledger on SQLite, a hand-driven clock and live loads written by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.ledger.migration import migrate
from storage.ledger.sql import SqlLedger
from tests.response.desk import Desk
from tests.support.clock import HandClock


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("response") / "ledger.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 7, 20, 6, 0, tzinfo=UTC))


@pytest.fixture
def ledger(empty_ledger: Path, tmp_path: Path, clock: HandClock) -> Iterator[SqlLedger]:
    shutil.copy(empty_ledger, tmp_path / "ledger.sqlite")
    opened = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def desk(ledger: SqlLedger, clock: HandClock) -> Desk:
    return Desk(ledger, clock)
