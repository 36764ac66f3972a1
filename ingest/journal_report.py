"""What a journal folder holds, looked at from outside: beside a running server or without one, changing nothing."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from domain.errors import NotFound
from ingest.journal_reader import JournalReader
from ingest.segments import DAMAGED, START, Damage, Position, Segment


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """records : whole ones (``check``), or those the names of the files tell of (``show``, None in the last file).

    unfinished_bytes : at the very end, a write that is under way, or that a kill cut short and nobody acknowledged
    """

    path: Path
    base: Position
    bytes: int
    records: int
    damages: tuple[Damage, ...]
    unfinished_bytes: int


@dataclass(frozen=True, slots=True)
class ReaderReport:
    """lag : records and bytes from its saved place to the end; age_s : of the oldest it has not done with."""

    name: str
    position: Position
    lag_records: int
    lag_bytes: int
    age_s: float


@dataclass(frozen=True, slots=True)
class JournalReport:
    """checked : every record was read and its CRC compared; otherwise only the last segment was."""

    path: Path
    in_use: bool
    checked: bool
    end: Position
    segments: tuple[SegmentReport, ...]
    readers: tuple[ReaderReport, ...]
    set_aside: tuple[Path, ...]

    @property
    def bytes(self) -> int:
        return self.end.offset - self.segments[0].base.offset if self.segments else 0

    @property
    def records(self) -> int:
        return sum(s.records for s in self.segments)

    @property
    def lost_records(self) -> int:
        return sum(d.records for s in self.segments for d in s.damages)

    @property
    def damaged_bytes(self) -> int:
        return sum(d.end - d.start for s in self.segments for d in s.damages)

    @property
    def sound(self) -> bool:
        """Nothing in the segments is damaged; what was set aside earlier is another matter."""
        return not self.damaged_bytes


def journals_under(path: Path) -> list[Path]:
    """The journal at ``path`` and those of the members of a supervisor (``serve --members``)."""
    found = [path] if (path / "readers").is_dir() else []
    found += sorted(p for p in path.glob("member-*") if (p / "readers").is_dir())
    if not found:
        raise NotFound(f"没有日志 there is no journal at {path}; see journal.path in the settings (--config)")
    return found


def report(path: Path, now_ms: int, *, check: bool) -> JournalReport:
    """``check`` reads every record; without it only the last segment is read, to find the end."""
    in_use = _in_use(path)
    segments = Segment.all(path)
    end = segments[0].base if segments else START
    reports = []
    for number, segment in enumerate(segments):
        following = segments[number + 1].base if number + 1 < len(segments) else None
        try:
            found, end = _segment(segment, following, check=check, in_use=in_use)
        except FileNotFoundError:  # every reader has passed it meanwhile
            continue
        reports.append(found)
    readers = tuple(_reader(file, segments, end, now_ms) for file in sorted((path / "readers").glob("*.json")))
    aside = tuple(sorted((path / DAMAGED).glob("*.bin")))
    return JournalReport(path, in_use, check, end, tuple(reports), readers, aside)


def _segment(
    segment: Segment, following: Position | None, *, check: bool, in_use: bool
) -> tuple[SegmentReport, Position]:
    size = segment.size()
    if following is not None and not check:
        records = following.sequence - segment.base.sequence
        return SegmentReport(segment.path, segment.base, size, records, (), 0), following
    end, damages = segment.look(following)
    unfinished = 0
    if damages and damages[-1].end > end.offset and following is None and (damages[-1].torn or in_use):
        unfinished = damages[-1].end - damages[-1].start
        damages = damages[:-1]
    whole = end.sequence - segment.base.sequence - sum(d.records for d in damages if d.end <= end.offset)
    found = SegmentReport(segment.path, segment.base, size, whole, tuple(damages), unfinished)
    return found, following or end


def _reader(file: Path, segments: list[Segment], end: Position, now_ms: int) -> ReaderReport:
    oldest = segments[0].base if segments else START
    position = max(JournalReader.saved_position(file) or oldest, oldest)
    age_s = 0.0
    holding = [s for s in segments if s.base.offset <= position.offset]
    if holding and position < end:
        received_ms = holding[-1].first_received_ms(position)
        age_s = max(0.0, (now_ms - received_ms) / 1000) if received_ms is not None else 0.0
    lag = max(0, end.sequence - position.sequence), max(0, end.offset - position.offset)
    return ReaderReport(file.stem, position, *lag, age_s)


def _in_use(path: Path) -> bool:
    """Whether a running process holds the journal."""
    try:
        descriptor = os.open(path / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
