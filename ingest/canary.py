"""The canary: a reading of our own, each minute through the real broker, whose arrival proves that data flow.

"Connected" proves nothing: a subscription may be gone, an ACL may swallow messages, a thread may hang. The canary's
meter cannot be registered (its id is no valid id), so it never enters a sum, a count or a list.
"""

from __future__ import annotations

import secrets
import threading
import time
import zlib
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import msgspec
import numpy as np

from domain.clock import Clock
from domain.errors import YingfengError
from domain.events import Metrics
from domain.instants import HOUR_MS, Span, from_ms
from domain.readings import POWER, QUANTITIES, ReadingBatch
from ingest.codecs.columns import DecodeError
from ingest.topics import base
from monitor.data_flow import DataFlow
from storage.ports import ReadingStore

#: No id of a registry begins with an underscore.
CANARY = "_canary"
FIRST_POLL_S, LAST_POLL_S = 0.1, 5.0
#: Beats lost together with their connection after which no more are sent.
STRIKES = 3
#: Beats whose arrival is still looked for; older ones have been overtaken.
MOST_UNDER_WAY = 10
SECOND_MS = 1000


def canary_topic(district: str, client_id: str) -> str:
    return f"{base(district)}/enterprise/{CANARY}/{client_id}/reading"


def is_canary(topic: str, district: str) -> bool:
    return topic.startswith(f"{base(district)}/enterprise/{CANARY}/")


class Beat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``nonce`` is drawn anew each time, so that nobody else's message is taken for ours."""

    ts_ms: int
    nonce: int


def decode_beat(payload: bytes, received_ms: int) -> ReadingBatch:
    """The one row of a canary message, or DecodeError."""
    try:
        beat = msgspec.json.decode(payload, type=Beat)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DecodeError("bad_canary", f"only ingest itself writes to the canary's topic: {error}") from None
    values = np.full((1, len(QUANTITIES)), np.nan)
    values[0, POWER] = float(beat.nonce)
    return ReadingBatch(
        np.array([CANARY], dtype=object),
        np.array([beat.ts_ms], dtype=np.int64),
        values,
        np.zeros(1, dtype=np.int8),
        np.array([received_ms], dtype=np.int64),
    )


@dataclass(slots=True)
class _Part:
    """What is known of one place the canary should reach; times are of the monotonic clock."""

    arrived_at: float
    latency_s: float | None = None

    def note(self, sent_at: float, now: float) -> float:
        self.arrived_at = max(self.arrived_at, now)
        self.latency_s = now - sent_at
        return self.latency_s


class Sender(Protocol):
    """Ingest's own connection: what the canary proves is that one, and with the broker's
    ``use_username_as_clientid`` a second one of the same user would throw the first out."""

    def beat(self, topic: str, payload: bytes) -> None:
        """Send at QoS 0; raises Unavailable while there is no connection."""
        ...

    @property
    def connection(self) -> int:
        """Grows with every connection and every loss of one."""
        ...


