"""The store writer: journal to store. Commit, then announce; a store that is down is only lag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from domain.clock import Clock
from domain.events import Bus, Metrics, ReadingsStored
from domain.instants import HOUR_MS
from domain.readings import QUANTITIES, ReadingBatch
from ingest.follower import JournalFollower
from ingest.intake import Intake, Processed, Reject
from ingest.intake_memory import IntakeMemory
from ingest.journal import JournalReader, JournalRecord
from ingest.late import LateMarks
from ingest.quarantine import Quarantine
from storage.ports import ReadingStore, RejectedRow

#: Most records of one round; the reader also bounds its bytes, for a gateway's list may hold a hundred readings.
MAX_RECORDS = 5_000
DAY_MS = 24 * HOUR_MS


@dataclass(slots=True)
class _Work:
    """One round under way; what succeeded is not done again when a later step has to be retried."""

    records: Sequence[JournalRecord]
    processed: Processed
    written: int = 0
    accepted: int = 0
    repeats: int = 0
    rejects: list[Reject] = field(default_factory=list)
    held: bool = False
    marked: bool = False


class StoreWriter:
    """``memory`` names a file that keeps what is usual for each meter over a restart; None keeps nothing.

    late : marks what late readings touch, to be derived again; None where nobody derives
    """

    def __init__(
        self,
        reader: JournalReader,
        intake: Intake,
        store: ReadingStore,
        quarantine: Quarantine,
        bus: Bus,
        metrics: Metrics,
        clock: Clock,
        *,
        batch_rows: int = 5_000,
        memory: Path | None = None,
        late: LateMarks | None = None,
    ) -> None:
        self._reader = reader
        self._intake = intake
        self._store = store
        self._quarantine = quarantine
        self._bus = bus
        self._metrics = metrics
        self._clock = clock
        self._batch_rows = batch_rows
        self._memory = IntakeMemory(intake, memory)
        self._late = late
        self._unsure = MAX_RECORDS
        self._follower: JournalFollower[_Work] = JournalFollower(
            "store-writer",
            reader,
            prepare=self._prepare,
            finish=self._finish,
            announce=self._announce,
            pulse=self._pulse,
            max_records=MAX_RECORDS,
        )

    def start(self) -> None:
        self._memory.load()
        self._follower.start()

    def stop(self, deadline_s: float = 10.0) -> None:
        """Drain the journal into the store until the deadline; what is left waits in the journal."""
        self._follower.stop(deadline_s)
        if not self._follower.alive():
            self._memory.save()

    def alive(self) -> bool:
        return self._follower.alive()

    @property
    def problem(self) -> str:
        """Empty while the store takes what it is given."""
        return self._follower.problem

    def _prepare(self, records: Sequence[JournalRecord]) -> _Work:
        processed = self._intake.process(records)
        return _Work(records, processed, rejects=list(processed.rejects))

    def _finish(self, work: _Work) -> None:
        batch = work.processed.batch
        while work.written < len(batch):
            outcome = self._store.write(batch.take(slice(work.written, work.written + self._batch_rows)))
            work.written += self._batch_rows
            work.accepted += outcome.accepted
            work.repeats += outcome.repeats
            work.rejects += _refused_rows(work, outcome.rejected)
        if len(work.processed.beats):
            # A beat already stored, or somebody else's beside it, is of no interest: the canary looks for its own.
            self._store.write(work.processed.beats)
        if not work.held:
            self._quarantine.hold(work.rejects)
            work.held = True
        # Before the position is committed: a crash then comes this way again, with nothing but repeats, so the first
        # records after a start are marked whatever the store says of them.
        if self._late is not None and not work.marked and (work.accepted or self._unsure > 0):
            self._late.note(batch)
        work.marked = True
        self._unsure -= len(work.records)

    def _announce(self, work: _Work) -> None:
        self._metrics.count("readings_stored_total", work.accepted)
        self._metrics.count("readings_repeated_total", work.repeats)
        for reason, number in Counter(reject.reason for reject in work.rejects).items():
            self._metrics.count("readings_quarantined_total", number, reason=reason)
        if work.processed.unknown:
            self._metrics.count("quantities_unknown_total", work.processed.unknown)
        batch = work.processed.batch
        if work.accepted:
            for event in _stored_by_day(batch):
                self._bus.publish(event)
        self._memory.save_when_due()

    def _pulse(self) -> None:
        # Lag in real seconds: at sixty-fold speed a second of district time is no delay.
        age_s = self._reader.oldest_age_s(self._clock.now_ms())
        self._metrics.gauge("store_lag_s", age_s / max(1.0, self._clock.speed()))
        self._metrics.gauge("store_lag_records", self._reader.lag_records)


def _stored_by_day(batch: ReadingBatch) -> list[ReadingsStored]:
    """One announcement per UTC day touched: a very late row must not have all between derived again."""
    days = batch.ts_ms // DAY_MS
    events = []
    for day in np.unique(days).tolist():
        rows = batch.take(np.flatnonzero(days == day))
        meters = tuple(sorted(set(rows.meter.tolist())))
        events.append(ReadingsStored(meters, int(rows.ts_ms.min()), int(rows.ts_ms.max()) + 1))
    return events


def _refused_rows(work: _Work, refused: Sequence[RejectedRow]) -> list[Reject]:
    if not refused:
        return []
    batch = work.processed.batch
    came_from = {
        (meter, ts): record
        for meter, ts, record in zip(
            batch.meter.tolist(), batch.ts_ms.tolist(), work.processed.origin.tolist(), strict=True
        )
    }
    rejects = []
    for row in refused:
        meter = str(row.row.meter[0])
        record = work.records[came_from[meter, int(row.row.ts_ms[0])]]
        detail = f"{row.detail}; came {_values(row.row)}"
        if row.stored is not None:
            detail += f"; stored {_values(row.stored)}"
        rejects.append(Reject(record.received_ms, record.topic, record.payload, row.reason, detail, meter))
    return rejects


def _values(row: ReadingBatch) -> str:
    """``power_kw=12.5 voltage_v=230``: the values a row has."""
    return " ".join(
        f"{name}={value:g}" for name, value in zip(QUANTITIES, row.values[0].tolist(), strict=True) if value == value
    )
