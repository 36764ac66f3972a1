"""The same tests on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from storage.ledger.migration import migrate
from storage.ledger.sql import SqlLedger
from tests.servers.postgres import PostgresServer
from tests.support.clock import HandClock

# Real argon2id, with little work: these tests are not about how slow it is.
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database nobody has migrated."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.sqlite"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "migrated.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: PostgresServer) -> str:
    url = postgres.new_database()
    migrate(url)
    return url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A copy of a migrated database: migrating once for each test would be most of their time."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "ledger.sqlite")
        return f"sqlite:///{tmp_path}/ledger.sqlite"
    postgres: PostgresServer = request.getfixturevalue("postgres")
    return postgres.new_database(request.getfixturevalue("migrated_database"))


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 7, 20, 6, 30, tzinfo=UTC))


@pytest.fixture
def sqlite_ledger(migrated_file: Path, tmp_path: Path, clock: HandClock) -> Iterator[SqlLedger]:
    """For what is refused before any database sees it: one database is enough."""
    shutil.copy(migrated_file, tmp_path / "ledger.sqlite")
    opened = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=clock, hasher=QUICK_HASHER)
    yield opened
    opened.close()


@pytest.fixture
def ledger(ledger_url: str, clock: HandClock) -> Iterator[SqlLedger]:
    opened = SqlLedger(ledger_url, clock=clock, hasher=QUICK_HASHER)
    yield opened
    opened.close()
