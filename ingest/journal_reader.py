"""A reader of the journal: its own place, saved on commit, so that each consumer goes on where it stopped."""

from __future__ import annotations

import json
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.frames import Gap, JournalRecord, walk
from ingest.segments import Damage, Position, Segment, write_atomically

if TYPE_CHECKING:
    from ingest.journal import Journal

log = logging.getLogger(__name__)

#: One read holds no more than this, whatever the number of records: gateways send lists of any length.
MAX_BYTES = 8_000_000


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
            begun = self._next.offset
            while (
                not self._closed
                and len(found) < max_records
                and self._next.offset - begun < MAX_BYTES
                and self._read_segment(found, max_records, begun + MAX_BYTES)
            ):
                pass
            return found

    def _read_segment(self, found: list[tuple[Position, JournalRecord]], max_records: int, enough: int) -> bool:
        """Read on in the present segment, or step to the next one; false when there is nothing more."""
        end = self._journal.end
        if self._next >= end:
            return False
        segment = self._enter()
        following = self._journal.next_segment(segment)
        limit = following.base if following is not None else end
        if self._next.offset >= limit.offset:
            if following is not None:
                self._next = following.base
            return following is not None
        gap: Gap | None = None
        for each in walk(self._descriptor, segment.base.offset, self._next.offset, limit.offset):
            if isinstance(each, Gap):
                gap = each
                continue
            if gap is not None:
                self._pass_over(segment, gap, each.sequence)
                gap = None
            self._next = Position(each.end, each.sequence + 1)
            found.append((self._next, each.record()))
            if len(found) >= max_records or self._next.offset >= enough:
                return True
        if gap is not None:
            self._pass_over(segment, gap, limit.sequence)
        return True

    def _pass_over(self, segment: Segment, gap: Gap, sequence: int) -> None:
        """The disk changed bytes that were written whole. What cannot be read is kept aside; reading goes on."""
        damage = Damage(gap.start, gap.end, sequence - self._next.sequence, torn=False)
        self._next = Position(gap.end, sequence)
        self._journal.tell_damage(segment, damage)

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
        received_ms = self._journal.segment_at(self.position).first_received_ms(self.position)
        return 0.0 if received_ms is None else max(0.0, (now_ms - received_ms) / 1000)

    def close(self) -> None:
        with self._guard:
            self._closed = True
            self._release()

    def _release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor, self._segment = -1, None
