"""Bad input to a running product: each case is told clearly, kept where data is involved, and costs nothing good."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.clock import SystemClock
from config.settings import MqttSettings, Settings
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.registry import ALWAYS, Account, Enterprise, Meter
from ingest.outlet import Outlet
from storage.ledger import SqlLedger
from tests.e2e.running import client_of, environment_of, running, serving, settings_in, until
from tests.servers.mosquitto import MakeMosquitto, Mosquitto
from tests.servers.process import free_port

TOPIC = "yingfeng/v1/gaoxin/enterprise/{}/{}/reading"
GOOD = TOPIC.format("E001", "M001")


def fill_registry(settings: Settings) -> None:
    ledger = SqlLedger(settings.ledger.url, clock=SystemClock())
    ledger.registry.put_versions(
        "system",
        enterprises=[Enterprise(EnterpriseId("E001"), ALWAYS, "甬城精密机械有限公司")],
        accounts=[Account(AccountId("A1"), ALWAYS, EnterpriseId("E001"), approved_demand_kw=100.0)],
        meters=[Meter(MeterId("M001"), ALWAYS, AccountId("A1"), interval_s=60)],
    )
    ledger.close()


def minute_ms(back: int) -> int:
    return (int(time.time()) // 60 - back) * 60_000


def reading(back: int = 1, **fields: object) -> bytes:
    return json.dumps({"ts": minute_ms(back), "p_kw": 50.0, **fields}).encode()


#: Each message would be a reading of E001 but for one mistake.
MISTAKES = {
    "malformed": (GOOD, b'{"ts": 1, "p_kw": '),
    "a wrong type": (GOOD, reading(p_kw="fifty")),
    "NaN": (GOOD, b'{"ts": 1790000000000, "p_kw": NaN}'),
    "infinity": (GOOD, b'{"ts": 1790000000000, "p_kw": 1e999}'),
    "an absurd date": (GOOD, json.dumps({"ts": "9999-01-01T00:00:00Z", "p_kw": 1.0}).encode()),
    "an unknown meter": (TOPIC.format("E001", "M999"), reading()),
    "an unknown enterprise": (TOPIC.format("E999", "M001"), reading()),
    "a large payload": (GOOD, b" " * 10_000_000),
}


def test_what_cannot_be_taken_is_quarantined_and_the_good_is_stored(mosquitto: Mosquitto, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, mqtt={"url": mosquitto.url})
    fill_registry(settings)
    with running(settings) as here, Outlet(MqttSettings(url=mosquitto.url), client_id="meter") as outlet:
        for number, (topic, payload) in enumerate(MISTAKES.values()):
            outlet.publish(topic, payload)
            outlet.publish(GOOD, reading(number + 1))
        outlet.publish("somebody/elses/topic", reading())
        until("the good readings", lambda: here.counted("readings_stored_total") >= len(MISTAKES))
        until("the bad ones", lambda: here.counted("readings_quarantined_total") >= len(MISTAKES))
        kept = here.pages("quarantine")
        assert len(kept) == len(MISTAKES)
        assert all(item["reason"] and item["detail"] for item in kept)
        assert all(item["meter"] for item in kept), "whose it is stands in the topic, whatever the payload"
        assert here.http.get("/api/v1/health/ready").status_code == 200


@pytest.mark.parametrize("trouble", ["password", "tls"])
def test_a_broker_that_refuses_us_is_named_in_readiness(
    make_mosquitto: MakeMosquitto, tmp_path: Path, trouble: str
) -> None:
    broker = make_mosquitto(password=("yingfeng", "right")) if trouble == "password" else make_mosquitto(tls=True)
    wrong = {"username": "yingfeng", "password": "wrong"} if trouble == "password" else {}
    settings = settings_in(tmp_path, mqtt={"url": broker.url, **wrong})
    with serving(settings, log=tmp_path / "log"), client_of(settings) as http:
        until(
            "readiness tells of the broker",
            lambda: (
                http.get("/api/v1/health/ready").status_code == 503
                and str(broker.port) in http.get("/api/v1/health/ready").text
            ),
        )


def test_a_store_that_is_down_is_only_lag(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """No InfluxDB answers: the start goes on, readings wait in the journal, and readiness says what is missing."""
    port = free_port()
    settings = settings_in(tmp_path, mqtt={"url": mosquitto.url}, store={"url": f"influxdb://127.0.0.1:{port}"})
    fill_registry(settings)
    with serving(settings, log=tmp_path / "log"), client_of(settings) as http:
        with Outlet(MqttSettings(url=mosquitto.url), client_id="meter") as outlet:
            outlet.publish(GOOD, reading())
        until("readiness names the store", lambda: str(port) in http.get("/api/v1/health/ready").text)
        assert http.get("/api/v1/health/live").status_code == 200


def ends_at_once(settings: Settings, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "serve"],
        env={**environment_of(settings), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr


def test_a_taken_port_is_one_sentence_that_says_what_to_do(mosquitto: Mosquitto, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = ends_at_once(settings_in(tmp_path, mqtt={"url": mosquitto.url}, api={"port": port}))
    assert code == 4
    assert f"port {port}" in said
    assert "api.port" in said
    assert "Traceback" not in said


def test_a_ledger_that_cannot_be_reached_is_one_sentence(mosquitto: Mosquitto, tmp_path: Path) -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    code, said = ends_at_once(settings_in(tmp_path, mqtt={"url": mosquitto.url}, ledger={"url": url}))
    assert code == 4, said
    assert "Traceback" not in said


def test_five_wrong_settings_are_told_together(tmp_path: Path) -> None:
    wrong = {
        "YINGFENG_MQTT__URL": "http://broker",
        "YINGFENG_STORE__URL": "mysql://store",
        "YINGFENG_API__PORT": "99999",
        "YINGFENG_DISTRICT__TIMEZONE": "Mars/Olympus",
        "YINGFENG_JOURNAL__MAX_GB": "-1",
    }
    code, said = ends_at_once(settings_in(tmp_path), **wrong)
    assert code == 2
    for name in ("mqtt.url", "store.url", "api.port", "district.timezone", "journal.max_gb"):
        assert name in said
    assert "Traceback" not in said


def test_terminated_with_an_open_stream_it_ends_with_0(mosquitto: Mosquitto, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, mqtt={"url": mosquitto.url})
    begun = threading.Event()
    with serving(settings, log=tmp_path / "log") as child, client_of(settings) as http:

        def listen() -> None:
            with http.stream("GET", "/api/v1/stream?scope=monitored", timeout=None) as answer:
                for _ in answer.iter_lines():
                    begun.set()

        thread = threading.Thread(target=listen)
        thread.start()
        assert begun.wait(20)
        assert child.signal(signal.SIGTERM) == 0, child.said()[-2000:]
        thread.join()
        assert not (Path(settings.journal.path) / "server.json").exists()


def test_killed_and_started_again_alerts_and_readings_are_there(mosquitto: Mosquitto, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, mqtt={"url": mosquitto.url})
    fill_registry(settings)

    def states() -> dict[str, str]:
        return {
            alert["id"]: alert["state"]
            for alert in http.get("/api/v1/alerts?kind=approved_demand").json()["items"]
            if alert["state"] in ("pending", "firing")
        }

    with Outlet(MqttSettings(url=mosquitto.url), client_id="meter") as outlet:
        with serving(settings, log=tmp_path / "log") as child, client_of(settings) as http:
            for back in range(30, 0, -1):
                outlet.publish(GOOD, reading(back, p_kw=400.0))
            before = until("the alert", states)
            assert child.signal(signal.SIGKILL) == -signal.SIGKILL
        outlet.publish(GOOD, reading(31, p_kw=400.0))
        with serving(settings, log=tmp_path / "log of the second"), client_of(settings) as http:
            assert set(states()) == set(before)
            until(
                "what was sent meanwhile",
                lambda: len(http.get("/api/v1/readings?meter=M001").json()["items"]) >= 31,
            )
