"""Processes of one district on one broker: each fact reaches each of the others once, and never comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from app.announcements import Announcements
from app.bus import InProcessBus
from app.clock import FollowedClock
from app.neighbours import Neighbours
from domain.errors import Unavailable
from domain.events import IngestStarted, JournalMeasured, ReadingsStored, RegistryChanged

STORED = ReadingsStored(("M001", "M002"), 60_000, 120_001)


@dataclass
class Wire:
    """A broker as the topics of events see it: what is published comes to every process, its sender too."""

    hears: list[Callable[[str, bytes], None]] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)

    def publish(self, topic: str, payload: bytes) -> None:
        self.carried.append(topic)
        assert len(self.carried) < 100, "an echo"
        for hear in self.hears:
            hear(topic, payload)


class Process:
    def __init__(self, wire: Wire, *, ingests: bool = False) -> None:
        self.bus = InProcessBus()
        self.heard: list[object] = []
        neighbours = Neighbours(self.bus, lambda _: None, str)
        wire.hears.append(Announcements(FollowedClock(), neighbours=neighbours).receive)
        for kind in (ReadingsStored, IngestStarted, RegistryChanged, JournalMeasured):
            self.bus.subscribe(kind, self.heard.append)
        self.end = neighbours.tell(wire, ingests=ingests)


def test_what_a_member_stored_reaches_every_other_process_once() -> None:
    wire = Wire()
    one, two, engine = Process(wire), Process(wire), Process(wire)
    one.bus.publish(STORED)
    assert wire.carried == ["stored"]
    assert one.heard == two.heard == engine.heard == [STORED]


def test_a_process_alone_does_not_answer_itself() -> None:
    wire = Wire()
    alone = Process(wire)
    alone.bus.publish(STORED)
    alone.bus.publish(RegistryChanged(7))
    assert wire.carried == ["stored", "registry"]
    assert alone.heard == [STORED, RegistryChanged(7)]


def test_what_follows_from_a_fact_that_was_heard_is_told() -> None:
    """Stored readings make the engine raise an alert, on the thread that heard of them."""
    wire = Wire()
    ingest, engine, api = Process(wire), Process(wire), Process(wire)
    engine.bus.subscribe(ReadingsStored, lambda _: engine.bus.publish(RegistryChanged(7)))
    ingest.bus.publish(STORED)
    assert wire.carried == ["stored", "registry"]
    assert RegistryChanged(7) in api.heard


def test_an_ingest_that_starts_asks_the_others_to_look_again() -> None:
    wire = Wire()
    engine = Process(wire)
    Process(wire, ingests=True)
    assert wire.carried == ["started"]
    assert engine.heard == [IngestStarted()]


def test_the_journal_of_one_process_is_known_to_all_and_not_told_each_second() -> None:
    wire = Wire()
    ingest, engine = Process(wire), Process(wire)
    measured = JournalMeasured("ingest", 10, 100, "store", 5, 1.5)
    ingest.bus.publish(measured)
    ingest.bus.publish(measured)
    assert engine.heard == [measured]


def test_nothing_is_told_after_the_end() -> None:
    wire = Wire()
    process = Process(wire)
    process.end()
    process.bus.publish(STORED)
    assert not wire.carried


def test_a_note_that_is_none_changes_nothing() -> None:
    wire = Wire()
    process = Process(wire)
    for payload in (b"", b"{}", b"[]", b'{"sender": 1}', b"\xff"):
        wire.publish("stored", payload)
    assert not process.heard


def test_a_broker_that_takes_nothing_is_no_failure_of_the_writer(caplog: pytest.LogCaptureFixture) -> None:
    class Full:
        def publish(self, topic: str, payload: bytes) -> None:
            raise Unavailable("full")

    bus = InProcessBus()
    Neighbours(bus, lambda _: None, str).tell(Full())
    with caplog.at_level("INFO"):
        bus.publish(STORED)
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert "not told of stored" in caplog.text
