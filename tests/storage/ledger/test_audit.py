from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from domain.alerts import AlertState
from domain.errors import Invalid
from storage.ledger.database import Database
from storage.ledger.sql import SqlLedger
from tests.support.clock import HandClock


def test_before_and_after_are_kept_as_they_were(ledger: SqlLedger, clock: HandClock) -> None:
    before = {"day": date(2026, 7, 1), "kw": 5.5, "none": None, "状态": AlertState.FIRING, "nested": {"a": [1, 2]}}
    ledger.audit.record("li", "alert.acknowledge", "alert:1", before, {"by": "li"})
    [entry] = ledger.audit.entries().items
    assert entry.before == {"day": "2026-07-01", "kw": 5.5, "none": None, "状态": "firing", "nested": {"a": [1, 2]}}
    assert (entry.actor, entry.action, entry.subject, entry.after) == (
        "li",
        "alert.acknowledge",
        "alert:1",
        {"by": "li"},
    )
    assert entry.at == clock.now()


def test_entries_keep_microseconds_and_utc(ledger: SqlLedger, clock: HandClock) -> None:
    clock.set(datetime(2026, 7, 20, 6, 30, 1, 123456, tzinfo=UTC))
    ledger.audit.record("li", "a", "s")
    assert ledger.audit.entries().items[0].at == datetime(2026, 7, 20, 6, 30, 1, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'someone else'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 1"]
)
def test_the_database_refuses_to_change_the_log(ledger: SqlLedger, ledger_url: str, statement: str) -> None:
    ledger.audit.record("li", "a", "s")
    _refused(ledger_url, statement)
    assert [e.actor for e in ledger.audit.entries().items] == ["li"]


def test_postgresql_refuses_to_empty_the_log(postgres_url: str, clock: HandClock) -> None:
    ledger = SqlLedger(postgres_url, clock=clock)
    ledger.audit.record("li", "a", "s")
    _refused(postgres_url, "TRUNCATE audit")
    assert ledger.audit.entries().total == 1
    ledger.close()


def _refused(url: str, statement: str) -> None:
    """Straight at the driver: what an administrator with the database's password would try."""
    plain = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with pytest.raises(sa.exc.DBAPIError, match="can only be added to"), plain.begin() as connection:
        connection.execute(sa.text(statement))
    plain.dispose()


def test_pages_walk_all_and_later_entries_do_not_disturb(ledger: SqlLedger) -> None:
    for number in range(7):
        ledger.audit.record("li" if number % 2 else "wu", "a", f"s:{number}")
    first = ledger.audit.entries(limit=3)
    ledger.audit.record("li", "a", "s:late")
    seen = [e.subject for e in first.items]
    page = first
    while page.next_cursor is not None:
        page = ledger.audit.entries(limit=3, cursor=page.next_cursor)
        seen += [e.subject for e in page.items]
    assert seen == [f"s:{n}" for n in reversed(range(7))]
    assert first.total == 7
    assert [e.subject for e in ledger.audit.entries(actor="wu").items] == ["s:6", "s:4", "s:2", "s:0"]
    assert [e.actor for e in ledger.audit.entries(subject="s:3").items] == ["li"]


@pytest.mark.parametrize("cursor", ["", "abc", "-1", "1; DROP TABLE audit", "９", "9" * 40])
def test_a_foreign_cursor_is_refused(sqlite_ledger: SqlLedger, cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        sqlite_ledger.audit.entries(cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_has_bounds(sqlite_ledger: SqlLedger, limit: int) -> None:
    with pytest.raises(Invalid, match="1 to 1000"):
        sqlite_ledger.audit.entries(limit=limit)


def test_nobody_writes_without_a_name(sqlite_ledger: SqlLedger) -> None:
    with pytest.raises(Invalid, match="who makes it"):
        sqlite_ledger.audit.record(" ", "a", "s")


def test_a_write_that_fails_leaves_no_entry(ledger: SqlLedger, ledger_url: str) -> None:
    database = Database(ledger_url)

    def fail_half_way() -> None:
        with database.writing() as connection:
            connection.execute(sa.text("UPDATE registry_revision SET revision = 7"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    database.close()
    assert ledger.registry.registry().revision == 0
