"""InfluxDB and VictoriaMetrics as fixtures.

``YINGFENG_TEST_INFLUXD`` names other influxd for the same suites, several separated by colons: a path, or ``influxd``
for the installed one. The first is used where a test needs only one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from config.settings import StoreSettings
from tests.servers.mosquitto import make_certificates
from tests.servers.process import Server, accepts, find_binary, free_port, own_user

_TOKEN = "token-of-the-test-server"
_CONFIGURATION = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{directory}/meta"
[data]
  dir = "{directory}/data"
  wal-dir = "{directory}/wal"
  query-log-enabled = false
  max-values-per-tag = {max_values_per_tag}
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = {auth}
  log-enabled = false
  https-enabled = {https}
  https-certificate = "{directory}/server.crt"
  https-private-key = "{directory}/server.key"
"""


def influxd_binaries() -> list[str]:
    named = [name for name in os.environ.get("YINGFENG_TEST_INFLUXD", "").split(":") if name]
    return named or ["influxd"]


def _resolved(name: str) -> str:
    return name if "/" in name else find_binary(name, package="influxdb")


def release_of_binary(binary: str) -> tuple[int, int]:
    shown = subprocess.run([binary, "version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"v(\d+)\.(\d+)", shown)
    return (int(found.group(1)), int(found.group(2))) if found else (1, 0)


@dataclass(frozen=True)
class Influx:
    """A running InfluxDB: its process, its port, and settings of a database of its own on each call."""

    server: Server
    port: int
    release: int
    username: str = ""
    password: str = ""
    ca_file: str = ""
    version: tuple[int, int] = (1, 6)
    #: Where its files lie.
    directory: Path = Path()

    @property
    def write_path(self) -> str:
        return "/api/v2/write" if self.version >= (1, 8) else "/write"

    def queries(self) -> int:
        """InfluxQL questions the server has been asked so far, this one left out."""
        if self.release >= 2:
            text = http_send("GET", f"{self._base}/metrics", b"", ca_file=self.ca_file)[1]
            lines = [x for x in text.splitlines() if x.startswith("http_api_requests_total") and 'path="/query"' in x]
            return sum(int(float(line.rpartition(" ")[2])) for line in lines)
        _, text = self.post("/query", b"", q="SHOW STATS FOR 'httpd'")
        columns, values = (text.split(key)[1] for key in ('"columns":[', '"values":[['))
        return int(values.split(",")[columns.split("]")[0].replace('"', "").split(",").index("queryReq")]) - 1

    def settings(self, bucket: str | None = None, **changes: object) -> StoreSettings:
        fields: dict[str, object] = {
            "url": f"{'influxdbs' if self.ca_file else 'influxdb'}://127.0.0.1:{self.port}",
            "ca_file": self.ca_file,
            "bucket": bucket or f"t{uuid.uuid4().hex[:12]}",
            "username": self.username,
            "password": self.password,
            **({"token": _TOKEN, "org": "test"} if self.release >= 2 else {}),
            **changes,
        }
        return StoreSettings.model_validate(fields)

    def post(self, path: str, body: bytes, **parameters: str) -> tuple[int, str]:
        return http_post(f"{self._base}{path}", body, ca_file=self.ca_file, **parameters)

    @property
    def _base(self) -> str:
        return f"{'https' if self.ca_file else 'http'}://127.0.0.1:{self.port}"

    def drop(self, bucket: str) -> None:
        """Take the database or bucket away behind the store's back."""
        if self.release < 2:
            self.post("/query", b"", q=f'DROP DATABASE "{bucket}"')
            return
        listed = json.loads(http_send("GET", f"{self._base}/api/v2/buckets", b"", name=bucket)[1])
        http_send("DELETE", f"{self._base}/api/v2/buckets/{listed['buckets'][0]['id']}", b"")


def http_post(url: str, body: bytes, *, ca_file: str = "", **parameters: str) -> tuple[int, str]:
    """Status and text of the answer, for what a test must do behind the store's back."""
    return http_send("POST", url, body, ca_file=ca_file, **parameters)


def http_send(method: str, url: str, body: bytes, *, ca_file: str = "", **parameters: str) -> tuple[int, str]:
    request = urllib.request.Request(f"{url}?{urlencode(parameters)}", data=body or None, method=method)
    request.add_header("Authorization", f"Token {_TOKEN}")
    trust = ssl.create_default_context(cafile=ca_file) if ca_file else None
    with urllib.request.urlopen(request, timeout=10, context=trust) as answer:
        return answer.status, answer.read().decode()


@contextmanager
def _directory(user: str) -> Iterator[Path]:
    # pytest's own directories are closed to other users; a server running as its own user needs one it can enter.
    directory = Path(tempfile.mkdtemp(prefix="yingfeng-"))
    own_user(user, directory)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def running_influx(
    binary: str = "", *, auth: bool = False, tls: bool = False, max_values_per_tag: int = 0
) -> Iterator[Influx]:
    binary = _resolved(binary or influxd_binaries()[0])
    version = release_of_binary(binary)
    release = version[0]
    with _directory("influxdb") as directory:
        port = free_port()
        ca_file = str(make_certificates(directory)) if tls else ""
        make = _command_2 if release >= 2 else _command_1
        user = own_user("influxdb", directory)
        server = Server(
            make(binary, directory, port, auth=auth, tls=tls, max_values_per_tag=max_values_per_tag),
            log=directory / "log",
            ready=lambda: accepts(port),
            user=user,
            environment={"HOME": str(directory)},
        )
        if user is not None:
            for path in directory.iterdir():
                shutil.chown(path, user)
        server.start()
        influx = Influx(server, port, release, ca_file=ca_file, version=version, directory=directory)
        try:
            if release >= 2:
                setup = {"username": "admin", "password": "administrator", "org": "test", "bucket": "first"}
                influx.post("/api/v2/setup", json.dumps({**setup, "token": _TOKEN}).encode())
            elif auth:
                influx.post("/query", b"", q="CREATE USER admin WITH PASSWORD 'right' WITH ALL PRIVILEGES")
                influx = Influx(server, port, release, "admin", "right", ca_file, version, directory)
            yield influx
        finally:
            server.stop()


def _command_1(binary: str, directory: Path, port: int, *, auth: bool, tls: bool, max_values_per_tag: int) -> list[str]:
    configuration = directory / "influxdb.conf"
    text = _CONFIGURATION.format(
        directory=directory,
        port=port,
        rpc_port=free_port(),
        auth=str(auth).lower(),
        https=str(tls).lower(),
        max_values_per_tag=max_values_per_tag,
    )
    configuration.write_text(text, encoding="utf-8")
    configuration.chmod(0o644)
    return [binary, "-config", str(configuration)]


def _command_2(binary: str, directory: Path, port: int, *, auth: bool, tls: bool, max_values_per_tag: int) -> list[str]:
    # 2.x always asks for a token, and knows no limit on values of a tag.
    del auth, max_values_per_tag
    command = [binary, f"--bolt-path={directory}/bolt", f"--engine-path={directory}/engine", "--reporting-disabled"]
    command += [f"--http-bind-address=127.0.0.1:{port}", f"--sqlite-path={directory}/sqlite"]
    return command + ([f"--tls-cert={directory}/server.crt", f"--tls-key={directory}/server.key"] if tls else [])


@pytest.fixture(scope="session", params=influxd_binaries(), ids=lambda name: Path(name).name)
def influxd(request: pytest.FixtureRequest) -> str:
    """Each server the suites run against, by its binary."""
    return _resolved(request.param)


@pytest.fixture(scope="session")
def influx(influxd: str) -> Iterator[Influx]:
    """One server for the session; each test takes a database of its own from ``settings()``."""
    with running_influx(influxd) as found:
        yield found


@pytest.fixture(scope="session")
def influx_with_auth(influxd: str) -> Iterator[Influx]:
    """Asks for user and password (1.x) or a token (2.x)."""
    with running_influx(influxd, auth=True) as found:
        yield found


@pytest.fixture(scope="session")
def influx_with_tls(influxd: str) -> Iterator[Influx]:
    with running_influx(influxd, auth=True, tls=True) as found:
        yield found


@dataclass(frozen=True)
class Victoria:
    port: int

    def settings(self, **changes: object) -> StoreSettings:
        return StoreSettings.model_validate({"url": f"influxdb://127.0.0.1:{self.port}", "token": "any", **changes})

    def export(self, match: str) -> list[Mapping[str, object]]:
        """Series as stored, after what was received is made visible."""
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/internal/force_flush", timeout=10).close()
        query = urlencode({"match[]": match, "start": "0"})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/export?{query}", timeout=10) as answer:
            return [json.loads(line) for line in answer.read().splitlines()]


@pytest.fixture(scope="session")
def victoria() -> Iterator[Victoria]:
    """Debian's victoria-metrics, which speaks the write half of InfluxDB 2."""
    binary = find_binary("victoria-metrics", package="victoria-metrics")
    with _directory("victoria-metrics") as directory:
        port = free_port()
        # -retentionPeriod counts months; readings of the tests lie in 2023.
        command = [binary, "-storageDataPath", f"{directory}/data", "-retentionPeriod", "1200"]
        command += ["-httpListenAddr", f"127.0.0.1:{port}", "-search.latencyOffset", "0s"]
        server = Server(
            command,
            log=directory / "log",
            ready=lambda: accepts(port),
            user=own_user("victoria-metrics", directory),
        )
        server.start()
        try:
            yield Victoria(port)
        finally:
            server.stop()
