"""One shared refresh for all open pages: each question is asked once per move of the load, however many look at it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from nicegui import Client

from dashboards.console.visit import Visit
from domain.errors import YingfengError
from domain.events import AlertChanged, Bus, IntervalClosed, LoadChanged, ReferencesChanged, RegistryChanged

log = logging.getLogger(__name__)
PAUSE_S = 1.0
HEARTBEAT_S = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """``value`` of the newest asking, or the reason why there is none."""

    value: Any
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A question that several pages may share. ``slow`` ones are asked when a block closes, not each minute."""

    key: Hashable
    ask: Callable[[], Any]
    slow: bool = False


@dataclass(slots=True)
class _Watched:
    topic: Topic
    shows: dict[int, tuple[Client, Callable[[Answer], None]]]
    answer: Answer | None = None
    asked: int = -1


class Board:
    """Lives in the event loop. Bus handlers only leave a note there."""

    def __init__(self, bus: Bus) -> None:
        self._watched: dict[Hashable, _Watched] = {}
        self._visits: dict[str, Visit] = {}
        self._numbers = iter(range(10**18))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        self._moves = self._blocks = 0
        self._bus = bus
        self._endings: list[Callable[[], None]] = []

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        for kind in (LoadChanged, AlertChanged):
            self._endings.append(self._bus.subscribe(kind, lambda _: self._note(block=False)))
        for closing in (IntervalClosed, ReferencesChanged, RegistryChanged):
            self._endings.append(self._bus.subscribe(closing, lambda _: self._note(block=True)))
        self._task = asyncio.create_task(self._run(), name="console board")

    async def stop(self) -> None:
        for ending in self._endings:
            ending()
        self._endings.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        self._watched.clear()
        self._visits.clear()

    def watch(self, visit: Visit, topic: Topic, show: Callable[[Answer], None]) -> None:
        """Call ``show`` now with the last answer, if there is one, and with each newer one while the page is open."""
        watched = self._watched.setdefault(topic.key, _Watched(topic, {}))
        number = next(self._numbers)
        watched.shows[number] = (visit.client, show)
        self._visits.setdefault(visit.client.id, visit)

        def end() -> None:
            watched.shows.pop(number, None)
            self._visits.pop(visit.client.id, None)
            if not watched.shows and self._watched.get(topic.key) is watched:
                del self._watched[topic.key]

        visit.client.on_delete(end)
        if watched.answer is not None:
            show(watched.answer)
        else:
            self._moved.set()

    def poke(self) -> None:
        """Look again soon: something was changed here."""
        self._moves += 1
        self._blocks += 1
        self._moved.set()

    def _note(self, *, block: bool) -> None:
        """From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, block)

    def _take(self, block: bool) -> None:
        self._moves += 1
        self._blocks += block
        self._moved.set()

    async def _run(self) -> None:
        checked = time.monotonic()
        while True:
            try:
                await asyncio.wait_for(self._moved.wait(), HEARTBEAT_S)
            except TimeoutError:
                self._moves += 1  # nothing moved: pages still have to notice that figures grow old
                self._blocks += 1
            self._moved.clear()
            for watched in list(self._watched.values()):
                await self._refresh(watched)
            if time.monotonic() - checked >= HEARTBEAT_S:
                await self._dismiss()
                checked = time.monotonic()
            await asyncio.sleep(PAUSE_S)

    async def _refresh(self, watched: _Watched) -> None:
        version = self._blocks if watched.topic.slow else self._moves
        if watched.answer is None or watched.asked != version:
            watched.asked = version
            watched.answer = await asyncio.to_thread(_asked, watched.topic)
            for client, show in list(watched.shows.values()):
                _show(client, show, watched.answer)

    async def _dismiss(self) -> None:
        """Pages whose session ended are sent to the sign-in page."""
        for visit in list(self._visits.values()):
            try:
                welcome = await asyncio.to_thread(visit.welcome)
            except YingfengError as error:
                log.info("sessions cannot be checked now: %s", error)
                return
            if not welcome and not visit.client.is_deleted:
                visit.leave()


def _asked(topic: Topic) -> Answer:
    try:
        return Answer(topic.ask())
    except YingfengError as error:
        return Answer(None, str(error))
    except Exception:
        log.exception("question %s failed", topic.key)
        return Answer(None, "内部错误，详见日志 / internal error, see the log")


def _show(client: Client, show: Callable[[Answer], None], answer: Answer) -> None:
    if client.is_deleted:
        return
    try:
        with client:
            show(answer)
    except Exception:
        log.exception("a page could not show its answer")
