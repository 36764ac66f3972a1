"""Announcements from the broker: the district clock, the weather, and what neighbours tell (``app.neighbours``)."""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from app.clock import FollowedClock
from app.neighbours import Neighbours
from domain.errors import Invalid
from ingest.weather_keeper import WeatherKeeper

log = logging.getLogger(__name__)


class _ClockNote(msgspec.Struct):
    instant: datetime
    speed: float


class Announcements:
    """``receive`` is MqttIngest's event handler; a note that cannot be read changes nothing and is logged."""

    def __init__(
        self,
        clock: FollowedClock,
        weather: WeatherKeeper | None = None,
        neighbours: Neighbours | None = None,
    ) -> None:
        self._clock = clock
        self._weather = weather
        self._neighbours = neighbours

    def receive(self, kind: str, payload: bytes) -> None:
        try:
            if kind == "clock":
                note = msgspec.json.decode(payload, type=_ClockNote)
                self._clock.follow(note.instant, note.speed)
            elif kind == "weather":
                if self._weather is not None:
                    self._weather.receive(kind, payload)
            elif self._neighbours is not None:
                self._neighbours.receive(kind, payload)
        except (msgspec.DecodeError, Invalid) as error:
            log.warning("event/%s was not understood: %s", kind, error)
