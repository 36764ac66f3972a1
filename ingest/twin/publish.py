"""``yingfeng simulate``: the twin's meters speak to a real broker at a chosen speed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.events import Publisher
from domain.instants import MINUTE_MS, floor_ms, from_ms, to_ms
from ingest.pace import Pace, clock_message
from ingest.twin.stream import Message

#: The clock is announced so often that whoever comes late soon knows it; never retained, for it would be old.
ANNOUNCE_S = 1.0


class Minutes(Protocol):
    def minute(self, end_ms: int) -> list[Message]:
        """What is sent at a whole minute."""
        ...


@dataclass(slots=True)
class Sent:
    """What has been sent so far. ``instant`` : the district's time; ``behind`` : how often the sender held time up."""

    instant: datetime
    messages: int = 0
    readings: int = 0
    behind: int = 0


def simulate(
    stream: Minutes,
    outlet: Publisher,
    *,
    district_id: str,
    pace: Pace,
    until: datetime | None = None,
    stop: threading.Event | None = None,
    on_progress: Callable[[Sent], None] | None = None,
) -> Sent:
    """Send every minute's messages as district time reaches it, until ``until`` or ``stop``.

    on_progress : called about once a real second, on this thread; it may change the pace
    """
    stop = stop or threading.Event()
    last_ms = None if until is None else to_ms(until)
    minute_ms = floor_ms(pace.now_ms(), MINUTE_MS)
    sent = Sent(from_ms(minute_ms))
    announced = -ANNOUNCE_S
    while not stop.is_set():
        if pace.now_ms() > minute_ms + MINUTE_MS:
            # District time may run at most a minute ahead of what has been sent.
            pace.hold(minute_ms)
            sent.behind += 1
        if time.monotonic() - announced >= ANNOUNCE_S:
            announced = time.monotonic()
            outlet.publish(*clock_message(district_id, pace.now_ms(), pace.speed))
            if on_progress is not None:
                on_progress(sent)
        if last_ms is not None and minute_ms > last_ms:
            break
        if pace.now_ms() < minute_ms:
            stop.wait(min(pace.wait_s(minute_ms), ANNOUNCE_S / 4))
            continue
        for message in stream.minute(minute_ms):
            outlet.publish(message.topic, message.payload)
            sent.messages += 1
            sent.readings += message.readings
        sent.instant = from_ms(minute_ms)
        minute_ms += MINUTE_MS
    return sent
