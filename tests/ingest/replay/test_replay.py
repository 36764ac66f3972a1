"""A recorded history over a real broker, and what survives an interruption."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from config.settings import MqttSettings, Settings
from domain.errors import Invalid
from domain.instants import Span, from_ms, to_ms
from domain.registry import Registry
from domain.series import Matrix
from ingest.codecs.native import decode
from ingest.outlet import Outlet
from ingest.pace import Pace
from ingest.replay import PositionFile, Replayed, replay, resume_instant, timeline
from ingest.sites import Site, find_sites, register_sites
from tests.realdata import fleet, span_of
from tests.servers.mosquitto import Mosquitto

START = datetime(2026, 7, 20, tzinfo=UTC)


def part(names: tuple[str, ...], step_s: int, values: list[list[float]]) -> Matrix:
    table = np.array(values, dtype=np.float64)
    ts_ms = to_ms(START) + np.arange(table.shape[1], dtype=np.int64) * step_s * 1000
    return Matrix(names, ts_ms, step_s, table)


QUARTERS = part(("A", "B"), 900, [[1, 2, 3, 4, 5, 6, 7, 8], [10, 20, np.nan, 40, 50, 60, 70, 80]])
HOURS = part(("H",), 3600, [[100, 200]])
PARTS = (QUARTERS, HOURS)
SPAN = Span(START, START + timedelta(hours=2))


def sites_of(parts: tuple[Matrix, ...]) -> dict[str, Site]:
    change = register_sites(parts)
    registry = Registry(1, tuple(change.enterprises), tuple(change.accounts), tuple(change.meters))
    found, unknown = find_sites(registry.view(START.date()), [name for p in parts for name in p.ids])
    assert not unknown
    return found


class Kept:
    """An outlet that keeps what it is given; may stop the replay after so many readings."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.readings: list[tuple[str, int, float]] = []
        self.clocks: list[datetime] = []
        self.stop = threading.Event()
        self._stop_after = stop_after

    def publish(self, topic: str, payload: bytes) -> None:
        body = json.loads(payload)
        if topic.endswith("event/clock"):
            self.clocks.append(datetime.fromisoformat(body["instant"]))
            return
        self.readings.append((topic.split("/")[5], body["ts"], body["p_kw"]))
        if len(self.readings) == self._stop_after:
            self.stop.set()


def run(outlet: Kept, position: PositionFile | None = None, speed: float = 50_000) -> Replayed:
    return replay(
        PARTS,
        sites_of(PARTS),
        outlet,
        district_id="gaoxin",
        pace=Pace(resume_instant(SPAN, position), speed),
        span=SPAN,
        position=position,
        stop=outlet.stop,
    )


def test_readings_come_at_the_end_of_their_interval_on_their_own_step() -> None:
    ends = [(from_ms(end) - START, [(name, kw) for name, _, kw in rows]) for end, rows in timeline(PARTS, SPAN)]
    assert ends[0] == (timedelta(minutes=15), [("A", 1.0), ("B", 10.0)])
    assert ends[2] == (timedelta(minutes=45), [("A", 3.0)]), "a missing value is not sent"
    assert ends[3] == (timedelta(hours=1), [("A", 4.0), ("B", 40.0), ("H", 100.0)])
    assert len(ends) == 8
    inner = Span(START + timedelta(minutes=30), START + timedelta(minutes=45))
    assert [rows for _, rows in timeline(PARTS, inner)] == [[("A", to_ms(START) + 1_800_000, 3.0)]]


def test_a_whole_replay_sends_everything_once_in_order_of_time() -> None:
    outlet = Kept()
    done = run(outlet)
    assert done.readings == len(outlet.readings) == 7 + 8 + 2
    assert done.share == 1.0
    assert done.instant == SPAN.end
    assert outlet.clocks[0] >= START
    assert max(outlet.clocks) <= SPAN.end + timedelta(hours=1)


@pytest.mark.parametrize("after", [1, 5, 8, 16])
def test_an_interrupted_replay_goes_on_and_loses_nothing(tmp_path: Path, after: int) -> None:
    position = PositionFile(tmp_path / "position.json", "load.csv")
    first = Kept(stop_after=after)
    run(first, position)
    second = Kept()
    run(second, position)
    whole = Kept()
    run(whole)
    assert {*first.readings, *second.readings} == set(whole.readings)
    assert len(first.readings) + len(second.readings) == len(whole.readings), "an interval end is sent whole"
    third = Kept()
    run(third, position)
    assert third.readings == []


def test_a_position_of_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "position.json"
    assert PositionFile(path, "a.csv").load() is None
    PositionFile(path, "a.csv").save(to_ms(START))
    assert PositionFile(path, "a.csv").load() == to_ms(START)
    with pytest.raises(Invalid, match=r"belongs to a\.csv"):
        PositionFile(path, "b.csv").load()
    path.write_text("{", encoding="utf-8")
    with pytest.raises(Invalid, match="delete it"):
        PositionFile(path, "a.csv").load()


@contextmanager
def listening(broker: Mosquitto) -> Iterator[list[tuple[str, bytes]]]:
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


@pytest.mark.realdata
def test_a_real_day_arrives_through_a_broker_as_it_stands_in_the_files(mosquitto: Mosquitto) -> None:
    day = (datetime(2016, 7, 28, 8), datetime(2016, 7, 28, 18))
    parts, span = fleet().within(*day), span_of(*day)
    sent = sum(int((~np.isnan(p.values)).sum()) for p in parts)
    settings = Settings().mqtt.model_copy(update={"url": mosquitto.url})
    assert isinstance(settings, MqttSettings)
    with listening(mosquitto) as heard, Outlet(settings, client_id="replay") as outlet:
        done = replay(parts, sites_of(parts), outlet, district_id="gaoxin", pace=Pace(span.start, 100_000), span=span)
        assert outlet.flush(30)
        deadline = time.monotonic() + 20
        while sum("/event/" not in topic for topic, _ in heard) < sent and time.monotonic() < deadline:
            time.sleep(0.02)
    assert done.readings == sent
    received: dict[tuple[str, int], float] = {}
    for topic, payload in heard:
        if "/event/" not in topic:
            columns = decode(topic, payload, 0, district="gaoxin").columns
            received[columns.meter[0], columns.ts_ms[0]] = columns.values[0][0] or 0.0
    assert len(received) == sent
    for matrix in parts:
        for row, name in enumerate(matrix.ids):
            for ts_ms, value in zip(matrix.ts_ms.tolist(), matrix.values[row].tolist(), strict=True):
                assert np.isnan(value) or received[name, ts_ms] == value
