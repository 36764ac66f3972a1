"""Facts between the processes of one district: what one puts on its bus the others are told on the ``event/`` topics.

A note only says "look again": an alert is named by its id and read from the ledger, so a forged or lost note costs a
question or a delay, never data. What was heard is never told again, or two processes would echo it for ever.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime

import msgspec

from domain.alerts import Alert
from domain.errors import Unavailable, YingfengError
from domain.events import (
    AlertChanged,
    Bus,
    Event,
    IngestStarted,
    IntervalClosed,
    JournalMeasured,
    LoadChanged,
    Publisher,
    ReadingsStored,
    ReferencesChanged,
    RegistryChanged,
)

log = logging.getLogger(__name__)

#: A moved load is told at most this often: the others read it from the store, and a block has fifteen minutes.
LOAD_EVERY_S = 1.0
JOURNAL_EVERY_S = 5.0
KINDS = ("alert", "interval", "journal", "load", "references", "registry", "started", "stored")


class _Note(msgspec.Struct, omit_defaults=True):
    """``sender`` is the process that saw it; the other fields belong to the kind of the note."""

    sender: str
    id: str = ""
    at: datetime | None = None
    revision: int = 0
    meters: tuple[str, ...] = ()
    start_ms: int = 0
    end_ms: int = 0
    journal: JournalMeasured | None = None


class Neighbours:
    """alert : the ledger's alert of an id, None where there is none"""

    def __init__(self, bus: Bus, alert: Callable[[str], Alert | None], topic: Callable[[str], str]) -> None:
        self._bus = bus
        self._alert = alert
        self._topic = topic
        self._sender = uuid.uuid4().hex
        # The neighbour's fact that is on our bus now: it is not sent back, but what follows from it is sent.
        self._hearing = threading.local()
        self._told: dict[str, float] = {}

    def tell(self, publisher: Publisher, *, ingests: bool = False) -> Callable[[], None]:
        """Pass on what happens here; returns the function that ends it.

        ingests : this process stores readings. What it stored before it could tell (the journal drained at the last
            stop or at this start, a kill after the commit) is told as one "look again"
        """

        def send(event: Event | None, kind: str, note: _Note) -> None:
            if event is not None and event is getattr(self._hearing, "event", None):
                return
            try:
                publisher.publish(self._topic(kind), msgspec.json.encode(note))
            except Unavailable as error:
                log.info("the neighbours are not told of %s: %s", kind, error)

        def now_and_then(every_s: float, event: Event, kind: str, note: _Note) -> None:
            if time.monotonic() - self._told.get(kind, float("-inf")) >= every_s:
                self._told[kind] = time.monotonic()
                send(event, kind, note)

        me, bus = self._sender, self._bus
        ends = (
            bus.subscribe(AlertChanged, lambda e: send(e, "alert", _Note(me, id=e.alert.id))),
            bus.subscribe(IntervalClosed, lambda e: send(e, "interval", _Note(me, at=e.start, revision=e.revision))),
            bus.subscribe(LoadChanged, lambda e: now_and_then(LOAD_EVERY_S, e, "load", _Note(me, at=e.minute))),
            bus.subscribe(JournalMeasured, lambda e: now_and_then(JOURNAL_EVERY_S, e, "journal", _Note(me, journal=e))),
            bus.subscribe(ReferencesChanged, lambda e: send(e, "references", _Note(me))),
            bus.subscribe(RegistryChanged, lambda e: send(e, "registry", _Note(me, revision=e.revision))),
            bus.subscribe(ReadingsStored, lambda e: send(e, "stored", _stored(me, e))),
        )
        if ingests:
            send(None, "started", _Note(me))

        def end() -> None:
            for each in ends:
                each()

        return end

    def receive(self, kind: str, payload: bytes) -> None:
        """Handler of MqttIngest's and NoticeListener's announcements. Raises msgspec.DecodeError."""
        if kind not in KINDS:
            return
        note = msgspec.json.decode(payload, type=_Note)
        if note.sender == self._sender:
            return
        event = self._event(kind, note)
        if event is None:
            return
        self._hearing.event = event
        try:
            self._bus.publish(event)
        finally:
            self._hearing.event = None

    def _event(self, kind: str, note: _Note) -> Event | None:
        if kind == "references":
            return ReferencesChanged()
        if kind == "registry":
            return RegistryChanged(note.revision)
        if kind == "journal":
            return note.journal
        if kind == "started":
            return IngestStarted()
        if kind == "stored":
            return ReadingsStored(note.meters, note.start_ms, note.end_ms)
        if kind == "alert":
            try:
                found = self._alert(note.id)
            except YingfengError as error:
                log.warning("an alert a neighbour tells of cannot be read now: %s", error)
                return None
            return None if found is None else AlertChanged(found)
        if note.at is None or note.at.tzinfo is None:
            return None
        return LoadChanged(note.at) if kind == "load" else IntervalClosed(note.at, note.revision)


def _stored(sender: str, event: ReadingsStored) -> _Note:
    return _Note(sender, meters=event.meters, start_ms=event.start_ms, end_ms=event.end_ms)
