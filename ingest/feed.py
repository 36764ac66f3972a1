"""The engine's feed: the same journal from the engine's own position, through an intake of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from domain.clock import Clock
from domain.events import Metrics
from domain.readings import ReadingBatch
from ingest.follower import JournalFollower
from ingest.intake import Intake, Processed
from ingest.intake_memory import IntakeMemory
from ingest.journal import JournalReader, JournalRecord

MAX_RECORDS = 1_000


class EngineFeed:
    """Gives each batch to ``accept`` once, and then the canary's rows to ``heard``.

    After a crash some may come again, which changes nothing for the engine: it reloads its recent windows from the
    store, and this reader only goes on where it stopped.
    """

    def __init__(
        self,
        reader: JournalReader,
        intake: Intake,
        accept: Callable[[ReadingBatch], None],
        metrics: Metrics,
        clock: Clock,
        *,
        memory: Path | None = None,
        heard: Callable[[ReadingBatch], None] | None = None,
    ) -> None:
        self._reader = reader
        self._intake = intake
        self._accept = accept
        self._heard = heard
        self._metrics = metrics
        self._clock = clock
        self._memory = IntakeMemory(intake, memory)
        self._follower: JournalFollower[Processed] = JournalFollower(
            "engine-feed",
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

    def stop(self, deadline_s: float = 5.0) -> None:
        self._follower.stop(deadline_s)
        if not self._follower.alive():
            self._memory.save()

    def alive(self) -> bool:
        return self._follower.alive()

    @property
    def problem(self) -> str:
        return self._follower.problem

    def _prepare(self, records: Sequence[JournalRecord]) -> Processed:
        return self._intake.process(records)

    def _finish(self, processed: Processed) -> None:
        # Refused rows are kept by the store writer; here they only fall out.
        if len(processed.batch):
            self._accept(processed.batch)
        if len(processed.beats) and self._heard is not None:
            self._heard(processed.beats)

    def _announce(self, processed: Processed) -> None:
        self._metrics.count("engine_readings_total", len(processed.batch))
        self._memory.save_when_due()

    def _pulse(self) -> None:
        age_s = self._reader.oldest_age_s(self._clock.now_ms())
        self._metrics.gauge("engine_lag_s", age_s / max(1.0, self._clock.speed()))
