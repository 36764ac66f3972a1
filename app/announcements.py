"""Announcements: the district clock and the weather in, ReadingsStored and other facts between processes."""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from app.clock import FollowedClock
from app.neighbours import Neighbours
from domain.errors import Invalid
from domain.events import Bus, Publisher, ReadingsStored
from ingest.weather_keeper import WeatherKeeper

log = logging.getLogger(__name__)


class _ClockNote(msgspec.Struct):
    instant: datetime
    speed: float


class _StoredNote(msgspec.Struct):
    meters: tuple[str, ...]
    start_ms: int
    end_ms: int


class Announcements:
    """``receive`` is MqttIngest's event handler; a note that cannot be read changes nothing and is logged."""

    def __init__(
        self,
        clock: FollowedClock,
        bus: Bus,
        weather: WeatherKeeper | None = None,
        neighbours: Neighbours | None = None,
    ) -> None:
        self._clock = clock
        self._bus = bus
        self._weather = weather
        self._neighbours = neighbours

    def receive(self, kind: str, payload: bytes) -> None:
        try:
            if kind == "clock":
                note = msgspec.json.decode(payload, type=_ClockNote)
                self._clock.follow(note.instant, note.speed)
            elif kind == "stored":
                stored = msgspec.json.decode(payload, type=_StoredNote)
                self._bus.publish(ReadingsStored(stored.meters, stored.start_ms, stored.end_ms))
            elif kind == "weather":
                if self._weather is not None:
                    self._weather.receive(kind, payload)
            elif self._neighbours is not None:
                self._neighbours.receive(kind, payload)
        except (msgspec.DecodeError, Invalid) as error:
            log.warning("event/%s was not understood: %s", kind, error)


def announce_stored(bus: Bus, publisher: Publisher, topic: str) -> None:
    """Tell the engines of other processes what was committed (design: roles in separate processes)."""

    def forward(event: ReadingsStored) -> None:
        publisher.publish(topic, msgspec.json.encode(_StoredNote(event.meters, event.start_ms, event.end_ms)))

    bus.subscribe(ReadingsStored, forward)
