"""MQTT clients of one user each, that try what they may not."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

PATIENCE_S = 30


class Client:
    """Connected when built, or ``refused`` says why not. ``heard`` : (topic, payload) in order of arrival"""

    def __init__(
        self,
        port: int,
        user: str | None,
        password: str | None = None,
        *,
        folder: Path | None = None,
        certificate: str | None = None,
        client_id: str = "",
        will: str | None = None,
    ) -> None:
        self.heard: list[tuple[str, str]] = []
        self.refused: str | None = None
        self.ended = threading.Event()
        self._answers: queue.Queue[list[str]] = queue.Queue()
        self._met = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, reconnect_on_failure=False)
        if user is not None:
            self._client.username_pw_set(user, password)
        if folder is not None:
            own = folder / "clients"
            named = certificate or ""
            files = (str(own / f"{named}.crt"), str(own / f"{named}.key")) if named else (None, None)
            self._client.tls_set(str(folder / "ca.crt"), *files)
        if will is not None:
            self._client.will_set(will, b"last will", qos=1)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_publish = lambda *arrived: self._answers.put([str(arrived[3])])
        self._client.on_subscribe = lambda *arrived: self._answers.put([str(code) for code in arrived[3]])
        self._client.on_disconnect = self._on_disconnect
        try:
            self._client.connect("127.0.0.1", port, keepalive=60)
        except OSError as error:
            self.refused = f"TLS: {error}"
            return
        self._client.loop_start()
        assert self._met.wait(PATIENCE_S), "the broker neither took nor refused the connection"
        if self.ended.is_set() and self.refused is None:
            self.refused = "closed"
        if self.refused is not None:
            self.close()

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if code.is_failure:
            self.refused = str(code)
        self._met.set()

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        self.heard.append((message.topic, message.payload.decode()))

    def _on_disconnect(self, *_: Any) -> None:
        self.ended.set()
        self._met.set()

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Returns when the broker has answered; of what it refuses MQTT 3.1.1 says nothing."""
        self._client.publish(topic, payload, qos=1, retain=retain)
        self._answers.get(timeout=PATIENCE_S)

    def subscribe(self, *filters: str) -> Sequence[str]:
        self._client.subscribe([(text, 1) for text in filters])
        return self._answers.get(timeout=PATIENCE_S)

    def settle(self) -> list[tuple[str, str]]:
        """What was heard until now: the broker answers in order, so all that was sent before has arrived."""
        self.subscribe("settle/nothing")
        return self.heard

    def drop(self) -> None:
        """Ends without a goodbye, so that the will is sent."""
        self._client.loop_stop()
        self._close_socket()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._close_socket()

    def _close_socket(self) -> None:
        socket = self._client.socket()
        if socket is not None:
            socket.close()
