"""Down to the enterprises and back: notices are sent on their topics, answers heard, over a session of its own."""

from __future__ import annotations

import logging
import queue
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.reasoncodes import ReasonCode

from config.settings import MqttSettings
from domain.errors import Unavailable
from ingest.mqtt_session import Session, lost, refused, unreachable
from ingest.topics import reply_filter, replying

log = logging.getLogger(__name__)

ACKNOWLEDGED_WITHIN_S = 5.0
RETRY_S = 1.0
_Arrived = tuple[str, bytes, int, int]


class Downlink:
    """A context manager with a session of its own (client id ``{client_id}-delivery``).

    handler : (enterprise, payload) of an answer; runs on a thread of this object. An answer is acknowledged to the
    broker only when the handler has taken it: while it raises Unavailable it is tried again.
    """

    def __init__(self, settings: MqttSettings, district: str, handler: Callable[[str, bytes], None]) -> None:
        self._district = district
        self._handler = handler
        self._session = Session(settings.model_copy(update={"client_id": f"{settings.client_id}-delivery"}))
        self._arrived: queue.Queue[_Arrived | None] = queue.Queue()
        self._thread = threading.Thread(target=self._handle, name="replies", daemon=True)
        self._stop = threading.Event()
        self.connected = False
        self.problem = "MQTT 尚未连接 not connected to MQTT yet"
        client = self._session.client
        client.on_message = self._on_message
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect

    def __enter__(self) -> Self:
        self._thread.start()
        self._session.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._arrived.put(None)
        self._thread.join(10)
        self._session.close()

    def publish(self, topic: str, payload: bytes) -> None:
        """Returns when the broker has acknowledged. Raises Unavailable when it does not within a few seconds."""
        if not self.connected:
            raise Unavailable(self.problem)
        info = self._session.client.publish(topic, payload, qos=1)
        try:
            info.wait_for_publish(ACKNOWLEDGED_WITHIN_S)
        except (RuntimeError, ValueError) as error:
            raise Unavailable(f"the message could not be sent over MQTT: {error}") from error
        if not info.is_published():
            raise Unavailable(f"the broker did not acknowledge a notice within {ACKNOWLEDGED_WITHIN_S:g} s")

    def _on_message(self, client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        enterprise = replying(message.topic, self._district)
        if enterprise is None:
            client.ack(message.mid, message.qos)
            return
        self._arrived.put((enterprise, bytes(message.payload), message.mid, message.qos))

    def _handle(self) -> None:
        while (arrived := self._arrived.get()) is not None:
            enterprise, payload, mid, qos = arrived
            while not self._taken(enterprise, payload):
                if self._stop.wait(RETRY_S):
                    return  # not acknowledged: the broker brings it again
            self._session.client.ack(mid, qos)

    def _taken(self, enterprise: str, payload: bytes) -> bool:
        try:
            self._handler(enterprise, payload)
        except Unavailable as error:
            log.warning("an answer of %s waits: %s", enterprise, error)
            return False
        except Exception:
            # One answer we cannot handle must not stop those behind it.
            log.exception("an answer of %s could not be handled: %r", enterprise, payload[:500])
        return True

    def _on_connect(self, client: paho.Client, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if code.is_failure:
            self.problem = refused(self._session.address, code)
            return
        client.subscribe([(reply_filter(self._district), 1)])
        self.problem = ""
        self.connected = True

    def _on_connect_fail(self, _client: paho.Client, _userdata: Any) -> None:
        self.problem = unreachable(self._session.address, sys.exception())

    def _on_disconnect(
        self, _client: paho.Client, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Any
    ) -> None:
        self.connected = False
        self.problem = lost(self._session.address, code, greeted=True)
