"""The journal: from its fsync on a message is durable, and only then acknowledged to the broker.

Several readers (the store writer, the engine) follow it from their own saved positions; a segment is deleted once every
registered reader has passed it. At ``max_bytes`` the journal refuses (``JournalFull``) rather than drop anything.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

from domain.errors import Unavailable
from ingest.frames import JournalRecord, encode
from ingest.journal_reader import JournalReader
from ingest.segments import START, Damage, Position, Segment, set_aside_path, write_atomically

log = logging.getLogger(__name__)

__all__ = ["Damage", "Journal", "JournalFull", "JournalReader", "JournalRecord", "JournalStats", "Position"]


class JournalFull(Unavailable):
    """The journal holds ``max_bytes`` that some reader has not passed."""


@dataclass(frozen=True, slots=True)
class JournalStats:
    """``bytes`` on disk of ``max_bytes``; ``alarm`` from ``alarm_share`` on; lag per reader in records and bytes."""

    bytes: int
    max_bytes: int
    records: int
    alarm: bool
    lag_records: dict[str, int]
    lag_bytes: dict[str, int]


class Journal:
    """Thread-safe; one process at a time (a lock file says so)."""

    def __init__(
        self, path: Path | str, *, segment_bytes: int = 64_000_000, max_bytes: int = 10**10, alarm_share: float = 0.5
    ) -> None:
        self._path = Path(path)
        self._segment_bytes = segment_bytes
        self._max_bytes = max_bytes
        self._alarm_share = alarm_share
        self._lock = threading.Lock()
        self._grown = threading.Condition(self._lock)
        self._readers: dict[str, JournalReader] = {}
        self._damages: list[Damage] = []
        self._guard = self._take(self._path)
        try:
            self._segments = Segment.all(self._path) or [Segment.create(self._path, START)]
            self._end = self._take_up(self._segments[-1])
            self._call_back_readers()
            self._file = self._open(self._segments[-1])
        except BaseException:
            self._guard.close()
            raise
        self._closed = False

    @staticmethod
    def _take(path: Path) -> IO[bytes]:
        try:
            (path / "readers").mkdir(parents=True, exist_ok=True)
            guard = (path / "lock").open("ab")
        except OSError as error:
            raise Unavailable(
                f"日志目录无法写入 cannot use the journal {path}: {error.strerror}; make the directory writable or set "
                "journal.path"
            ) from error
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            guard.close()
            raise Unavailable(
                f"日志已被占用 the journal {path} is in use by another process; stop that one, or set journal.path"
            ) from error
        return guard

    @staticmethod
    def _open(segment: Segment) -> IO[bytes]:
        # Unbuffered: what write() took is what fdatasync makes durable.
        return segment.path.open("r+b", buffering=0)

    def _take_up(self, segment: Segment) -> Position:
        """The end of the last whole record. What stands behind it cannot be appended to: it is kept aside and cut off.

        Damage before whole records stays where it is; each reader passes over it and says so.
        """
        end, damages = segment.look()
        if damages and damages[-1].end > end.offset:
            self._note(segment, damages[-1])
            segment.cut(end)
        return end

    def _call_back_readers(self) -> None:
        """A saved place beyond the end would, once the journal has grown there, point into the midst of a record."""
        for file in (self._path / "readers").glob("*.json"):
            saved = JournalReader.saved_position(file)
            if saved is None or saved <= self._end:
                continue
            log.error(
                "日志缺尾 the journal %s ends at record %d, and reader %s had read up to record %d: the end of the "
                "journal was lost. %s begins again at the oldest record, which changes nothing that is stored",
                self._path,
                self._end.sequence,
                file.stem,
                saved.sequence,
                file.stem,
            )
            base = self._segments[0].base
            write_atomically(file, json.dumps({"offset": base.offset, "sequence": base.sequence}).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._grown.notify_all()
            readers = list(self._readers.values())
        # Outside the lock: a reader in the middle of a read holds its own lock and asks for ours.
        for reader in readers:
            reader.close()
        self._file.close()
        self._guard.close()

    @property
    def path(self) -> Path:
        return self._path

    @property
    def end(self) -> Position:
        """Everything before this place is durable."""
        return self._end

    def append(self, records: Sequence[JournalRecord]) -> Position:
        """Make the records durable with one fdatasync, or raise and keep none of them.

        JournalFull: the bound is reached; Unavailable: the disk refuses (full, read-only). Both may be retried.
        """
        with self._lock:
            if self._closed:
                raise Unavailable("the journal is closed")
            data = encode(records, *self._end)
            try:
                self._make_room(len(data))
                self._write(data)
            except OSError as error:
                self._undo()
                raise Unavailable(
                    f"日志无法写入 cannot write the journal {self._path}: {error.strerror}; nothing is acknowledged "
                    "and nothing is lost, free space on that disk and ingest goes on by itself"
                ) from error
            self._end = Position(self._end.offset + len(data), self._end.sequence + len(records))
            self._grown.notify_all()
            return self._end

    def _write(self, data: bytes) -> None:
        if self._end.offset - self._segments[-1].base.offset >= self._segment_bytes:
            self._roll()
        descriptor = self._file.fileno()
        view, at = memoryview(data), self._end.offset - self._segments[-1].base.offset
        while view:
            written = os.pwrite(descriptor, view, at)
            view, at = view[written:], at + written
        os.fdatasync(descriptor)

    def _undo(self) -> None:
        # Also after a failed fdatasync: the kernel may have dropped the pages, so the retry writes them anew.
        with contextlib.suppress(OSError):
            os.ftruncate(self._file.fileno(), self._end.offset - self._segments[-1].base.offset)

    def _roll(self) -> None:
        segment = Segment.create(self._path, self._end)
        fresh = self._open(segment)
        self._file.close()
        self._segments.append(segment)
        self._file = fresh

    def _make_room(self, size: int) -> None:
        if self._bytes() + size <= self._max_bytes:
            return
        self._trim()
        if self._bytes() + size > self._max_bytes and self._passed() == self._end and self._bytes():
            # Everything was read but stands in the open segment: close that one so that it can go.
            self._roll()
            self._trim()
        if self._bytes() + size > self._max_bytes:
            slowest = min(self._readers.values(), key=lambda r: r.position, default=None)
            name = slowest.name if slowest else "none"
            raise JournalFull(
                f"日志已满 the journal {self._path} is full ({self._bytes():,} of {self._max_bytes:,} bytes; "
                f"slowest reader: {name}); see why that reader stands still, or raise journal.max_gb. Nothing is lost"
            )

    def _bytes(self) -> int:
        return self._end.offset - self._segments[0].base.offset

    def _passed(self) -> Position:
        """Where the slowest known reader stands, one not opened in this run included."""
        closed = [p for p in (self._path / "readers").glob("*.json") if p.stem not in self._readers]
        saved = [JournalReader.saved_position(p) or START for p in closed]
        return min([r.position for r in self._readers.values()] + saved, default=START)

    def _trim(self) -> None:
        passed = self._passed()
        while len(self._segments) > 1 and self._segments[1].base <= passed:
            # Readers hold their own descriptors, so a late read of a deleted file still works.
            try:
                self._segments[0].path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("cannot delete the journal segment %s: %s", self._segments[0].path, error.strerror)
                return
            self._segments.pop(0)

    def reader(self, name: str, *, start: Literal["oldest", "end"] = "oldest") -> JournalReader:
        """The reader of this name at its saved position; one that is new begins at ``start``."""
        with self._lock:
            if name not in self._readers:
                fresh = self._end if start == "end" else self._segments[0].base
                self._readers[name] = JournalReader(self, self._path / "readers" / f"{name}.json", name, fresh)
            return self._readers[name]

    def forget_reader(self, name: str) -> None:
        """Stop keeping segments for a reader that will not come back."""
        with self._lock:
            known = self._readers.pop(name, None)
            (self._path / "readers" / f"{name}.json").unlink(missing_ok=True)
            self._trim()
        if known is not None:
            known.close()

    def stats(self) -> JournalStats:
        with self._lock:
            size = self._bytes()
            return JournalStats(
                bytes=size,
                max_bytes=self._max_bytes,
                records=self._end.sequence - self._segments[0].base.sequence,
                alarm=size >= self._alarm_share * self._max_bytes,
                lag_records={r.name: self._end.sequence - r.position.sequence for r in self._readers.values()},
                lag_bytes={r.name: self._end.offset - r.position.offset for r in self._readers.values()},
            )

    def readers(self) -> list[JournalReader]:
        """Those opened in this run."""
        with self._lock:
            return list(self._readers.values())

    def kept(self, damage: Damage) -> Path:
        """The file with the bytes of a damage."""
        return set_aside_path(self._path, damage.start, damage.end)

    def kept_bytes(self, damage: Damage, most: int = 1_000_000) -> bytes:
        """Their beginning; empty where the disk did not take them."""
        try:
            with self.kept(damage).open("rb") as file:
                return file.read(most)
        except OSError:
            return b""

    def damages(self) -> list[Damage]:
        """What could not be read since the journal was opened."""
        with self._lock:
            return list(self._damages)

    def _note(self, segment: Segment, damage: Damage) -> None:
        """Say it, and keep the bytes aside; once, although every reader meets the same damage."""
        if damage in self._damages:
            return
        self._damages.append(damage)
        segment.set_aside(damage.start, damage.end)
        place = f"{segment.path.name}, bytes {damage.start - segment.base.offset}...{damage.end - segment.base.offset}"
        if damage.torn:
            log.warning(
                "日志尾部未写完 a write to the journal was cut short (%s): it was never acknowledged, so the broker "
                "sends it again; the bytes are kept in %s/damaged",
                place,
                self._path,
            )
            return
        log.error(
            "日志损坏 the journal is damaged (%s): %s cannot be read and are kept in %s/damaged; reading goes on after "
            "them. Check the disk, and ask the meters of that time again",
            place,
            f"{damage.records:,} records" if damage.records else f"{damage.end - damage.start:,} bytes",
            self._path,
        )

    # What readers need of the journal.

    def tell_damage(self, segment: Segment, damage: Damage) -> None:
        with self._lock:
            self._note(segment, damage)

    def wait_beyond(self, position: Position, timeout_s: float) -> Position:
        """Wait until something durable lies beyond ``position``; returns the end, unchanged after the time-out."""
        with self._grown:
            self._grown.wait_for(lambda: self._end > position or self._closed, timeout_s)
            return self._end

    def segment_at(self, position: Position) -> Segment:
        """The segment that holds ``position``, or the oldest one when it was deleted."""
        with self._lock:
            holding = [s for s in self._segments if s.base.offset <= position.offset]
            return holding[-1] if holding else self._segments[0]

    def next_segment(self, segment: Segment) -> Segment | None:
        with self._lock:
            return next((s for s in self._segments if s.base > segment.base), None)

    def passed(self) -> None:
        """A reader moved on: delete what nobody needs."""
        with self._lock:
            if len(self._segments) > 1:
                self._trim()