class Canary:
    """Sends, and looks in the store for what it sent; the engine's feed tells ``heard``. A context manager.

    mosquitto 2.0 may close the connection of a client whose publish its ACL denies (it does with our
    ``max_queued_messages 0``). A canary lost together with its connection STRIKES times in a row is not sent again, so
    that a missing right never costs the readings more than that many reconnections; QoS 0, so that none is repeated.

    The store is asked for exactly the instant of a beat, a few times a minute. With shared subscriptions another
    process may take our beat, and the store tells all the same; its engine is not ours to judge (``engine`` False).
    """

    def __init__(
        self,
        sender: Sender,
        store: ReadingStore,
        clock: Clock,
        metrics: Metrics,
        *,
        district: str,
        client_id: str,
        every_s: float,
        engine: bool,
    ) -> None:
        self._sender = sender
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._topic = canary_topic(district, client_id)
        # Processes that send in the same second do not meet: each has a millisecond of its own.
        self._offset_ms = zlib.crc32(client_id.encode()) % SECOND_MS
        self._every_s = every_s
        self._lock = threading.Lock()
        self._sent: dict[int, tuple[int, float, set[str]]] = {}
        began = time.monotonic()
        self._stored = _Part(began)
        self._engine = _Part(began) if engine else None
        self._unsent = ""
        self._strikes = 0
        self._last: tuple[int, int] | None = None  # instant and connection of the beat before
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="canary", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(5)

    def heard(self, beats: ReadingBatch) -> None:
        """The engine has taken everything up to these. Called on the feed's thread."""
        for ts_ms, nonce in zip(beats.ts_ms.tolist(), beats.values[:, POWER].tolist(), strict=True):
            self._arrived("engine", ts_ms, nonce)

    def flow(self) -> DataFlow:
        now = time.monotonic()
        with self._lock:
            engine = self._engine
            return DataFlow(
                self._every_s,
                now - self._stored.arrived_at,
                None if engine is None else now - engine.arrived_at,
                self._stored.latency_s,
                None if engine is None else engine.latency_s,
            )

    @property
    def problem(self) -> str:
        """Empty while data flow."""
        if not self._thread.is_alive() and not self._stop.is_set():
            return "探针线程已停止 the canary's thread has died; restart ingest and see the log"
        if self._strikes >= STRIKES:
            return (
                "数据流探针被拒 the broker closes our connection when the canary is sent, so it is not sent any more: "
                f"let ingest's MQTT user write {self._topic}, then restart ingest; or set mqtt.canary_s = 0"
            )
        problem = problem_of(self.flow(), self._topic)
        return f"{problem} ({self._unsent})" if problem and self._unsent else problem

    # On the canary's thread.

    def _run(self) -> None:
        due = time.monotonic()
        pause_s = FIRST_POLL_S
        while not self._stop.wait(min(pause_s, max(0.0, due - time.monotonic()))):
            if time.monotonic() >= due:
                self._send()
                due, pause_s = time.monotonic() + self._every_s, FIRST_POLL_S
            else:
                pause_s = FIRST_POLL_S if self._look() else min(2 * pause_s, LAST_POLL_S)
            flow = self.flow()
            self._metrics.gauge("canary_store_age_seconds", flow.store_age_s or 0.0)
            if flow.engine_age_s is not None:
                self._metrics.gauge("canary_engine_age_seconds", flow.engine_age_s)

    def _send(self) -> None:
        with self._lock:
            self._judge_the_last()
            if self._strikes >= STRIKES:
                return
            now_ms = self._clock.now_ms()
            beat = Beat(now_ms - now_ms % SECOND_MS + self._offset_ms, secrets.randbelow(10**9) + 1)
            self._sent[beat.ts_ms] = (beat.nonce, time.monotonic(), set())
            while len(self._sent) > MOST_UNDER_WAY:
                del self._sent[next(iter(self._sent))]
        try:
            self._last = (beat.ts_ms, self._sender.connection)
            self._sender.beat(self._topic, msgspec.json.encode(beat))
        except YingfengError as error:
            self._last = None
            self._unsent = str(error)
        else:
            self._unsent = ""
            self._metrics.count("canary_sent_total")

    def _judge_the_last(self) -> None:
        """With the lock held: was the beat before lost together with its connection?"""
        if self._last is None or self._strikes >= STRIKES:
            return
        ts_ms, connection = self._last
        known = self._sent.get(ts_ms)
        if known is None or known[2]:
            self._strikes = 0
        elif self._sender.connection != connection:
            self._strikes += 1
            if self._strikes >= STRIKES:
                self._metrics.count("canary_given_up_total")

    def _look(self) -> bool:
        """Ask the store for what is under way; whether anything arrived or nothing is awaited."""
        with self._lock:
            awaited = [ts_ms for ts_ms, (_, _, seen) in self._sent.items() if "store" not in seen]
        found = False
        for ts_ms in awaited:
            try:
                rows = self._store.read([CANARY], Span(from_ms(ts_ms), from_ms(ts_ms + 1)))
            except YingfengError:
                return False
            for nonce in rows.values[:, POWER].tolist():
                found |= self._arrived("store", ts_ms, nonce)
        return found or not awaited

    def _arrived(self, part: str, ts_ms: int, nonce: float) -> bool:
        now = time.monotonic()
        with self._lock:
            known = self._sent.get(ts_ms)
            place = self._stored if part == "store" else self._engine
            if known is None or place is None or known[0] != int(nonce) or part in known[2]:
                return False
            known[2].add(part)
            latency_s = place.note(known[1], now)
            if known[2] >= ({"store", "engine"} if self._engine is not None else {"store"}):
                del self._sent[ts_ms]
        self._metrics.observe("canary_latency_seconds", latency_s, part=part)
        return True


class CanaryWatch:
    """For an engine without ingest: the newest canary in the store, whoever sent it. Ages are of the district clock."""

    def __init__(self, store: ReadingStore, clock: Clock, *, every_s: float) -> None:
        self._store = store
        self._clock = clock
        self._every_s = every_s
        self._began_ms = self._newest_ms = clock.now_ms()
        self._looked_at = 0.0
        self._lock = threading.Lock()

    def flow(self) -> DataFlow:
        """Looks at most every third of a beat; a store that does not answer lets the age grow."""
        with self._lock:
            if time.monotonic() - self._looked_at > self._every_s / 3:
                self._looked_at = time.monotonic()
                self._look()
            age_s = (self._clock.now_ms() - self._newest_ms) / 1000 / max(1.0, self._clock.speed())
        return DataFlow(self._every_s, max(0.0, age_s), None)

    @property
    def problem(self) -> str:
        return problem_of(self.flow(), f".../{CANARY}/#")

    def _look(self) -> None:
        now_ms = self._clock.now_ms()
        try:
            rows = self._store.read([CANARY], Span(from_ms(now_ms - HOUR_MS), from_ms(now_ms + HOUR_MS)))
        except YingfengError:
            return
        if len(rows):
            self._newest_ms = max(self._began_ms, int(rows.ts_ms.max()))


def problem_of(flow: DataFlow, topic: str) -> str:
    """One sentence that says where data stop and what to look at; empty while they flow."""
    stopped = flow.stopped
    if not stopped:
        return ""
    # What reached the engine has passed broker and journal.
    passed = flow.engine_age_s is not None and "engine" not in stopped
    if passed:
        where, todo = "库 the store", "readings wait in the journal: see the store's line and store_lag_s"
    elif "store" in stopped:
        where = "系统 us" if "engine" in stopped else "库 the store"
        todo = f"let ingest's MQTT user write and read {topic}, then see journal and store"
    else:
        where, todo = "引擎 the engine", "see the engine feed's line; restart the engine"
    return (
        f"数据未流通 data do not reach {where}: no canary for {flow.age_s:,.0f} s, though one is sent every "
        f"{flow.every_s:g} s; {todo}"
    )
