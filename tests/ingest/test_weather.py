"""Weather by message, over HTTP and from a file."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.metrics import PrometheusMetrics
from config.settings import WeatherSettings
from domain.errors import Invalid, Unavailable
from domain.instants import HOUR_MS, Span, to_ms
from domain.weather import WeatherRows
from ingest.codecs.columns import DecodeError
from ingest.codecs.weather import decode_weather
from ingest.weather_file import read_weather
from ingest.weather_http import HttpWeather, WeatherPoller
from ingest.weather_keeper import WeatherKeeper
from tests.support.clock import HandClock

NOW = datetime(2026, 7, 20, 4, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
GOOD = [
    b'{"ts":"2026-07-20T12:00:00+08:00","temp_c":34.5}',
    b'[{"ts":1784520000,"temp_c":34.5,"humidity":60},{"ts":1784520600000,"temp_c":34}]',
    b'{"issued_at":"2026-07-20T12:00:00+08:00","forecast":[{"ts":"2026-07-20T13:00:00+08:00","temp_c":35,"humidity":55}]}',
]


class Kept:
    def __init__(self) -> None:
        self.rows: list[WeatherRows] = []
        self.away = False

    def put(self, rows: WeatherRows, *, actor: str | None = None) -> int:
        if self.away:
            raise Unavailable("the ledger does not answer")
        self.rows.append(rows)
        return len(rows)

    def said(self, span: Span, *, by_ms: int | None = None) -> WeatherRows:
        raise NotImplementedError


def test_measurements_and_forecasts_are_told_apart() -> None:
    measured, several, forecast = (decode_weather(payload) for payload in GOOD)
    assert measured.issued_ms.tolist() == measured.valid_ms.tolist() == [to_ms(NOW)]
    assert several.temperature_c.tolist() == [34.5, 34.0]
    assert (forecast.valid_ms - forecast.issued_ms).tolist() == [HOUR_MS]


@pytest.mark.parametrize("payload", GOOD)
def test_truncated_payloads_are_rows_or_a_refusal(payload: bytes) -> None:
    for end in range(len(payload)):
        with pytest.raises(DecodeError):
            decode_weather(payload[:end])
    with pytest.raises(DecodeError):
        decode_weather(payload + b"}")


@given(st.binary(max_size=80))
def test_any_bytes_are_rows_or_a_refusal(payload: bytes) -> None:
    with suppress(DecodeError):
        assert len(decode_weather(payload))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"ts":"2026-07-20T12:00:00+08:00","temp_c":"34"}', "wrong_type"),
        (b'{"ts":"2026-07-20T12:00:00","temp_c":34}', "naive_timestamp"),
        (b'{"ts":"2026-07-20T12:00:00+08:00","temp_c":307}', "implausible"),
        (b"[]", "empty"),
    ],
)
def test_refusals_say_why(payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_weather(payload)
    assert caught.value.reason == reason


def test_a_ledger_that_is_away_loses_no_weather() -> None:
    kept = Kept()
    keeper = WeatherKeeper(kept, PrometheusMetrics())
    kept.away = True
    keeper.receive("weather", GOOD[0])
    keeper.receive("weather", b"rain")
    keeper.receive("clock", GOOD[0])
    with pytest.raises(Unavailable):
        keeper.flush()
    kept.away = False
    keeper.flush()
    keeper.flush()
    assert [len(rows) for rows in kept.rows] == [1]


@contextmanager
def service(body: bytes, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1?lat={{latitude}}&lon={{longitude}}&key={{token}}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


PARALLEL = {
    "hourly": {
        "time": ["2026-07-20T03:00", "2026-07-20T04:00", "2026-07-20T05:00"],
        "temperature_2m": [33.0, 34.0, None],
        "relative_humidity_2m": [60, 61, 62],
    }
}
LIST = {"list": [{"dt": 1784520000 + 3600 * n, "main": {"temp": 34.0 + n}} for n in range(3)]}


def test_a_service_of_parallel_arrays() -> None:
    with service(json.dumps(PARALLEL).encode()) as (url, asked):
        told = HttpWeather(WeatherSettings(url=url, token="a b")).fetch(to_ms(NOW))
    assert asked == ["/v1?lat=29.87&lon=121.55&key=a%20b"]
    assert told.temperature_c.tolist() == [33.0, 34.0]
    assert told.valid_ms.tolist() == [to_ms(NOW) - HOUR_MS, to_ms(NOW)]


def test_a_service_of_a_list_of_objects_is_a_forecast_issued_now() -> None:
    with service(json.dumps(LIST).encode()) as (url, _):
        settings = WeatherSettings(
            url=url, time_path="list.*.dt", temperature_path="list.*.main.temp", humidity_path=""
        )
        told = HttpWeather(settings).fetch(to_ms(NOW))
    assert told.temperature_c.tolist() == [34.0, 35.0, 36.0]
    assert told.issued_ms.tolist() == [to_ms(NOW)] * 3


@pytest.mark.parametrize(
    ("body", "status", "error", "says"),
    [
        (b"{}", 200, Invalid, "do not belong together"),
        (b"<html>", 200, Invalid, "did not answer JSON"),
        (b"no", 503, Unavailable, "HTTP 503"),
    ],
)
def test_what_a_service_does_wrong_is_told(body: bytes, status: int, error: type[Exception], says: str) -> None:
    with service(body, status) as (url, _), pytest.raises(error, match=says) as caught:
        HttpWeather(WeatherSettings(url=url, token="s3cret")).fetch(to_ms(NOW))
    assert "s3cret" not in str(caught.value)


def test_the_poller_keeps_what_it_gets_and_shows_what_fails() -> None:
    kept: list[WeatherRows] = []
    with service(json.dumps(PARALLEL).encode()) as (url, _):
        poller = WeatherPoller(HttpWeather(WeatherSettings(url=url)), 3600, HandClock(NOW), kept.append)
        poller.poll()
    assert (len(kept), poller.problem) == (1, "")
    poller.poll()
    assert "does not answer" in poller.problem


def test_a_file_with_gaps_and_chinese_names(tmp_path: Path) -> None:
    path = tmp_path / "w.csv.gz"
    path.write_bytes(gzip.compress("时间,气温,湿度\n2026-07-20 12:00,34.5,60\n2026-07-20 13:00,,\n".encode()))
    rows, empty = read_weather(path, zone=ZONE)
    assert (rows.valid_ms.tolist(), rows.source, empty) == ([to_ms(NOW)], "w.csv.gz", 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("when,temp_c\n1,2\n", "which column is the ts"),
        ("ts,temp_c\nyesterday,20\n2026-07-20,hot\n", "line 2: .*\n.*line 3: "),
        ("ts,temp_c\n2026-07-20,3000\n", "not plausible"),
    ],
)
def test_mistakes_of_a_file_are_listed(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "w.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=says):
        read_weather(path, zone=ZONE)
