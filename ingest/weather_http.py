"""A weather service over HTTP: JSON whose places of time, temperature and humidity are configured."""

from __future__ import annotations

import json
import logging
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from config.settings import WeatherSettings
from domain.clock import Clock
from domain.errors import Invalid, Unavailable
from domain.instants import to_ms
from domain.weather import WeatherRows
from ingest.codecs.timestamps import MILLISECONDS_FROM

log = logging.getLogger(__name__)
#: A forecast of weeks is a few hundred kilobytes; more is not a forecast.
MOST_BYTES = 20_000_000
#: While the service fails it is asked again after this [s].
RETRY_S = 300.0


class WeatherProvider(Protocol):
    def fetch(self, issued_ms: int) -> WeatherRows:
        """What the service says now, measured hours and forecast ones alike, as issued at ``issued_ms``.

        Raises Unavailable when it does not answer, Invalid when its answer is not what the settings describe."""
        ...


class HttpWeather:
    """``settings.url`` may hold {latitude}, {longitude} and {token}."""

    def __init__(self, settings: WeatherSettings) -> None:
        self._settings = settings
        self._zone = ZoneInfo(settings.timezone)
        self.name = urlsplit(settings.url).hostname or "http"

    def fetch(self, issued_ms: int) -> WeatherRows:
        answer = self._ask()
        times = _found(answer, self._settings.time_path)
        temperatures = _found(answer, self._settings.temperature_path)
        humidity_path = self._settings.humidity_path
        humidities = _found(answer, humidity_path) if humidity_path else [None] * len(times)
        if not times or not len(times) == len(temperatures) == len(humidities):
            raise Invalid(
                f"{self.name}: {len(times)} times, {len(temperatures)} temperatures and {len(humidities)} humidities "
                "do not belong together; check weather.time_path, temperature_path and humidity_path"
            )
        rows = []
        for stamp, temperature, humidity in zip(times, temperatures, humidities, strict=True):
            if isinstance(temperature, int | float) and not isinstance(temperature, bool):
                valid_ms = self._instant_ms(stamp)
                percent = float(humidity) if isinstance(humidity, int | float) else None
                # An hour that is over was measured, or is the service's best word on it: said then, not now.
                rows.append((min(issued_ms, valid_ms), valid_ms, float(temperature), percent))
        return WeatherRows.of(rows, self.name)

    def _ask(self) -> Any:
        settings = self._settings
        url = settings.url
        for word in ("latitude", "longitude", "token"):
            url = url.replace("{" + word + "}", quote(str(getattr(settings, word)), safe=""))
        try:
            with urllib.request.urlopen(url, timeout=settings.timeout_s) as answer:
                body = answer.read(MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            error.close()
            raise Unavailable(f"the weather service {self.name} does not answer: HTTP {error.code}") from None
        except (TimeoutError, OSError) as error:
            # The address may hold the token, so only the host is told.
            raise Unavailable(
                f"the weather service {self.name} does not answer: {getattr(error, 'reason', error)}"
            ) from None
        if len(body) > MOST_BYTES:
            raise Invalid(f"{self.name} answered more than {MOST_BYTES:,} bytes; check weather.url")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise Invalid(f"{self.name} did not answer JSON; check weather.url") from None

    def _instant_ms(self, stamp: Any) -> int:
        if isinstance(stamp, int | float) and not isinstance(stamp, bool):
            return round(stamp if abs(stamp) >= MILLISECONDS_FROM else stamp * 1000)
        try:
            instant = datetime.fromisoformat(str(stamp))
        except ValueError:
            raise Invalid(f"{self.name}: {str(stamp)[:60]!r} is no instant; check weather.time_path") from None
        return to_ms(instant if instant.tzinfo else instant.replace(tzinfo=self._zone).astimezone(UTC))


def _found(answer: Any, path: str) -> list[Any]:
    """The values at a dotted path; ``*`` goes through a list. A missing place is an empty list."""
    nodes = [answer]
    for part in path.split("."):
        if part == "*":
            nodes = [child for node in nodes if isinstance(node, list) for child in node]
        else:
            nodes = [node.get(part) for node in nodes if isinstance(node, dict)]
    if len(nodes) == 1 and isinstance(nodes[0], list):
        return nodes[0]
    return [] if nodes == [None] else nodes


class WeatherPoller:
    """Asks the provider on a thread of its own, now and then every ``every_s`` real seconds; a context manager."""

    def __init__(
        self, provider: WeatherProvider, every_s: float, clock: Clock, keep: Callable[[WeatherRows], None]
    ) -> None:
        self._provider = provider
        self._every_s = every_s
        self._clock = clock
        self._keep = keep
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="weather", daemon=True)
        self.problem = ""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(5)

    def poll(self) -> None:
        """Ask once; what went wrong stands in ``problem`` until it goes well."""
        try:
            rows = self._provider.fetch(self._clock.now_ms())
        except (Unavailable, Invalid) as error:
            if str(error) != self.problem:
                log.warning("%s", error)
            self.problem = str(error)
        else:
            self.problem = ""
            self._keep(rows)

    def _run(self) -> None:
        while True:
            try:
                self.poll()
            except Exception as error:
                log.exception("the weather could not be taken")
                self.problem = f"{type(error).__name__}: {error}"
            if self._stop.wait(min(self._every_s, RETRY_S) if self.problem else self._every_s):
                return
