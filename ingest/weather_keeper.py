"""Weather from the broker into the ledger: handed over on the journal thread, written by the ticker."""

from __future__ import annotations

import logging
import queue

from domain.errors import Unavailable
from domain.events import Metrics
from domain.weather import WeatherRows
from ingest.codecs.columns import DecodeError
from ingest.codecs.weather import decode_weather
from storage.ledger_ports import WeatherLedger

log = logging.getLogger(__name__)

#: Messages kept while the ledger is away: months of them at six an hour. The oldest go first.
MOST_WAITING = 20_000


class WeatherKeeper:
    """``receive`` may run on any thread and is quick; ``flush`` is called once a second and may wait."""

    def __init__(self, ledger: WeatherLedger, metrics: Metrics) -> None:
        self._ledger = ledger
        self._metrics = metrics
        self._waiting: queue.SimpleQueue[WeatherRows] = queue.SimpleQueue()

    def receive(self, kind: str, payload: bytes) -> None:
        """Handler of MqttIngest's and NoticeListener's announcements; other kinds than weather are not ours."""
        if kind != "weather":
            return
        try:
            rows = decode_weather(payload)
        except DecodeError as error:
            self._metrics.count("weather_refused_total")
            log.warning("weather was not understood (%s): %s", error.reason, error.detail)
            return
        self.hand_over(rows)

    def hand_over(self, rows: WeatherRows) -> None:
        self._waiting.put(rows)
        while self._waiting.qsize() > MOST_WAITING:
            self._waiting.get_nowait()
            self._metrics.count("weather_dropped_total")

    def flush(self) -> None:
        """Write what waits; raises Unavailable with nothing lost when the ledger is away."""
        while not self._waiting.empty():
            rows = self._waiting.get_nowait()
            try:
                self._ledger.put(rows)
            except Unavailable:
                self._waiting.put(rows)
                raise
            self._metrics.count("weather_rows_total", len(rows))
