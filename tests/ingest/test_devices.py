"""Answers to devices that wait: after the message is durable, once, on the live connection, and no flood of them."""

from __future__ import annotations

import json
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from app.metrics import PrometheusMetrics
from config.mappings import load_mappings
from config.settings import DistrictSettings
from ingest.codecs.dispatch import Codecs
from ingest.devices import Devices
from ingest.journal import Journal, JournalRecord
from ingest.mqtt import MqttIngest
from tests.ingest.plant import DISTRICT, NOON, NOON_MS, eventually, journalled, mqtt_settings, payload, topic
from tests.servers.acrel_device import AcrelGateway
from tests.servers.mosquitto import Mosquitto
from tests.support.clock import HandClock

CODECS = Codecs(DistrictSettings(), load_mappings(["acrel_gateway", "cet"]), max_bytes=1_000_000)
LOGIN = "/gw/acrelHW/null/login/GW1"


def make_devices(metrics: PrometheusMetrics | None = None) -> tuple[Devices, list[float]]:
    assert CODECS.mapped is not None
    now = [0.0]
    return Devices(CODECS.mapped, metrics or PrometheusMetrics(), monotonic=lambda: now[0]), now


def make_mqtt(url: str, journal: Journal, metrics: PrometheusMetrics) -> MqttIngest:
    devices, _ = make_devices(metrics)
    return MqttIngest(
        mqtt_settings(url), DISTRICT, journal, metrics, HandClock(NOON), filters=CODECS.filters, devices=devices
    )


def test_only_what_waits_is_answered() -> None:
    devices, _ = make_devices()
    (reply,) = devices.hear(LOGIN, b'{"type":"login"}', NOON_MS)
    assert (reply.topic, json.loads(reply.payload)) == ("/server/acrelHW/null/login/GW1", {"type": "login", "res": 1})
    for where, body in (
        (LOGIN, b'{"type":"login"'),
        (LOGIN, b'{"type":"alarm"}'),
        (LOGIN, b"[1]"),
        ("/gw/acrelHW/null/heart/GW1", b'{"type":"heart"}'),
        (topic(), payload()),
    ):
        assert devices.hear(where, body, NOON_MS) == ()


def test_the_time_told_is_local_and_that_of_the_message() -> None:
    devices, _ = make_devices()
    (reply,) = devices.hear("/gw/acrelHW/null/time/GW1", b'{"type":"time"}', NOON_MS)
    assert json.loads(reply.payload)["time"] == "20260720120000"


def test_a_device_that_floods_gets_so_many_answers_a_minute_and_others_all_of_theirs() -> None:
    metrics = PrometheusMetrics()
    devices, now = make_devices(metrics)
    answers = [devices.hear(LOGIN, b'{"type":"login"}', NOON_MS) for _ in range(1_000)]
    assert sum(map(len, answers)) == 60
    assert metrics.snapshot()["device_replies_total"] == 940
    assert len(devices.hear(LOGIN.replace("GW1", "GW2"), b'{"type":"login"}', NOON_MS)) == 1
    now[0] += 30.0
    assert sum(len(devices.hear(LOGIN, b'{"type":"login"}', NOON_MS)) for _ in range(100)) == 30


def test_where_a_device_was_heard_is_known() -> None:
    devices, _ = make_devices()
    devices.hear("/gw/acrelHW/ADW300/data/GW1", b'{"type":"data"}', NOON_MS)
    heard = devices.heard("GW1")
    assert heard is not None
    assert heard.parts == {"product": "ADW300", "sn": "GW1"}
    assert heard.mapping.name == "acrel_gateway"
    assert devices.heard("GW2") is None


def test_the_answer_comes_after_the_message_is_durable(mosquitto: Mosquitto, tmp_path: Path) -> None:
    metrics = PrometheusMetrics()
    with (
        AcrelGateway(mosquitto.port, "GW1") as device,
        Journal(tmp_path, segment_bytes=500, max_bytes=2_000) as journal,
    ):
        reader = journal.reader("writer")
        journal.append([JournalRecord(NOON_MS, "filled", b"x" * 950)])
        journal.append([JournalRecord(NOON_MS, "filled", b"x" * 950)])
        with make_mqtt(mosquitto.url, journal, metrics) as ingest:
            eventually(lambda: ingest.connected, "connected")
            device.log_in()
            eventually(lambda: "full" in ingest.problem, "the journal takes no more")
            assert not device.answers

            def drained() -> bool:
                for position, _ in reader.read(100, 0.05):
                    reader.commit(position)
                return device.answers["login"] == 1

            eventually(drained, "with room in the journal the login is answered")
    assert any(b"login" in said for said in journalled(tmp_path))


def test_retained_messages_are_kept_and_not_answered(mosquitto: Mosquitto, tmp_path: Path) -> None:
    metrics = PrometheusMetrics()
    said = b'{"type":"login","gwSN":"GW1"}'
    with AcrelGateway(mosquitto.port, "GW1") as device:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id="old")
        client.connect("127.0.0.1", mosquitto.port)
        client.loop_start()
        client.publish(LOGIN, said, qos=1, retain=True).wait_for_publish(20)
        client.disconnect()
        client.loop_stop()
        with Journal(tmp_path) as journal, make_mqtt(mosquitto.url, journal, metrics):
            eventually(lambda: metrics.snapshot().get("mqtt_messages_total", 0) >= 1, "the retained login came")
            device.log_in()
            eventually(lambda: device.answers["login"] >= 1, "the live login is answered")
        assert device.answers["login"] == 1
    assert said in journalled(tmp_path)
