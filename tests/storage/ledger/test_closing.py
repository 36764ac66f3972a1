"""What is closed is listed with its first day, until it is opened again."""

from __future__ import annotations

from datetime import date

import pytest

from domain.errors import Invalid, NotFound
from domain.ids import AccountId, EnterpriseId
from domain.registry import ALWAYS, Account, Enterprise
from storage.ledger.sql import SqlLedger
from storage.registry_closing import Closable, Closing, closings, put_closing

MAY, JULY = date(2026, 5, 1), date(2026, 7, 1)


@pytest.fixture
def registered(sqlite_ledger: SqlLedger) -> SqlLedger:
    sqlite_ledger.registry.put_versions(
        "test",
        enterprises=[Enterprise(EnterpriseId(f"E{n}"), ALWAYS, f"企业{n}") for n in (1, 2)],
        accounts=[Account(AccountId(f"A{n}"), ALWAYS, EnterpriseId(f"E{n}")) for n in (1, 2)],
    )
    return sqlite_ledger


def put(ledger: SqlLedger, what: Closable, ident: str, day: date, *, closed: bool = True) -> None:
    put_closing(ledger.registry, "wang", what, ident, day, closed=closed, reason="迁出")


def test_what_is_closed_is_listed_newest_first_and_its_accounts_are_not(registered: SqlLedger) -> None:
    put(registered, Closable.ENTERPRISE, "E1", MAY)
    put(registered, Closable.ACCOUNT, "A2", JULY)
    assert closings(registered.registry.registry()) == [
        Closing(Closable.ACCOUNT, "A2", "E2", "企业2", JULY),
        Closing(Closable.ENTERPRISE, "E1", "E1", "企业1", MAY),
    ]


def test_opened_from_the_same_day_it_is_as_if_it_had_never_been_closed(registered: SqlLedger) -> None:
    before = registered.registry.registry().view(JULY)
    put(registered, Closable.ENTERPRISE, "E1", MAY)
    assert "E1" not in registered.registry.registry().view(JULY).enterprises
    put(registered, Closable.ENTERPRISE, "E1", MAY, closed=False)
    assert closings(registered.registry.registry()) == []
    assert registered.registry.registry().view(JULY).accounts == before.accounts
    assert set(registered.registry.registry().view(JULY).enterprises) == {"E1", "E2"}


def test_a_reason_and_something_known_are_needed(registered: SqlLedger) -> None:
    with pytest.raises(Invalid, match="reason"):
        put_closing(registered.registry, "wang", Closable.ACCOUNT, "A1", MAY, closed=True, reason=" ")
    with pytest.raises(NotFound):
        put(registered, Closable.ENTERPRISE, "E9", MAY)
