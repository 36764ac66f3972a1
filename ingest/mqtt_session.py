"""The persistent session at the broker: paho, set up from the settings, and its troubles in one sentence each."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from config.settings import MqttSettings
from domain.errors import Invalid

KEEPALIVE_S = 30
#: How long an MQTT 5 broker keeps the session of an absent ingest: a week, the window for late data.
SESSION_EXPIRY_S = 7 * 86_400
_BAD_LOGIN = (134, 135)


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int
    tls: bool
    username: str
    password: str

    @classmethod
    def of(cls, settings: MqttSettings) -> Address:
        parts = urlsplit(settings.url)
        tls = parts.scheme == "mqtts"
        if not parts.hostname:
            raise Invalid(f"mqtt.url {settings.url!r} names no host; write mqtt://host:1883 or mqtts://host:8883")
        return cls(
            parts.hostname,
            parts.port or (8883 if tls else 1883),
            tls,
            settings.username or unquote(parts.username or ""),
            settings.password or unquote(parts.password or ""),
        )

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


class Session:
    """A paho client with a fixed id. ``lasting`` : its subscriptions outlive the connection, and the broker keeps what
    comes meanwhile."""

    def __init__(self, settings: MqttSettings, *, lasting: bool = True) -> None:
        self._lasting = lasting
        self.address = Address.of(settings)
        self._five = settings.version == "5"
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            clean_session=None if self._five else not lasting,
            protocol=paho.MQTTv5 if self._five else paho.MQTTv311,
            manual_ack=True,
        )
        self._name = f"paho-mqtt-client-{settings.client_id}"
        self._thread: threading.Thread | None = None
        self.client.reconnect_delay_set(min(1.0, settings.reconnect_max_s), settings.reconnect_max_s)  # type: ignore[arg-type]
        self.client.connect_timeout = 5.0
        if self.address.username:
            self.client.username_pw_set(self.address.username, self.address.password or None)
        if self.address.tls:
            _use_tls(self.client, settings)

    def open(self) -> None:
        """Connect in the background, and again whenever the connection is lost, until ``close``."""
        if self._five:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = SESSION_EXPIRY_S if self._lasting else 0
            self.client.connect_async(
                self.address.host,
                self.address.port,
                KEEPALIVE_S,
                clean_start=not self._lasting,
                properties=properties,
            )
        else:
            self.client.connect_async(self.address.host, self.address.port, KEEPALIVE_S)
        before = set(threading.enumerate())
        self.client.loop_start()
        # paho says "connected" even when its thread has died, so we keep the thread itself.
        fresh = [t for t in threading.enumerate() if t.name == self._name and t not in before]
        self._thread = fresh[0] if fresh else None

    def leave(self) -> None:
        """Close the connection and leave the session, with what it holds, at the broker. Any thread may call this."""
        self.client.disconnect()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        # The next loop_start opens a new pair and would drop this one open: two descriptors for each time away.
        self.client._reset_sockets(sockpair_only=True)
        self._thread = None

    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()


def _use_tls(client: paho.Client, settings: MqttSettings) -> None:
    try:
        client.tls_set(
            ca_certs=settings.ca_file or None, certfile=settings.cert_file or None, keyfile=settings.key_file or None
        )
    except (OSError, ValueError, ssl.SSLError) as error:
        files = ", ".join(f for f in (settings.ca_file, settings.cert_file, settings.key_file) if f)
        raise Invalid(
            f"mqtt.ca_file, mqtt.cert_file, mqtt.key_file: cannot use {files}: {error}; name readable PEM files"
        ) from error


def certificate_mistakes(settings: MqttSettings) -> list[str]:
    """What only opening shows: certificates and keys that cannot be read."""
    if not (settings.ca_file or settings.cert_file or settings.key_file):
        return []
    try:
        _use_tls(paho.Client(CallbackAPIVersion.VERSION2), settings)
    except Invalid as error:
        return [str(error)]
    return []


def refused(address: Address, code: ReasonCode) -> str:
    """The broker answered and said no."""
    if code.value in _BAD_LOGIN:
        return (
            f"MQTT 用户名或密码被拒绝 {address} refuses user {address.username or '(none)'}: {code}; "
            "set mqtt.username and mqtt.password (YINGFENG_MQTT__PASSWORD_FILE)"
        )
    return f"MQTT 服务拒绝连接 {address} refuses the connection: {code}"


def unreachable(address: Address, error: BaseException | None) -> str:
    """No connection came about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"MQTT 证书验证失败 the certificate of {address} is not trusted: {error.verify_message}; "
            "set mqtt.ca_file to the CA that signed it, and use the host name it was issued for"
        )
    if isinstance(error, ssl.SSLError) or (address.tls and isinstance(error, ConnectionResetError)):
        why = (error.reason if isinstance(error, ssl.SSLError) else None) or str(error)
        return f"MQTT TLS 握手失败 TLS with {address} failed: {why}; does this port speak TLS, or should mqtt.url be mqtt://?"
    why = (error.strerror if isinstance(error, OSError) else None) or str(error or "no answer")
    return (
        f"MQTT 服务无法连接 cannot reach {address}: {why}; start the broker or correct mqtt.url. Trying again by itself"
    )


def lost(address: Address, code: ReasonCode, *, greeted: bool) -> str:
    hint = "" if greeted or address.tls else "; if this port speaks TLS, mqtt.url must begin with mqtts://"
    return f"MQTT 连接中断 the connection to {address} was lost: {code}{hint}. Trying again by itself"
