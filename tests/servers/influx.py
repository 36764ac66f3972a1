"""InfluxDB and VictoriaMetrics as fixtures. ``YINGFENG_TEST_INFLUXD`` names another influxd for the same suites."""

from __future__ import annotations

import json
import os
import re
import shutil
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
"""


@dataclass(frozen=True)
class Influx:
    """A running InfluxDB: its process, its port, and settings of a database of its own on each call."""

    server: Server
    port: int
    release: int
    username: str = ""
    password: str = ""

    def settings(self, bucket: str | None = None, **changes: object) -> StoreSettings:
        fields: dict[str, object] = {
            "url": f"influxdb://127.0.0.1:{self.port}",
            "bucket": bucket or f"t{uuid.uuid4().hex[:12]}",
            "username": self.username,
            "password": self.password,
            **({"token": _TOKEN, "org": "test"} if self.release >= 2 else {}),
            **changes,
        }
        return StoreSettings.model_validate(fields)

    def post(self, path: str, body: bytes, **parameters: str) -> tuple[int, str]:
        return http_post(f"http://127.0.0.1:{self.port}{path}", body, **parameters)


def http_post(url: str, body: bytes, **parameters: str) -> tuple[int, str]:
    """Status and text of the answer, for what a test must do behind the store's back."""
    request = urllib.request.Request(f"{url}?{urlencode(parameters)}", data=body, method="POST")
    request.add_header("Authorization", f"Token {_TOKEN}")
    with urllib.request.urlopen(request, timeout=10) as answer:
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
def running_influx(*, auth: bool = False, max_values_per_tag: int = 0) -> Iterator[Influx]:
    binary = os.environ.get("YINGFENG_TEST_INFLUXD") or find_binary("influxd", package="influxdb")
    shown = subprocess.run([binary, "version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"v(\d+)\.", shown)
    release = int(found.group(1)) if found else 1
    with _directory("influxdb") as directory:
        port = free_port()
        if release >= 2:
            command = [binary, f"--bolt-path={directory}/bolt", f"--engine-path={directory}/engine"]
            command += [f"--http-bind-address=127.0.0.1:{port}", f"--sqlite-path={directory}/sqlite"]
        else:
            configuration = directory / "influxdb.conf"
            configuration.write_text(
                _CONFIGURATION.format(
                    directory=directory,
                    port=port,
                    rpc_port=free_port(),
                    auth=str(auth).lower(),
                    max_values_per_tag=max_values_per_tag,
                ),
                encoding="utf-8",
            )
            configuration.chmod(0o644)
            command = [binary, "-config", str(configuration)]
        user = own_user("influxdb", directory)
        server = Server(
            command,
            log=directory / "log",
            ready=lambda: accepts(port),
            user=user,
            environment={"HOME": str(directory)},
        )
        server.start()
        influx = Influx(server, port, release)
        try:
            if release >= 2:
                setup = {"username": "admin", "password": "administrator", "org": "test", "bucket": "first"}
                influx.post("/api/v2/setup", json.dumps({**setup, "token": _TOKEN}).encode())
            elif auth:
                influx.post("/query", b"", q="CREATE USER admin WITH PASSWORD 'right' WITH ALL PRIVILEGES")
                influx = Influx(server, port, release, "admin", "right")
            yield influx
        finally:
            server.stop()


@pytest.fixture(scope="session")
def influx() -> Iterator[Influx]:
    """One server for the session; each test takes a database of its own from ``settings()``."""
    with running_influx() as found:
        yield found


@pytest.fixture(scope="session")
def influx_with_auth() -> Iterator[Influx]:
    with running_influx(auth=True) as found:
        if found.release >= 2:
            pytest.skip("2.x knows tokens only, which every other test uses")
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
