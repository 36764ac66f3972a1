"""Devices of other makers on the live connection: the answers they wait for, and where they were last heard.

Only ingest's hand-over calls this, once for each message and after its journal made it durable; the readers of the
journal never answer anybody, however often they read a message again.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from config.mappings import Mapping
from domain.events import Metrics
from ingest.codecs.columns import DecodeError, Reply
from ingest.codecs.mapped import MappedCodec
from ingest.codecs.mapped_message import MappedMessage

#: Topics whose answers are counted, and devices remembered; the longest silent are forgotten first.
MOST = 50_000


@dataclass(frozen=True, slots=True)
class Heard:
    """The topic's named parts a device last spoke with; zone: of its local times; by_itself: a meter, no gateway."""

    mapping: Mapping
    parts: dict[str, str]
    zone: str
    by_itself: bool


class Devices:
    """Called on one thread; ``heard`` may be read on any."""

    def __init__(
        self, codec: MappedCodec, metrics: Metrics, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._codec = codec
        self._metrics = metrics
        self._monotonic = monotonic
        # Answers left and since when, for each topic that was answered.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._heard: OrderedDict[str, Heard] = OrderedDict()

    def hear(self, topic: str, payload: bytes, received_ms: int) -> tuple[Reply, ...]:
        """What is to be published in answer to a live message; () for most."""
        fitting = self._codec.fitting(topic)
        if not fitting:
            return ()
        per_minute = max((m.rule.reply.per_minute for m, _ in fitting if m.rule.reply is not None), default=0)
        if not per_minute:
            self._remember(*fitting[0])
            return ()
        # A device that floods is not even read: what it costs here is this look-up.
        if not self._may(topic, per_minute):
            return ()
        answer = self._codec.answer(topic, payload, received_ms)
        if answer is None:
            return ()
        message, reply = answer
        self._remember(message, next(parts for one, parts in fitting if one is message))
        return (reply,) if reply is not None else ()

    def heard(self, device: str) -> Heard | None:
        return self._heard.get(device)

    def _remember(self, message: MappedMessage, parts: dict[str, str]) -> None:
        try:
            _, device = message.speaker(parts)
        except DecodeError:
            return
        if device is None:
            return
        known = self._heard.get(device)
        if known is None or known.parts is not parts:
            self._heard[device] = Heard(message.mapping, parts, message.zone, message.by_itself)
            if len(self._heard) > MOST:
                self._heard.popitem(last=False)

    def _may(self, topic: str, per_minute: int) -> bool:
        now = self._monotonic()
        left, since = self._left.pop(topic, (float(per_minute), now))
        left = min(float(per_minute), left + (now - since) * per_minute / 60.0)
        allowed = left >= 1.0
        self._left[topic] = (left - 1.0 if allowed else left, now)
        if len(self._left) > MOST:
            self._left.popitem(last=False)
        if not allowed:
            self._metrics.count("device_replies_total", outcome="flood")
        return allowed
