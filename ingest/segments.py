"""Journal segments on disk: frames of (length, CRC) and the files that hold them.

A segment is named by the position of its first record, ``{offset:020d}-{sequence:020d}.seg``, so that a directory
listing is the whole index: no manifest can disagree with the files.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

SUFFIX = ".seg"
#: A frame is a head (body length, CRC-32 of the body) and a body (received_ms, topic length, topic, payload).
_HEAD = struct.Struct("<II")
_BODY = struct.Struct("<qH")
#: MQTT cannot carry more than 256 MB, so a longer length is not a frame but noise.
MAX_BODY = 300_000_000


class Position(NamedTuple):
    """A place between records: bytes and records since the journal began. Grows for ever."""

    offset: int
    sequence: int


START = Position(0, 0)


class JournalRecord(NamedTuple):
    """One message as it came. ``received_ms`` is the district clock when ingest took it."""

    received_ms: int
    topic: str
    payload: bytes


class CorruptFrame(Exception):
    """The bytes at this place are not a frame, or a torn one."""


def encode(records: Sequence[JournalRecord]) -> bytes:
    parts: list[bytes] = []
    for received_ms, topic, payload in records:
        name = topic.encode("utf-8", "surrogatepass")[:65_535]
        body = _BODY.pack(received_ms, len(name)) + name + payload
        parts.append(_HEAD.pack(len(body), zlib.crc32(body)))
        parts.append(body)
    return b"".join(parts)


def decode_body(body: bytes) -> JournalRecord:
    received_ms, length = _BODY.unpack_from(body)
    end = _BODY.size + length
    return JournalRecord(received_ms, body[_BODY.size : end].decode("utf-8", "replace"), body[end:])


#: Enough of a frame to tell when its message came.
PEEK = _HEAD.size + _BODY.size


def peek_received_ms(frame: bytes) -> int | None:
    return int(_BODY.unpack_from(frame, _HEAD.size)[0]) if len(frame) >= PEEK else None


def frames(buffer: bytes) -> Iterator[tuple[int, bytes]]:
    """(end offset in ``buffer``, body) of each whole frame; stops at a frame that is cut short.

    Raises CorruptFrame when the bytes cannot be the beginning of a frame.
    """
    at, size = 0, len(buffer)
    while at + _HEAD.size <= size:
        length, crc = _HEAD.unpack_from(buffer, at)
        if not _BODY.size <= length <= MAX_BODY:
            raise CorruptFrame
        end = at + _HEAD.size + length
        if end > size:
            return
        body = buffer[at + _HEAD.size : end]
        if zlib.crc32(body) != crc:
            raise CorruptFrame
        yield end, body
        at = end


def needed(buffer: bytes) -> int:
    """Bytes the first frame of ``buffer`` takes as a whole; 0 when not even its head is there."""
    return _HEAD.size + int(_HEAD.unpack_from(buffer)[0]) if len(buffer) >= _HEAD.size else 0


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
        found = []
        for path in directory.glob(f"*{SUFFIX}"):
            offset, _, sequence = path.stem.partition("-")
            found.append(cls(path, Position(int(offset), int(sequence))))
        return sorted(found, key=lambda s: s.base)

    def cut_torn_tail(self) -> Position:
        """Keep the whole frames, drop what a crash left half written (it was never acknowledged), return the end."""
        offset, sequence = 0, 0
        with self.path.open("r+b") as file:
            for end, count in _whole_frames(file.fileno()):
                offset, sequence = end, sequence + count
            if os.fstat(file.fileno()).st_size > offset:
                file.truncate(offset)
                os.fsync(file.fileno())
        return Position(self.base.offset + offset, self.base.sequence + sequence)


def _whole_frames(descriptor: int, chunk: int = 4_000_000) -> Iterator[tuple[int, int]]:
    """(offset after the frames, how many) for each chunk of whole frames, up to the first that is torn."""
    offset = 0
    while True:
        buffer = os.pread(descriptor, chunk, offset)
        if needed(buffer) > len(buffer):
            buffer = os.pread(descriptor, min(needed(buffer), MAX_BODY), offset)
        end, count = 0, 0
        try:
            for end, _ in frames(buffer):  # noqa: B007 - the last end is what counts
                count += 1
        except CorruptFrame:
            yield offset + end, count
            return
        if not count:
            return
        offset += end
        yield offset, count


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
