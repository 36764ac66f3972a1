"""A real PostgreSQL on a free loopback port, in its own folder and as its own user."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.servers.process import Server, accepts, cannot_run, free_port, own_user


def _program(name: str) -> str:
    """Debian keeps PostgreSQL's programs out of PATH, one folder a version."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        cannot_run("PostgreSQL is not installed; as an administrator: apt-get install postgresql")
    return found


class PostgresServer:
    """``new_database`` gives the address of a fresh database, empty or a copy of another."""

    def __init__(self, port: int, server: Server) -> None:
        self.port = port
        self.server = server

    def new_database(self, template: str = "template1") -> str:
        name = f"ledger_{uuid4().hex[:12]}"
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="yingfeng", dbname="postgres", autocommit=True
        ) as c:
            c.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return f"postgresql://yingfeng@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    # Not pytest's folder: as root it is closed to the user the server runs as.
    base = Path(tempfile.mkdtemp(prefix="yf-pg-"))
    user = own_user("postgres", base)
    data, port = base / "data", free_port()
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [_program("initdb"), "-D", data, "-U", "yingfeng", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        capture_output=True,
        user=user,
        env=environment,
        cwd=base,
    )
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "shared_buffers": "16MB",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = Server(
        [_program("postgres"), "-D", str(data), "-p", str(port), *options],
        log=base / "log",
        ready=lambda: accepts(port) and _answers(port),
        user=user,
    )
    try:
        server.start()
        yield PostgresServer(port, server)
    finally:
        server.stop()
        shutil.rmtree(base, ignore_errors=True)


def _answers(port: int) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=port, user="yingfeng", dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """The address of a fresh database on the real server."""
    return postgres.new_database()
