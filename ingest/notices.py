"""Notices only: the clock, what was stored and what neighbours say, for a process that runs no ingest of its own."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.reasoncodes import ReasonCode

from config.settings import MqttSettings
from domain.errors import Unavailable
from ingest.mqtt_session import Session, lost, refused, unreachable
from ingest.topics import notice_filters, notice_kind

log = logging.getLogger(__name__)

#: Own notes that wait for a broker that is away; the store holds what they are about.
MOST_WAITING = 1_000


class NoticeListener:
    """A context manager with a session of its own (client id ``{client_id}-{purpose}``).

    lasting : notices sent while it was away are delivered when it returns. The handler runs before one is acknowledged.
    missed : called once the subscriptions stand in a session the broker did not know: what was said before went unheard
    """

    def __init__(
        self,
        settings: MqttSettings,
        district: str,
        handler: Callable[[str, bytes], None],
        *,
        purpose: str = "notices",
        lasting: bool = True,
        missed: Callable[[], None] = lambda: None,
    ) -> None:
        self._district = district
        self._handler = handler
        self._missed = missed
        self._known = False
        own = settings.model_copy(update={"client_id": f"{settings.client_id}-{purpose}"})
        self._session = Session(own, lasting=lasting)
        self._session.client.max_queued_messages_set(MOST_WAITING)
        self.problem = ""
        client = self._session.client
        client.on_message = self._on_message
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe

    def __enter__(self) -> Self:
        self._session.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand to the client at QoS 1; it is sent once the broker is connected."""
        if self._session.client.publish(topic, payload, qos=1).rc == paho.MQTT_ERR_QUEUE_SIZE:
            raise Unavailable("the MQTT client's queue is full; the broker does not take messages")

    def _on_message(self, client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        kind = notice_kind(message.topic, self._district)
        try:
            if kind is not None:
                self._handler(kind, bytes(message.payload))
        except Exception:
            # paho's thread must live on; the store still has what the notice was about.
            log.exception("a notice on %s could not be handled", message.topic)
        client.ack(message.mid, message.qos)

    def _on_connect(self, client: paho.Client, _userdata: Any, flags: Any, code: ReasonCode, _properties: Any) -> None:
        if code.is_failure:
            self.problem = refused(self._session.address, code)
            return
        self.problem = ""
        self._known = bool(flags.session_present)
        client.subscribe([(f, 1) for f in notice_filters(self._district)])

    def _on_subscribe(
        self, _client: paho.Client, _userdata: Any, _mid: int, _codes: list[ReasonCode], _properties: Any
    ) -> None:
        if not self._known:
            self._missed()

    def _on_connect_fail(self, _client: paho.Client, _userdata: Any) -> None:
        self.problem = unreachable(self._session.address, sys.exception())

    def _on_disconnect(
        self, _client: paho.Client, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Any
    ) -> None:
        self.problem = lost(self._session.address, code, greeted=True)
