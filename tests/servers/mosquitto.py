"""Fixtures of a real mosquitto server, on the shipped configuration."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.servers.process import Server, accepts, find_binary, free_port, own_user

SHIPPED = Path(__file__).parents[2] / "config" / "mosquitto.conf"
#: Lines of the shipped file that name this machine; the fixture has its own.
_LOCAL = ("listener", "allow_anonymous", "persistence_location")


class Mosquitto:
    """A broker of its own on a free loopback port. ``start`` again after ``stop`` or ``kill`` keeps port and data."""

    def __init__(
        self, *, password: tuple[str, str] | None = None, tls: bool = False, extra: Sequence[str] = ()
    ) -> None:
        binary = find_binary("mosquitto", package="mosquitto")
        self.host = "127.0.0.1"
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="yingfeng-mosquitto-"))
        lines = [line for line in SHIPPED.read_text(encoding="utf-8").splitlines() if not line.startswith(_LOCAL)]
        lines += [f"listener {self.port} {self.host}", f"persistence_location {self.directory}/"]
        lines += [f"allow_anonymous {'false' if password else 'true'}"]
        if password:
            lines.append(f"password_file {self._password_file(*password)}")
        self.ca_file = ""
        if tls:
            self.ca_file = str(make_certificates(self.directory))
            lines += [f"certfile {self.directory}/server.crt", f"keyfile {self.directory}/server.key"]
        settings = self.directory / "mosquitto.conf"
        # The last word on a setting counts, so a test may override what is shipped.
        names = {line.split()[0] for line in extra}
        lines = [line for line in lines if not line or line.split()[0] not in names]
        settings.write_text("\n".join([*lines, *extra, ""]), encoding="utf-8")
        user = own_user("mosquitto", self.directory)
        if user is not None:
            for path in self.directory.iterdir():
                shutil.chown(path, user)
        self._server = Server(
            [binary, "-c", str(settings)],
            log=self.directory / "log",
            ready=lambda: accepts(self.port),
            user=user,
        )

    def _password_file(self, user: str, password: str) -> Path:
        file = self.directory / "passwd"
        tool = find_binary("mosquitto_passwd", package="mosquitto")
        subprocess.run([tool, "-b", "-c", str(file), user, password], check=True, capture_output=True)
        return file

    @property
    def url(self) -> str:
        return f"{'mqtts' if self.ca_file else 'mqtt'}://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        return self._server.pid

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        """SIGTERM: the broker saves its sessions."""
        self._server.stop()

    def kill(self) -> None:
        self._server.kill()

    def remove(self) -> None:
        self._server.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


def make_certificates(directory: Path) -> Path:
    """A CA of its own and a server certificate for 127.0.0.1 and hook.invalid; returns the CA's certificate."""
    openssl = find_binary("openssl", package="openssl")

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], check=True, capture_output=True, cwd=directory)

    (directory / "san").write_text("subjectAltName=IP:127.0.0.1,DNS:hook.invalid", encoding="utf-8")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run("req", "-x509", *key, "-days", "2", "-subj", "/CN=test CA", "-keyout", "ca.key", "-out", "ca.crt")
    run("req", *key, "-subj", "/CN=127.0.0.1", "-keyout", "server.key", "-out", "server.csr")
    signed = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san")
    run("x509", "-req", "-in", "server.csr", *signed, "-out", "server.crt")
    return directory / "ca.crt"


MakeMosquitto = Callable[..., Mosquitto]


@pytest.fixture
def make_mosquitto() -> Iterator[MakeMosquitto]:
    """Started brokers: ``make_mosquitto(password=("user", "secret"), tls=True, extra=["autosave_interval 1"])``"""
    made: list[Mosquitto] = []

    def make(*, password: tuple[str, str] | None = None, tls: bool = False, extra: Sequence[str] = ()) -> Mosquitto:
        broker = Mosquitto(password=password, tls=tls, extra=extra)
        made.append(broker)
        broker.start()
        return broker

    yield make
    for broker in made:
        broker.remove()


@pytest.fixture
def mosquitto(make_mosquitto: MakeMosquitto) -> Mosquitto:
    return make_mosquitto()
