"""The small parts of the composition root."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest

from app.announcements import Announcements
from app.bus import InProcessBus
from app.clock import FollowedClock
from app.metrics import PrometheusMetrics
from app.server import bind
from app.ticker import Ticker
from config.settings import ApiSettings
from domain.errors import Invalid, Unavailable
from domain.events import LoadChanged, RegistryChanged


def test_the_followed_clock_runs_on_from_the_announced_instant_at_its_speed() -> None:
    clock = FollowedClock()
    start = datetime(2027, 7, 1, 12, tzinfo=UTC)
    clock.follow(start, 3600.0)
    first = clock.now()
    assert start <= first < start + timedelta(hours=5)
    assert clock.now() >= first
    assert clock.speed() == 3600.0


def test_a_clock_without_announcement_is_the_system_clock() -> None:
    before = datetime.now(UTC)
    assert before <= FollowedClock().now() <= datetime.now(UTC) + timedelta(seconds=1)


@pytest.mark.parametrize("speed", [-1.0, 1e9])
def test_an_absurd_speed_is_refused(speed: float) -> None:
    with pytest.raises(Invalid, match="speed"):
        FollowedClock().follow(datetime(2027, 1, 1, tzinfo=UTC), speed)


def test_a_handler_that_fails_does_not_silence_the_others(caplog: pytest.LogCaptureFixture) -> None:
    bus = InProcessBus()
    seen: list[object] = []

    def broken(_: RegistryChanged) -> None:
        raise ValueError("no")

    bus.subscribe(RegistryChanged, broken)
    end = bus.subscribe(RegistryChanged, seen.append)
    bus.publish(RegistryChanged(1))
    bus.publish(LoadChanged(datetime.now(UTC)))
    end()
    bus.publish(RegistryChanged(2))
    assert seen == [RegistryChanged(1)]
    assert "RegistryChanged failed" in caplog.text


def test_announcements_move_the_clock() -> None:
    clock = FollowedClock()
    Announcements(clock).receive("clock", b'{"instant": "2027-07-01T20:00:00+08:00", "speed": 60}')
    assert clock.speed() == 60
    assert clock.now() - datetime(2027, 7, 1, 12, tzinfo=UTC) < timedelta(hours=1)


@pytest.mark.parametrize("payload", [b"", b"{", b'{"instant": "yesterday", "speed": 1}', b'{"speed": "x"}', b"\xff"])
def test_an_announcement_that_cannot_be_read_changes_nothing(payload: bytes) -> None:
    clock = FollowedClock()
    Announcements(clock).receive("clock", payload)
    assert clock.speed() == 1.0


def test_a_taken_port_is_one_sentence_that_says_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"port {port} .* is taken .* api\.port"):
            bind(ApiSettings(port=port))


def test_a_failing_task_shows_and_does_not_end_the_others() -> None:
    called = threading.Event()
    heal = threading.Event()

    def sick() -> None:
        if not heal.is_set():
            raise Unavailable("the store is away")

    def well() -> None:
        called.set()

    with Ticker([("sick", sick), ("well", well)], period_s=0.01) as ticker:
        assert called.wait(5)
        assert "the store is away" in ticker.problem()
        heal.set()
        called.clear()
        assert called.wait(5)
        called.clear()
        assert called.wait(5)
        assert ticker.problem() == ""


def test_metrics_add_up_by_name() -> None:
    metrics = PrometheusMetrics()
    metrics.count("refused_total", 2, reason="late")
    metrics.count("refused_total", 3, reason="future")
    metrics.gauge("lag_s", 1.5)
    metrics.observe("took_s", 0.2)
    found = metrics.snapshot()
    assert found["refused_total"] == 5
    assert found["lag_s"] == 1.5
    assert found["took_s_count"] == 1
