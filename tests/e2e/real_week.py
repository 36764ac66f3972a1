"""The hundred real sites played step by step over MQTT, and as fast as they go: the engine's clock is ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from app.clock import FollowedClock
from config.settings import MqttSettings, Settings
from domain.alerts import Alert
from domain.events import AlertChanged
from domain.instants import Span, from_ms
from domain.references import Quota, Reference, ReferenceKind
from domain.scopes import MONITORED
from domain.series import Matrix
from ingest.outlet import Outlet
from ingest.pace import clock_message
from ingest.replay import timeline
from ingest.sites import find_sites, register_sites
from ingest.topics import reading_topic
from tests.e2e.replaying import replay_elsewhere
from tests.e2e.running import Running, settings_in, until
from tests.realdata import DISTRICT_ZONE

QUOTA_KW = 24_000.0
#: After the end of an interval: its readings are in; a rule of two minutes has been seen to last.
LOOKS_S = (1, 40, 200)


def week_settings(folder: Path, broker: str, **sections: dict[str, object]) -> Settings:
    return settings_in(folder, mqtt={"url": broker, "client_id": "e2e"}, **sections)


def standing_clock(instant: datetime) -> FollowedClock:
    """District time that stands still until it is announced anew, so that a week takes as long as its readings."""
    clock = FollowedClock()
    clock.follow(instant, 0.0)
    return clock


def register(here: Running, parts: Collection[Matrix], days: Collection[date], record_kw: float | None = None) -> None:
    """Sites into the registry, and the quota of every day for the sum of the enterprises."""
    ledger = here.system.ledger
    change = register_sites(parts)
    ledger.registry.put_versions(
        "ada", enterprises=change.enterprises, accounts=change.accounts, meters=change.meters, source="fleet"
    )
    for day in days:
        ledger.references.put_quota(Quota(MONITORED, day, (QUOTA_KW,) * 96, "甬经信〔2016〕1号", "ada"))
    if record_kw is not None:
        ledger.references.put_reference(Reference(MONITORED, ReferenceKind.RECORD, record_kw, min(days), "调度", "ada"))


@dataclass
class Told:
    """What the alert engine announced, with district time."""

    at: datetime
    alert: Alert


@dataclass
class Stepper:
    """Plays a span: the clock is announced, the readings sent, the engine has them, then both engines look."""

    here: Running
    parts: Collection[Matrix]
    told: list[Told] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        view = self.here.system.ledger.registry.registry().view(date(2016, 7, 1))
        self._sites, unknown = find_sites(view, [name for part in self.parts for name in part.ids])
        assert not unknown
        self.here.system.bus.subscribe(AlertChanged, self._hear)

    def play(
        self,
        outlet: Outlet,
        span: Span,
        *,
        silent: Callable[[str, datetime], bool] = lambda name, at: False,
        after_step: Callable[[datetime], None] = lambda at: None,
    ) -> None:
        """silent : whether a site does not send the interval that begins then"""
        for end_ms, readings in timeline(list(self.parts), span):
            end = from_ms(end_ms)
            self._announce(outlet, end + timedelta(seconds=LOOKS_S[0]))
            for name, start_ms, power_kw in readings:
                if not silent(name, from_ms(start_ms)):
                    self._send(outlet, name, start_ms, power_kw)
            until("the engine took the readings", lambda: self._taken() >= self.sent)
            for seconds in LOOKS_S[1:]:
                self.here.system.clock.follow(end + timedelta(seconds=seconds), 0.0)
                self._look()
            after_step(end)

    def resend(self, outlet: Outlet, span: Span, wanted: Callable[[str, datetime], bool]) -> None:
        """What had not been sent comes late, all at once."""
        for _, readings in timeline(list(self.parts), span):
            for name, start_ms, power_kw in readings:
                if wanted(name, from_ms(start_ms)):
                    self._send(outlet, name, start_ms, power_kw)

    def replay(self, broker: str, span: Span) -> None:
        """A span as fast as it goes, by a replay of its own."""
        self.sent += replay_elsewhere(list(self.parts), self._sites, broker, self.here.system.district, span)
        self.settle()
        self.here.system.clock.follow(span.end + timedelta(seconds=1), 0.0)

    def settle(self) -> None:
        """Wait until store and engine have everything that was sent."""
        for sample in ("readings_stored_total", "engine_readings_total"):
            until(f"{self.sent} {sample}", partial(self._has_all, sample))

    def look_until(self, holds: Callable[[], bool]) -> None:
        """Let the engine work at once instead of once a second."""

        def looked() -> bool:
            self._look()
            return holds()

        until("the engine is done", looked)

    def _announce(self, outlet: Outlet, at: datetime) -> None:
        topic, payload = clock_message(self.here.system.district, round(at.timestamp() * 1000), 0.0)
        outlet.publish(topic, payload)

    def _send(self, outlet: Outlet, name: str, start_ms: int, power_kw: float) -> None:
        site = self._sites[name]
        assert site.enterprise is not None
        payload = json.dumps({"ts": start_ms, "p_kw": power_kw}).encode()
        outlet.publish(reading_topic(self.here.system.district, site.enterprise, site.meter), payload)
        self.sent += 1

    def _has_all(self, sample: str) -> bool:
        return self.here.counted(sample) >= self.sent

    def _taken(self) -> float:
        return self.here.counted("engine_readings_total")

    def _look(self) -> None:
        engine, alerts = self.here.system.engine, self.here.system.alert_engine
        assert engine is not None
        assert alerts is not None
        engine.tick()
        alerts.evaluate()

    def _hear(self, event: AlertChanged) -> None:
        self.told.append(Told(self.here.system.clock.now().astimezone(DISTRICT_ZONE), event.alert))


def outlet_to(broker: str) -> Outlet:
    return Outlet(MqttSettings(url=broker), client_id="replay-e2e")
