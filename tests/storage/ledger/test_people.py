from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from domain.errors import Conflict, Invalid, NotFound
from domain.ids import EnterpriseId
from domain.people import Role
from storage.ledger.database import Database
from storage.ledger.sql import SqlLedger
from tests.storage.ledger.conftest import QUICK_HASHER
from tests.support.clock import HandClock
from tests.support.registry import FACTORY

PASSWORD = "correct horse 电池"


@pytest.fixture
def people(ledger: SqlLedger) -> SqlLedger:
    ledger.people.create_user("system", "root1", PASSWORD, Role.ADMINISTRATOR)
    ledger.people.create_user("root1", "wang.li", PASSWORD, Role.OFFICER)
    return ledger


def test_a_password_opens_and_a_wrong_one_does_not(people: SqlLedger) -> None:
    user = people.people.verify_password("wang.li", PASSWORD)
    assert user is not None
    assert user.role is Role.OFFICER
    assert user.principal.may_write()
    assert people.people.verify_password("wang.li", PASSWORD + "x") is None
    assert people.people.verify_password("nobody", PASSWORD) is None
    assert people.people.verify_password("wang.li", "x" * 1_000_000) is None


def test_names_have_one_spelling(people: SqlLedger) -> None:
    people.people.create_user("root1", "ＺＨＡＯ", PASSWORD, Role.VIEWER)
    assert people.people.user("Zhao") == people.people.user("zhao")
    assert people.people.verify_password(" WANG.LI ", PASSWORD) is not None
    with pytest.raises(Conflict, match="already"):
        people.people.create_user("root1", "Wang.Li", PASSWORD, Role.VIEWER)
    assert [u.name for u in people.people.users()] == ["root1", "wang.li", "zhao"]


@pytest.mark.parametrize("name", ["", "a", "a b", "-root", "x" * 65, "system", "a/b", "аdmin", "a\x00b", "名\n"])
def test_names_that_are_refused(sqlite_ledger: SqlLedger, name: str) -> None:
    if name == "名\n":
        name = "名"
    with pytest.raises(Invalid):
        sqlite_ledger.people.create_user("system", name, PASSWORD, Role.VIEWER)
    assert sqlite_ledger.people.user(name.replace("\x00", "")) is None


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaa", "somebody.else", "x1y2z3" * 400])
def test_passwords_that_are_refused(sqlite_ledger: SqlLedger, password: str) -> None:
    with pytest.raises(Invalid, match="password needs"):
        sqlite_ledger.people.create_user("system", "somebody.else", password, Role.VIEWER)


def test_an_enterprise_account_needs_an_enterprise_of_the_registry(ledger: SqlLedger) -> None:
    with pytest.raises(Invalid, match="names its enterprise"):
        ledger.people.create_user("system", "factory", PASSWORD, Role.ENTERPRISE)
    with pytest.raises(Invalid, match="import it first"):
        ledger.people.create_user("system", "factory", PASSWORD, Role.ENTERPRISE, EnterpriseId("E001"))
    ledger.registry.put_versions("system", enterprises=[FACTORY])
    user = ledger.people.create_user("system", "factory", PASSWORD, Role.ENTERPRISE, EnterpriseId("E001"))
    assert user.principal.enterprise == "E001"


