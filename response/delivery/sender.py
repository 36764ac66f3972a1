"""The worker of one channel: takes messages from the outbox one at a time, sends, and writes down what became of it.

One message is under way at a time and each step is one commit, so a crash repeats at most one message of the channel.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from config.delivery_settings import NoticesSettings
from domain.clock import Clock
from domain.duty import Silence
from domain.errors import Unavailable
from domain.events import Metrics
from domain.notices import Notice, NoticeClass
from response.delivery.channels import Channel, Message, NotNow, Outcome
from response.delivery.holding import Hold, held
from response.delivery.outcomes import became, kept_back, resting
from storage.notice_ports import Moved, NoticeLedger, Queued

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
BATCH = 100
#: More information than this is never put into one message.
MOST_TOGETHER = 20
#: A failure that took so long blocks the others; after so many of them the channel rests and second ways open.
SLOW_S, SLOW_FAILURES = 2.0, 3


class Sender:
    """A context manager with a thread. ``drain`` may also be called by hand, by nobody else then."""

    def __init__(
        self,
        channel: Channel,
        ledger: NoticeLedger,
        settings: NoticesSettings,
        zone: ZoneInfo,
        clock: Clock,
        machine_clock: Clock,
        metrics: Metrics,
        *,
        silences: Callable[[], Sequence[Silence]] = tuple,
        link_of: Callable[[Notice], str] = lambda _: "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = channel
        self._ledger = ledger
        self._settings = settings
        self._zone = zone
        self._clock = clock
        self._machine_clock = machine_clock
        self._metrics = metrics
        self._silences = silences
        self._link_of = link_of
        self._monotonic = monotonic
        self._moved: list[Moved] = []
        self._slow = 0
        self._rests_until_ms = 0
        self._stop = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"notices-{channel.name}", daemon=True)
        self.problem = ""

    def __enter__(self) -> Sender:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._woken.set()
        self._thread.join(30)

    def wake(self) -> None:
        self._woken.set()

    def recover(self) -> int:
        """What was under way when the program stopped waits again; call once, before the first ``drain``."""
        return self._ledger.recover(self._channel.name, self._clock.now())

    def _run(self) -> None:
        recovered = False
        while not self._stop.is_set():
            try:
                recovered = recovered or self.recover() >= 0
                self._ledger.open_unanswered(self._machine_clock.now_ms(), self._clock.now())
                self.drain()
                self.problem = ""
            except Unavailable as error:
                self.problem = str(error)
            except Exception as error:
                # A fault of ours must not end the channel for good; readiness shows it.
                log.exception("the channel %s failed; it goes on", self._channel.name)
                self.problem = f"{type(error).__name__}: {error}"
            self._woken.wait(LOOK_EVERY_S)
            self._woken.clear()

    def drain(self) -> int:
        """Send what is due, until nothing is; returns how many messages were tried."""
        tried = 0
        queue: list[Queued] = []
        while not self._stop.is_set():
            if not queue or self._woken.is_set():
                self._woken.clear()
                self._settle()
                queue = self._ledger.due(self._channel.name, self._machine_clock.now_ms(), BATCH)
            if not queue:
                break
            group = self._next(queue)
            if group is None:
                continue
            ids = tuple(q.delivery.id for q in group)
            if not self._settle(ids):
                queue = []
                continue
            self._moved = [self._outcome(group, self._send(group))]
            tried += 1
        self._settle()
        return tried

    def _settle(self, take: tuple[int, ...] = ()) -> bool:
        """Write down the last outcome and take the next. Kept for another try while the ledger does not answer."""
        if not self._moved and not take:
            return True
        taken = self._ledger.advance(self._moved, take, self._clock.now(), self._machine_clock.now_ms())
        self._moved = []
        return taken

    def _next(self, queue: list[Queued]) -> list[Queued] | None:
        """The next message, with what goes out together with it; None when the first of the queue is held back."""
        first = queue.pop(0)
        notice = first.kept.notice
        if self._machine_clock.now_ms() < self._rests_until_ms:
            self._moved.append(resting(first, self._channel.name, self._rests_until_ms))
            return None
        hold = self._held(first)
        if hold is not None:
            self._moved.append(self._keep_back(first, hold))
            return None
        group = [first]
        if notice.notice_class is NoticeClass.INFORMATION and notice.reply is None:
            for other in [q for q in queue if _together(first, q)][: MOST_TOGETHER - 1]:
                queue.remove(other)
                wait = self._held(other)
                if wait is None:
                    group.append(other)
                else:
                    self._moved.append(self._keep_back(other, wait))
        return group

    def _held(self, queued: Queued) -> Hold | None:
        now, address = self._clock.now(), queued.delivery.address
        hour_ago = now - timedelta(hours=1)
        return held(
            queued.kept.notice,
            now,
            quiet=self._settings.quiet,
            zone=self._zone,
            silences=self._silences(),
            sent_last_hour=lambda: self._ledger.sent_since(self._channel.name, address, hour_ago),
            per_hour=self._settings.per_hour,
        )

    def _keep_back(self, queued: Queued, hold: Hold) -> Moved:
        return kept_back(queued, hold, now_ms=self._machine_clock.now_ms(), speed=self._clock.speed())

    def _outcome(self, group: list[Queued], outcome: Outcome) -> Moved:
        return became(
            group,
            outcome,
            self._settings,
            now=self._clock.now(),
            machine_ms=self._machine_clock.now_ms(),
            reaches_people=self._channel.reaches_people,
        )

    def _send(self, group: list[Queued]) -> Outcome:
        first = group[0]
        notice = first.kept.notice
        message = Message(
            id=str(min(q.delivery.id for q in group)),
            address=first.delivery.address,
            notices=[q.kept.notice for q in group],
            link=self._link_of(notice) if notice.reply is not None else "",
            at_ms=self._clock.now_ms(),
        )
        began = self._monotonic()
        try:
            outcome = self._channel.send(message)
        except Exception as error:
            log.exception("the channel %s failed with message %s", self._channel.name, message.id)
            outcome = NotNow(f"{type(error).__name__}: {error}")
        self._note_pace(outcome, self._monotonic() - began)
        self._metrics.count("notices_total", len(group), channel=self._channel.name, outcome=type(outcome).__name__)
        return outcome

    def _note_pace(self, outcome: Outcome, took_s: float) -> None:
        slow = isinstance(outcome, NotNow) and took_s >= SLOW_S
        self._slow = self._slow + 1 if slow else 0
        if self._slow >= SLOW_FAILURES:
            rest_s = min(self._settings.retry_first_s * 2**self._slow, self._settings.retry_most_s)
            self._rests_until_ms = self._machine_clock.now_ms() + round(1000 * rest_s)


def _together(first: Queued, other: Queued) -> bool:
    a, b = first.kept.notice, other.kept.notice
    return (
        first.delivery.address == other.delivery.address
        and a.recipient == b.recipient
        and b.notice_class is NoticeClass.INFORMATION
        and b.reply is None
        and a.drill == b.drill
    )
