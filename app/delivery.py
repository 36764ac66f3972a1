"""Delivery in a process: the desk for everybody, and where the engine runs the workers that send."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from urllib.parse import urlsplit

from app.clock import SystemClock
from config.settings import MqttSettings, Settings
from domain.clock import Clock
from domain.errors import Invalid
from domain.events import Bus, Metrics
from domain.ids import EnterpriseId
from domain.instants import local_date
from domain.notices import Notice, Recipient, Way
from ingest.downlink import Downlink
from ingest.topics import notice_topic
from monitor.questions import LoadQuestions
from response.alert_desk import AlertDesk
from response.delivery.caller import AlertCaller
from response.delivery.channels import Channel
from response.delivery.desk import NoticeDesk
from response.delivery.links import Links
from response.delivery.long_tail import AppriseChannel
from response.delivery.mail import EmailChannel
from response.delivery.mqtt_channel import MqttChannel
from response.delivery.mqtt_replies import MqttReplies
from response.delivery.outgoing import Outgoing
from response.delivery.reply_desk import ReplyDesk, SubsidyEstimate
from response.delivery.robots import DingTalkRobot, WeComRobot
from response.delivery.sender import Sender
from response.delivery.sms import SmsChannel
from response.delivery.ways import Ways
from response.delivery.webhook import Webhook
from storage.ledger_ports import Ledger


def open_links(settings: Settings, ledger: Ledger, clock: Clock) -> Links:
    """Every process signs alike: with the settings' secret, or one that the ledger keeps."""
    api = settings.api

    @cache
    def secret() -> str:
        given = settings.reply.secret or api.secret
        return given or ledger.notices.signing_secret("reply", secrets.token_urlsafe(32), clock.now())

    base_url = settings.reply.url or f"http://{api.host}:{api.port}"
    return Links(secret, base_url, after_s=3600 * settings.reply.hours_after)


class EventPrices:
    """What a notice of an event may earn, by the event's own terms."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def of(self, notice: Notice) -> SubsidyEstimate | None:
        prefix, _, event_id = notice.reference.partition(":")
        event = self._ledger.dr.event(event_id) if prefix == "dr" else None
        price = None if event is None else event.terms.price_yuan_per_kwh
        if event is None or price is None:
            return None
        return SubsidyEstimate(price, (event.end_ms - event.start_ms) / 3_600_000)


def open_replies(
    settings: Settings, ledger: Ledger, desk: NoticeDesk, questions: LoadQuestions, clock: Clock
) -> ReplyDesk:
    zone = settings.district.zone

    def name_of(enterprise: str) -> str:
        known = ledger.registry.registry().view(local_date(clock.now(), zone)).enterprises.get(EnterpriseId(enterprise))
        return known.name if known is not None else enterprise

    return ReplyDesk(
        open_links(settings, ledger, clock),
        desk,
        ledger.notices,
        ledger.audit,
        questions,
        EventPrices(ledger),
        clock,
        zone,
        name_of,
    )


@dataclass(frozen=True, slots=True)
class DeliveryParts:
    """What the workers stand on."""

    settings: Settings
    ledger: Ledger
    desk: NoticeDesk
    clock: Clock
    machine_clock: Clock


def open_notices(settings: Settings, ledger: Ledger, clock: Clock, machine_clock: Clock, bus: Bus) -> NoticeDesk:
    zone = settings.district.zone

    def routes(recipient: Recipient) -> list[Way]:
        return [route.way for route in ledger.duty.routes(recipient)]

    ways = Ways(ledger.registry.registry, routes, lambda: local_date(clock.now(), zone), lambda: settings.channels)
    return NoticeDesk(ledger.notices, ledger.duty, ledger.alerts, ways, settings.notices, clock, machine_clock, bus)


def named_hosts(settings: Settings) -> frozenset[str]:
    """Hosts the settings themselves send to: named by the administrator, so they may be private."""
    urls = (settings.dingtalk.url, settings.wecom.url, settings.sms.url)
    return frozenset(host.lower() for url in urls if (host := urlsplit(url).hostname))


def open_channels(settings: Settings, outgoing: Outgoing, machine_clock: Clock) -> list[Channel]:
    """Every channel that is switched on, but MQTT. Raises Invalid for a file or an extra that is missing."""
    names, notices = settings.channels, settings.notices
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

    def __init__(self, parts: DeliveryParts, alerts: AlertDesk, bus: Bus, metrics: Metrics) -> None:
        self._parts = parts
        self._alerts = alerts
        self._bus = bus
        self._metrics = metrics
        self._senders: list[Sender] = []
        self._downlink: Downlink | None = None
        self._caller: AlertCaller | None = None

    def open(self, stack: ExitStack, mqtt: MqttSettings) -> None:
        parts = self._parts
        replies = MqttReplies(parts.desk, parts.ledger.audit, self._metrics)
        district = parts.settings.district.id
        self._downlink = stack.enter_context(Downlink(mqtt, district, replies.receive))
        outgoing = stack.enter_context(Outgoing(parts.settings.notices, named_hosts(parts.settings)))
        mqtt_channel = MqttChannel(self._downlink, partial(notice_topic, district))
        for channel in (mqtt_channel, *open_channels(parts.settings, outgoing, parts.machine_clock)):
            sender = stack.enter_context(self._sender(channel))
            stack.callback(parts.desk.on_send(sender.wake))
            self._senders.append(sender)
        self._caller = self._open_caller()
        stack.callback(self._caller.subscribe(self._bus))
        stack.enter_context(self._caller)

    def problem(self) -> str:
        """Empty while all is well."""
        said = [sender.problem for sender in self._senders]
        said += [part.problem for part in (self._downlink, self._caller) if part is not None]
        return "; ".join(each for each in said if each)

    def _sender(self, channel: Channel) -> Sender:
        parts = self._parts
        return Sender(
            channel,
            parts.ledger.notices,
            parts.settings.notices,
            parts.settings.district.zone,
            parts.clock,
            parts.machine_clock,
            self._metrics,
            link_of=open_links(parts.settings, parts.ledger, parts.clock).of,
            silences=lambda: parts.ledger.duty.silences(parts.clock.now()),
        )

    def _open_caller(self) -> AlertCaller:
        parts = self._parts
        return AlertCaller(
            parts.desk,
            parts.ledger.duty,
            parts.ledger.alerts,
            self._alerts,
            parts.settings.notices,
            parts.clock,
            parts.settings.district.zone,
            lambda reference: parts.ledger.notices.replies(reference=reference),
        )
