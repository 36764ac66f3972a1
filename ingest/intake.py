"""Intake: journal records to a batch of readings. Store writer and engine each run their own on the same journal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from config.settings import DistrictSettings, Settings
from domain.arrays import IntArray
from domain.clock import Clock
from domain.errors import Unavailable
from domain.readings import ReadingBatch
from domain.registry import Registry
from ingest.canary import decode_beat, is_canary
from ingest.codecs.columns import Columns, DecodeError
from ingest.codecs.dispatch import Codecs
from ingest.device_meters import name_meters
from ingest.frames import JournalRecord
from ingest.resolution import LocalDays
from ingest.topics import gateway_topic, reading_topic
from ingest.validation import Speakers, Validator

log = logging.getLogger(__name__)

#: District time runs on while a message is under way; at accelerated speed by this many real seconds.
TRANSPORT_S = 2.0


NO_BEATS = ReadingBatch.of(())


class Reject(NamedTuple):
    """A message, or one reading of a list, that goes to quarantine. ``payload`` can be sent again as it is."""

    received_ms: int
    topic: str
    payload: bytes
    reason: str
    detail: str
    meter: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Processed:
    """``origin`` : shape (n,), the record each row of the batch came from; unknown : keys tolerated but not known.

    beats : rows of the canary, kept apart so that they enter no count
    """

    batch: ReadingBatch
    origin: IntArray
    rejects: tuple[Reject, ...]
    unknown: int
    beats: ReadingBatch = NO_BEATS


class Intake:
    """Same state and same answers from the same stream: nothing here looks at a clock, only its speed widens the
    bound on readings from the future."""

    def __init__(
        self,
        registry: Callable[[], Registry],
        settings: Settings,
        clock: Clock,
        district: DistrictSettings | None = None,
        *,
        codecs: Codecs | None = None,
    ) -> None:
        self._district = district or settings.district
        self._registry = registry
        self._codecs = codecs or Codecs.of(settings, self._district)
        self._validator = Validator(
            registry,
            settings.validation,
            LocalDays(self._district.zone),
            lambda: max(0.0, clock.speed() - 1.0) * TRANSPORT_S * 1000,
        )

    def process(self, records: Sequence[JournalRecord]) -> Processed:
        """A record that trips a fault of ours is refused by itself and the others go on.

        Raises Unavailable when the registry cannot be read now: that is no fault of the records, which wait.
        """
        try:
            return self._process(records)
        except Unavailable:
            raise
        except Exception:
            log.exception("intake failed on %d records; they are taken one by one", len(records))
        parts = [self._process_alone(record) for record in records]
        return Processed(
            ReadingBatch.concat([part.batch for part in parts]),
            np.repeat(np.arange(len(parts)), [len(part.batch) for part in parts]),
            tuple(reject for part in parts for reject in part.rejects),
            sum(part.unknown for part in parts),
            ReadingBatch.concat([part.beats for part in parts]),
        )

    def _process_alone(self, record: JournalRecord) -> Processed:
        try:
            return self._process([record])
        except Exception as error:
            log.exception("intake failed on one record of topic %s", record.topic)
            detail = f"{type(error).__name__}: {error}; a fault of the program, see the log; replay after an update"
            reject = Reject(*record[:3], "internal", detail, None)
            return Processed(ReadingBatch.of(()), np.zeros(0, dtype=np.int64), (reject,), 0)

    def _process(self, records: Sequence[JournalRecord]) -> Processed:
        columns = Columns()
        rejects: list[Reject] = []
        enterprise: list[str | None] = []
        gateway: list[str | None] = []
        origin: list[int] = []
        unknown = 0
        beats: list[ReadingBatch] = []
        for number, (received_ms, topic, payload) in enumerate(records):
            try:
                if is_canary(topic, self._district.id):
                    beats.append(decode_beat(payload, received_ms))
                    continue
                decoded = self._codecs.decode(topic, payload, received_ms)
            except DecodeError as error:
                rejects.append(Reject(received_ms, topic, payload, error.reason, error.detail, error.meter))
                continue
            one = decoded.columns
            if decoded.gateway in one.meter:
                name_meters(decoded, self._registry, self._district.zone)
            count = len(one.meter)
            columns.meter += one.meter
            columns.ts_ms += one.ts_ms
            columns.values += one.values
            columns.multiplied += one.multiplied
            columns.quality += one.quality
            enterprise += [decoded.enterprise] * count
            gateway += [decoded.gateway] * count
            origin += [number] * count
            unknown += decoded.unknown
            rejects += [Reject(received_ms, topic, r.payload, r.reason, r.detail, r.meter) for r in decoded.rejects]
        speakers = Speakers(enterprise, gateway, [records[i].received_ms for i in origin])
        validated = self._validator.validate(columns, speakers)
        for row, reason, detail in validated.refusals:
            record = records[origin[row]]
            topic, payload = record.topic, _alone(columns, row)
            if self._codecs.is_mapped(topic):
                # One row of a foreign payload is no message its device could send: it is replayed in our own form.
                detail = f"{detail} (from {topic[:120]})"
                topic = self._own_topic(enterprise[row], gateway[row], columns.meter[row])
            rejects.append(Reject(record.received_ms, topic, payload, reason, detail, columns.meter[row]))
        sources = np.array(origin, dtype=np.int64)[validated.origin]
        return Processed(
            validated.batch, sources, tuple(rejects), unknown, ReadingBatch.concat(beats) if beats else NO_BEATS
        )

    def _own_topic(self, enterprise: str | None, gateway: str | None, meter: str) -> str:
        if enterprise is not None:
            return reading_topic(self._district.id, enterprise, meter)
        return gateway_topic(self._district.id, str(gateway))

    def save(self, path: Path) -> None:
        """Keep what the validator remembers over a restart (what is usual for each meter takes a day to learn).

        A disk that does not take it costs that memory and must not stop the readings.
        """
        fresh = path.with_suffix(".new.npz")
        try:
            np.savez(fresh, **self._validator.snapshot())  # type: ignore[arg-type]
            fresh.replace(path)
        except OSError as error:
            log.warning("cannot keep what is usual for the meters in %s: %s", path, error.strerror)
            fresh.unlink(missing_ok=True)

    def load(self, path: Path) -> bool:
        """Take back what ``save`` kept; false where there is nothing readable, and learning begins anew."""
        try:
            with np.load(path, allow_pickle=False) as saved:
                self._validator.restore({name: saved[name] for name in saved.files})
        except (OSError, ValueError, KeyError, EOFError):
            return False
        return True


_WIRE = ("p_kw", "q_kvar", "pf", "e_imp_kwh", "e_exp_kwh", "u_v", "i_a")


def _alone(columns: Columns, row: int) -> bytes:
    """One reading of a message as its own payload, as it was sent."""
    wire: dict[str, object] = {"meter": columns.meter[row], "ts": columns.ts_ms[row]}
    wire |= {name: value for name, value in zip(_WIRE, columns.values[row], strict=True) if value is not None}
    if columns.multiplied[row] is not None:
        wire["mult_applied"] = columns.multiplied[row]
    if columns.quality[row] is not None:
        wire["quality"] = columns.quality[row]
    return msgspec.json.encode(wire)