class CountingHasher(PasswordHasher):
    """Real argon2id that counts: equal work is what makes equal time, and can be asserted without a stopwatch."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.verified.append(str(hash).rsplit("$", 2)[0])  # without salt and digest
        return super().verify(hash, password)


def test_an_unknown_name_costs_what_a_known_one_costs(ledger_url: str, clock: HandClock) -> None:
    hasher = CountingHasher()
    ledger = SqlLedger(ledger_url, clock=clock, hasher=hasher)
    ledger.people.create_user("system", "wang.li", PASSWORD, Role.OFFICER)
    ledger.people.create_user("system", "retired", PASSWORD, Role.OFFICER)
    ledger.people.set_active("system", "retired", active=False)
    for name in ("wang.li", "nobody", "retired"):
        ledger.people.verify_password(name, "wrong password")
    assert len(hasher.verified) == 3
    assert len(set(hasher.verified)) == 1, "the same algorithm and parameters for all"
    assert hasher.verified[0].startswith("$argon2id$")
    ledger.close()


def test_a_hash_of_weaker_parameters_is_renewed_at_the_next_login(people: SqlLedger, ledger_url: str) -> None:
    stronger = SqlLedger(
        ledger_url,
        clock=HandClock(datetime(2026, 7, 20, tzinfo=UTC)),
        hasher=PasswordHasher(time_cost=2, memory_cost=16, parallelism=1),
    )
    assert stronger.people.verify_password("wang.li", PASSWORD) is not None
    stronger.close()
    assert any("m=16,t=2" in text for text in _all_text(ledger_url))
    assert people.people.verify_password("wang.li", PASSWORD) is not None


def _all_text(url: str) -> list[str]:
    database = Database(url)
    found: list[str] = []
    with database.reading() as connection:
        for table in ("person", "session", "token", "audit"):
            found += [repr(tuple(row)) for row in connection.execute(sa.text(f"SELECT * FROM {table}"))]
    database.close()
    return found


def test_no_secret_is_kept_in_clear(people: SqlLedger, ledger_url: str) -> None:
    session = people.people.create_session("wang.li", 12)
    _, token = people.people.create_token("wang.li", "wang.li", "grafana", None)
    people.people.set_password("root1", "wang.li", PASSWORD + "2")
    written = "\n".join(_all_text(ledger_url))
    for secret in (PASSWORD, session, token, token.removeprefix("yf_")):
        assert secret not in written
    assert "$argon2id$" in written


def test_a_session_lives_its_hours(people: SqlLedger, clock: HandClock) -> None:
    session = people.people.create_session("wang.li", 12)
    clock.advance(12 * 3600 - 1)
    user = people.people.session_user(session)
    assert user is not None
    assert user.name == "wang.li"
    clock.advance(1)
    assert people.people.session_user(session) is None
    assert people.people.session_user("anything") is None


def test_sessions_follow_the_machine_not_the_district(ledger_url: str, clock: HandClock) -> None:
    machine = HandClock(datetime(2026, 11, 1, tzinfo=UTC))
    ledger = SqlLedger(ledger_url, clock=clock, machine_clock=machine, hasher=QUICK_HASHER)
    ledger.people.create_user("system", "wang.li", PASSWORD, Role.OFFICER)
    session = ledger.people.create_session("wang.li", 1)
    clock.advance(30 * 86_400)
    assert ledger.people.session_user(session) is not None
    machine.advance(3600)
    assert ledger.people.session_user(session) is None
    ledger.close()


def test_a_session_ends_when_asked_and_with_a_new_password(people: SqlLedger) -> None:
    first = people.people.create_session("wang.li", 12)
    second = people.people.create_session("wang.li", 12)
    people.people.end_session(first)
    people.people.end_session("unknown")
    assert people.people.session_user(first) is None
    assert people.people.session_user(second) is not None
    people.people.set_password("wang.li", "wang.li", "another good one 1")
    assert people.people.session_user(second) is None
    assert people.people.verify_password("wang.li", PASSWORD) is None
    assert people.people.verify_password("wang.li", "another good one 1") is not None


def test_tokens(people: SqlLedger, clock: HandClock) -> None:
    end = clock.now() + timedelta(days=1)
    info, token = people.people.create_token("root1", "wang.li", " grafana ", end)
    assert token.startswith("yf_")
    assert people.people.tokens("wang.li") == [info]
    assert (info.label, info.user, info.revoked) == ("grafana", "wang.li", False)
    user = people.people.token_user(token)
    assert user is not None
    assert user.name == "wang.li"
    assert people.people.token_user(token + "x") is None
    clock.set(end)
    assert people.people.token_user(token) is None


def test_a_revoked_token_is_dead(people: SqlLedger) -> None:
    info, token = people.people.create_token("root1", "wang.li", "grafana", None)
    people.people.revoke_token("root1", info.id)
    people.people.revoke_token("root1", info.id)
    assert people.people.token_user(token) is None
    assert [t.revoked for t in people.people.tokens("wang.li")] == [True]
    actions = [e.action for e in people.audit.entries(subject=f"token:{info.id}").items]
    assert actions == ["token.revoke", "token.create"]
    with pytest.raises(NotFound):
        people.people.revoke_token("root1", "none")


def test_a_token_says_what_uses_it(people: SqlLedger) -> None:
    for label in ("", "  ", "x" * 201):
        with pytest.raises(Invalid, match="label"):
            people.people.create_token("root1", "wang.li", label, None)


def test_a_token_ends_in_the_future(people: SqlLedger, clock: HandClock) -> None:
    for end in (clock.now(), datetime(2030, 1, 1)):
        with pytest.raises(Invalid, match="future"):
            people.people.create_token("root1", "wang.li", "grafana", end)


def test_deactivation_ends_everything_and_does_not_give_it_back(people: SqlLedger) -> None:
    session = people.people.create_session("wang.li", 12)
    _, token = people.people.create_token("root1", "wang.li", "grafana", None)
    people.people.set_active("root1", "wang.li", active=False)
    assert people.people.verify_password("wang.li", PASSWORD) is None
    with pytest.raises(Conflict, match="not active"):
        people.people.create_session("wang.li", 1)
    with pytest.raises(Conflict, match="not active"):
        people.people.create_token("root1", "wang.li", "new", None)
    people.people.set_active("root1", "wang.li", active=True)
    assert people.people.session_user(session) is None
    assert people.people.token_user(token) is None
    assert people.people.verify_password("wang.li", PASSWORD) is not None


def test_the_last_administrator_stays(people: SqlLedger) -> None:
    with pytest.raises(Conflict, match="last active administrator"):
        people.people.set_active("root1", "root1", active=False)
    people.people.create_user("root1", "root2", PASSWORD, Role.ADMINISTRATOR)
    people.people.set_active("root2", "root1", active=False)
    with pytest.raises(Conflict, match="last active administrator"):
        people.people.set_active("root2", "root2", active=False)


def test_every_change_of_people_has_an_actor(people: SqlLedger) -> None:
    people.people.set_password("root1", "wang.li", "another good one 1")
    people.people.set_active("root1", "wang.li", active=False)
    people.people.set_active("root1", "wang.li", active=False)
    entries = people.audit.entries(subject="user:wang.li").items
    assert [(e.action, e.actor) for e in entries] == [
        ("user.set_active", "root1"),
        ("user.set_password", "root1"),
        ("user.create", "root1"),
    ]
    assert entries[0].before == {"active": True}
    assert entries[0].after == {"active": False}
    assert entries[2].after == {"role": "officer", "enterprise": None, "active": True}


def test_unknown_users_are_named(people: SqlLedger) -> None:
    with pytest.raises(NotFound, match="no user 'ghost'"):
        people.people.set_password("root1", "ghost", PASSWORD)
    with pytest.raises(NotFound, match="no user 'ghost'"):
        people.people.set_active("root1", "ghost", active=False)
    with pytest.raises(NotFound, match="no user 'ghost'"):
        people.people.create_session("ghost", 1)
    with pytest.raises(NotFound, match="no user 'ghost'"):
        people.people.create_token("root1", "ghost", "x", None)
