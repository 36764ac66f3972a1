from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from domain.errors import Invalid, Unavailable
from storage.ledger.database import Database
from storage.ledger.migration import head_revision, migrate
from storage.ledger.sql import SqlLedger
from storage.ledger.tables import metadata
from tests.support.clock import HandClock


def test_migrations_make_what_the_models_say(empty_url: str) -> None:
    migrate(empty_url)
    database = Database(empty_url)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_opening_again_changes_nothing(ledger: SqlLedger, ledger_url: str) -> None:
    assert migrate(ledger_url) == head_revision()
    assert ledger.registry.registry().revision == 0


def test_programs_started_together_migrate_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(migrate, [empty_url] * 4)) == {head_revision()}


def test_a_newer_ledger_is_refused_and_left_alone(ledger: SqlLedger, ledger_url: str, clock: HandClock) -> None:
    database = Database(ledger_url)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Invalid, match=r"version 9999, written by a newer Yingfeng.*Start the newer program"):
        SqlLedger(ledger_url, clock=clock)
    with database.reading() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
    database.close()


def test_a_folder_with_strange_characters(tmp_path: Path, clock: HandClock) -> None:
    ledger = SqlLedger(f"sqlite:///{tmp_path}/台账 50%/新/ledger.sqlite", clock=clock)
    assert "SQLite" in ledger.ping()
    ledger.close()


@pytest.mark.parametrize("url", ["sqlite://", "mysql://x/y", "ledger.sqlite", "sqlite:///:memory:"])
def test_an_address_that_cannot_be_a_ledger(url: str, clock: HandClock) -> None:
    with pytest.raises(Invalid, match=r"ledger\.url"):
        SqlLedger(url, clock=clock)


def test_a_file_that_is_no_database(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_text("户号,名称\n" * 1000, encoding="utf-8")
    with pytest.raises(Unavailable, match="cannot be read"):
        SqlLedger(f"sqlite:///{path}", clock=clock)


def test_a_server_that_is_away_is_named_without_its_password(clock: HandClock) -> None:
    with pytest.raises(Unavailable, match="does not answer") as caught:
        SqlLedger("postgresql://yingfeng@127.0.0.1:1/ledger", clock=clock, password="s3cret-word")
    assert "127.0.0.1:1" in str(caught.value)
    assert "s3cret-word" not in str(caught.value)
