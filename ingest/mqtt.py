"""MQTT in: the client's callback hands over, the journal thread makes durable and then acknowledges.

Acknowledgements leave in arrival order and only on the connection their message came by: after a reconnect the broker
sends again what it was not told about, under new ids. Unacknowledged messages are our back-pressure.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

import paho.mqtt.client as paho
from paho.mqtt.reasoncodes import ReasonCode

from config.settings import MqttSettings
from domain.clock import Clock
from domain.errors import Invalid, Unavailable
from domain.events import Metrics
from ingest.codecs.columns import Reply
from ingest.devices import Devices
from ingest.journal import Journal, JournalRecord
from ingest.mqtt_session import Session, lost, refused, unreachable
from ingest.topics import notice_filters, notice_kind, reading_filters

log = logging.getLogger(__name__)

RETRY_S = (0.05, 2.0)
#: A steady flow never runs idle: after so many idle times the first message of a batch waits for no further company.
LONGEST_GATHERING = 4
EventHandler = Callable[[str, bytes], None]


class _Message(NamedTuple):
    topic: str
    payload: bytes
    mid: int
    qos: int
    connection: int
    retained: bool


class MqttIngest:
    """Context manager. ``alive`` is false once a thread it needs has died; ``problem`` is what a person should know."""

    def __init__(
        self,
        settings: MqttSettings,
        district: str,
        journal: Journal,
        metrics: Metrics,
        clock: Clock,
        *,
        batch_messages: int = 1_000,
        idle_ms: float = 5.0,
        filters: Sequence[str] = (),
        devices: Devices | None = None,
        stop_s: Callable[[], float] = lambda: 5.0,
    ) -> None:
        """``filters``, ``devices`` : what mapped devices publish to, and who knows the answers they wait for.

        stop_s : how long the end of the hand-over is waited for, asked when it is stopped [s]
        """
        self._settings = settings
        self._district = district
        self._journal = journal
        self._metrics = metrics
        self._clock = clock
        self._filters = (*reading_filters(district), *filters)
        self._devices = devices
        self._stop_s = stop_s
        self._batch_messages = batch_messages
        self._idle_s = idle_ms / 1000
        self._handlers: list[EventHandler] = []
        self._messages: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._session = Session(settings)
        self._lock = threading.Lock()
        self._connection = 0
        self._greeted = False
        self._subscribed = False
        # Two counters with one writer each instead of one with two: bytes handed over, bytes done with.
        self._bytes_in = 0
        self._bytes_out = 0
        self._window = 1
        # full: the callback takes nothing; away: the connection is closed on purpose.
        self._full = False
        self._away = False
        self._stopping = threading.Event()
        self._connection_problem = ""
        self._journal_problem = ""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        client = self._session.client
        client.on_message = self._on_message
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe

    # For the owner.

    def __enter__(self) -> Self:
        self._thread.start()
        self._session.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Journal and acknowledge what was handed over, then leave; the subscription stays at the broker."""
        self._stopping.set()
        self._thread.join(self._stop_s())
        self._session.close()

    def on_event(self, handler: EventHandler) -> None:
        """``handler(kind, payload)`` for ``event/{kind}`` and for ``weather``; these are not journalled.

        Called on the journal thread in arrival order with the readings, so that a clock announcement is in force for
        the readings behind it; it must be quick.
        """
        self._handlers.append(handler)

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand to the client at QoS 1; it is sent once the broker is connected."""
        try:
            info = self._session.client.publish(topic, payload, qos=1)
        except ValueError as error:
            raise Invalid(f"cannot publish to {topic!r}: {error}") from error
        if info.rc == paho.MQTT_ERR_QUEUE_SIZE:
            raise Unavailable("the MQTT client's queue is full; the broker does not take messages")

    def beat(self, topic: str, payload: bytes) -> None:
        """Send once, now, at QoS 0. Raises Unavailable while the broker has not taken our subscriptions."""
        if not self.connected or self._session.client.publish(topic, payload, qos=0).rc != paho.MQTT_ERR_SUCCESS:
            raise Unavailable("MQTT is not connected")

    @property
    def connection(self) -> int:
        """Grows with every connection and every loss of one."""
        return self._connection

    @property
    def connected(self) -> bool:
        """The broker has taken our subscriptions on this connection."""
        return self._subscribed and self._session.running()

    def alive(self) -> bool:
        """Both threads run. While we stay away from the broker on purpose, the client's thread is not missed."""
        return self._thread.is_alive() and (self._away or self._session.running())

    @property
    def problem(self) -> str:
        """Empty while all is well."""
        if not self._thread.is_alive():
            return "日志线程已停止 the journal thread has died; restart ingest and see the log"
        if not (self._away or self._session.running()):
            return "MQTT 线程已停止 the MQTT client thread has died; restart ingest and see the log"
        return self._journal_problem or self._connection_problem

    @property
    def held_bytes(self) -> int:
        """Handed over and not yet journalled."""
        return self._bytes_in - self._bytes_out

    # On paho's thread.

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        if self._stopping.is_set() or self._full:
            return  # not acknowledged: the broker sends it again to the next connection
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "?"  # no text, so no topic of ours: the codec refuses it and it is kept
        self._bytes_in += len(message.payload) + len(topic)
        self._messages.put(
            _Message(topic, bytes(message.payload), message.mid, message.qos, self._connection, message.retain)
        )
        if self.held_bytes > self._settings.high_water_bytes:
            # What was handed over is still acknowledged on this connection, so that every visit makes progress.
            self._pause("more messages wait than mqtt.high_water_bytes allows")

    def _on_connect(self, client: paho.Client, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if code.is_failure:
            self._tell(refused(self._session.address, code))
            return
        with self._lock:
            self._connection += 1
        self._greeted = True
        self._metrics.count("mqtt_connections_total")
        self._tell("")
        group = self._settings.share_group
        shared = [f"$share/{group}/{f}" if group else f for f in self._filters]
        if group and self._settings.share_leave:
            # The session goes on giving what it holds, and nothing new comes into it.
            client.unsubscribe(shared)
            shared = []
        # Every process needs the clock and the notices, so those are never shared.
        client.subscribe([(f, 1) for f in (*shared, *notice_filters(self._district))])

    def _on_connect_fail(self, _client: paho.Client, _userdata: Any) -> None:
        # paho calls this while it handles the error, and does not pass it on.
        self._tell(unreachable(self._session.address, sys.exception()))

    def _on_disconnect(
        self, _client: paho.Client, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Any
    ) -> None:
        with self._lock:
            self._connection += 1
        greeted, self._greeted, self._subscribed = self._greeted, False, False
        if not (self._stopping.is_set() or self._away) and (greeted or not self._connection_problem):
            self._tell(lost(self._session.address, code, greeted=greeted))

    def _on_subscribe(
        self, _client: paho.Client, _userdata: Any, _mid: int, codes: list[ReasonCode], _properties: Any
    ) -> None:
        if any(code.is_failure for code in codes):
            self._tell(
                f"MQTT 订阅被拒绝 {self._session.address} refuses our subscription; let user "
                f"{self._session.address.username or '(none)'} read yingfeng/v1/{self._district}/#"
                + (f" and {', '.join(self._filters[2:])}" if self._filters[2:] else "")
            )
        else:
            self._subscribed = True
            group = f" in group {self._settings.share_group}" if self._settings.share_group else ""
            log.info("MQTT 已订阅 subscribed at %s as %s%s", self._session.address, self._settings.client_id, group)

    def _tell(self, problem: str) -> None:
        # One line per change, not one per attempt.
        if problem and problem != self._connection_problem:
            log.warning("%s", problem)
        self._connection_problem = problem

    # On the journal thread.

    def _run(self) -> None:
        while True:
            batch = self._gather()
            if batch:
                self._take(batch)
            elif self._stopping.is_set():
                return
            if self._full and not self.held_bytes and not self._stopping.is_set():
                self._come_back()

    def _gather(self) -> list[_Message]:
        """A batch: full, or as many as the broker lets be in flight, or the hand-over ran idle, or its time is up.

        Brokers cap messages in flight (mosquitto 20). The size at which the flow stalled last is remembered, so that
        the next batch of that size goes at once instead of waiting out the idle time. What waits already is always
        taken, so under a flood the batches grow by themselves and the bound on time costs nothing.
        """
        try:
            batch = [self._messages.get(timeout=0.1)]
        except queue.Empty:
            return []
        latest = time.monotonic() + LONGEST_GATHERING * self._idle_s
        while len(batch) < self._batch_messages:
            try:
                batch.append(self._messages.get_nowait())
            except queue.Empty:
                left_s = latest - time.monotonic()
                if len(batch) >= self._window or left_s <= 0:
                    break
                try:
                    batch.append(self._messages.get(timeout=min(self._idle_s, left_s)))
                except queue.Empty:
                    break
        self._window = len(batch)
        return batch

    def _take(self, batch: list[_Message]) -> None:
        records: list[JournalRecord] = []
        now_ms = self._clock.now_ms()
        for message in batch:
            kind = notice_kind(message.topic, self._district)
            if kind is None:
                records.append(JournalRecord(now_ms, message.topic, message.payload))
            else:
                self._notify(kind, message.payload)
                now_ms = self._clock.now_ms()
        kept = not records or self._append(records)
        self._bytes_out += sum(len(m.payload) + len(m.topic) for m in batch)
        if kept:
            self._acknowledge(batch)
            self._metrics.count("mqtt_messages_total", len(batch))
            if self._devices is not None:
                self._answer(self._devices, batch, now_ms)

    def _notify(self, kind: str, payload: bytes) -> None:
        for handler in self._handlers:
            try:
                handler(kind, payload)
            except Exception:
                # A malformed announcement must not stop the readings.
                log.exception("a handler of event %s failed", kind)

    def _append(self, records: list[JournalRecord]) -> bool:
        """Try until the records are durable; false when we are stopped first, and then nothing is acknowledged."""
        pause_s = RETRY_S[0]
        while True:
            try:
                self._journal.append(records)
            except Unavailable as error:
                if self._stopping.is_set():
                    return False
                if str(error) != self._journal_problem:
                    log.error("%s", error)  # noqa: TRY400 - the sentence says it all
                self._journal_problem = str(error)
                self._metrics.count("journal_refusals_total")
                self._pause("the journal takes nothing")
                self._away = True
                self._session.leave()
                self._stopping.wait(pause_s)
                pause_s = min(2 * pause_s, RETRY_S[1])
            else:
                self._journal_problem = ""
                return True

    def _acknowledge(self, batch: list[_Message]) -> None:
        # The lock keeps a reconnect out: an old id on a new connection would acknowledge somebody else's message.
        with self._lock:
            connection, ack = self._connection, self._session.client.ack
            for message in batch:
                if message.connection == connection:
                    ack(message.mid, message.qos)

    def _answer(self, devices: Devices, batch: list[_Message], now_ms: int) -> None:
        """Answer the devices that wait, now that what they said is durable.

        At QoS 0 and on the connection the message came by: what cannot leave now is dropped and the device asks again.
        Kept for a later connection, an answer to "what time is it" would set clocks back.
        """
        for message in batch:
            if message.retained:
                continue  # said some time ago to nobody; whoever said it does not wait any more
            for reply in devices.hear(message.topic, message.payload, now_ms):
                with self._lock:
                    sent = message.connection == self._connection and self._send(reply)
                self._metrics.count("device_replies_total", outcome="sent" if sent else "failed")

    def _send(self, reply: Reply) -> bool:
        try:
            return self._session.client.publish(reply.topic, reply.payload, qos=0).rc == paho.MQTT_ERR_SUCCESS
        except ValueError:
            return False  # a topic too long, or with a NUL of the device's

    def _pause(self, why: str) -> None:
        """Take nothing more until what was handed over is journalled; the broker's session holds the rest."""
        if not self._full:
            self._full = True
            log.warning("MQTT 暂停接收 taking nothing more until there is room: %s", why)
            self._metrics.count("mqtt_pauses_total")

    def _come_back(self) -> None:
        """A new connection, on which the broker sends again what was not acknowledged."""
        self._away = True
        self._session.close()
        self._full = False
        self._session.open()
        self._away = False
        log.info("MQTT 恢复接收 back at the broker")
