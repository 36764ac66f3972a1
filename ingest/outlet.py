"""Sending readings to a broker the way meters do: QoS 1, and never more under way than the broker takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from config.settings import MqttSettings
from domain.errors import Invalid, Unavailable

#: Messages handed to the client and not yet acknowledged by the broker.
MOST_UNDER_WAY = 2_000


class Outlet:
    """A connected sender; a context manager. ``url`` must name a broker: the embedded one's own url, not "embedded".

    Raises Unavailable when the broker refuses or does not answer within ``timeout_s``.
    """

    def __init__(self, settings: MqttSettings, *, client_id: str, timeout_s: float = 10.0) -> None:
        parts = urlsplit(settings.url)
        if parts.hostname is None:
            raise Invalid(f"mqtt.url {settings.url!r} names no broker, as in mqtt://127.0.0.1:1883")
        self._where = (parts.hostname, parts.port or (8883 if parts.scheme == "mqtts" else 1883))
        self._timeout_s = timeout_s
        self._gate = threading.Condition()
        self._under_way = 0
        self._problem = "no answer"
        self._client = _client(settings, parts.username, parts.password, client_id, secure=parts.scheme == "mqtts")
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        self._connected = threading.Event()
        self._refused = threading.Event()

    def __enter__(self) -> Outlet:
        host, port = self._where
        try:
            self._client.connect(host, port, keepalive=30)
        except (OSError, ValueError) as error:
            raise Unavailable(f"the broker at {host}:{port} cannot be reached: {error}; is it running?") from error
        self._client.loop_start()
        deadline = time.monotonic() + self._timeout_s
        while not self._connected.wait(0.02):
            if self._refused.is_set() or time.monotonic() > deadline:
                self._client.loop_stop()
                raise Unavailable(f"the broker at {host}:{port} did not take the connection: {self._problem}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.flush(self._timeout_s)
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand over one message at QoS 1; waits while too many are under way. Raises Unavailable when that lasts."""
        deadline = time.monotonic() + max(self._timeout_s, 30.0)
        with self._gate:
            while self._under_way >= MOST_UNDER_WAY:
                if not self._gate.wait(deadline - time.monotonic()):
                    raise Unavailable(f"the broker acknowledged nothing for a while; {self._under_way} messages wait")
            self._under_way += 1
        info = self._client.publish(topic, payload, qos=1)
        if info.rc not in (mqtt.MQTT_ERR_SUCCESS, mqtt.MQTT_ERR_NO_CONN):
            raise Unavailable(f"the message could not be sent: {mqtt.error_string(info.rc)}")

    def hear(self, topics: str, handler: Callable[[str, bytes], None]) -> None:
        """Messages on these topics, on the client's thread: the handler hands over and returns."""
        self._client.on_message = lambda _client, _userdata, message: handler(message.topic, bytes(message.payload))
        self._client.subscribe(topics, qos=1)

    def flush(self, timeout_s: float) -> bool:
        """Wait until the broker has acknowledged everything; whether it did."""
        with self._gate:
            return self._gate.wait_for(lambda: self._under_way == 0, timeout_s)

    def _on_connect(self, *arrived: object) -> None:
        # client, userdata, flags, reason, properties
        reason = arrived[3]
        if getattr(reason, "is_failure", False):
            self._problem = str(reason)
            self._refused.set()
        else:
            self._connected.set()

    def _on_publish(self, *_: object) -> None:
        with self._gate:
            self._under_way -= 1
            self._gate.notify_all()


def _client(
    settings: MqttSettings, url_user: str | None, url_password: str | None, client_id: str, *, secure: bool
) -> mqtt.Client:
    protocol = mqtt.MQTTv5 if settings.version == "5" else mqtt.MQTTv311
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=protocol)
    client.max_inflight_messages_set(200)
    username = settings.username or url_user
    if username:
        client.username_pw_set(username, settings.password or url_password or None)
    if secure or settings.ca_file:
        client.tls_set(settings.ca_file or None, settings.cert_file or None, settings.key_file or None)
    return client
