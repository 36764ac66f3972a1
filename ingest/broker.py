"""The embedded broker: rumqttd (iotcore) as a child process on loopback, for the demo and for trials.

It keeps nothing over a kill; ``serve`` therefore wants a real broker or ``mqtt.accept_loss = true``.
"""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self

from iotcore import Broker

from domain.errors import Unavailable

HOST = "127.0.0.1"
#: MQTT's own bound; the default of 20 KB closes the connection on a longer list.
MAX_PAYLOAD_BYTES = 268_435_455


class EmbeddedBroker:
    """``port`` 0 takes a free one. ``url`` is valid while the context is open."""

    def __init__(self, port: int = 0) -> None:
        self._wanted = port
        self._broker: Broker | None = None

    @property
    def port(self) -> int:
        if self._broker is None:
            raise Unavailable("the embedded broker is not running")
        port: int = self._broker.port
        return port

    @property
    def url(self) -> str:
        return f"mqtt://{HOST}:{self.port}"

    def running(self) -> bool:
        return self._broker is not None and bool(self._broker.is_running)

    def __enter__(self) -> Self:
        port = self._wanted or _free_port()
        broker = Broker(port=port, listen=HOST, max_payload_size=MAX_PAYLOAD_BYTES)
        try:
            broker.start()
        except OSError as error:
            raise Unavailable(
                f"端口 {port} 已被占用 port {port} on {HOST} is taken by another program; stop it, choose another "
                "port, or point mqtt.url at that broker"
            ) from error
        except RuntimeError as error:
            raise Unavailable(f"内置 MQTT 服务未能启动 the embedded broker did not start: {error}") from error
        self._broker = broker
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._broker is not None:
            self._broker.stop()
            self._broker = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
