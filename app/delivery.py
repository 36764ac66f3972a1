"""Delivery in a process: the desk for everybody, and where the engine runs the workers that send."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from config.settings import MqttSettings, Settings
from domain.clock import Clock
from domain.events import Bus, Metrics
from domain.instants import local_date
from domain.notices import Recipient, Way
from ingest.downlink import Downlink
from ingest.topics import notice_topic
from response.delivery.channels import Channel
from response.delivery.desk import NoticeDesk
from response.delivery.mqtt_channel import MQTT, MqttChannel
from response.delivery.mqtt_replies import MqttReplies
from response.delivery.sender import Sender
from response.delivery.ways import Ways
from storage.ledger_ports import Ledger


def open_notices(settings: Settings, ledger: Ledger, clock: Clock, machine_clock: Clock, bus: Bus) -> NoticeDesk:
    zone = settings.district.zone

    def routes(_: Recipient) -> list[Way]:
        return []

    ways = Ways(
        ledger.registry.registry, routes, lambda: local_date(clock.now(), zone), lambda: channel_names(settings)
    )
    return NoticeDesk(ledger.notices, ways, settings.notices, clock, machine_clock, bus)


def channel_names(_: Settings) -> frozenset[str]:
    """Channels the settings switch on: the same in every process, wherever the workers run."""
    return frozenset({MQTT})


class DeliveryWorkers:
    """Opened by the process that runs the engine, once the broker's address is known."""

    def __init__(
        self, settings: Settings, ledger: Ledger, desk: NoticeDesk, clock: Clock, machine_clock: Clock, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._desk = desk
        self._clock = clock
        self._machine_clock = machine_clock
        self._metrics = metrics
        self._senders: list[Sender] = []
        self._downlink: Downlink | None = None

    def open(self, stack: ExitStack, mqtt: MqttSettings) -> None:
        replies = MqttReplies(self._desk, self._ledger.audit, self._metrics)
        district = self._settings.district.id
        self._downlink = stack.enter_context(Downlink(mqtt, district, replies.receive))
        channels: list[Channel] = [MqttChannel(self._downlink, partial(notice_topic, district))]
        for channel in channels:
            sender = stack.enter_context(self._sender(channel))
            stack.callback(self._desk.on_send(sender.wake))
            self._senders.append(sender)

    def problem(self) -> str:
        """Empty while all is well."""
        said = [s.problem for s in self._senders if s.problem]
        return "; ".join([*said, *([self._downlink.problem] if self._downlink and self._downlink.problem else [])])

    def _sender(self, channel: Channel) -> Sender:
        return Sender(
            channel,
            self._ledger.notices,
            self._settings.notices,
            self._settings.district.zone,
            self._clock,
            self._machine_clock,
            self._metrics,
        )
