"""Users with their passwords, sessions and API tokens.

Sessions and tokens end by the machine's clock, not the district's: a twin at sixty times the speed would log
everybody out within minutes.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta, tzinfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from domain.clock import Clock
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import EnterpriseId
from domain.people import Principal, Role
from storage.ledger import tables
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.passwords import Passwords, check_password, new_secret, parse_user_name, secret_hash
from storage.ledger_ports import TokenInfo, User

TOKEN_PREFIX = "yf_"


def _user(row: RowMapping) -> User:
    enterprise = EnterpriseId(row["enterprise"]) if row["enterprise"] is not None else None
    return User(row["name"], Role(row["role"]), enterprise, row["active"])


def _token(row: RowMapping) -> TokenInfo:
    return TokenInfo(
        id=row["id"],
        user=row["person"],
        label=row["label"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked=row["revoked_at"] is not None,
    )


def _person(connection: Connection, name: str) -> RowMapping | None:
    # Not parse_user_name: a name nobody could have is simply unknown here.
    query = sa.select(tables.person).where(tables.person.c.name == name.strip().lower())
    return connection.execute(query).mappings().one_or_none()


def _known_person(connection: Connection, name: str) -> RowMapping:
    row = _person(connection, name)
    if row is None:
        raise NotFound(f"there is no user {name[:80]!r}; see the list of users")
    return row


def _end_sessions(connection: Connection, name: str) -> None:
    connection.execute(sa.delete(tables.session).where(tables.session.c.person == name))


class SqlPeople:
    def __init__(
        self, database: Database, clock: Clock, machine_clock: Clock, passwords: Passwords, zone: tzinfo = UTC
    ) -> None:
        self._database = database
        self._clock = clock
        self._machine_clock = machine_clock
        self._passwords = passwords
        self._zone = zone

    def users(self) -> list[User]:
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(tables.person).order_by(tables.person.c.name)).mappings()
            return [_user(row) for row in rows]

    def user(self, name: str) -> User | None:
        with self._database.reading() as connection:
            row = _person(connection, name)
        return _user(row) if row is not None else None

    def create_user(
        self, actor: str, name: str, password: str, role: Role, enterprise: EnterpriseId | None = None
    ) -> User:
        name = parse_user_name(name)
        check_password(name, password)
        Principal(name, role, enterprise)  # refuses an enterprise account without its enterprise
        hashed = self._passwords.hashed(password)
        user = User(name, role, enterprise, active=True)
        with self._database.writing() as connection:
            if _person(connection, name) is not None:
                raise Conflict(f"there is a user {name!r} already; choose another name, or set that user's password")
            known = sa.select(tables.enterprise.c.id).where(tables.enterprise.c.id == enterprise)
            if enterprise is not None and connection.execute(known).one_or_none() is None:
                raise Invalid(f"enterprise {enterprise} is not in the registry; import it first")
            after = {"role": role.value, "enterprise": enterprise, "active": True}
            values = {"name": name, "password_hash": hashed, "created_at": self._clock.now(), **after}
            connection.execute(sa.insert(tables.person), values)
            write_traces(connection, self._clock, actor, [Trace("user.create", f"user:{name}", None, after)])
        return user

    def set_password(self, actor: str, name: str, password: str) -> None:
        """Ends the user's sessions; the log says that it happened, never what to."""
        check_password(name.strip().lower(), password)
        hashed = self._passwords.hashed(password)
        with self._database.writing() as connection:
            name = _known_person(connection, name)["name"]
            self._keep_hash(connection, name, hashed)
            _end_sessions(connection, name)
            write_traces(connection, self._clock, actor, [Trace("user.set_password", f"user:{name}")])

    def set_active(self, actor: str, name: str, active: bool) -> None:
        """Deactivating ends the sessions and revokes the tokens; they do not come back with the user."""
        person = tables.person
        with self._database.writing() as connection:
            row = _known_person(connection, name)
            name = row["name"]
            if row["active"] == active:
                return
            if not active:
                self._refuse_last_administrator(connection, row)
                _end_sessions(connection, name)
                alive = sa.and_(tables.token.c.person == name, tables.token.c.revoked_at.is_(None))
                connection.execute(sa.update(tables.token).where(alive).values(revoked_at=self._machine_clock.now()))
            connection.execute(sa.update(person).where(person.c.name == name).values(active=active))
            trace = Trace("user.set_active", f"user:{name}", {"active": not active}, {"active": active})
            write_traces(connection, self._clock, actor, [trace])

    def verify_password(self, name: str, password: str) -> User | None:
        with self._database.reading() as connection:
            query = sa.select(tables.person).where(tables.person.c.name == name.strip().lower(), self._here())
            row = connection.execute(query).mappings().one_or_none()
        known_hash = row["password_hash"] if row is not None and row["active"] else None
        if not self._passwords.matches(known_hash, password) or row is None:
            return None
        if self._passwords.outdated(row["password_hash"]):
            hashed = self._passwords.hashed(password)
            with self._database.writing() as connection:
                self._keep_hash(connection, row["name"], hashed)
        return _user(row)

    def create_session(self, name: str, hours: float) -> str:
        session = new_secret()
        now = self._machine_clock.now()
        with self._database.writing() as connection:
            row = _known_person(connection, name)
            if not row["active"]:
                raise Conflict(f"user {row['name']} is not active; an administrator can activate it")
            connection.execute(sa.delete(tables.session).where(tables.session.c.expires_at <= now))
            values = {"hash": secret_hash(session), "person": row["name"], "created_at": now}
            connection.execute(sa.insert(tables.session), {**values, "expires_at": now + timedelta(hours=hours)})
            trace = Trace("session.start", f"user:{row['name']}")
            write_traces(connection, self._clock, row["name"], [trace])
        return session

    def session_user(self, session: str) -> User | None:
        found = tables.session
        now = self._machine_clock.now()
        query = (
            sa.select(tables.person)
            .join(found, found.c.person == tables.person.c.name)
            .where(found.c.hash == secret_hash(session), found.c.expires_at > now, tables.person.c.active, self._here())
        )
        return self._one_user(query)

    def end_session(self, session: str) -> None:
        table = tables.session
        with self._database.writing() as connection:
            query = sa.delete(table).where(table.c.hash == secret_hash(session)).returning(table.c.person)
            name = connection.execute(query).scalar_one_or_none()
            if name is not None:
                write_traces(connection, self._clock, name, [Trace("session.end", f"user:{name}")])

    def create_token(self, actor: str, name: str, label: str, expires_at: datetime | None) -> tuple[TokenInfo, str]:
        """The second value is the token itself, to be shown once."""
        now = self._machine_clock.now()
        if not label.strip() or len(label) > 200:
            raise Invalid("a token needs a label of 1 to 200 characters that says what uses it")
        if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
            raise Invalid("a token's end must be an instant with a time zone, in the future")
        secret = TOKEN_PREFIX + new_secret()
        with self._database.writing() as connection:
            row = _known_person(connection, name)
            if not row["active"]:
                raise Conflict(f"user {row['name']} is not active; an administrator can activate it")
            info = TokenInfo(secrets.token_hex(6), row["name"], label.strip(), now, expires_at, revoked=False)
            values = {"id": info.id, "hash": secret_hash(secret), "person": info.user, "label": info.label}
            connection.execute(sa.insert(tables.token), {**values, "created_at": now, "expires_at": expires_at})
            after = {"user": info.user, "label": info.label, "expires_at": expires_at}
            write_traces(connection, self._clock, actor, [Trace("token.create", f"token:{info.id}", None, after)])
        return info, secret

    def token_user(self, token: str) -> User | None:
        found = tables.token
        now = self._machine_clock.now()
        query = (
            sa.select(tables.person)
            .join(found, found.c.person == tables.person.c.name)
            .where(
                found.c.hash == secret_hash(token),
                found.c.revoked_at.is_(None),
                sa.or_(found.c.expires_at.is_(None), found.c.expires_at > now),
                tables.person.c.active,
                self._here(),
            )
        )
        return self._one_user(query)

    def tokens(self, name: str) -> list[TokenInfo]:
        table = tables.token
        query = sa.select(table).where(table.c.person == name.strip().lower()).order_by(table.c.created_at, table.c.id)
        with self._database.reading() as connection:
            return [_token(row) for row in connection.execute(query).mappings()]

    def revoke_token(self, actor: str, token_id: str) -> None:
        table = tables.token
        with self._database.writing() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == token_id)).mappings().one_or_none()
            if row is None:
                raise NotFound(f"there is no token {token_id[:40]!r}; see the list of tokens")
            if row["revoked_at"] is not None:
                return
            revoke = sa.update(table).where(table.c.id == token_id).values(revoked_at=self._machine_clock.now())
            connection.execute(revoke)
            trace = Trace("token.revoke", f"token:{token_id}", {"revoked": False}, {"revoked": True})
            write_traces(connection, self._clock, actor, [trace])

    def _here(self) -> sa.ColumnElement[bool]:
        """Not an account of an enterprise that has left the district: its last day is its account's last day."""
        version, today = tables.enterprise_version, self._machine_clock.now().astimezone(self._zone).date()
        closed = (
            sa.select(version.c.closed)
            .where(version.c.id == tables.person.c.enterprise, version.c.valid_from <= today)
            .order_by(version.c.valid_from.desc())
            .limit(1)
            .correlate(tables.person)
            .scalar_subquery()
        )
        return sa.func.coalesce(closed, sa.false()).is_(sa.false())

    def _one_user(self, query: sa.Select[tuple[object, ...]]) -> User | None:
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return _user(row) if row is not None else None

    @staticmethod
    def _keep_hash(connection: Connection, name: str, hashed: str) -> None:
        person = tables.person
        connection.execute(sa.update(person).where(person.c.name == name).values(password_hash=hashed))

    @staticmethod
    def _refuse_last_administrator(connection: Connection, row: RowMapping) -> None:
        if row["role"] != Role.ADMINISTRATOR.value:
            return
        person = tables.person
        others = sa.and_(person.c.role == row["role"], person.c.active, person.c.name != row["name"])
        if connection.execute(sa.select(person.c.name).where(others).limit(1)).one_or_none() is None:
            raise Conflict(f"{row['name']} is the last active administrator; activate or create another one first")
