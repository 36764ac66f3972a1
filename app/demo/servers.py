"""Real servers for ``demo --full``: mosquitto and InfluxDB of this machine, each on a free loopback port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from config.settings import Settings
from dashboards.grafana.provision import apply_dashboards
from domain.errors import Unavailable, YingfengError

MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 100
max_queued_messages 0
max_inflight_messages 1000
{user}
"""
INFLUXDB = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
"""
SBIN = ("/usr/sbin", "/usr/local/sbin", "/sbin")


@contextmanager
def full_servers(folder: Path, settings: Settings, say: Callable[[str], None]) -> Iterator[Settings]:
    """Settings that point at mosquitto and InfluxDB started here; both end with the context."""
    with ExitStack() as stack:
        broker, store = _free_port(), _free_port()
        mosquitto = _own_folder(folder, "mosquitto")
        text = MOSQUITTO.format(port=broker, folder=mosquitto, user=_mosquitto_user())
        (mosquitto / "mosquitto.conf").write_text(text, encoding="utf-8")
        command = [_binary("mosquitto"), "-c", str(mosquitto / "mosquitto.conf")]
        stack.enter_context(_running(command, mosquitto, broker))
        say(f"mosquitto: mqtt://127.0.0.1:{broker}")
        influx = _own_folder(folder, "influxdb")
        text = INFLUXDB.format(port=store, rpc_port=_free_port(), folder=influx)
        (influx / "influxdb.conf").write_text(text, encoding="utf-8")
        stack.enter_context(_running([_binary("influxd"), "-config", str(influx / "influxdb.conf")], influx, store))
        say(f"InfluxDB: http://127.0.0.1:{store}")
        pointed = settings.model_copy(
            update={
                "mqtt": settings.mqtt.model_copy(update={"url": f"mqtt://127.0.0.1:{broker}"}),
                "store": settings.store.model_copy(update={"url": f"influxdb://127.0.0.1:{store}"}),
            }
        )
        _provision(pointed, say)
        yield pointed


def _provision(settings: Settings, say: Callable[[str], None]) -> None:
    if not settings.grafana.url:
        say("Grafana: 未配置 not configured (YINGFENG_GRAFANA__URL), so no dashboards are applied")
        return
    try:
        say(str(apply_dashboards(settings)))
    except YingfengError as error:
        say(f"Grafana: {error}")


def _binary(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *SBIN)))
    if found is None:
        raise Unavailable(f"{name} is not installed; run make services first")
    return found


def _own_folder(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


def _mosquitto_user() -> str:
    """Started by root, mosquitto would change to a user who may not enter our folder."""
    return f"user {pwd.getpwuid(0).pw_name}" if os.geteuid() == 0 else ""


@contextmanager
def _running(command: Sequence[str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 20
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                tail = (folder / "log").read_text(encoding="utf-8", errors="replace")[-1000:]
                raise Unavailable(f"{Path(command[0]).name} did not come up:\n{tail}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
