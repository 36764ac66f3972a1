"""Delivery in a process: the desk for everybody, and where the engine runs the workers that send."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from urllib.parse import urlsplit

from app.clock import SystemClock
from config.settings import MqttSettings, Settings
from domain.clock import Clock
from domain.errors import Invalid
from domain.events import Bus, Metrics
from domain.instants import local_date
from domain.notices import Recipient, Way
from ingest.downlink import Downlink
from ingest.topics import notice_topic
from response.delivery.channels import Channel
from response.delivery.desk import NoticeDesk
from response.delivery.long_tail import AppriseChannel
from response.delivery.mail import EmailChannel
from response.delivery.mqtt_channel import MQTT, MqttChannel
from response.delivery.mqtt_replies import MqttReplies
from response.delivery.outgoing import Outgoing
from response.delivery.robots import DingTalkRobot, WeComRobot
from response.delivery.sender import Sender
from response.delivery.sms import SmsChannel
from response.delivery.ways import Ways
from response.delivery.webhook import Webhook
from storage.ledger_ports import Ledger


def open_notices(settings: Settings, ledger: Ledger, clock: Clock, machine_clock: Clock, bus: Bus) -> NoticeDesk:
    zone = settings.district.zone

    def routes(_: Recipient) -> list[Way]:
        return []

    ways = Ways(
        ledger.registry.registry, routes, lambda: local_date(clock.now(), zone), lambda: channel_names(settings)
    )
    return NoticeDesk(ledger.notices, ways, settings.notices, clock, machine_clock, bus)


def channel_names(settings: Settings) -> frozenset[str]:
    """Channels the settings switch on: the same in every process, wherever the workers run."""
    switched = {
        MQTT: True,
        "webhook": bool(settings.webhook.secret),
        "email": bool(settings.email.host),
        "dingtalk": bool(settings.dingtalk.url),
        "wecom": bool(settings.wecom.url),
        "sms": bool(settings.sms.url),
        "apprise": bool(settings.apprise.schemas),
    }
    return frozenset(name for name, on in switched.items() if on)


def named_hosts(settings: Settings) -> frozenset[str]:
    """Hosts the settings themselves send to: named by the administrator, so they may be private."""
    urls = (settings.dingtalk.url, settings.wecom.url, settings.sms.url)
    return frozenset(host.lower() for url in urls if (host := urlsplit(url).hostname))


def open_channels(settings: Settings, outgoing: Outgoing, machine_clock: Clock) -> list[Channel]:
    """Every channel that is switched on, but MQTT. Raises Invalid for a file or an extra that is missing."""
    names, notices = channel_names(settings), settings.notices
    makers: dict[str, Callable[[], Channel]] = {
        "webhook": lambda: Webhook(settings.webhook, outgoing, machine_clock),
        "email": lambda: EmailChannel(settings.email, timeout_s=notices.timeout_s, ca_file=notices.ca_file),
        "dingtalk": lambda: DingTalkRobot(settings.dingtalk, outgoing, machine_clock),
        "wecom": lambda: WeComRobot(settings.wecom, outgoing),
        "sms": lambda: SmsChannel(settings.sms, outgoing),
        "apprise": lambda: AppriseChannel(settings.apprise),
    }
    return [make() for name, make in makers.items() if name in names]


def channel_mistakes(settings: Settings) -> list[str]:
    """What only opening shows: a certificate that cannot be read, an extra that is not installed."""
    try:
        with Outgoing(settings.notices) as outgoing:
            open_channels(settings, outgoing, SystemClock())
    except Invalid as error:
        return [str(error)]
    return []


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
        outgoing = stack.enter_context(Outgoing(self._settings.notices, named_hosts(self._settings)))
        mqtt_channel = MqttChannel(self._downlink, partial(notice_topic, district))
        for channel in (mqtt_channel, *open_channels(self._settings, outgoing, self._machine_clock)):
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
