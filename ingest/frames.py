"""Frames: how one record lies in a journal segment, and how the whole ones are found among damaged bytes.

A frame is a head (magic, body length, CRC-32) and a body (sequence, received_ms, topic length, topic, payload). The CRC
begins with the frame's own place in the journal, so bytes that look like a frame and stand elsewhere (inside a payload,
or in a block that the disk put in the wrong place) are none. The sequence tells how many records a gap has cost.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: No UTF-8 text holds these four bytes, so that a payload seldom looks like a frame.
MAGIC = b"\xf1YF\x01"
_HEAD = struct.Struct("<4sII")
_BODY = struct.Struct("<QqH")
#: MQTT cannot carry more than 256 MB, so a longer length is not a frame but noise.
MAX_BODY = 300_000_000
CHUNK = 256_000


class JournalRecord(NamedTuple):
    """One message as it came. ``received_ms`` is the district clock when ingest took it."""

    received_ms: int
    topic: str
    payload: bytes


class Frame(NamedTuple):
    """A whole frame; ``start`` and ``end`` are offsets in the journal."""

    start: int
    end: int
    sequence: int
    body: bytes

    def record(self) -> JournalRecord:
        _, received_ms, length = _BODY.unpack_from(self.body)
        end = _BODY.size + length
        return JournalRecord(received_ms, self.body[_BODY.size : end].decode("utf-8", "replace"), self.body[end:])

    @property
    def received_ms(self) -> int:
        return int(_BODY.unpack_from(self.body)[1])


class Gap(NamedTuple):
    """Bytes that are no whole frame. ``torn``: they begin as a frame and the file ends before it does."""

    start: int
    end: int
    torn: bool


def encode(records: Sequence[JournalRecord], offset: int, sequence: int) -> bytes:
    """The frames of ``records`` as they lie at ``offset``, the first with number ``sequence``."""
    parts: list[bytes] = []
    for number, (received_ms, topic, payload) in enumerate(records, sequence):
        name = topic.encode("utf-8", "surrogatepass")[:65_535]
        body = _BODY.pack(number, received_ms, len(name)) + name + payload
        parts.append(_HEAD.pack(MAGIC, len(body), zlib.crc32(body, offset & 0xFFFFFFFF)))
        parts.append(body)
        offset += _HEAD.size + len(body)
    return b"".join(parts)


def walk(descriptor: int, base: int, start: int, limit: int) -> Iterator[Frame | Gap]:
    """Frames and the gaps between them, from ``start`` to ``limit``, of the file that holds offset ``base`` first."""
    at = start
    while at < limit:
        whole = at
        for frame in _whole(os.pread(descriptor, min(CHUNK, limit - at), at - base), at):
            yield frame
            whole = frame.end
        if whole > at:
            at = whole
            continue
        # Longer than a chunk, or damaged.
        single = _single(descriptor, base, at, limit)
        if isinstance(single, Frame):
            yield single
            at = single.end
            continue
        found = _next_whole(descriptor, base, at + 1, limit)
        yield Gap(at, found, single and found == limit)
        at = found


def _whole(buffer: bytes, at: int) -> Iterator[Frame]:
    used, size = 0, len(buffer)
    while used + _HEAD.size <= size:
        magic, length, crc = _HEAD.unpack_from(buffer, used)
        end = used + _HEAD.size + length
        if magic != MAGIC or length < _BODY.size or end > size:
            return
        body = buffer[used + _HEAD.size : end]
        if zlib.crc32(body, (at + used) & 0xFFFFFFFF) != crc:
            return
        yield Frame(at + used, at + end, _BODY.unpack_from(body)[0], body)
        used = end


def _single(descriptor: int, base: int, at: int, limit: int) -> Frame | bool:
    """The frame at ``at``; else whether the bytes there begin one that goes on beyond the file's end."""
    head = os.pread(descriptor, min(_HEAD.size, limit - at), at - base)
    if len(head) < _HEAD.size:
        return MAGIC.startswith(head[:4])
    magic, length, _ = _HEAD.unpack(head)
    if magic != MAGIC or not _BODY.size <= length <= MAX_BODY:
        return False
    if at + _HEAD.size + length > limit:
        return True
    found = next(_whole(os.pread(descriptor, _HEAD.size + length, at - base), at), None)
    return found if found is not None else False


def _next_whole(descriptor: int, base: int, at: int, limit: int) -> int:
    """Where the next whole frame begins, or ``limit``."""
    while at < limit:
        buffer = os.pread(descriptor, min(CHUNK, limit - at), at - base)
        place = buffer.find(MAGIC)
        if place >= 0:
            if isinstance(_single(descriptor, base, at + place, limit), Frame):
                return at + place
            at += place + 1
        elif len(buffer) < len(MAGIC):
            return limit
        else:
            # The magic may lie across two chunks.
            at += len(buffer) - len(MAGIC) + 1
    return limit
