"""Journal segments on disk: the files that hold the frames, and the folder for bytes that are none.

A segment is named by the position of its first record, ``{offset:020d}-{sequence:020d}.seg``, so that a directory
listing is the whole index: no manifest can disagree with the files.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ingest.frames import Frame, Gap, JournalRecord, walk

log = logging.getLogger(__name__)

__all__ = ["START", "Damage", "JournalRecord", "Position", "Segment"]

SUFFIX = ".seg"
DAMAGED = "damaged"
_NAME = re.compile(rf"(\d{{20}})-(\d{{20}})\{SUFFIX}")


class Position(NamedTuple):
    """A place between records: bytes and records since the journal began. Grows for ever."""

    offset: int
    sequence: int


START = Position(0, 0)


class Damage(NamedTuple):
    """Bytes [start, end) of the journal that hold no whole record; ``records`` : how many are missing there.

    torn : a write that never ended, at the very end: those records were not acknowledged, the broker sends them again
    """

    start: int
    end: int
    records: int
    torn: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of the journal."""

    path: Path
    base: Position

    @classmethod
    def create(cls, directory: Path, base: Position) -> Segment:
        path = directory / f"{base.offset:020d}-{base.sequence:020d}{SUFFIX}"
        path.touch(exist_ok=True)
        sync_directory(directory)
        return cls(path, base)

    @classmethod
    def all(cls, directory: Path) -> list[Segment]:
        """By position. Files with other names are not the journal's and are let alone."""
        named = [(path, _NAME.fullmatch(path.name)) for path in directory.glob(f"*{SUFFIX}")]
        found = [cls(path, Position(int(name[1]), int(name[2]))) for path, name in named if name is not None]
        return sorted(found, key=lambda s: s.base)

    def size(self) -> int:
        """Bytes of the file; 0 when it was deleted meanwhile."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @contextmanager
    def opened(self) -> Iterator[int]:
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def look(self, until: Position | None = None) -> tuple[Position, list[Damage]]:
        """The end of the last whole record, and the damage; up to ``until``, where the next segment begins.

        Without ``until`` bytes behind the last whole record are damage of their own, of an unknown number of records.
        """
        end, damages = self.base, []
        pending: Gap | None = None
        limit = until.offset if until is not None else self.base.offset + self.size()
        with self.opened() as descriptor:
            for found in walk(descriptor, self.base.offset, self.base.offset, limit):
                if isinstance(found, Gap):
                    pending = found
                    continue
                if pending is not None:
                    damages.append(Damage(pending.start, pending.end, found.sequence - end.sequence, torn=False))
                    pending = None
                end = Position(found.end, found.sequence + 1)
        if pending is not None:
            missing = until.sequence - end.sequence if until is not None else 0
            damages.append(Damage(pending.start, pending.end, missing, torn=pending.torn and until is None))
        return end, damages

    def first_received_ms(self, at: Position) -> int | None:
        """When the first whole record from ``at`` on was taken."""
        try:
            with self.opened() as descriptor:
                limit = self.base.offset + self.size()
                for found in walk(descriptor, self.base.offset, max(at.offset, self.base.offset), limit):
                    if isinstance(found, Frame):
                        return found.received_ms
        except FileNotFoundError:  # passed and deleted since
            pass
        return None

    def set_aside(self, start: int, end: int) -> bool:
        """Keep bytes that cannot be read in a file of their own, for a specialist; false when they are there already.

        A disk that refuses this too must not keep the readable records from being read.
        """
        kept = set_aside_path(self.path.parent, start, end)
        if kept.exists():
            return False
        try:
            kept.parent.mkdir(exist_ok=True)
            with self.path.open("rb") as source, kept.open("wb") as target:
                source.seek(start - self.base.offset)
                left = end - start
                while left > 0 and (part := source.read(min(left, 1_000_000))):
                    target.write(part)
                    left -= len(part)
        except OSError as error:
            log.warning("cannot keep damaged bytes as %s: %s", kept, error.strerror)
        return True

    def cut(self, at: Position) -> None:
        with self.path.open("r+b") as file:
            file.truncate(at.offset - self.base.offset)
            os.fsync(file.fileno())


def set_aside_path(directory: Path, start: int, end: int) -> Path:
    return directory / DAMAGED / f"{start:020d}-{end:020d}.bin"


def sync_directory(directory: Path) -> None:
    """Make a new or renamed name durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, data: bytes) -> None:
    """Either the old content or the new one is there after a kill, never half of it."""
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.write_bytes(data)
    fresh.replace(path)
