"""A process's side of MQTT: opened last and closed first, once everything that handles readings and notes is up.

A process with a journal takes readings in; one without hears the notes of the others. The canary proves that data flow.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from app.adapters import serves_one_process
from app.announcements import Announcements
from app.clock import FollowedClock
from app.neighbours import Neighbours
from app.ticker import Ticker
from config.settings import MqttSettings, Settings
from domain.clock import Clock
from domain.events import Bus, Metrics
from domain.readings import ReadingBatch
from ingest.backfill import BackfillSender
from ingest.canary import Canary, CanaryWatch
from ingest.codecs.dispatch import Codecs
from ingest.devices import Devices
from ingest.journal import Journal
from ingest.mqtt import MqttIngest
from ingest.notices import NoticeListener
from ingest.topics import event_topic
from ingest.weather_keeper import WeatherKeeper
from monitor.backfill import Backfills
from monitor.data_flow import DataFlow
from monitor.engine import Engine
from storage.ledger_ports import Ledger
from storage.ports import ReadingStore


@dataclass(frozen=True, slots=True)
class ConnectionParts:
    """What the connection stands on.

    within : how long a part may take to end, of the most it is given [s], asked when its turn has come
    """

    settings: Settings
    ledger: Ledger
    store: ReadingStore
    journal: Journal | None
    engine: Engine | None
    weather: WeatherKeeper | None
    codecs: Codecs
    devices: Devices | None
    bus: Bus
    metrics: Metrics
    clock: FollowedClock
    machine_clock: Clock
    within: Callable[[float], Callable[[], float]]


class Connection:
    """What it is asked before it is open has an answer: nothing is connected, no data flow."""

    def __init__(self) -> None:
        self._canary: Canary | CanaryWatch | None = None
        self._mqtt_problem: Callable[[], str] = lambda: "MQTT 尚未连接 not connected to MQTT yet"
        self._backfill_problem: Callable[[], str] = str

    def open(self, stack: ExitStack, mqtt: MqttSettings, parts: ConnectionParts, *, alone: bool) -> None:
        """alone : with the API, which reads everything anew when it starts: the broker need not keep notices for it"""
        neighbours = Neighbours(parts.bus, parts.ledger.alerts.alert, partial(event_topic, parts.settings.district.id))
        announcements = Announcements(parts.clock, parts.weather, neighbours)
        if parts.journal is None:
            listener = self._hear_notices(stack, mqtt, parts, announcements, alone=alone)
            stack.callback(neighbours.tell(listener))
            return
        ingest = self._ingest(stack, mqtt, parts, parts.journal, announcements)
        if not serves_one_process(parts.settings.store):
            stack.callback(neighbours.tell(ingest, ingests=True))
        if parts.devices is not None:
            self._open_backfill(stack, parts, parts.devices, ingest)
        if mqtt.canary_s:
            self._canary = stack.enter_context(_canary(mqtt, parts, ingest))

    def mqtt_problem(self) -> str:
        return self._mqtt_problem()

    def backfill_problem(self) -> str:
        return self._backfill_problem()

    def flow_problem(self) -> str:
        return "" if self._canary is None else self._canary.problem

    def flow(self) -> DataFlow | None:
        """Whether data flow, as the canary proves it; None before the connection and where it is switched off."""
        return None if self._canary is None else self._canary.flow()

    def heard(self, beats: ReadingBatch) -> None:
        if isinstance(self._canary, Canary):
            self._canary.heard(beats)

    def _hear_notices(
        self,
        stack: ExitStack,
        mqtt: MqttSettings,
        parts: ConnectionParts,
        announcements: Announcements,
        *,
        alone: bool,
    ) -> NoticeListener:
        listener = NoticeListener(
            mqtt,
            parts.settings.district.id,
            announcements.receive,
            purpose="api" if alone else "notices",
            lasting=not alone,
            missed=parts.engine.look_again if parts.engine is not None else lambda: None,
        )
        stack.enter_context(listener)
        self._mqtt_problem = lambda: listener.problem
        if mqtt.canary_s:
            self._canary = CanaryWatch(parts.store, parts.clock, every_s=mqtt.canary_s)
        return listener

    def _ingest(
        self,
        stack: ExitStack,
        mqtt: MqttSettings,
        parts: ConnectionParts,
        journal: Journal,
        announcements: Announcements,
    ) -> MqttIngest:
        settings = parts.settings
        ingest = MqttIngest(
            mqtt,
            settings.district.id,
            journal,
            parts.metrics,
            parts.clock,
            batch_messages=settings.journal.batch_messages,
            idle_ms=settings.journal.idle_ms,
            filters=parts.codecs.filters,
            devices=parts.devices,
            stop_s=parts.within(5.0),
        )
        ingest.on_event(announcements.receive)
        stack.enter_context(ingest)
        self._mqtt_problem = lambda: ingest.problem
        return ingest

    def _open_backfill(self, stack: ExitStack, parts: ConnectionParts, devices: Devices, ingest: MqttIngest) -> None:
        ledger, settings = parts.ledger, parts.settings
        sender = BackfillSender(
            ledger.backfills,
            Backfills(ledger.backfills, ledger.registry, settings, parts.clock),
            ledger.registry,
            parts.store,
            devices,
            ingest.publish,
            parts.metrics,
            settings.backfill,
            settings.district.zone,
            parts.clock,
            parts.machine_clock,
        )
        ticker = stack.enter_context(Ticker([("backfill", sender.look)], name="backfill", stop_s=parts.within(10.0)))
        self._backfill_problem = ticker.problem


def _canary(mqtt: MqttSettings, parts: ConnectionParts, ingest: MqttIngest) -> Canary:
    return Canary(
        ingest,
        parts.store,
        parts.clock,
        parts.metrics,
        district=parts.settings.district.id,
        client_id=mqtt.client_id,
        every_s=mqtt.canary_s,
        engine=parts.engine is not None and not mqtt.share_group,
    )
