"""From journal to store: commit, then announce; a store that is away is only lag; what is refused is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.bus import InProcessBus
from app.metrics import PrometheusMetrics
from domain.errors import Conflict, Forbidden, NotFound, Unavailable
from domain.events import ReadingsStored
from domain.instants import Span, from_ms
from domain.people import SYSTEM, Principal, Role
from domain.readings import ReadingBatch
from domain.registry import Registry
from ingest.feed import EngineFeed
from ingest.intake import Intake
from ingest.journal import Journal, JournalRecord
from ingest.quarantine import KEPT_BYTES, Quarantine
from ingest.writer import StoreWriter
from storage.ledger.sql import SqlLedger
from storage.ports import ReadingStore, WriteOutcome
from storage.readings.memory import MemoryStore
from tests.ingest.plant import NOON, NOON_MS, SETTINGS, eventually, make_intake, payload, plant_registry, topic
from tests.support.clock import HandClock

DAY = Span(from_ms(NOON_MS - 86_400_000), from_ms(NOON_MS + 86_400_000))


class Switchable:
    """A store that can be taken away, as a database on another machine can; ``inner`` keeps what it is given."""

    def __init__(self, inner: ReadingStore) -> None:
        self.inner = inner
        self.away = threading.Event()
        self.fails_with: Callable[[], Exception] = lambda: Unavailable("the store does not answer")
        self.calls = 0

    def write(self, batch: ReadingBatch) -> WriteOutcome:
        self.calls += 1
        if self.away.is_set():
            raise self.fails_with()
        return self.inner.write(batch)

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


@dataclass
class Works:
    """Journal, store, ledger and writer around one directory."""

    path: Path
    journal: Journal
    ledger: SqlLedger
    store: Switchable = field(default_factory=lambda: Switchable(MemoryStore()))
    bus: InProcessBus = field(default_factory=InProcessBus)
    metrics: PrometheusMetrics = field(default_factory=PrometheusMetrics)
    clock: HandClock = field(default_factory=lambda: HandClock(NOON))

    @property
    def quarantine(self) -> Quarantine:
        return Quarantine(self.ledger.quarantine, self.journal, self.clock)

    def writer(self, meters: int = 4) -> StoreWriter:
        return StoreWriter(
            self.journal.reader("store"),
            make_intake(plant_registry(meters)),
            self.store,  # type: ignore[arg-type]
            self.quarantine,
            self.bus,
            self.metrics,
            self.clock,
            batch_rows=7,
        )

    def append(self, *payloads: bytes, where: str = "") -> None:
        self.journal.append([JournalRecord(NOON_MS, where or topic(), each) for each in payloads])

    def drain(self, meters: int = 4) -> None:
        """Start a writer, let it read to the end, stop it."""
        writer = self.writer(meters)
        writer.start()
        writer.stop(20.0)
        assert not writer.alive()
        assert self.journal.reader("store").lag_records == 0

    def stored(self, meter: str = "M000") -> list[float]:
        return [row.values[0] for row in self.store.inner.read([meter], DAY).rows()]


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=HandClock(NOON))
    with Journal(tmp_path / "journal") as journal:
        yield Works(tmp_path, journal, ledger)
    ledger.close()


def test_readings_are_stored_counted_and_announced(works: Works) -> None:
    heard: list[ReadingsStored] = []
    works.bus.subscribe(ReadingsStored, heard.append)
    works.append(*[payload(-n, p_kw=float(n)) for n in range(20)], payload(0, p_kw=0.0))
    works.drain()
    assert sorted(works.stored()) == [float(n) for n in range(20)]
    counts = works.metrics.snapshot()
    assert counts["readings_stored_total"] == 20
    assert counts["readings_repeated_total"] == 1
    assert counts["store_lag_s"] == 0.0
    assert heard == [ReadingsStored(("M000",), NOON_MS - 19 * 60_000, NOON_MS + 1)]


def test_a_very_late_row_is_announced_for_its_own_day_only(works: Works) -> None:
    heard: list[ReadingsStored] = []
    works.bus.subscribe(ReadingsStored, heard.append)
    early_ms = NOON_MS - 5 * 86_400_000
    works.append(payload(-5 * 1_440), payload(-1, p_kw=1.0), payload(0, p_kw=2.0))
    works.append(payload(0), where=topic("M001"))
    works.drain()
    assert heard == [
        ReadingsStored(("M000",), early_ms, early_ms + 1),
        ReadingsStored(("M000", "M001"), NOON_MS - 60_000, NOON_MS + 1),
    ]


def test_the_announcement_comes_after_the_commit(works: Works) -> None:
    lags: list[int] = []
    works.bus.subscribe(ReadingsStored, lambda _: lags.append(works.journal.reader("store").lag_records))
    works.append(payload())
    works.drain()
    assert lags == [0]


def test_reading_the_journal_twice_changes_nothing(works: Works) -> None:
    works.append(*[payload(-n) for n in range(10)])
    works.drain()
    works.journal.forget_reader("store")
    works.drain()
    assert works.metrics.snapshot()["readings_stored_total"] == 10
    assert works.metrics.snapshot()["readings_repeated_total"] == 10
    assert works.quarantine.list().total == 0


@pytest.mark.parametrize("fault", [Unavailable("the store does not answer"), RuntimeError("a fault nobody foresaw")])
def test_a_store_that_is_away_is_only_lag(works: Works, fault: Exception) -> None:
    works.store.fails_with = lambda: fault
    works.store.away.set()
    works.append(*[payload(-n) for n in range(5)])
    works.clock.advance(90)
    writer = works.writer()
    writer.start()
    eventually(lambda: works.store.calls >= 2, "it tries again")
    assert str(fault) in writer.problem
    assert writer.alive()
    assert works.metrics.snapshot()["store_lag_s"] == 90.0
    assert works.journal.reader("store").lag_records == 5
    works.store.away.clear()
    eventually(lambda: works.journal.reader("store").lag_records == 0, "it caught up")
    eventually(lambda: writer.problem == "", "the problem is over")
    writer.stop()
    assert len(works.stored()) == 5


@pytest.mark.parametrize("outage", ["away", "slow", "refusing"])
def test_after_an_outage_readings_are_stored_in_order_while_new_ones_arrive(works: Works, outage: str) -> None:
    held = threading.Event()
    written: list[int] = []
    inner = works.store.inner.write

    def write(batch: ReadingBatch) -> WriteOutcome:
        if outage == "slow":
            held.wait(20)
        elif not held.is_set():
            raise {"away": Unavailable("no answer"), "refusing": ConnectionResetError("refused")}[outage]
        written.extend(batch.ts_ms.tolist())
        return inner(batch)

    works.store.write = write  # type: ignore[method-assign]
    works.append(*[payload(-n) for n in range(200, 100, -1)])
    writer = works.writer()
    writer.start()
    works.append(*[payload(-n) for n in range(100, 50, -1)])
    assert works.journal.reader("store").lag_records == 150
    held.set()
    works.append(*[payload(-n) for n in range(50, 0, -1)])
    eventually(lambda: works.journal.reader("store").lag_records == 0, "drained")
    writer.stop()
    assert written == [NOON_MS - 60_000 * n for n in range(200, 0, -1)]
    assert len(works.stored()) == 200


def test_a_registry_that_cannot_be_read_is_only_lag(works: Works) -> None:
    away = threading.Event()
    away.set()
    known = plant_registry()

    def registry() -> Registry:
        if away.is_set():
            raise Unavailable("the ledger does not answer")
        return known

    works.append(payload(-1), payload(-2))
    writer = StoreWriter(
        works.journal.reader("store"),
        Intake(registry, SETTINGS, works.clock),
        works.store,  # type: ignore[arg-type]
        works.quarantine,
        works.bus,
        works.metrics,
        works.clock,
    )
    writer.start()
    eventually(lambda: "the ledger does not answer" in writer.problem, "it waits for the ledger")
    away.clear()
    eventually(lambda: len(works.stored()) == 2, "the readings are stored once the ledger is back")
    writer.stop()
    assert works.quarantine.list().total == 0


def test_stopping_while_the_store_is_away_keeps_the_place(works: Works) -> None:
    works.store.away.set()
    works.append(payload())
    writer = works.writer()
    writer.start()
    eventually(lambda: works.store.calls >= 1, "it tried")
    writer.stop(0.3)
    assert not writer.alive()
    assert works.journal.reader("store").lag_records == 1
    works.store.away.clear()
    works.journal.reader("store").rewind()
    works.drain()
    assert len(works.stored()) == 1


def test_a_different_value_is_held_with_both_and_the_stored_one_stays(works: Works) -> None:
    works.append(payload(p_kw=10.0), payload(p_kw=11.0))
    works.drain()
    assert works.stored() == [10.0]
    (item,) = works.quarantine.list().items
    assert (item.reason, item.meter, item.payload) == ("conflict", "M000", payload(p_kw=11.0))
    assert "power_kw=11" in item.detail
    assert "power_kw=10" in item.detail


def test_poison_never_holds_a_slot(works: Works) -> None:
    poison = [b"", b"\xff\xfe", b"[" * 50_000, b"{}" * 3, b"null", b'{"ts":1e400,"p_kw":1}', b"x" * 2_000_000]
    works.append(payload(), *poison, payload(-1))
    works.append(payload(), where="somebody/else")
    works.drain()
    assert len(works.stored()) == 2
    page = works.quarantine.list()
    assert page.total == len(poison) + 1
    assert works.metrics.snapshot()["readings_quarantined_total"] == len(poison) + 1
    largest = max(page.items, key=lambda item: len(item.payload))
    assert len(largest.payload) == KEPT_BYTES
    assert "2,000,000" in largest.detail
    with pytest.raises(Conflict, match="beginning"):
        works.quarantine.replay(SYSTEM, largest.id)


def test_what_comes_twice_is_held_once(works: Works) -> None:
    """The broker sends again what was journalled and not acknowledged; a kill makes the writer read it again."""
    works.append(b"rubbish", payload(p_kw=1.0), payload(p_kw=2.0))
    works.drain()
    works.append(b"rubbish", payload(p_kw=1.0), payload(p_kw=2.0))
    works.drain()
    works.journal.forget_reader("store")
    works.drain()
    assert sorted(item.reason for item in works.quarantine.list().items) == ["conflict", "malformed_json"]
    assert works.stored() == [1.0]


def test_a_refused_message_is_replayed_once_its_meter_is_known(works: Works) -> None:
    works.append(payload(p_kw=5.0), where=topic("M004"))
    works.drain()
    (item,) = works.quarantine.list(reason="unknown_meter").items
    with pytest.raises(Forbidden):
        works.quarantine.replay(Principal("looker", Role.VIEWER), item.id)
    assert works.quarantine.replay(SYSTEM, item.id).state == "replayed"
    works.drain(meters=5)
    assert works.stored("M004") == [5.0]
    with pytest.raises(Conflict, match="already"):
        works.quarantine.replay(SYSTEM, item.id)
    with pytest.raises(NotFound):
        works.quarantine.show(999)


def test_what_is_still_wrong_comes_back(works: Works) -> None:
    works.append(b"{")
    works.drain()
    (item,) = works.quarantine.list().items
    works.quarantine.replay(SYSTEM, item.id)
    works.drain()
    (again,) = works.quarantine.list().items
    assert again.id != item.id
    assert works.quarantine.discard(SYSTEM, again.id).state == "discarded"
    assert works.quarantine.list().total == 0


def test_what_is_usual_is_kept_over_a_restart(works: Works) -> None:
    memory = works.path / "store.memory"
    for _ in range(2):
        intake = make_intake()
        writer = StoreWriter(
            works.journal.reader("store"),
            intake,
            works.store,  # type: ignore[arg-type]
            works.quarantine,
            works.bus,
            works.metrics,
            works.clock,
            memory=memory,
        )
        works.append(payload(-1, e_imp_kwh=100.0) if not memory.exists() else payload(0, e_imp_kwh=50.0))
        writer.start()
        writer.stop()
    # The register went back against one that only the first writer saw.
    assert works.store.inner.latest(["M000"]).quality.tolist() == [6]


def test_the_engine_is_fed_from_its_own_place_with_the_same_flags(works: Works) -> None:
    given: list[ReadingBatch] = []

    def accept(batch: ReadingBatch) -> None:
        given.append(batch)

    def run(*payloads: bytes) -> None:
        works.append(*payloads)
        feed = EngineFeed(
            works.journal.reader("engine"),
            make_intake(),
            accept,
            works.metrics,
            works.clock,
            memory=works.path / "e.memory",
        )
        feed.start()
        feed.stop(20.0)

    run(payload(-2, e_imp_kwh=5.0), b"rubbish", payload(-1, e_imp_kwh=6.0))
    run(payload(0, e_imp_kwh=1.0))
    works.drain()
    seen = ReadingBatch.concat(given)
    kept = works.store.inner.read(["M000"], DAY)
    assert seen.ts_ms.tolist() == kept.ts_ms.tolist()
    assert seen.quality.tolist() == kept.quality.tolist() == [0, 0, 6]


def test_an_engine_that_fails_is_given_the_batch_again(works: Works) -> None:
    calls: list[int] = []

    def accept(batch: ReadingBatch) -> None:
        calls.append(len(batch))
        if len(calls) == 1:
            raise Unavailable("the engine reloads")

    works.append(payload())
    feed = EngineFeed(works.journal.reader("engine"), make_intake(), accept, works.metrics, works.clock)
    feed.start()
    eventually(lambda: len(calls) == 2, "given twice")
    feed.stop()
    assert works.journal.reader("engine").lag_records == 0


def test_a_disk_that_fails_a_read_costs_time_and_no_record(works: Works) -> None:
    """The journal's own disk answers with an error: the thread lives, says so, and reads the same records later."""
    works.append(*[payload(-n) for n in range(5)])
    segments = sorted((works.path / "journal").glob("*.seg"))
    hidden = segments[0].rename(segments[0].with_suffix(".away"))
    writer = works.writer()
    writer.start()
    eventually(lambda: "FileNotFoundError" in writer.problem, "the fault is told")
    assert writer.alive()
    hidden.rename(segments[0])
    eventually(lambda: works.journal.reader("store").lag_records == 0, "it goes on")
    eventually(lambda: writer.problem == "", "the problem is over")
    writer.stop()
    assert len(works.stored()) == 5


def test_a_memory_that_cannot_be_saved_stops_nothing(works: Works, caplog: pytest.LogCaptureFixture) -> None:
    intake = make_intake()
    intake.save(works.path / "no such folder" / "store.memory")
    assert "cannot keep what is usual" in caplog.text
