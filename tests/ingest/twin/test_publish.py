"""The twin over a real broker: what a subscriber hears, at the pace that was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from config.settings import MqttSettings
from domain.errors import Invalid, Unavailable
from domain.instants import MINUTE_MS, to_ms
from ingest.outlet import Outlet
from ingest.pace import Pace
from ingest.twin.district import District
from ingest.twin.publish import Sent, simulate
from ingest.twin.stream import MeterStream
from tests.servers.mosquitto import MakeMosquitto, Mosquitto
from tests.servers.process import free_port

START = datetime(2026, 7, 22, 5, 0, tzinfo=UTC)
UNTIL = datetime(2026, 7, 22, 5, 20, tzinfo=UTC)


@contextmanager
def listening(broker: Mosquitto) -> Iterator[list[tuple[str, bytes]]]:
    """Everything the district says, in the order it came."""
    heard: list[tuple[str, bytes]] = []
    ready = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _c, _u, message: heard.append((message.topic, bytes(message.payload)))
    client.on_subscribe = lambda *_: ready.set()
    client.on_connect = lambda c, *_: c.subscribe("yingfeng/v1/gaoxin/#", 1) and None
    client.connect(broker.host, broker.port)
    client.loop_start()
    try:
        assert ready.wait(10)
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


def wait_for(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


def settings(broker: Mosquitto, version: str = "3.1.1") -> MqttSettings:
    return MqttSettings.model_validate({"url": f"mqtt://{broker.host}:{broker.port}", "version": version})


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_broker_gets_every_reading_once_and_the_clock(mosquitto: Mosquitto, version: str) -> None:
    district = District.generate(3, 10, installed=date(2026, 7, 21))
    stream = MeterStream(district, "gaoxin")
    expected = [m for k in range(21) for m in stream.minute(to_ms(START) + k * MINUTE_MS)]
    with listening(mosquitto) as heard, Outlet(settings(mosquitto, version), client_id="twin") as outlet:
        sent = simulate(stream, outlet, district_id="gaoxin", pace=Pace(START, 2000), until=UNTIL)
        assert outlet.flush(20)
        wait_for(lambda: sum("/event/" not in topic for topic, _ in heard) == len(expected))
    assert [h for h in heard if "/event/" not in h[0]] == [(m.topic, m.payload) for m in expected]
    assert sent.readings == sum(m.readings for m in expected)
    assert sent.instant == UNTIL
    topic, payload = heard[0]
    assert topic == "yingfeng/v1/gaoxin/event/clock", "the clock is known before the first reading"
    note = json.loads(payload)
    assert note["speed"] == 2000
    assert datetime.fromisoformat(note["instant"]) >= START


class Slow:
    """An outlet that takes its time."""

    def __init__(self, clock: Ticking) -> None:
        self.clock = clock

    def publish(self, topic: str, payload: bytes) -> None:
        self.clock.seconds += 0.001


class Ticking:
    """Seconds that pass only when somebody works."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_time_waits_for_a_sender_that_cannot_keep_up() -> None:
    clock = Ticking()
    outlet = Slow(clock)
    pace = Pace(START, 60_000, monotonic=clock)
    stream = MeterStream(District.generate(3, 10, installed=date(2026, 7, 21)), "gaoxin")
    sent = simulate(stream, outlet, district_id="gaoxin", pace=pace, until=UNTIL)
    assert sent.behind > 0
    assert sent.instant == UNTIL
    most_a_minute = 20  # messages, each of which takes a district minute to send here
    assert pace.now_ms() <= to_ms(UNTIL) + most_a_minute * MINUTE_MS


def test_a_simulation_stops_when_told() -> None:
    stop = threading.Event()
    clock = Ticking()
    stream = MeterStream(District.generate(3, 5, installed=date(2026, 7, 21)), "gaoxin")

    def end_it(sent: Sent) -> None:
        stop.set()

    sent = simulate(stream, Slow(clock), district_id="gaoxin", pace=Pace(START, 60), stop=stop, on_progress=end_it)
    assert sent.instant == START, "the minute under way is finished, no other begun"


def test_a_pace_keeps_the_instant_when_its_speed_changes() -> None:
    clock = Ticking()
    pace = Pace(START, 60, monotonic=clock)
    clock.seconds = 10
    assert pace.now_ms() == to_ms(START) + 600_000
    pace.change(1)
    clock.seconds = 20
    assert pace.now_ms() == to_ms(START) + 610_000
    pace.hold(to_ms(START))
    assert pace.now_ms() == to_ms(START)
    assert pace.wait_s(to_ms(START) + 5_000) == pytest.approx(5)
    with pytest.raises(Invalid, match="speed"):
        pace.change(0)


def test_an_outlet_says_what_is_wrong_with_the_broker() -> None:
    nowhere = MqttSettings(url=f"mqtt://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable, match="cannot be reached"), Outlet(nowhere, client_id="twin"):
        pass
    with pytest.raises(Invalid, match="names no broker"):
        Outlet(MqttSettings(), client_id="twin")


def test_an_outlet_is_refused_with_a_wrong_password(make_mosquitto: MakeMosquitto) -> None:
    broker = make_mosquitto(password=("meter", "right"))
    wrong = MqttSettings(url=broker.url, username="meter", password="wrong")
    with pytest.raises(Unavailable, match="did not take the connection"), Outlet(wrong, client_id="twin"):
        pass
    right = MqttSettings(url=broker.url, username="meter", password="right")
    with Outlet(right, client_id="twin") as outlet:
        outlet.publish("yingfeng/v1/gaoxin/weather", b"{}")
        assert outlet.flush(10)
