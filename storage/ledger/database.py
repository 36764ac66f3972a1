"""One engine and two kinds of transaction, alike on SQLite and PostgreSQL: many read, one writes at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, Connection, Engine, make_url

from domain.errors import Conflict, Invalid, Unavailable

BUSY_TIMEOUT_MS = 10_000
#: Advisory lock of every writing transaction. PostgreSQL counts these locks by database, so districts do not collide.
WRITER_LOCK = 0x59464C44


def _json_text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def parse_url(text: str, password: str = "") -> URL:
    """The address of a ledger: ``sqlite:///path`` or ``postgresql://user@host/database``. Raises Invalid."""
    try:
        url = make_url(text)
    except exc.ArgumentError:
        raise Invalid("ledger.url is not an address such as sqlite:///var/ledger.sqlite") from None
    kind = url.get_backend_name()
    if kind == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
        return url.set(password=password) if password else url
    if kind != "sqlite":
        raise Invalid(f"ledger.url begins with {kind}: it must be sqlite:///path or postgresql://user@host/database")
    if url.database in (None, "", ":memory:"):
        raise Invalid("ledger.url names no file: a ledger in memory would forget everything; use sqlite:///path")
    return url


def _sqlite_engine(url: URL) -> Engine:
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"the ledger's folder {path.parent} cannot be made: {error.strerror}; correct ledger.url or the permissions"
        ) from error
    engine = sa.create_engine(
        url, json_serializer=_json_text, json_deserializer=msgspec.json.decode, connect_args={"timeout": 10.0}
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where _begin says, not where the driver guesses
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",  # NORMAL may forget the last commits when power fails; quarantine promises more
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later may be refused half-way (SQLITE_BUSY_SNAPSHOT).
        writes = connection.get_execution_options().get("ledger_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres_engine(url: URL) -> Engine:
    options = f"-c timezone=UTC -c lock_timeout={BUSY_TIMEOUT_MS} -c statement_timeout=60000"
    return sa.create_engine(
        url,
        json_serializer=_json_text,
        json_deserializer=msgspec.json.decode,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": options},
    )


class Database:
    """Thread-safe. Errors of the driver leave it as ours: Unavailable, Conflict or Invalid."""

    def __init__(self, url: str, *, password: str = "") -> None:
        parsed = parse_url(url, password)
        self.address = parsed.render_as_string(hide_password=True)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._engine = _sqlite_engine(parsed) if self.is_sqlite else _postgres_engine(parsed)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state."""
        with self._translated(), self._engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at the end, alone: what it read is still true when it writes."""
        with self._translated(), self._engine.connect() as connection:
            connection = connection.execution_options(ledger_writes=True)
            with connection.begin():
                if not self.is_sqlite:
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER_LOCK)))
                yield connection

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except exc.OperationalError as error:
            raise Unavailable(f"the ledger {self.address} does not answer: {_reason(error)}") from error
        except exc.IntegrityError as error:
            raise Conflict(f"the ledger refused a contradiction: {_reason(error)}") from error
        except exc.DataError as error:
            raise Invalid(f"the ledger cannot keep this value: {_reason(error)}") from error
        except exc.DatabaseError as error:
            if type(error) is not exc.DatabaseError:
                raise  # a fault of ours: a wrong statement, a wrong state
            raise Unavailable(f"the ledger {self.address} cannot be read: {_reason(error)}") from error
        except exc.TimeoutError as error:
            raise Unavailable(f"the ledger {self.address} is busy: all connections are in use; try again") from error


def _reason(error: exc.DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
