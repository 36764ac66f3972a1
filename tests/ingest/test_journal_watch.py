"""The journal from outside: metrics, the alarm long before the bound, damage in quarantine, and the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.bus import InProcessBus
from app.metrics import PrometheusMetrics
from domain.errors import NotFound
from domain.events import JournalMeasured
from ingest.journal import Journal, JournalRecord
from ingest.journal_report import journals_under, report
from ingest.journal_watch import JournalWatch
from ingest.quarantine import Quarantine
from ingest.segments import Segment
from storage.ledger.sql import SqlLedger
from tests.ingest.plant import NOON, NOON_MS
from tests.support.clock import HandClock


@dataclass
class Place:
    path: Path
    ledger: SqlLedger
    clock: HandClock = field(default_factory=lambda: HandClock(NOON))
    metrics: PrometheusMetrics = field(default_factory=PrometheusMetrics)
    bus: InProcessBus = field(default_factory=InProcessBus)

    def watch(self, journal: Journal) -> JournalWatch:
        return JournalWatch(journal, self.quarantine, self.metrics, self.clock, self.bus, source="ingest-1")

    @property
    def quarantine(self) -> Quarantine:
        return Quarantine(self.ledger.quarantine, None, self.clock)

    def sample(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=HandClock(NOON))
    yield Place(tmp_path / "journal", ledger)
    ledger.close()


def records(count: int, size: int = 1_000) -> list[JournalRecord]:
    return [JournalRecord(NOON_MS, f"t/{n}", b"x" * size) for n in range(count)]


def damage(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)


def test_depth_lag_and_age_are_metrics_per_reader(place: Place) -> None:
    with Journal(place.path) as journal:
        watch = place.watch(journal)
        fast, slow = journal.reader("engine"), journal.reader("store")
        journal.append(records(10))
        fast.commit(fast.read(8, 0.0)[-1][0])
        place.clock.advance(90)
        watch.look()
        assert place.sample("journal_records") == 10
        assert place.sample("journal_bytes") == journal.end.offset
        assert place.sample("journal_lag_records", reader="engine") == 2
        assert place.sample("journal_lag_records", reader="store") == 10
        assert place.sample("journal_lag_bytes", reader="store") == journal.end.offset
        assert place.sample("journal_lag_s", reader="store") == 90
        assert watch.problem == ""
        slow.commit(slow.read(10, 0.0)[-1][0])
        watch.look()
        assert place.sample("journal_lag_s", reader="store") == 0


def test_the_part_furthest_behind_is_told(place: Place) -> None:
    told: list[JournalMeasured] = []
    place.bus.subscribe(JournalMeasured, told.append)
    with Journal(place.path, max_bytes=1_000_000) as journal:
        watch = place.watch(journal)
        fast, slow = journal.reader("engine"), journal.reader("store")
        watch.look()
        journal.append(records(10))
        fast.commit(fast.read(8, 0.0)[-1][0])
        slow.commit(slow.read(3, 0.0)[-1][0])
        place.clock.advance(90)
        watch.look()
        size = journal.end.offset
    assert told[0] == JournalMeasured("ingest-1", 0, 1_000_000, "", 0, 0.0)
    assert (told[1].size_bytes, told[1].limit_bytes, told[1].age_s) == (size, 1_000_000, 90.0)
    assert (told[1].behind, told[1].lag_records) in {("engine", 2), ("store", 7)}


def test_the_alarm_comes_long_before_the_bound_and_ends(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    with Journal(place.path, segment_bytes=5_000, max_bytes=100_000, alarm_share=0.5) as journal:
        watch = place.watch(journal)
        reader = journal.reader("store")
        journal.append(records(40))
        watch.look()
        assert watch.problem == ""
        assert place.sample("journal_alarm") == 0
        journal.append(records(15))
        watch.look()
        assert "reader store is 55 records behind" in watch.problem
        assert "journal holds 5" in watch.problem
        assert place.sample("journal_alarm") == 1
        watch.look()
        assert caplog.text.count("日志将满") == 1
        reader.commit(reader.read(55, 0.0)[-1][0])
        watch.look()
        assert watch.problem == ""
        assert "below its alarm" in caplog.text


def test_damage_is_quarantined_once_and_counted(place: Place) -> None:
    with Journal(place.path) as journal:
        journal.append(records(5))
    damage(Segment.all(place.path)[0].path, 1_500)
    with Journal(place.path) as journal:
        watch = place.watch(journal)
        assert len(journal.reader("store").read(10, 0.0)) == 4
        watch.look()
        watch.look()
        (item,) = place.quarantine.list().items
        assert item.reason == "journal_damaged"
        assert "1 records" in item.detail
        assert b"x" * 400 in item.payload
        assert place.sample("journal_damages") == 1
        assert place.sample("journal_lost_records_total") == 1


def test_a_report_says_what_is_damaged_and_what_is_readable(place: Place) -> None:
    with Journal(place.path, segment_bytes=3_000) as journal:
        for each in records(12):
            journal.append([each])
        reader = journal.reader("store")
        reader.commit(reader.read(2, 0.0)[-1][0])
    first, second, *_ = Segment.all(place.path)
    damage(second.path, 1_200)
    found = report(place.path, NOON_MS + 60_000, check=True)
    assert not found.sound
    assert (found.records, found.lost_records) == (11, 1)
    assert [bool(s.damages) for s in found.segments[:3]] == [False, True, False]
    (one,) = found.segments[1].damages
    assert one.start - second.base.offset < 1_200 < one.end - second.base.offset
    (lag,) = found.readers
    assert (lag.name, lag.lag_records, lag.age_s) == ("store", 10, 60)
    quick = report(place.path, NOON_MS, check=False)
    assert (quick.records, quick.sound, quick.checked) == (12, True, False)
    assert first.path.exists()


def test_a_report_beside_a_running_process_takes_a_write_under_way_for_what_it_is(place: Place) -> None:
    with Journal(place.path) as journal:
        journal.append(records(3))
        with Segment.all(place.path)[0].path.open("ab") as file:
            file.write(b"\xf1YF\x01 half a record")
        found = report(place.path, NOON_MS, check=True)
        assert found.in_use
        assert found.sound
        assert found.records == 3
        assert found.segments[0].unfinished_bytes > 0
    assert not report(place.path, NOON_MS, check=True).in_use


def test_the_journals_of_members_are_found(place: Place) -> None:
    with pytest.raises(NotFound, match=r"journal\.path"):
        journals_under(place.path)
    for name in ("member-2", "member-1"):
        with Journal(place.path / name):
            pass
    assert [p.name for p in journals_under(place.path)] == ["member-1", "member-2"]
