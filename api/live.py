"""The live stream's hub: bus events in from any thread, one bounded mailbox per client out.

Mailboxes keep two kinds of news apart. Alerts and intervals are facts and are queued; a moved load is only "look
again", so however often it moves there is at most one such note per client, and alerts overtake it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable

from domain.events import AlertChanged, Bus, IntervalClosed, LoadChanged, Metrics, ReferencesChanged

MAILBOX = 256
Fact = AlertChanged | IntervalClosed


class Mailbox:
    """What one client has not been sent yet. ``overflowed`` when it fell ``capacity`` facts behind."""

    def __init__(self, loop: asyncio.AbstractEventLoop, capacity: int) -> None:
        self._loop = loop
        self._capacity = capacity
        self._lock = threading.Lock()
        self._facts: deque[Fact] = deque()
        self._load_moved = False
        self._wake = asyncio.Event()
        self.overflowed = False
        self.closed = False

    def put(self, event: Fact | None) -> None:
        """From any thread; None means that the load moved."""
        with self._lock:
            if event is None:
                self._load_moved = True
            elif len(self._facts) < self._capacity:
                self._facts.append(event)
            else:
                self.overflowed = True
        self._notify()

    def close(self) -> None:
        self.closed = True
        self._notify()

    def _notify(self) -> None:
        # The loop may have stopped between the last event and the unsubscription of this client.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def take(self, timeout_s: float) -> Fact | bool:
        """The oldest fact; else True when the load moved; False after ``timeout_s`` without news, or when closed."""
        while True:
            try:
                await asyncio.wait_for(self._wake.wait(), timeout_s)
            except TimeoutError:
                return False
            with self._lock:
                if self._facts:
                    return self._facts.popleft()
                if self._load_moved:
                    self._load_moved = False
                    return True
                if self.closed or self.overflowed:
                    return False
                # Two notices may have woken us for one piece of news.
                self._wake.clear()


class LiveHub:
    def __init__(self, bus: Bus, metrics: Metrics, capacity: int = MAILBOX) -> None:
        self._metrics = metrics
        self._capacity = capacity
        self._lock = threading.Lock()
        self._clients: set[Mailbox] = set()
        self._closed = False
        self._endings: list[Callable[[], None]] = [
            bus.subscribe(AlertChanged, self._fact),
            bus.subscribe(IntervalClosed, self._fact),
            bus.subscribe(LoadChanged, lambda _: self._spread(None)),
            bus.subscribe(ReferencesChanged, lambda _: self._spread(None)),
        ]

    def join(self) -> Mailbox:
        """Call inside the event loop, before the snapshot is read: then nothing falls between the two."""
        mailbox = Mailbox(asyncio.get_running_loop(), self._capacity)
        with self._lock:
            self._clients.add(mailbox)
            closed = self._closed
        if closed:
            mailbox.close()
        self._metrics.gauge("api_stream_clients", len(self._clients))
        return mailbox

    def leave(self, mailbox: Mailbox) -> None:
        with self._lock:
            self._clients.discard(mailbox)
        self._metrics.gauge("api_stream_clients", len(self._clients))
        if mailbox.overflowed:
            self._metrics.count("api_stream_overflows")

    def close(self) -> None:
        """Ends every stream; from any thread, more than once. A server waits for its open answers before it stops."""
        with self._lock:
            self._closed = True
            clients = list(self._clients)
            endings, self._endings = self._endings, []
        for ending in endings:
            ending()
        for mailbox in clients:
            mailbox.close()

    def __len__(self) -> int:
        return len(self._clients)

    def _fact(self, event: Fact) -> None:
        self._spread(event)

    def _spread(self, event: Fact | None) -> None:
        with self._lock:
            clients = list(self._clients)
        for mailbox in clients:
            mailbox.put(event)
