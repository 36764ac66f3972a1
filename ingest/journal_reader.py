"""A reader of the journal: its own place, saved on commit, so that each consumer goes on where it stopped."""

from __future__ import annotations

import json
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.segments import (
    PEEK,
    CorruptFrame,
    JournalRecord,
    Position,
    Segment,
    decode_body,
    frames,
    needed,
    peek_received_ms,
    write_atomically,
)

if TYPE_CHECKING:
    from ingest.journal import Journal

log = logging.getLogger(__name__)

CHUNK = 1_000_000


class JournalReader:
    """One consumer. ``read`` goes on from the last record read; ``commit`` saves a place for the next start."""

    def __init__(self, journal: Journal, file: Path, name: str, fresh: Position) -> None:
        self._journal = journal
        self._file = file
        self.name = name
        saved = self.saved_position(file)
        # A place beyond the end belongs to a journal that lost its tail or was replaced: begin at what there is.
        self.position = saved if saved is not None and saved <= journal.end else fresh
        self._next = self.position
        self._segment: Segment | None = None
        self._descriptor = -1
        self._guard = threading.Lock()
        self._closed = False
        self.corrupt = 0
        if saved is None:
            self._save(self.position)

    @staticmethod
    def saved_position(file: Path) -> Position | None:
        """None where nothing readable was saved: reading again changes nothing, skipping would lose."""
        try:
            data = json.loads(file.read_bytes())
            return Position(int(data["offset"]), int(data["sequence"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _save(self, position: Position) -> None:
        data = {"offset": position.offset, "sequence": position.sequence}
        write_atomically(self._file, json.dumps(data).encode())

    def read(self, max_records: int, timeout_s: float) -> list[tuple[Position, JournalRecord]]:
        """Up to ``max_records`` durable records, each with the position after it; empty after ``timeout_s``."""
        if self._journal.wait_beyond(self._next, timeout_s) <= self._next:
            return []
        with self._guard:
            found: list[tuple[Position, JournalRecord]] = []
            while not self._closed and len(found) < max_records and self._read_chunk(found, max_records):
                pass
            return found

    def _read_chunk(self, found: list[tuple[Position, JournalRecord]], max_records: int) -> bool:
        """Read a chunk of the present segment, or step to the next one; false when there is nothing more."""
        end = self._journal.end
        if self._next >= end:
            return False
        segment = self._enter()
        at = self._next.offset - segment.base.offset
        following = self._journal.next_segment(segment)
        limit = (following.base if following is not None else end).offset - segment.base.offset
        if at >= limit:
            if following is not None:
                self._next = following.base
            return following is not None
        buffer = os.pread(self._descriptor, min(CHUNK, limit - at), at)
        if needed(buffer) > len(buffer):
            buffer = os.pread(self._descriptor, min(needed(buffer), limit - at), at)
        before = len(found)
        try:
            self._take(buffer, found, max_records)
            whole = len(found) > before
        except CorruptFrame:
            whole = False
        if not whole and len(found) == before:
            self._skip(segment, following.base if following is not None else end)
        return True

    def _take(self, buffer: bytes, found: list[tuple[Position, JournalRecord]], max_records: int) -> None:
        base, sequence = self._next
        for end, body in frames(buffer):
            sequence += 1
            self._next = Position(base + end, sequence)
            found.append((self._next, decode_body(body)))
            if len(found) >= max_records:
                return

    def _skip(self, segment: Segment, to: Position) -> None:
        # The disk changed bytes that were written whole. What follows in this file cannot be framed; the rest can.
        self.corrupt += to.sequence - self._next.sequence
        log.error(
            "日志损坏 journal segment %s is damaged at byte %d: %d records cannot be read; reading goes on after them. "
            "Check the disk and compare the store with the meters' own records",
            segment.path,
            self._next.offset - segment.base.offset,
            to.sequence - self._next.sequence,
        )
        self._next = to

    def _enter(self) -> Segment:
        segment = self._journal.segment_at(self._next)
        if self._next < segment.base:
            self._next = segment.base
        if segment != self._segment:
            self._release()
            self._descriptor = os.open(segment.path, os.O_RDONLY)
            self._segment = segment
        return segment

    def commit(self, position: Position) -> None:
        """Everything before ``position`` is done with. Saved atomically; older segments may go."""
        if position <= self.position:
            return
        self.position = position
        try:
            self._save(position)
        except OSError as error:
            # A full disk must not keep us from deleting segments; an old place only means reading again.
            log.warning("cannot save the position of journal reader %s: %s", self.name, error.strerror)
        self._journal.passed()

    def rewind(self) -> None:
        """Read again from the committed position."""
        with self._guard:
            self._next = self.position

    @property
    def lag_records(self) -> int:
        return self._journal.end.sequence - self.position.sequence

    @property
    def lag_bytes(self) -> int:
        return self._journal.end.offset - self.position.offset

    def oldest_age_s(self, now_ms: int) -> float:
        """District seconds since ingest took the first record that is not committed yet; 0 when there is none."""
        if self._journal.end <= self.position:
            return 0.0
        segment = self._journal.segment_at(self.position)
        try:
            with segment.path.open("rb") as file:
                file.seek(max(0, self.position.offset - segment.base.offset))
                received_ms = peek_received_ms(file.read(PEEK))
        except FileNotFoundError:  # passed and deleted since
            received_ms = None
        return 0.0 if received_ms is None else max(0.0, (now_ms - received_ms) / 1000)

    def close(self) -> None:
        with self._guard:
            self._closed = True
            self._release()

    def _release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor, self._segment = -1, None
